package alert

import (
	"rasid/store"
	"slices"
)

// Lists: where more than listAbove alerts of a class wait for a destination
// they share a message, listMost at most.
const (
	listAbove = 3
	listMost  = 10
)

// gather takes out of what waits for a ready destination in a class what it is
// told next: its oldest item, or several that share a message. A broadcast
// shares none, and neither does an inbox, which is a list itself, or what may
// have been told by another process.
func (q *queue) gather(l *line, c store.Class) []*job {
	most := q.most
	if c == store.Broadcast {
		most = 1
	}
	found := q.waiting(l, c, most)
	if doubts := q.doubts[l.place]; len(doubts) > 0 {
		i := slices.IndexFunc(found, func(j *job) bool { return slices.Contains(doubts, j.item) })
		if i >= 0 {
			found = found[:max(i, 1)]
		}
	}
	if len(found) <= listAbove || found[0].isInbox() {
		found = found[:1]
	}
	for _, j := range found {
		if !j.wait.remove(l.place.Ordinal) {
			l.aside[c] = slices.DeleteFunc(l.aside[c], func(x *job) bool { return x == j })
		}
	}
	return found
}

// waiting lists what a destination waits for in a class, at most most, oldest
// first.
func (q *queue) waiting(l *line, c store.Class, most int) []*job {
	var found []*job
	aside := l.aside[c]
	for _, j := range q.shards[shardClass{l.place.Shard, c}] {
		if len(found) == most {
			break
		}
		isAside := len(aside) > 0 && aside[0] == j
		if isAside {
			aside = aside[1:]
		}
		if isAside || j.wait.has(l.place.Ordinal) {
			found = append(found, j)
		}
	}
	return found
}

// doubt remembers that items may have been told a destination by another
// process, whose answer comes late: to tell them again with others would repeat
// them though only the others are new.
func (q *queue) doubt(p store.Place, items []uint64) {
	q.doubts[p] = append(q.doubts[p], items...)
}

// believe ends doubt.
func (q *queue) believe(p store.Place, items []uint64) {
	doubts, ok := q.doubts[p]
	if !ok {
		return
	}
	doubts = slices.DeleteFunc(doubts, func(x uint64) bool { return slices.Contains(items, x) })
	if q.doubts[p] = doubts; len(doubts) == 0 {
		delete(q.doubts, p)
	}
}
