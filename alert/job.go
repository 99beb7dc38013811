package alert

import (
	"cmp"
	"rasid/store"
	"slices"
	"time"
)

// A job is what is owed of one item in one shard and class, as the queue holds
// it: a bit for each destination of the shard where it is owed to many, four
// bytes for each where it is owed to few.
type job struct {
	jobKey
	created time.Time
	expires time.Time       // zero: never
	kept    map[uint32]bool // to be told however late: paused when it expired
	matcher string
	wait    ordinals       // who waits to be told, but for those set aside
	at      uint32         // their turns have come to here, in the ordinals' order
	first   []uint32       // who of them has a turn before the others: it came once and could not be used
	last    []uint32       // who of them has a turn after all others: they were told something lately
	ordered bool           // last is in the order in which they were told
	tries   map[uint32]int // unknown outcomes so far
	left    int            // wait, and those set aside or in flight
	listed  bool           // it has its turn in turns
	gone    bool           // its shard is another's now
}

type jobKey struct {
	shard store.Shard
	class store.Class
	item  uint64
}

func (j *job) place(ordinal uint32) store.Place {
	return store.Place{Shard: j.shard, Ordinal: ordinal}
}

// tried remembers how often the outcome of an attempt was unknown.
func (j *job) tried(ordinal uint32, n int) {
	if n == 0 {
		return
	}
	if j.tries == nil {
		j.tries = map[uint32]int{}
	}
	j.tries[ordinal] = n
}

// back gives an ordinal that was taken out its turn again.
func (j *job) back(ordinal uint32, lately bool) {
	j.wait.add(ordinal)
	if lately {
		j.last = append(j.last, ordinal)
	} else {
		j.first = append(j.first, ordinal)
	}
}

// pop takes out the ordinal whose turn it is. An ordinal in first or last that
// does not wait any more was told out of its turn.
func (j *job) pop(served func(store.Place) uint64) (uint32, bool) {
	if o, ok := j.popOf(&j.first); ok {
		return o, true
	}
	for o, ok := j.wait.from(j.at); ok; o, ok = j.wait.from(j.at) {
		j.at = o + 1
		if served(j.place(o)) == 0 {
			return o, j.wait.remove(o)
		}
		j.last = append(j.last, o)
	}
	if !j.ordered {
		j.ordered = true
		j.order(served)
	}
	return j.popOf(&j.last)
}

func (j *job) popOf(list *[]uint32) (uint32, bool) {
	for len(*list) > 0 {
		o := (*list)[0]
		if *list = (*list)[1:]; j.wait.remove(o) {
			return o, true
		}
	}
	*list = nil
	return 0, false
}

// order puts who was told longest ago first.
func (j *job) order(served func(store.Place) uint64) {
	when := make(map[uint32]uint64, len(j.last))
	for _, o := range j.last {
		when[o] = served(j.place(o))
	}
	slices.SortStableFunc(j.last, func(a, b uint32) int { return cmp.Compare(when[a], when[b]) })
}

// turns let the items of one class take turns, and the shards of an item
// within its turn, so that an article for everybody does not hold up one for
// a few.
type turns struct {
	order []*turn
	items map[uint64]*turn
}

type turn struct {
	item uint64
	jobs []*job
}

// list gives j its turn, last of all.
func (t *turns) list(j *job) {
	if j.listed || j.wait.n == 0 {
		return
	}
	j.listed = true
	if t.items == nil {
		t.items = map[uint64]*turn{}
	}
	x, ok := t.items[j.item]
	if !ok {
		x = &turn{item: j.item}
		t.items[j.item] = x
		t.order = append(t.order, x)
	}
	x.jobs = append(x.jobs, j)
}

// next takes the ordinal whose turn it is out of its job.
func (t *turns) next(served func(store.Place) uint64) (*job, uint32, bool) {
	for len(t.order) > 0 {
		x := t.order[0]
		j := x.jobs[0]
		t.order, x.jobs = t.order[1:], x.jobs[1:]
		ordinal, ok := j.pop(served) // else its last one was told out of turn
		if j.listed = j.wait.n > 0; j.listed {
			x.jobs = append(x.jobs, j)
		}
		if len(x.jobs) > 0 {
			t.order = append(t.order, x)
		} else {
			delete(t.items, x.item)
		}
		if ok {
			return j, ordinal, true
		}
	}
	return nil, 0, false
}
