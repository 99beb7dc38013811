package alert

import (
	"math/rand/v2"
	"sync"
	"time"
)

// When nothing is sent until Telegram is known to answer.
const (
	unknownsInRow = 3               // unknown outcomes
	probeEvery    = 5 * time.Second // while it does not answer
	probeLimit    = time.Minute     // for one answer
	offlineFirst  = 500 * time.Millisecond
	offlineMost   = 30 * time.Second // between attempts while nobody can be reached
)

// A gate closes after several unknown outcomes in a row, until Telegram
// answers again, and for a while when not a byte could be written.
type gate struct {
	scale scale

	mu      sync.Mutex
	unknown int // in a row
	offline int // in a row
	closed  bool
	asking  bool // somebody probes
	until   time.Time
}

// saw counts an outcome. One that wrote nothing tells nothing about answers,
// but every other attempt would have met the same.
func (g *gate) saw(f Fate, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch f {
	case Unknown:
		g.unknown++
		g.closed = g.closed || g.unknown >= unknownsInRow
	case NotWritten:
		if now.Before(g.until) {
			return // it was under way when the others failed
		}
		wait := g.scale.of(min(offlineMost, offlineFirst<<min(g.offline, 10)))
		g.offline++
		g.until = now.Add(wait - time.Duration(rand.Int64N(int64(wait)/5+1)))
	default:
		g.unknown, g.offline = 0, 0
	}
}

// open reports whether one may send, and if not, when to look again; zero:
// when somebody calls reopen.
func (g *gate) open(now time.Time) (bool, time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.closed:
		return false, time.Time{}
	case now.Before(g.until):
		return false, g.until
	}
	return true, time.Time{}
}

// claimProbe reports whether the caller is the one to ask Telegram.
func (g *gate) claimProbe() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.closed || g.asking {
		return false
	}
	g.asking = true
	return true
}

// answered ends a probe.
func (g *gate) answered(ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asking = false
	if ok {
		g.unknown, g.closed = 0, false
	}
}
