package alert

import (
	"cmp"
	"container/heap"
	"maps"
	"rasid/store"
	"slices"
	"time"
)

// A queue is everything that is owed and in which order it is to be told.
// Classes go as class says; within a class items take turns, and of an item's
// destinations the one served longest ago is next. A destination's own items
// go oldest first within a class, one at a time. It is used by one goroutine.
type queue struct {
	jobs   map[jobKey]*job
	shards map[shardClass][]*job // by item, oldest first
	lines  map[store.Place]*line // of those who cannot be told more for now
	chats  map[int64][]*line     // being told, with who waits behind
	later  delays
	turns  [store.Classes]turns
	owed   [store.Classes]int
	served map[store.Place]uint64 // when somebody was last told, by a count
	told   uint64
}

type shardClass struct {
	shard store.Shard
	class store.Class
}

// servedMost is how many destinations' turns are remembered.
const servedMost = 1 << 16

// A pick is what is to be told next: an item to a destination. Its line is
// busy until the queue is told what came of it.
type pick struct {
	job  *job
	line *line
}

func (p pick) tries() int { return p.job.tries[p.line.place.Ordinal] }

func newQueue() *queue {
	return &queue{
		jobs: map[jobKey]*job{}, shards: map[shardClass][]*job{}, lines: map[store.Place]*line{},
		chats: map[int64][]*line{}, served: map[store.Place]uint64{},
	}
}

// add takes in what the store says is owed. What is known is not added twice.
func (q *queue) add(s store.Job) {
	key := jobKey{s.Shard, s.Class, s.Item}
	j, known := q.jobs[key]
	todo := slices.Clone(s.Owed)
	if known {
		for o, n := range s.Tries {
			j.tried(o, n)
		}
		todo = q.unknown(j, todo)
	} else {
		j = &job{jobKey: key, created: s.Created, expires: s.Expires, matcher: s.Matcher}
	}
	if len(todo) == 0 {
		return
	}
	if !known {
		q.enter(j)
	}
	for _, o := range todo {
		j.tried(o, s.Tries[o])
	}
	q.oldestFirst(s.Shard, todo)
	j.todo = append(j.todo, todo...)
	j.left += len(todo)
	q.owed[j.class] += len(todo)
	q.turns[j.class].list(j)
}

func (q *queue) enter(j *job) {
	q.jobs[j.jobKey] = j
	list := q.shards[shardClass{j.shard, j.class}]
	i, _ := q.find(j)
	q.shards[shardClass{j.shard, j.class}] = slices.Insert(list, i, j)
}

func (q *queue) find(j *job) (int, bool) {
	list := q.shards[shardClass{j.shard, j.class}]
	return slices.BinarySearchFunc(list, j, func(a, b *job) int { return cmp.Compare(a.item, b.item) })
}

// unknown returns the ordinals that the queue does not have for j.
func (q *queue) unknown(j *job, all []uint32) []uint32 {
	todo := make(map[uint32]bool, len(j.todo))
	for _, o := range j.todo {
		todo[o] = true
	}
	return slices.DeleteFunc(all, func(o uint32) bool {
		l := q.lines[j.place(o)]
		return todo[o] || l != nil && (l.telling == j || slices.Contains(l.aside[j.class], j))
	})
}

// oldestFirst orders ordinals by when they were served last.
func (q *queue) oldestFirst(shard store.Shard, ordinals []uint32) {
	if len(q.served) == 0 || len(ordinals) < 2 {
		return
	}
	slices.SortStableFunc(ordinals, func(a, b uint32) int {
		return cmp.Compare(q.served[store.Place{Shard: shard, Ordinal: a}], q.served[store.Place{Shard: shard, Ordinal: b}])
	})
}

// class says which class's turn it is: the loudest that has work. Sharing
// slots by weight is another body for this function.
func (q *queue) class() (store.Class, bool) {
	for c := range store.Class(store.Classes) {
		if len(q.turns[c].order) > 0 {
			return c, true
		}
	}
	return 0, false
}

// next picks what is to be told next.
func (q *queue) next(now time.Time) (pick, bool) {
	q.due(now)
	for c, ok := q.class(); ok; c, ok = q.class() {
		j, ordinal, some := q.turns[c].next()
		if !some {
			continue
		}
		l, ok := q.lines[j.place(ordinal)]
		if ok && l.state != lineReady {
			l.set(j)
			continue
		}
		if !ok {
			l = &line{place: j.place(ordinal)}
			q.lines[l.place] = l
		}
		if first := q.before(j, ordinal); first != nil {
			l.set(j)
			j = first
		}
		l.state, l.telling = lineBusy, j
		return pick{j, l}, true
	}
	return pick{}, false
}

// before takes the oldest item that a destination is owed and that is older
// than j out of its turn; nil when there is none.
func (q *queue) before(j *job, ordinal uint32) *job {
	for _, old := range q.shards[shardClass{j.shard, j.class}] {
		if old.item >= j.item {
			return nil
		}
		if old.take(ordinal) {
			return old
		}
	}
	return nil
}

// done takes p's item off what is owed.
func (q *queue) done(p pick) {
	if p.job.gone {
		return
	}
	q.drop(p.job, 1)
	delete(p.job.tries, p.line.place.Ordinal)
	delete(p.job.kept, p.line.place.Ordinal)
	if q.told++; len(q.served) >= servedMost {
		clear(q.served)
	}
	q.served[p.line.place] = q.told
	p.line.telling = nil
	q.release(p.line)
}

// drop takes n destinations off what is owed of j.
func (q *queue) drop(j *job, n int) {
	j.left -= n
	q.owed[j.class] -= n
	if j.left > 0 {
		return
	}
	delete(q.jobs, j.jobKey)
	key := shardClass{j.shard, j.class}
	if i, ok := q.find(j); ok {
		q.shards[key] = slices.Delete(q.shards[key], i, i+1)
	}
	if len(q.shards[key]) == 0 {
		delete(q.shards, key)
	}
}

// cancel forgets what is left of p's job but for what is set aside, which is
// found out at its turn.
func (q *queue) cancel(p pick) {
	if p.job.gone {
		return
	}
	n := len(p.job.todo)
	p.job.todo = nil
	q.drop(p.job, n)
	q.done(p)
}

// again leaves p's item owed. tries is how often its outcome was unknown.
func (q *queue) again(p pick, tries int, until, now time.Time) {
	if p.job.gone {
		return
	}
	p.line.telling = nil
	p.job.tried(p.line.place.Ordinal, tries)
	if until.After(now) {
		q.hold(p, until)
		return
	}
	p.line.set(p.job)
	q.release(p.line)
}

// leave forgets all that is owed in a shard. What is being told there comes to
// its end without the queue.
func (q *queue) leave(s store.Shard) {
	for c := range store.Class(store.Classes) {
		key := shardClass{s, c}
		for _, j := range q.shards[key] {
			q.owed[c] -= j.left
			j.todo, j.gone = nil, true
			delete(q.jobs, j.jobKey)
		}
		delete(q.shards, key)
	}
	mine := func(l *line) bool { return l.place.Shard == s }
	q.later = slices.DeleteFunc(q.later, mine)
	heap.Init(&q.later)
	for chat, lines := range q.chats {
		q.chats[chat] = slices.DeleteFunc(lines, mine)
	}
	maps.DeleteFunc(q.lines, func(p store.Place, _ *line) bool { return p.Shard == s })
	maps.DeleteFunc(q.served, func(p store.Place, _ uint64) bool { return p.Shard == s })
}

// oldest tells when the oldest item that is still owed was dispatched.
func (q *queue) oldest() (at time.Time) {
	for _, list := range q.shards {
		at = earliest(at, list[0].created)
	}
	return at
}
