package alert

import (
	"cmp"
	"fmt"
	"maps"
	"rasid/store"
	"slices"
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
	kept   map[debt]bool // to be told however late
	flying map[store.Place]flight
	ends   map[uint64]time.Time // of items
	paused map[uint32]bool      // ordinals
	later  map[store.Place]time.Time
}

// A flight is a pick under way, to its destination or into its inbox.
type flight struct {
	pick
	shelve []*job
}

func (m *queueModel) jobs() map[jobKey][]uint32 {
	jobs := map[jobKey][]uint32{}
	for d := range m.owed {
		if d.item == inboxItem {
			continue
		}
		k := jobKey{d.place.Shard, d.class, d.item}
		jobs[k] = append(jobs[k], d.place.Ordinal)
	}
	return jobs
}

func (m *queueModel) add(t *rapid.T) {
	m.item++
	shard := store.Shard(rapid.IntRange(0, 1).Draw(t, "shard"))
	class := rapid.SampledFrom([]store.Class{store.Normal, store.Broadcast}).Draw(t, "class")
	var owed []uint32
	for o := range uint32(5) {
		if rapid.Bool().Draw(t, "owed") {
			owed = append(owed, o+1)
			m.owed[debt{store.Place{Shard: shard, Ordinal: o + 1}, class, m.item}] = true
		}
	}
	m.ends[m.item] = m.now.Add(3 * time.Second)
	m.q.add(store.Job{Shard: shard, Item: m.item, Class: class, Owed: owed, Created: m.now, Expires: m.ends[m.item]})
}

// inbox releases a destination's inbox.
func (m *queueModel) inbox(t *rapid.T) {
	place := store.Place{Shard: store.Shard(rapid.IntRange(0, 1).Draw(t, "shard")), Ordinal: rapid.Uint32Range(1, 5).Draw(t, "ordinal")}
	m.owed[debt{place, store.Normal, inboxItem}] = true
	m.q.add(store.Job{Shard: place.Shard, Item: inboxItem, Class: store.Normal, Owed: []uint32{place.Ordinal}, Created: m.now})
}

// addAgain reads a shard from the start, as after a migration.
func (m *queueModel) addAgain(*rapid.T) {
	for k, owed := range m.jobs() {
		m.q.add(store.Job{Shard: k.shard, Item: k.item, Class: k.class, Owed: owed})
	}
}

// pick asks for what is next: of paid broadcasts, and of all else.
func (m *queueModel) pick(t *rapid.T, paidFirst bool) (pick, bool) {
	if paidFirst {
		if p, ok := m.q.nextPaid(m.now); ok {
			return p, true
		}
	}
	p, ok := m.q.next(m.now)
	switch {
	case !ok:
		return m.q.nextPaid(m.now)
	case m.q.paid && p.jobs[0].class == store.Broadcast:
		t.Fatal("a paid broadcast was picked among the rest")
	}
	return p, ok
}

func (m *queueModel) next(t *rapid.T) {
	p, ok := m.pick(t, rapid.Bool().Draw(t, "paid first"))
	if !ok {
		m.nothing(t)
		return
	}
	all := m.debtsOf(p)
	d := all[0]
	if _, busy := m.flying[d.place]; busy || m.later[d.place].After(m.now) {
		t.Fatalf("picked %+v, which is busy or waits", d)
	}
	delete(m.later, d.place)
	if got, want := fmt.Sprint(all), fmt.Sprint(m.together(d)); got != want {
		t.Fatalf("picked %s, want %s", got, want)
	}
	switch rapid.IntRange(0, 3).Draw(t, "what follows") {
	case 0:
		if all[0].item != inboxItem {
			m.shelve(t, p)
			return
		}
		m.forget(p, p.jobs) // it is put back
		m.q.done(p)
	case 1:
		m.later[d.place] = m.now.Add(3 * time.Second)
		m.q.hold(p, m.later[d.place])
	default:
		m.flying[d.place] = flight{pick: p}
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

func (m *queueModel) debtsOf(p pick) []debt {
	all := make([]debt, len(p.jobs))
	for i, j := range p.jobs {
		all[i] = debt{p.line.place, j.class, j.item}
	}
	return all
}

// together are what is to be told in one message when d's destination and class
// have their turn.
func (m *queueModel) together(d debt) []debt {
	var all []debt
	for x := range m.owed {
		if x.place == d.place && x.class == d.class {
			all = append(all, x)
		}
	}
	slices.SortFunc(all, func(a, b debt) int { return cmp.Compare(a.item, b.item) })
	if most := m.q.most; d.class != store.Broadcast && all[0].item != inboxItem && len(all) > 3 && most > 1 {
		return all[:min(len(all), most)]
	}
	return all[:1]
}

// land takes a pick out of the air.
func (m *queueModel) land(t *rapid.T) (flight, bool) {
	for shard := range store.Shard(2) {
		for o := range uint32(5) {
			place := store.Place{Shard: shard, Ordinal: o + 1}
			if p, ok := m.flying[place]; ok && (len(m.flying) == 1 || rapid.Bool().Draw(t, "this one")) {
				delete(m.flying, place)
				return p, true
			}
		}
	}
	return flight{}, false
}

func (m *queueModel) done(t *rapid.T) {
	if f, ok := m.land(t); ok {
		m.finish(f)
	}
}

func (m *queueModel) finish(f flight) {
	m.forget(f.pick, f.jobs)
	m.forget(f.pick, f.shelve)
	m.q.shelved(f.pick, f.shelve)
	m.q.done(f.pick)
}

func (m *queueModel) forget(p pick, jobs []*job) {
	for _, j := range jobs {
		delete(m.owed, debt{p.line.place, j.class, j.item})
	}
}

// again leaves some of a pick, or all, to be told later.
func (m *queueModel) again(t *rapid.T) {
	if f, ok := m.land(t); ok {
		p := f.pick
		until := m.now.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "wait")) * time.Second)
		m.later[p.line.place] = until
		done := 0
		if f.shelve == nil { // else the store took nothing
			done = rapid.IntRange(0, len(p.jobs)-1).Draw(t, "done")
		}
		m.forget(p, p.jobs[:done])
		m.q.unknown(p, p.jobs[done:], p.tries())
		m.q.settle(p, p.jobs[done:], until, m.now)
	}
}

// shelve begins to put away all that a destination is owed, as when it paused.
func (m *queueModel) shelve(t *rapid.T, p pick) {
	all := m.q.allOf(p)
	want := map[debt]bool{}
	for d := range m.owed {
		if d.place == p.line.place && d.item != inboxItem {
			want[d] = true
		}
	}
	for _, j := range all {
		d := debt{p.line.place, j.class, j.item}
		if !want[d] {
			t.Fatalf("%+v is put away, which is not owed, or twice", d)
		}
		delete(want, d)
	}
	if len(want) > 0 {
		t.Fatalf("%+v is not put away", want)
	}
	m.flying[p.line.place] = flight{p, all}
}

// cancel stops a broadcast in a shard. Who was set aside finds out later.
func (m *queueModel) cancel(t *rapid.T) {
	f, ok := m.land(t)
	if !ok {
		return
	}
	j := f.jobs[0]
	if j.class != store.Broadcast || f.shelve != nil {
		m.flying[f.line.place] = f
		return
	}
	for d := range m.owed {
		if d.place.Shard == j.shard && d.class == j.class && d.item == j.item {
			delete(m.kept, d)
			if j.wait.has(d.place.Ordinal) {
				delete(m.owed, d)
			}
		}
	}
	m.forget(f.pick, f.jobs)
	m.q.cancel(f.pick)
}

// pause pauses a destination, or ends its pause.
func (m *queueModel) pause(t *rapid.T) {
	o := rapid.Uint32Range(1, 5).Draw(t, "ordinal")
	m.paused[o] = !m.paused[o]
}

// expire gives up what is past its time, but for inboxes, for what is in flight
// and for what was past it in a pause.
func (m *queueModel) expire(t *rapid.T) {
	over := map[debt]bool{}
	for d := range m.owed {
		_, busy := m.flying[d.place]
		if busy || d.item == inboxItem || m.ends[d.item].After(m.now) {
			continue
		}
		if m.paused[d.place.Ordinal] {
			m.kept[d] = true
		}
		over[d] = !m.kept[d]
	}
	late := m.q.late(m.now, func(store.Shard) bool { return true }, func(p store.Place) bool { return m.paused[p.Ordinal] })
	for _, l := range late {
		for _, o := range l.owed {
			d := debt{l.place(o), l.class, l.item}
			if !over[d] {
				t.Fatalf("%+v expired, which is not owed, in flight, kept or in time", d)
			}
			delete(over, d)
			delete(m.owed, d)
		}
		m.q.expire(l)
	}
	for d, is := range over {
		if is {
			t.Fatalf("%+v did not expire", d)
		}
	}
}

// leave gives up a shard. What is being told there ends without the queue.
func (m *queueModel) leave(t *rapid.T) {
	shard := store.Shard(rapid.IntRange(0, 1).Draw(t, "shard left"))
	m.q.leave(shard)
	maps.DeleteFunc(m.owed, func(d debt, _ bool) bool { return d.place.Shard == shard })
	maps.DeleteFunc(m.later, func(p store.Place, _ time.Time) bool { return p.Shard == shard })
	rest := rapid.IntRange(0, 1).Draw(t, "rest")
	for place, f := range m.flying {
		if place.Shard == shard {
			delete(m.flying, place)
			m.q.shelved(f.pick, f.shelve)
			m.q.settle(f.pick, f.jobs[:rest], m.now.Add(time.Second), m.now)
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
	for _, f := range m.flying {
		m.finish(f)
	}
	m.now = m.now.Add(time.Hour)
	for {
		p, ok := m.pick(t, false)
		if !ok {
			break
		}
		m.forget(p, p.jobs)
		m.q.done(p)
	}
	left := fmt.Sprint(len(m.owed), len(m.q.sums), len(m.q.jobs), len(m.q.lines), len(m.q.shards), len(m.q.later))
	if left != "0 0 0 0 0 0" {
		t.Fatalf("left over: debts, sums, jobs, lines, shards, later = %s; want none", left)
	}
}
