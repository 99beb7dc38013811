package sandbox

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"rasid/sandbox/wire"
	"slices"
	"time"
)

// Bounds of the update queue, from TQueue.cpp and Client.cpp of the public
// sources.
const (
	maxQueue      = 100_000
	maxAnswer     = 1 << 22 // bytes of one getUpdates answer
	updateCost    = 50      // counted for each update besides its own bytes
	messageLife   = 24 * time.Hour
	callbackLife  = 150 * time.Second
	renumberAfter = 7 * 24 * time.Hour
	aheadOfTail   = 10 // an offset further ahead is not taken seriously
)

// A queue holds the updates the bot has not confirmed.
type queue struct {
	rand      *rand.Rand
	events    []event
	tail      int64 // id of the next update; 0: there was none yet
	last      time.Time
	confirmed int64           // every update below was confirmed
	allowed   map[string]bool // kinds wanted; nil: the default set
	webhook   webhook

	poll        *poll
	prevOffset  int64
	prevStart   time.Time
	nextRefusal time.Time // another 409 before this is late
}

type event struct {
	id      int64
	kind    string
	expires time.Time
	data    json.RawMessage
}

// A poll is a getUpdates that waits.
type poll struct {
	stop chan struct{}
	err  error // why it was stopped
}

func newQueue(r *rand.Rand) queue { return queue{rand: r, prevOffset: -1 << 62} }

// push appends an update unless the bot asked not to hear of its kind.
func (q *queue) push(now time.Time, u wire.Update, life time.Duration) {
	if !q.wants(u.Kind()) {
		return
	}
	if q.tail == 0 || now.Sub(q.last) > renumberAfter {
		q.tail = 2_000_001 + q.rand.Int64N(1_000_000_000-2_000_001)
		q.events = nil
	}
	q.last = now
	u.ID = q.tail
	data, err := json.Marshal(u)
	if err != nil {
		panic(fmt.Sprintf("update of plain structs does not encode: %v", err))
	}
	q.tail++
	q.events = append(q.events, event{id: u.ID, kind: u.Kind(), expires: now.Add(life), data: data})
	if len(q.events) > maxQueue {
		q.events = q.events[len(q.events)-maxQueue:]
	}
}

func (q *queue) wants(kind string) bool {
	if q.allowed != nil {
		return q.allowed[kind]
	}
	return kind != "chat_member" && kind != "message_reaction" && kind != "message_reaction_count"
}

// take confirms what offset confirms and returns the updates from it on.
func (q *queue) take(now time.Time, offset int64, limit int) []event {
	q.events = slices.DeleteFunc(q.events, func(e event) bool { return !now.Before(e.expires) })
	switch {
	case offset < 0:
		if keep := -offset; int64(len(q.events)) > keep {
			q.confirm(q.events[int64(len(q.events))-keep].id)
		}
	case offset > 0 && offset <= q.tail+aheadOfTail && offset >= q.tail-maxQueue:
		q.confirm(offset)
	}
	size := 0
	for i, e := range q.events {
		size += updateCost + len(e.data)
		if i >= limit || size >= maxAnswer {
			return q.events[:i]
		}
	}
	return q.events
}

func (q *queue) confirm(before int64) {
	q.confirmed = max(q.confirmed, min(before, q.tail))
	q.events = slices.DeleteFunc(q.events, func(e event) bool { return e.id < before })
}

// Updates tells how far the bot has come with its updates.
type Updates struct {
	First     int64 `json:"first"`     // id of the oldest waiting; 0: none
	Pending   int   `json:"pending"`   // how many wait
	Confirmed int64 `json:"confirmed"` // every id below was confirmed
}

// Updates tells how far the bot has come with its updates.
func (s *Server) Updates() Updates {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := Updates{Pending: len(s.queue.events), Confirmed: s.queue.confirmed}
	if u.Pending > 0 {
		u.First = s.queue.events[0].id
	}
	return u
}
