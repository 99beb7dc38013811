package crash

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"rasid/alert"
	"rasid/store/storetest/redistest"
	"strconv"
	"testing"
	"time"
)

// times is how often a fault happens: few times, and many when RASID_CRASH is
// full.
func times(few, many int) int {
	if os.Getenv("RASID_CRASH") == "full" {
		return many
	}
	return few
}

// The time between articles: so that many are under way at a time, or one.
const (
	often  = 3 * time.Millisecond
	seldom = 50 * time.Millisecond
)

// feed pushes articles until the returned function is called.
func feed(t *testing.T, load *Load, p Pusher, gap time.Duration) (stop func()) {
	t.Helper()
	feeding, end := context.WithCancel(t.Context())
	fed := make(chan error, 1)
	go func() { fed <- load.Feed(feeding, p, gap) }()
	return func() {
		t.Helper()
		end()
		if err := <-fed; err != nil {
			t.Fatal(err)
		}
	}
}

// TestCrashPoints ends the program at each of the places where a crash makes a
// difference, several times over.
func TestCrashPoints(t *testing.T) {
	bin := build(t)
	// What may be repeated at each crash. An article is for three chats, and
	// where the program has just dispatched it these may be under way; where it
	// is sending, others are that had to wait for the crash before.
	points := map[string]int{
		"before-accept": 0, "after-accept": 0, alert.CrashMidDispatch: 3, alert.CrashBeforeCursor: 3,
		alert.CrashBeforeBegin: atMost, alert.CrashBeforeWrite: atMost, alert.CrashBeforeFinish: atMost, alert.CrashAfterFinish: atMost,
	}
	onBoth(t, func(t *testing.T, store string) {
		for point, repeats := range points {
			t.Run(point, func(t *testing.T) { crashAt(t, bin, store, point, repeats) })
		}
	})
}

func crashAt(t *testing.T, bin, store, point string, repeats int) {
	if store[:4] == "bolt" {
		store = "bolt:" + t.TempDir() + "/rasid.db"
	} else {
		store = redistest.Start(t).URL
	}
	box := aTown(t, 20)
	load := &Load{Chats: 20}
	p := aProgram(t, bin, box, store, scale)
	begin(t, p, load, box)
	settings := p.Env
	n := times(2, 10)
	for i := range n {
		if _, err := p.Stop(15 * time.Second); err != nil {
			t.Fatal(err)
		}
		p.Env = append(settings, "CRASH_AT="+point+":"+strconv.Itoa(3+7*i))
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		gap := seldom
		if point == alert.CrashBeforeFinish {
			gap = often
		}
		stop := feed(t, load, p, gap)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		err := p.WaitCrash(ctx)
		cancel()
		p.Env = settings
		if err == nil {
			err = p.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		ready(t, p)
		stop()
	}
	finishAs(t, p, load, box, ending{fmt.Sprintf("%d crashes", n), n * repeats})
}

// TestRedisIsKilled kills the server under three programs.
func TestRedisIsKilled(t *testing.T) {
	bin, n := build(t), times(4, 20)
	box, server := aTown(t, 20), redistest.Start(t)
	f := aFleet(t, bin, box, server.URL, scale)
	load := &Load{Chats: 20}
	begin(t, f, load, box)
	stop := feed(t, load, f, often)
	random := rand.New(rand.NewPCG(3, uint64(n)))
	for range n {
		time.Sleep(time.Duration(random.IntN(1000)) * time.Millisecond) // the moment is what is random
		if err := server.Kill(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(random.IntN(1000)) * time.Millisecond)
		if err := server.Launch(); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	finish(t, f, load, box, n)
}

// TestCleanRestarts stops and starts programs under load.
func TestCleanRestarts(t *testing.T) {
	bin, n := build(t), times(6, 100)
	onBoth(t, func(t *testing.T, store string) {
		box := aTown(t, 20)
		f := aFleet(t, bin, box, store, scale)
		if store[:4] == "bolt" {
			f.All = f.All[:1]
		}
		load := &Load{Chats: 20}
		begin(t, f, load, box)
		stop := feed(t, load, f, often)
		random := rand.New(rand.NewPCG(4, uint64(n)))
		for range n {
			time.Sleep(time.Duration(random.IntN(400)) * time.Millisecond) // the moment is what is random
			p := f.All[random.IntN(len(f.All))]
			if _, err := p.Stop(15 * time.Second); err != nil {
				t.Fatal(err)
			}
			if err := p.Start(); err != nil {
				t.Fatal(err)
			}
		}
		ready(t, f)
		stop()
		finishAs(t, f, load, box, ending{fmt.Sprintf("%d clean restarts", n), 0})
	})
}

// TestFreezes freezes one of three programs for longer than its leases last.
func TestFreezes(t *testing.T) {
	bin, n := build(t), times(4, 100)
	box := aTown(t, 20)
	f := aFleet(t, bin, box, redistest.Start(t).URL, scale)
	load := &Load{Chats: 20}
	begin(t, f, load, box)
	stop := feed(t, load, pushers(f.All[:1]), often) // a frozen one would take nothing in
	random := rand.New(rand.NewPCG(5, uint64(n)))
	for range n {
		time.Sleep(time.Duration(random.IntN(400)) * time.Millisecond) // the moment is what is random
		if err := f.All[1+random.IntN(2)].Freeze(800 * time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	finishAs(t, f, load, box, ending{fmt.Sprintf("%d freezes", n), n * atMost})
}

func pushers(all []*Program) *Fleet { return &Fleet{All: all} }
