package alert_test

import (
	"fmt"
	"math/rand/v2"
	"rasid/alert"
	"slices"
	"sync"
	"testing"
	"time"
)

// TestAKillAtEachPointLosesNothing kills the program at each point at which a
// crash can fall, at several occasions, and counts what the chats saw.
func TestAKillAtEachPointLosesNothing(t *testing.T) {
	tests := []struct {
		point   string
		repeats int // at most
	}{
		{alert.CrashMidDispatch, 0},
		{alert.CrashBeforeCursor, 0},
		{alert.CrashBeforeBegin, 0},
		{alert.CrashBeforeWrite, 0},
		{alert.CrashBeforeFinish, 16},
		{alert.CrashAfterFinish, 0},
	}
	for _, tt := range tests {
		for _, nth := range []int{1, 2, 7} {
			t.Run(fmt.Sprintf("%s, the %d. time", tt.point, nth), func(t *testing.T) {
				bubble(t, func(t *testing.T, r *rig) { killedAt(t, r, tt.point, nth, tt.repeats) })
			})
		}
	}
}

func killedAt(t *testing.T, r *rig, point string, nth, repeats int) {
	const people = 40
	if repeats == 0 {
		r.room = 1 // else others in flight may be where a repeat is allowed
	}
	for chat := range int64(people) {
		r.watch(nil, chat+1, "tax")
	}
	var mu sync.Mutex
	met := 0
	l := r.start(func(p string, l *life) {
		mu.Lock()
		defer mu.Unlock()
		if p != point {
			return
		}
		if met++; met == nth {
			l.kill()
		}
	})
	items := append(r.accept(l, "tax one", "tax two"), r.accept(l, "tax three")...)
	for i := 0; i < 20 && !l.dead.Load(); i++ { // a point may need a second round
		pass(500 * time.Millisecond)
		items = append(items, r.accept(l, "tax again")...)
	}
	pass(5 * time.Second)
	if !l.dead.Load() {
		t.Fatalf("%s was met %d times only", point, met)
	}
	l.buried()
	l = r.start(nil)
	pass(2 * time.Minute)
	l.stop()
	lost, again := r.count(people, items)
	if lost != 0 || again > repeats {
		t.Errorf("killed at %s: %d lost, %d repeated; want 0 lost, at most %d repeated", point, lost, again, repeats)
	}
}

// TestManyKillsLoseNothing kills one life after the other at random moments
// while articles keep coming and Telegram takes its time.
func TestManyKillsLoseNothing(t *testing.T) {
	const people, lives = 30, 60
	bubble(t, func(t *testing.T, r *rig) {
		random := rand.New(rand.NewPCG(1, 2))
		r.chats.takes = 80 * time.Millisecond
		for chat := range int64(people) {
			r.watch(nil, chat+1, "tax")
		}
		var items []uint64
		for range lives {
			l := r.start(nil)
			items = append(items, r.accept(l, "tax")...)
			time.Sleep(time.Duration(random.IntN(2500)) * time.Millisecond)
			l.kill()
			l.buried()
		}
		l := r.start(nil)
		pass(10 * time.Minute)
		l.stop()
		lost, again := r.count(people, items)
		t.Logf("%d kills: %d lost, %d repeated of %d", lives, lost, again, people*len(items))
		if lost != 0 || again > 16*lives {
			t.Errorf("%d lost, %d repeated; want 0 lost, at most %d repeated", lost, again, 16*lives)
		}
	})
}

// count tells how many of items were lost, and how many came again, when each
// of people chats was to get each.
func (r *rig) count(people int, items []uint64) (lost, again int) {
	seen := map[[2]int64]int{}
	for _, m := range r.chats.all() {
		if slices.Contains(items, m.Item) {
			seen[[2]int64{m.Chat, int64(m.Item)}]++
		}
	}
	for _, n := range seen {
		again += n - 1
	}
	return people*len(items) - len(seen), again
}
