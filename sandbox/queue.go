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
	webhook   *webhook        // nil: updates are asked for
	nextHook  time.Time       // another setWebhook before this is too early

	poll        *poll
	prevOffset  int64
	prevStart   time.Time
	nextRefusal time.Time // another 409 before this is late
}

type event struct {
	id      int64
	kind    string
	chat    int64 // where it happened; 0: in none
	lane    lane
	expires time.Time
	data    json.RawMessage
}

// A lane is what Telegram calls a queue of a webhook: the updates of one are
// told one after the other.
type lane struct {
	family int // of kinds of update
	id     int64
}

// The families of Client.cpp of the public source: messages and edits go by
// chat, presses by person.
const (
	laneMessages = 0
	lanePresses  = 3
	laneMine     = 5
	laneMembers  = 6
)

// place tells the chat and the lane of an update.
func place(u wire.Update) (chat int64, l lane) {
	for _, m := range []*wire.Message{u.Message, u.Edited, u.ChannelPost, u.EditedPost} {
		if m != nil {
			return m.Chat.ID, lane{laneMessages, m.Chat.ID}
		}
	}
	switch {
	case u.Callback != nil:
		switch m := u.Callback.Message.(type) {
		case *wire.Message:
			chat = m.Chat.ID
		case *wire.Inaccessible:
			chat = m.Chat.ID
		}
		return chat, lane{lanePresses, u.Callback.From.ID}
	case u.MyMember != nil:
		return u.MyMember.Chat.ID, lane{laneMine, u.MyMember.Chat.ID}
	case u.Member != nil:
		return u.Member.Chat.ID, lane{laneMembers, u.Member.New.User.ID}
	}
	return 0, lane{}
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
		q.renumber(2_000_001 + q.rand.Int64N(1_000_000_000-2_000_001))
	}
	q.last = now
	u.ID = q.tail
	data, err := json.Marshal(u)
	if err != nil {
		panic(fmt.Sprintf("update of plain structs does not encode: %v", err))
	}
	q.tail++
	chat, l := place(u)
	q.events = append(q.events, event{id: u.ID, kind: u.Kind(), chat: chat, lane: l, expires: now.Add(life), data: data})
	if len(q.events) > maxQueue {
		q.events = q.events[len(q.events)-maxQueue:]
	}
}

func (q *queue) renumber(next int64) { q.tail, q.events, q.confirmed = next, nil, next }

// Renumber makes next the id of the next update, as a week without any makes it
// a random one. What still waits is forgotten.
func (s *Server) Renumber(next int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue.renumber(next)
	s.queue.last = s.now()
}

func (q *queue) wants(kind string) bool {
	if q.allowed != nil {
		return q.allowed[kind]
	}
	return kind != "chat_member" && kind != "message_reaction" && kind != "message_reaction_count"
}

// take confirms what offset confirms and returns the updates from it on.
func (q *queue) take(now time.Time, offset int64, limit int) []event {
	q.expire(now)
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

// expire drops what nobody asked for in time.
func (q *queue) expire(now time.Time) {
	q.events = slices.DeleteFunc(q.events, func(e event) bool { return !now.Before(e.expires) })
}

// drop forgets one update: a webhook took it, or will not in time.
func (q *queue) drop(id int64) {
	q.events = slices.DeleteFunc(q.events, func(e event) bool { return e.id == id })
	if len(q.events) == 0 {
		q.confirmed = q.tail
	} else {
		q.confirmed = max(q.confirmed, q.events[0].id)
	}
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
