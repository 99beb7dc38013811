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
// Classes share as shares says; within a class items take turns, and of an
// item's destinations the one served longest ago is next. A destination's own
// items go oldest first within a class, several in one message where many wait.
// It is used by one goroutine.
type queue struct {
	most    int  // alerts in one message; 1: they never share one
	paid    bool // broadcasts are paid for: they have turns of their own, and no share of the others'
	jobs    map[jobKey]*job
	sums    map[sumKey]*sum
	shards  map[shardClass][]*job // by item, oldest first
	lines   map[store.Place]*line // of those who cannot be told more for now
	chats   map[int64][]*line     // being told, with who waits behind
	doubts  map[store.Place][]uint64
	later   delays
	parked  parkings
	shares  shares
	turns   [store.Classes]turns
	owed    [store.Classes]int
	settled [store.Classes]int // told, kept for later or no longer wanted, since the start
	served  served
}

// A sum is what is owed of an item in a class over all shards.
type sum struct {
	left    int
	expires time.Time
}

type sumKey struct {
	class store.Class
	item  uint64
}

type shardClass struct {
	shard store.Shard
	class store.Class
}

// A pick is what is to be told next: one item, or several of a class that share
// a message, oldest first, to a destination. Its line is busy until the queue
// is told what came of it.
type pick struct {
	jobs []*job
	line *line
}

// shard is where p is told.
func (p pick) shard() store.Shard { return p.line.place.Shard }

// tries tells how often the outcome was unknown so far, of each item.
func (p pick) tries() []int {
	all := make([]int, len(p.jobs))
	for i, j := range p.jobs {
		all[i] = j.tries[p.line.place.Ordinal]
	}
	return all
}

// newQueue returns an empty queue whose messages tell most alerts at most.
func newQueue(most int) *queue {
	return &queue{
		most: most, jobs: map[jobKey]*job{}, sums: map[sumKey]*sum{}, shards: map[shardClass][]*job{}, lines: map[store.Place]*line{},
		chats: map[int64][]*line{}, doubts: map[store.Place][]uint64{},
	}
}

// add takes in what the store says is owed. What is known is not added twice.
func (q *queue) add(s store.Job) {
	key := jobKey{s.Shard, s.Class, s.Item}
	j, known := q.jobs[key]
	switch {
	case known:
		q.addMore(j, s)
	case len(s.Owed) > 0:
		j = &job{jobKey: key, created: s.Created, expires: s.Expires, matcher: s.Matcher, wait: ordinalsOf(s.Owed)}
		for o, n := range s.Tries {
			j.tried(o, n)
		}
		q.enter(j)
		q.count(j, len(s.Owed))
	}
}

func (q *queue) count(j *job, n int) {
	q.sum(j, n)
	q.turns[j.class].list(j)
}

// addMore adds to a known job what the queue does not have of it.
func (q *queue) addMore(j *job, s store.Job) {
	for o, n := range s.Tries {
		j.tried(o, n)
	}
	n := 0
	for _, o := range s.Owed {
		if j.wait.has(o) {
			continue
		}
		l := q.lines[j.place(o)]
		if l != nil && (slices.Contains(l.telling, j) || slices.Contains(l.aside[j.class], j) || slices.Contains(l.parked, j)) {
			continue
		}
		j.back(o, q.served.when(j.place(o)) > 0)
		n++
	}
	q.count(j, n)
}

// sum changes what is left of j by n.
func (q *queue) sum(j *job, n int) {
	j.left += n
	q.owed[j.class] += n
	key := sumKey{j.class, j.item}
	s := q.sums[key]
	if s == nil {
		s = &sum{expires: j.expires}
		q.sums[key] = s
	}
	if s.left += n; s.left == 0 {
		delete(q.sums, key)
	}
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

// shared reports whether a class has something to tell and a share of the
// messages.
func (q *queue) shared(c store.Class) bool { return q.busyClass(c) && !q.isPaid(c) }

func (q *queue) busyClass(c store.Class) bool { return len(q.turns[c].order) > 0 }

func (q *queue) isPaid(c store.Class) bool { return q.paid && c == store.Broadcast }

// next picks what is to be told next, but for paid broadcasts. Whoever tells it
// calls spend.
func (q *queue) next(now time.Time) (pick, bool) {
	q.due(now)
	owner := q.shares.owner()
	for c, ok := heir(owner, q.shared); ok; c, ok = heir(owner, q.shared) {
		if p, ok := q.nextOf(c); ok {
			return p, true
		}
	}
	return pick{}, false
}

// nextPaid picks which paid broadcast is to be told next.
func (q *queue) nextPaid(now time.Time) (pick, bool) {
	q.due(now)
	for q.paid && q.busyClass(store.Broadcast) {
		if p, ok := q.nextOf(store.Broadcast); ok {
			return p, true
		}
	}
	return pick{}, false
}

// nextOf takes a turn of a class; it may be of somebody who can be told nothing
// now.
func (q *queue) nextOf(c store.Class) (pick, bool) {
	j, ordinal, some := q.turns[c].next(q.served.when)
	if !some {
		return pick{}, false
	}
	l, ok := q.lines[j.place(ordinal)]
	if !ok {
		l = &line{place: j.place(ordinal)}
		q.lines[l.place] = l
	}
	l.set(j)
	if l.state != lineReady {
		return pick{}, false
	}
	l.state, l.telling = lineBusy, q.gather(l, c)
	return pick{l.telling, l}, true
}

// spend counts a pick against its class's share when it is begun: one that had to
// wait costs nothing.
func (q *queue) spend() { q.shares.spend() }

// done takes p's items off what is owed.
func (q *queue) done(p pick) { q.settle(p, nil, time.Time{}, time.Time{}) }

// settle ends p: its items but for rest are taken off what is owed, and rest is
// to be told from until on, but for what is parked.
func (q *queue) settle(p pick, rest []*job, until, now time.Time) {
	if p.jobs[0].gone {
		return
	}
	l := p.line
	l.telling = nil
	for _, j := range p.jobs {
		switch {
		case slices.Contains(l.parked, j):
		case slices.Contains(rest, j):
			l.set(j)
		default:
			q.settled[j.class]++
			q.off(j, l.place.Ordinal)
		}
	}
	if len(q.doubts) > 0 {
		q.believe(l.place, items(without(p.jobs, rest)))
	}
	if len(rest) < len(p.jobs) {
		q.served.note(l.place)
	}
	if until.After(now) {
		q.sleep(l, until)
		return
	}
	q.release(l)
}

// unknown counts an attempt at p without an outcome for each of rest. tries are
// those before it, of each of p's items: the store may have counted this one and
// have been read since.
func (q *queue) unknown(p pick, rest []*job, tries []int) {
	for i, j := range p.jobs {
		if slices.Contains(rest, j) {
			j.tried(p.line.place.Ordinal, tries[i]+1)
		}
	}
}

// off takes a destination off what is owed of j.
func (q *queue) off(j *job, ordinal uint32) {
	delete(j.tries, ordinal)
	delete(j.kept, ordinal)
	q.drop(j, 1)
}

// drop takes n destinations off what is owed of j.
func (q *queue) drop(j *job, n int) {
	q.sum(j, -n)
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
	j := p.jobs[0]
	if j.gone {
		return
	}
	n, ready := j.wait.n, q.readyFor(j)
	j.wait, j.kept = ordinals{}, nil
	q.settled[j.class] += n
	q.drop(j, n)
	for _, l := range ready {
		q.release(l)
	}
	q.done(p)
}

// readyFor lists the lines whose turn is j's and who have more set aside, which
// comes after it.
func (q *queue) readyFor(j *job) (ready []*line) {
	for _, l := range q.lines {
		if l.state == lineReady && l.place.Shard == j.shard && j.wait.has(l.place.Ordinal) {
			ready = append(ready, l)
		}
	}
	return ready
}

// leave forgets all that is owed in a shard. What is being told there comes to
// its end without the queue.
func (q *queue) leave(s store.Shard) {
	for c := range store.Class(store.Classes) {
		key := shardClass{s, c}
		for _, j := range q.shards[key] {
			q.sum(j, -j.left)
			j.wait, j.gone = ordinals{}, true
			delete(q.jobs, j.jobKey)
		}
		delete(q.shards, key)
	}
	mine := func(l *line) bool { return l.place.Shard == s }
	q.later = slices.DeleteFunc(q.later, mine)
	heap.Init(&q.later)
	q.parked = slices.DeleteFunc(q.parked, func(p parking) bool { return mine(p.line) })
	heap.Init(&q.parked)
	for chat, lines := range q.chats {
		q.chats[chat] = slices.DeleteFunc(lines, mine)
	}
	maps.DeleteFunc(q.lines, func(p store.Place, _ *line) bool { return p.Shard == s })
	maps.DeleteFunc(q.doubts, func(p store.Place, _ []uint64) bool { return p.Shard == s })
}

// oldest tells when the oldest item that is still owed was dispatched.
func (q *queue) oldest() (at time.Time) {
	for _, list := range q.shards {
		at = earliest(at, list[0].created)
	}
	return at
}

// served remembers when destinations were last told something, by a count: the
// last servedMost of them, and some of those before.
type served struct {
	told     uint64
	now, old map[store.Place]uint64
}

const servedMost = 1 << 15

// when is larger the later it was; 0: not lately.
func (s *served) when(p store.Place) uint64 { return max(s.now[p], s.old[p]) }

func (s *served) note(p store.Place) {
	if s.now == nil || len(s.now) >= servedMost {
		s.now, s.old = map[store.Place]uint64{}, s.now
	}
	s.told++
	s.now[p] = s.told
}
