package alert

import (
	"rasid/store"
	"slices"
	"time"
)

// A job is what is owed of one item in one shard and class, as the queue holds
// it: four bytes for each destination.
type job struct {
	jobKey
	created time.Time
	expires time.Time       // zero: never
	kept    map[uint32]bool // to be told however late: paused when it expired
	matcher string
	todo    []uint32       // ordinals in the order they are to be told
	tries   map[uint32]int // unknown outcomes so far
	left    int            // todo, and those set aside or in flight
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

// take removes an ordinal from todo and reports whether it was there.
func (j *job) take(ordinal uint32) bool {
	i := slices.Index(j.todo, ordinal)
	if i < 0 {
		return false
	}
	j.todo = slices.Delete(j.todo, i, i+1)
	return true
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
	if j.listed || len(j.todo) == 0 {
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
func (t *turns) next() (*job, uint32, bool) {
	for len(t.order) > 0 {
		x := t.order[0]
		j := x.jobs[0]
		t.order, x.jobs = t.order[1:], x.jobs[1:]
		ok := len(j.todo) > 0 // else its last one was told out of turn
		var ordinal uint32
		if ok {
			ordinal, j.todo = j.todo[0], j.todo[1:]
		}
		if j.listed = len(j.todo) > 0; j.listed {
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
