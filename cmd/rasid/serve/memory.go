package serve

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// How garbage is collected while the rules are loaded. What is kept grows all the
// while, so at the usual share it would be looked through many times for little;
// but when there are a million rules the garbage lies on top of the most that the
// program ever needs.
const (
	loadingHeap  = 380 << 20 // bytes below which nothing is collected
	loadingLeast = 15        // percent of garbage that is always let lie
	loadingLook  = 10 * time.Millisecond
	liveBytes    = "/gc/heap/live:bytes"
	mostPercent  = 10_000
)

// How much garbage may lie beside what is in use once the rules are loaded: so
// many bytes, but at least and at most so many percent.
const (
	restingBytes = 80 << 20
	restingLeast = 20
	restingMost  = 50
)

// ownWay reports whether the environment says how garbage is collected.
func ownWay() bool { return os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" }

// loading puts off the collection of garbage until the returned function is
// called, unless the environment says how it is to be done.
func loading() (loaded func()) {
	if ownWay() {
		return func() {}
	}
	usual := debug.SetGCPercent(mostPercent)
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(loadingLook)
		defer tick.Stop()
		for at := mostPercent; ; {
			if now := loadingPercent(live()); now != at {
				at = now
				debug.SetGCPercent(at)
			}
			select {
			case <-tick.C:
			case <-end:
				debug.SetGCPercent(usual)
				return
			}
		}
	}()
	return func() {
		close(end)
		<-ended
	}
}

// tidy gives the system back what loading left behind. What the bot keeps, its
// rules, lives long, and it makes little garbage: so a small part of it may lie
// about, and costs next to nothing.
func (r *Running) tidy(context.Context) error {
	if !ownWay() {
		debug.FreeOSMemory()
		debug.SetGCPercent(restingPercent(live()))
	}
	return nil
}

// restingPercent is how much garbage may lie beside so many live bytes, in
// percent of them.
func restingPercent(live uint64) int {
	return int(min(restingMost, max(restingLeast, restingBytes*100/max(live, 1)))) //nolint:gosec // at most restingMost
}

// live tells how many bytes the last collection left.
func live() uint64 {
	s := []metrics.Sample{{Name: liveBytes}}
	metrics.Read(s)
	if s[0].Value.Kind() != metrics.KindUint64 {
		return loadingHeap // then it is as usual
	}
	return s[0].Value.Uint64()
}

// loadingPercent is how much garbage may lie beside so many live bytes while
// rules are loaded, in percent of them.
func loadingPercent(live uint64) int {
	room := uint64(0)
	if live < loadingHeap {
		room = (loadingHeap - live) * 100 / max(live, 1)
	}
	return int(max(loadingLeast, min(mostPercent, room))) //nolint:gosec // at most mostPercent
}
