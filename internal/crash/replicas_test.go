package crash

import (
	"context"
	"math/rand/v2"
	"rasid/sandbox"
	"rasid/store/storetest/redistest"
	"testing"
	"time"
)

// aFleet is three programs on one Redis.
func aFleet(t *testing.T, bin string, box *sandbox.Server, store string, more ...string) *Fleet {
	t.Helper()
	f := &Fleet{}
	for range 3 {
		f.All = append(f.All, aProgram(t, bin, box, store, more...))
	}
	return f
}

// TestReplicasAreKilled kills one of three programs, again and again, while
// articles come in through the others.
func TestReplicasAreKilled(t *testing.T) {
	bin, n := build(t), kills(t)
	box := aTown(t, 20)
	f := aFleet(t, bin, box, redistest.Start(t).URL, scale)
	load := &Load{Chats: 20}
	begin(t, f, load, box)
	feeding, stop := context.WithCancel(t.Context())
	fed := make(chan error, 1)
	go func() { fed <- load.Feed(feeding, f, 3*time.Millisecond) }()
	random := rand.New(rand.NewPCG(2, uint64(n)))
	for range n {
		time.Sleep(time.Duration(random.IntN(600)) * time.Millisecond) // the moment is what is random
		p := f.All[random.IntN(len(f.All))]
		p.Kill()
		if random.IntN(2) == 0 { // long enough that others take what it had
			time.Sleep(700 * time.Millisecond)
		}
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
	}
	ready(t, f)
	stop()
	if err := <-fed; err != nil {
		t.Fatal(err)
	}
	finish(t, f, load, box, n)
}
