package alert

import (
	"container/heap"
	"time"

	"rasid/store"
)

// A queue is everything that is owed and in which order it is to be told.
// Classes go in strict order; within a class items take turns, and of an
// item's destinations the one served longest ago is next. A destination's own
// items go oldest first within a class, one at a time. It is used by one
// goroutine.
type queue struct {
	lines   map[store.Place]*line
	classes [store.Classes]turns
	later   delays // lines that must wait until some time
	owed    [store.Classes]int
}

// A line is what one destination is owed.
type line struct {
	place store.Place
	items [store.Classes][]owed // oldest first
	state lineState
	until time.Time // when state is lineLater
}

type owed struct {
	item    uint64
	created time.Time
	matcher string
	tries   int
}

type lineState uint8

const (
	lineReady  lineState = iota // listed under its first item
	lineBusy                    // being told
	lineLater                   // in later
	lineParked                  // paused: waits for a change
)

// A pick is what is to be told next.
type pick struct {
	line  *line
	class store.Class
	owed
}

func newQueue() *queue { return &queue{lines: map[store.Place]*line{}} }

// add puts a job's destinations at the end of their lines.
func (q *queue) add(j store.Job) {
	for _, ord := range j.Owed {
		p := store.Place{Shard: j.Shard, Ordinal: ord}
		l, ok := q.lines[p]
		if !ok {
			l = &line{place: p}
			q.lines[p] = l
		}
		first, _, some := l.head()
		l.items[j.Class] = append(l.items[j.Class], owed{j.Item, j.Created, j.Matcher, j.Tries[ord]})
		q.owed[j.Class]++
		if l.state == lineReady && (!some || j.Class < first) {
			q.list(l)
		}
	}
}

// head is the loudest, oldest item of l.
func (l *line) head() (store.Class, owed, bool) {
	for c := range l.items {
		if len(l.items[c]) > 0 {
			return store.Class(c), l.items[c][0], true
		}
	}
	return 0, owed{}, false
}

// list enters l under its first item; an entry made for another item before
// is passed over when its turn comes.
func (q *queue) list(l *line) {
	l.state = lineReady
	class, it, ok := l.head()
	if !ok {
		delete(q.lines, l.place)
		return
	}
	q.classes[class].add(it.item, l)
}

// next takes the line whose turn it is. The line is busy until it is put back
// with done, again, delay or park.
func (q *queue) next(now time.Time) (pick, bool) {
	for len(q.later) > 0 && !q.later[0].until.After(now) {
		l, _ := heap.Pop(&q.later).(*line)
		q.list(l)
	}
	for c := range q.classes {
		for {
			l, item, ok := q.classes[c].take()
			if !ok {
				break
			}
			class, it, some := l.head()
			if !some || l.state != lineReady || class != store.Class(c) || it.item != item {
				continue // it stands elsewhere by now
			}
			l.state = lineBusy
			return pick{l, class, it}, true
		}
	}
	return pick{}, false
}

// wakeAt tells when the first delayed line is due.
func (q *queue) wakeAt() (time.Time, bool) {
	if len(q.later) == 0 {
		return time.Time{}, false
	}
	return q.later[0].until, true
}

// done takes p's item out of its line and lists the line again.
func (q *queue) done(p pick) {
	items := p.line.items[p.class]
	if len(items) > 0 && items[0].item == p.item {
		p.line.items[p.class] = items[1:]
		q.owed[p.class]--
	}
	q.list(p.line)
}

// again lists p's line without taking the item out. tries is how often its
// outcome was unknown.
func (q *queue) again(p pick, tries int, until, now time.Time) {
	if items := p.line.items[p.class]; len(items) > 0 && items[0].item == p.item {
		items[0].tries = tries
	}
	if !until.After(now) {
		q.list(p.line)
		return
	}
	p.line.state, p.line.until = lineLater, until
	heap.Push(&q.later, p.line)
}

// park sets p's line aside until unpark.
func (q *queue) park(p pick) { p.line.state = lineParked }

// unpark lists every parked line of which f says so.
func (q *queue) unpark(f func(store.Place) bool) {
	for place, l := range q.lines {
		if l.state == lineParked && f(place) {
			q.list(l)
		}
	}
}

// turns are the items of one class that have lines waiting.
type turns struct {
	items map[uint64][]*line
	order []uint64 // whose turn it is, round and round
}

func (t *turns) add(item uint64, l *line) {
	if t.items == nil {
		t.items = map[uint64][]*line{}
	}
	if _, ok := t.items[item]; !ok {
		t.order = append(t.order, item)
	}
	t.items[item] = append(t.items[item], l)
}

func (t *turns) take() (*line, uint64, bool) {
	if len(t.order) == 0 {
		return nil, 0, false
	}
	item := t.order[0]
	t.order = t.order[1:]
	lines := t.items[item]
	l := lines[0]
	if len(lines) == 1 {
		delete(t.items, item)
	} else {
		t.items[item] = lines[1:]
		t.order = append(t.order, item)
	}
	return l, item, true
}

// delays is a heap of lines by until.
type delays []*line

func (d delays) Len() int           { return len(d) }
func (d delays) Less(i, j int) bool { return d[i].until.Before(d[j].until) }
func (d delays) Swap(i, j int)      { d[i], d[j] = d[j], d[i] }

// Push implements heap.Interface.
func (d *delays) Push(v any) {
	l, _ := v.(*line)
	*d = append(*d, l)
}

// Pop implements heap.Interface.
func (d *delays) Pop() any {
	old := *d
	l := old[len(old)-1]
	old[len(old)-1] = nil
	*d = old[:len(old)-1]
	return l
}
