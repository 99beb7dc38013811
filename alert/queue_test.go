package alert

import (
	"fmt"
	"rasid/store"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// debt is what a model of the queue knows: who is owed what in which class.
type debt struct {
	place store.Place
	class store.Class
	item  uint64
}

// A queueModel drives a queue with random events beside a plain set of debts.
type queueModel struct {
	q      *queue
	now    time.Time
	item   uint64
	owed   map[debt]bool
	flying map[store.Place]pick
	ends   map[uint64]time.Time // of items
	later  map[store.Place]time.Time
}

// TestQueue: whatever happens, everything owed is told once, a destination one
// thing at a time and oldest first within a class, and nobody who waits is
// picked.
func TestQueue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &queueModel{
			q: newQueue(), now: time.Unix(1e9, 0), owed: map[debt]bool{}, flying: map[store.Place]pick{},
			ends: map[uint64]time.Time{}, later: map[store.Place]time.Time{},
		}
		t.Repeat(map[string]func(*rapid.T){
			"add": m.add, "add again": m.addAgain, "next": m.next, "done": m.done, "again": m.again,
			"expire": m.expire, "time": func(*rapid.T) { m.now = m.now.Add(time.Second) },
			"": m.check,
		})
		m.drain(t)
	})
}

func (m *queueModel) jobs() map[jobKey][]uint32 {
	jobs := map[jobKey][]uint32{}
	for d := range m.owed {
		k := jobKey{d.place.Shard, d.class, d.item}
		jobs[k] = append(jobs[k], d.place.Ordinal)
	}
	return jobs
}

func (m *queueModel) add(t *rapid.T) {
	m.item++
	shard := store.Shard(rapid.IntRange(0, 1).Draw(t, "shard"))
	class := store.Class(rapid.IntRange(0, 2).Draw(t, "class"))
	var owed []uint32
	for o := range uint32(5) {
		if rapid.Bool().Draw(t, "owed") {
			owed = append(owed, o+1)
			m.owed[debt{store.Place{Shard: shard, Ordinal: o + 1}, class, m.item}] = true
		}
	}
	m.ends[m.item] = m.now.Add(10 * time.Second)
	m.q.add(store.Job{Shard: shard, Item: m.item, Class: class, Owed: owed, Created: m.now, Expires: m.ends[m.item]})
}

// addAgain reads a shard from the start, as after a migration.
func (m *queueModel) addAgain(*rapid.T) {
	for k, owed := range m.jobs() {
		m.q.add(store.Job{Shard: k.shard, Item: k.item, Class: k.class, Owed: owed})
	}
}

func (m *queueModel) next(t *rapid.T) {
	p, ok := m.q.next(m.now)
	if !ok {
		m.nothing(t)
		return
	}
	d := m.debtOf(p)
	if _, busy := m.flying[d.place]; busy || m.later[d.place].After(m.now) || !m.owed[d] {
		t.Fatalf("picked %+v, which is busy, waits or is not owed", d)
	}
	delete(m.later, d.place)
	for other := range m.owed {
		if other.place == d.place && other.class == d.class && other.item < d.item {
			t.Fatalf("picked %+v before %+v", d, other)
		}
	}
	switch rapid.IntRange(0, 3).Draw(t, "what follows") {
	case 0:
		m.shelve(p)
	case 1:
		m.later[d.place] = m.now.Add(3 * time.Second)
		m.q.hold(p, m.later[d.place])
	default:
		m.flying[d.place] = p
	}
}

// nothing checks that nobody was ready.
func (m *queueModel) nothing(t *rapid.T) {
	for d := range m.owed {
		_, busy := m.flying[d.place]
		if !busy && !m.later[d.place].After(m.now) {
			t.Fatalf("nothing picked, but %+v is owed and ready", d)
		}
	}
}

func (m *queueModel) debtOf(p pick) debt { return debt{p.line.place, p.job.class, p.job.item} }

// land takes a pick out of the air.
func (m *queueModel) land(t *rapid.T) (pick, bool) {
	for shard := range store.Shard(2) {
		for o := range uint32(5) {
			place := store.Place{Shard: shard, Ordinal: o + 1}
			if p, ok := m.flying[place]; ok && (len(m.flying) == 1 || rapid.Bool().Draw(t, "this one")) {
				delete(m.flying, place)
				return p, true
			}
		}
	}
	return pick{}, false
}

func (m *queueModel) done(t *rapid.T) {
	if p, ok := m.land(t); ok {
		delete(m.owed, m.debtOf(p))
		m.q.done(p)
	}
}

func (m *queueModel) again(t *rapid.T) {
	if p, ok := m.land(t); ok {
		until := m.now.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "wait")) * time.Second)
		m.later[p.line.place] = until
		m.q.again(p, 1, until, m.now)
	}
}

// shelve puts away what a line holds, as for a destination that paused.
func (m *queueModel) shelve(p pick) {
	jobs := append([]*job{p.job}, slices.Concat(p.line.aside[:]...)...)
	for _, j := range jobs {
		delete(m.owed, debt{p.line.place, j.class, j.item})
	}
	m.q.shelved(p, jobs)
	m.q.done(p)
}

// expire gives up what is past its time, but for what is in flight and for
// ordinal 5, which paused.
func (m *queueModel) expire(t *rapid.T) {
	over := func(d debt) bool {
		_, busy := m.flying[d.place]
		return !busy && d.place.Ordinal != 5 && !m.ends[d.item].After(m.now)
	}
	late := m.q.late(m.now, func(store.Shard) bool { return true }, func(p store.Place) bool { return p.Ordinal == 5 })
	for _, l := range late {
		for _, o := range l.owed {
			d := debt{l.place(o), l.class, l.item}
			if !m.owed[d] || !over(d) {
				t.Fatalf("%+v expired, which is not owed, in flight or in time", d)
			}
			delete(m.owed, d)
		}
		m.q.expire(l)
	}
	for d := range m.owed {
		if over(d) {
			t.Fatalf("%+v did not expire", d)
		}
	}
}

func (m *queueModel) check(t *rapid.T) {
	var want [store.Classes]int
	for d := range m.owed {
		want[d.class]++
	}
	if m.q.owed != want {
		t.Fatalf("owed = %v, want %v", m.q.owed, want)
	}
}

// drain tells everything that is left and looks at what remains.
func (m *queueModel) drain(t *rapid.T) {
	for _, p := range m.flying {
		delete(m.owed, m.debtOf(p))
		m.q.done(p)
	}
	m.now = m.now.Add(time.Hour)
	for {
		p, ok := m.q.next(m.now)
		if !ok {
			break
		}
		delete(m.owed, m.debtOf(p))
		m.q.done(p)
	}
	left := fmt.Sprint(len(m.owed), len(m.q.jobs), len(m.q.lines), len(m.q.shards), len(m.q.later))
	if left != "0 0 0 0 0" {
		t.Fatalf("left over: debts, jobs, lines, shards, later = %s; want none", left)
	}
}

func TestWhoWasServedLongestAgoIsNext(t *testing.T) {
	q := newQueue()
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

func TestItemsTakeTurns(t *testing.T) {
	q := newQueue()
	for shard := range store.Shard(3) { // a large article is in many shards
		q.add(store.Job{Shard: shard, Item: 1, Owed: []uint32{1, 2, 3}})
	}
	q.add(store.Job{Shard: 9, Item: 2, Owed: []uint32{1, 2}})
	var order []uint64
	for range 4 {
		p, _ := q.next(time.Time{})
		order = append(order, p.job.item)
		q.done(p)
	}
	if got := fmt.Sprint(order); got != "[1 2 1 2]" {
		t.Errorf("items went %s, want [1 2 1 2]", got)
	}
}

func TestAWholeShardOfJobsKeepsLittle(t *testing.T) {
	q := newQueue()
	all := make([]uint32, 4096)
	for i := range all {
		all[i] = uint32(i + 1)
	}
	for shard := range store.Shard(store.Shards) {
		q.add(store.Job{Shard: shard, Item: 1, Owed: all})
	}
	if len(q.lines) != 0 || q.owed[0] != 1<<20 {
		t.Errorf("%d lines for %d owed, want none before anybody's turn", len(q.lines), q.owed[0])
	}
}
