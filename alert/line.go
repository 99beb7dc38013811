package alert

import (
	"container/heap"
	"rasid/store"
	"slices"
	"time"
)

// A line stands for one destination that cannot be told more for now, or that
// was so lately. What it is owed meanwhile is set aside.
type line struct {
	place   store.Place
	state   lineState
	until   time.Time             // of lineLater
	telling []*job                // of lineBusy
	aside   [store.Classes][]*job // by item, oldest first
	parked  []*job                // set aside for reasons of their own: nothing else waits for them
}

type lineState uint8

const (
	lineReady  lineState = iota // may be told more
	lineBusy                    // is being told
	lineLater                   // waits until some time
	lineBehind                  // another thread of its chat is being told
)

// set puts j aside.
func (l *line) set(j *job) {
	list := l.aside[j.class]
	i, has := slices.BinarySearchFunc(list, j.item, func(x *job, item uint64) int {
		switch {
		case x.item < item:
			return -1
		case x.item > item:
			return 1
		}
		return 0
	})
	if !has {
		l.aside[j.class] = slices.Insert(list, i, j)
	}
}

// aside puts what was picked back.
func (p pick) aside() {
	p.line.telling = nil
	for _, j := range p.jobs {
		p.line.set(j)
	}
}

// hold keeps what was picked from being told before until.
func (q *queue) hold(p pick, until time.Time) {
	p.aside()
	q.sleep(p.line, until)
}

func (q *queue) sleep(l *line, until time.Time) {
	l.state, l.until = lineLater, until
	heap.Push(&q.later, l)
}

// keep keeps a destination from being told anything before until.
func (q *queue) keep(p store.Place, until time.Time) {
	l, ok := q.lines[p]
	if !ok {
		l = &line{place: p}
		q.lines[p] = l
	}
	switch {
	case l.state == lineReady:
		q.sleep(l, until)
	case l.state == lineLater && until.After(l.until):
		l.until = until
		heap.Init(&q.later)
	}
}

// behind keeps what was picked until its chat is free.
func (q *queue) behind(p pick, chat int64) {
	p.aside()
	p.line.state = lineBehind
	q.chats[chat] = append(q.chats[chat], p.line)
}

// begin marks a chat as being told, so that its other threads wait.
func (q *queue) begin(chat int64) { q.chats[chat] = nil }

// busy reports whether one of a chat's destinations is being told.
func (q *queue) busy(chat int64) bool {
	_, ok := q.chats[chat]
	return ok
}

// free ends what begin began.
func (q *queue) free(chat int64) {
	lines := q.chats[chat]
	delete(q.chats, chat)
	for _, l := range lines {
		q.release(l)
	}
}

// due releases the lines whose time has come, and what was parked until now.
func (q *queue) due(now time.Time) {
	q.unpark(now)
	for len(q.later) > 0 && !q.later[0].until.After(now) {
		l, _ := heap.Pop(&q.later).(*line)
		q.release(l)
	}
}

// wakeAt tells when the next line is due, or what was parked.
func (q *queue) wakeAt() (at time.Time, ok bool) {
	if len(q.later) > 0 {
		at = q.later[0].until
	}
	if len(q.parked) > 0 {
		at = earliest(at, q.parked[0].until)
	}
	return at, !at.IsZero()
}

// release gives the oldest of each class that was set aside its turn again.
func (q *queue) release(l *line) {
	l.state = lineReady
	lately := q.served.when(l.place) > 0
	rest := len(l.parked) > 0
	for c, list := range l.aside {
		if len(list) == 0 {
			continue
		}
		j := list[0]
		list[0] = nil
		l.aside[c] = list[1:]
		rest = rest || len(list) > 1
		j.back(l.place.Ordinal, lately)
		q.turns[c].list(j)
	}
	if !rest {
		delete(q.lines, l.place)
	}
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
