package alert

import (
	"fmt"
	"rasid/store"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestQueue: whatever happens, everything owed is told once, a destination one
// message at a time and oldest first within a class, many that wait together
// but for an inbox, or put away or given up, and nobody who waits is picked.
func TestQueue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &queueModel{
			q: newQueue(rapid.SampledFrom([]int{1, listMost}).Draw(t, "in one message")), now: time.Unix(1e9, 0),
			owed: map[debt]bool{}, kept: map[debt]bool{}, flying: map[store.Place]flight{},
			ends: map[uint64]time.Time{}, paused: map[uint32]bool{}, later: map[store.Place]time.Time{},
		}
		m.q.paid = rapid.Bool().Draw(t, "paid for")
		t.Repeat(map[string]func(*rapid.T){
			"add": m.add, "add again": m.addAgain, "inbox": m.inbox, "next": m.next, "done": m.done, "again": m.again,
			"cancel": m.cancel, "pause": m.pause, "expire": m.expire, "leave": m.leave,
			"time": func(*rapid.T) { m.now = m.now.Add(2 * time.Second) },
			"":     m.check,
		})
		m.drain(t)
	})
}

func TestWhoWasServedLongestAgoIsNext(t *testing.T) {
	q := newQueue(1)
	tell := func() []uint32 {
		var order []uint32
		for {
			p, ok := q.next(time.Time{})
			if !ok {
				return order
			}
			order = append(order, p.line.place.Ordinal)
			q.done(p)
		}
	}
	q.add(store.Job{Item: 1, Owed: []uint32{3}})
	tell()
	q.add(store.Job{Item: 2, Owed: []uint32{1}})
	tell()
	q.add(store.Job{Item: 3, Owed: []uint32{1, 2, 3}})
	if got := fmt.Sprint(tell()); got != "[2 3 1]" {
		t.Errorf("told %s, want [2 3 1]: never, then longest ago, then last", got)
	}
}

// TestAnAttemptCountsOnce: what the store has counted and the queue read again
// meanwhile is not counted a second time.
func TestAnAttemptCountsOnce(t *testing.T) {
	q := newQueue(1)
	j := store.Job{Item: 1, Owed: []uint32{7}}
	q.add(j)
	p, _ := q.next(time.Time{})
	tries := p.tries()
	j.Tries = map[uint32]int{7: 1} // the store has settled the attempt
	q.add(j)
	q.unknown(p, p.jobs, tries)
	q.settle(p, p.jobs, time.Time{}, time.Time{})
	p, _ = q.next(time.Time{})
	if got := p.tries(); got[0] != 1 {
		t.Errorf("tries = %v, want 1", got)
	}
}

func TestItemsTakeTurns(t *testing.T) {
	q := newQueue(1)
	for shard := range store.Shard(3) { // a large article is in many shards
		q.add(store.Job{Shard: shard, Item: 1, Owed: []uint32{1, 2, 3}})
	}
	q.add(store.Job{Shard: 9, Item: 2, Owed: []uint32{1, 2}})
	var order []uint64
	for range 4 {
		p, _ := q.next(time.Time{})
		order = append(order, p.jobs[0].item)
		q.done(p)
	}
	if got := fmt.Sprint(order); got != "[1 2 1 2]" {
		t.Errorf("items went %s, want [1 2 1 2]", got)
	}
}

// TestAMillionWaitForLittle: an item for a million takes little memory, and
// urgent alerts do not feel it.
func TestAMillionWaitForLittle(t *testing.T) {
	q := queueOf(million(1, store.Broadcast))
	if len(q.lines) != 0 || q.owed[store.Broadcast] != len(million(1, 0)[0].Owed)*store.Shards {
		t.Errorf("%d lines for %d owed, want none before anybody's turn", len(q.lines), q.owed[store.Broadcast])
	}
	bytes := 0
	for _, j := range q.jobs {
		bytes += 4*len(j.wait.few) + 8*len(j.wait.bits) + 4*len(j.first) + 4*len(j.last)
	}
	if bytes > 150_000 {
		t.Errorf("%d bytes for a million destinations, want a bit each", bytes)
	}
	now, asked, told := time.Unix(1e9, 0), map[uint64]int{}, 0
	for slot := range 100_000 { // an hour
		if slot%3 == 0 { // nine a second
			item := uint64(slot + 2)
			asked[item] = slot
			q.add(store.Job{Shard: store.Shard(slot % store.Shards), Item: item, Owed: []uint32{uint32(slot/store.Shards%3000 + 1)}})
		}
		p, ok := q.next(now)
		if !ok {
			t.Fatalf("nothing to tell in slot %d", slot)
		}
		q.spend()
		if p.jobs[0].class == store.Urgent {
			if waited := slot - asked[p.jobs[0].item]; waited > 1 {
				t.Fatalf("an urgent alert waited %d slots, want 1 at most", waited)
			}
			told++
		}
		q.done(p)
	}
	if told < 33_000 {
		t.Errorf("%d urgent alerts told, want all of 33,334 but the last", told)
	}
}

// TestWhoWasKeptKeepsNobodyElse: once what was kept for a pause is put away, the
// others of its item expire as ever.
func TestWhoWasKeptKeepsNobodyElse(t *testing.T) {
	q, now := newQueue(1), time.Unix(1e9, 0)
	q.add(store.Job{Item: 1, Owed: []uint32{1, 2}, Expires: now})
	late := func() (who []uint32) {
		for _, l := range q.late(now, func(store.Shard) bool { return true }, func(p store.Place) bool { return p.Ordinal == 1 }) {
			who = append(who, l.owed...)
		}
		return who
	}
	first, _ := q.next(now)
	second, _ := q.next(now)
	q.settle(first, first.jobs, now, now)
	if got := late(); len(got) != 0 {
		t.Errorf("%v expired, want nobody: one paused, the other is being told", got)
	}
	first, _ = q.next(now)
	q.done(first)
	q.settle(second, second.jobs, now, now)
	if got := late(); !slices.Equal(got, []uint32{2}) {
		t.Errorf("%v expired, want 2", got)
	}
}

// TestWhatIsBehindACancelledItemHasItsTurn: an item of which nothing is owed any
// more had a destination's turn, and the next one was aside behind it.
func TestWhatIsBehindACancelledItemHasItsTurn(t *testing.T) {
	q, now := newQueue(listMost), time.Unix(1e9, 0)
	for item, owed := range map[uint64][]uint32{1: {1, 2, 3}, 2: {1}} {
		q.add(store.Job{Item: item, Class: store.Broadcast, Owed: owed, Created: now})
	}
	q.keep(store.Place{Ordinal: 1}, now.Add(10*time.Second))
	p, ok := q.next(now)
	if !ok || p.jobs[0].item != 1 {
		t.Fatalf("next() = %v, %v, want the first item", p, ok)
	}
	if more, ok := q.next(now); ok && more.jobs[0].item == 1 {
		q.done(more)
	}
	for range 3 { // those of the one that waits are put aside at their turns
		if more, ok := q.next(now); ok {
			q.done(more)
		}
	}
	now = now.Add(11 * time.Second)
	q.due(now)
	q.cancel(p)
	for p, ok := q.next(now); ok; p, ok = q.next(now) {
		q.done(p)
	}
	if q.owed[store.Broadcast] != 0 {
		t.Errorf("%d are owed and have no turn", q.owed[store.Broadcast])
	}
}
