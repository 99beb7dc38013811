package sandbox

import (
	"context"
	"encoding/json"
	"rasid/sandbox/wire"
	"slices"
	"time"
)

// maxPoll is the longest a poll may wait, in seconds.
const maxPoll = 50

// Repeating an offset this soon is taken for a loop that spins and is slowed.
const (
	spinWait  = 3 * time.Second
	spinLimit = 500 * time.Millisecond
)

const (
	webhookActive = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
	otherPoll     = "terminated by other getUpdates request; make sure that only one bot instance is running"
)

// getUpdates waits for updates. Unlike other methods it takes the lock itself.
func (s *Server) getUpdates(ctx context.Context, p params) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := &s.queue
	now := s.now()
	if q.webhook != nil {
		return nil, s.conflict(ctx, wire.Conflict(webhookActive))
	}
	offset, limit := p.num("offset"), int(p.within("limit", 100, 1, 100))
	timeout := time.Duration(p.within("timeout", 0, 0, maxPoll)) * time.Second
	q.allow(p["allowed_updates"])
	if again := offset == q.prevOffset; again && now.Sub(q.prevStart) < spinWait {
		timeout = max(timeout, spinWait)
		if now.Sub(q.prevStart) < spinLimit {
			limit = 1
		}
	}
	q.prevOffset, q.prevStart = offset, now
	confirmed := q.confirmed
	found := q.take(now, offset, limit)
	if q.confirmed > confirmed {
		s.wake() // somebody may wait for that
	}
	if len(found) > 0 || timeout == 0 {
		return eventData(found), nil
	}
	return s.longPoll(ctx, offset, limit, timeout)
}

// longPoll waits in place of any other poll. The caller holds mu.
func (s *Server) longPoll(ctx context.Context, offset int64, limit int, timeout time.Duration) (any, error) {
	q := &s.queue
	q.stopPoll(wire.Conflict(otherPoll))
	own := &poll{stop: make(chan struct{})}
	q.poll = own
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	for {
		changed := s.changed
		s.mu.Unlock()
		var done, closed bool
		select {
		case <-changed:
		case <-own.stop:
		case <-timer.C:
			done = true
		case <-ctx.Done():
			done = true
		case <-s.closing:
			closed = true
		}
		s.mu.Lock()
		if own.err != nil {
			return nil, s.conflict(ctx, own.err)
		}
		found := q.take(s.now(), max(offset, 0), limit)
		if !done && !closed && len(found) == 0 {
			continue
		}
		q.poll = nil
		if closed {
			return nil, &wire.Error{Code: 500, Description: "Internal Server Error: restart"}
		}
		return eventData(found), nil
	}
}

// conflict returns err, late when the last conflict was just now. The caller
// holds mu.
func (s *Server) conflict(ctx context.Context, err error) error {
	now := s.now()
	if !now.Before(s.queue.nextRefusal) {
		s.queue.nextRefusal = now.Add(spinWait)
		return err
	}
	s.mu.Unlock()
	s.sleep(ctx, spinWait)
	s.mu.Lock()
	return err
}

func (q *queue) stopPoll(err error) bool {
	if q.poll == nil {
		return false
	}
	q.poll.err = err
	close(q.poll.stop)
	q.poll = nil
	return true
}

// KillPoll ends a waiting getUpdates as a second bot instance would, and
// reports whether one was waiting.
func (s *Server) KillPoll() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queue.stopPoll(wire.Conflict(otherPoll))
}

func eventData(events []event) []json.RawMessage {
	all := make([]json.RawMessage, len(events))
	for i, e := range events {
		all[i] = e.data
	}
	return all
}

// allow reads allowed_updates: null, empty and unreadable ones change nothing,
// a list of no known kinds means the default set.
func (q *queue) allow(list string) {
	var kinds []string
	if list == "" || json.Unmarshal([]byte(list), &kinds) != nil || kinds == nil {
		return
	}
	q.allowed = nil
	for _, k := range kinds {
		if !slices.Contains(knownKinds(), k) {
			continue
		}
		if q.allowed == nil {
			q.allowed = map[string]bool{}
		}
		q.allowed[k] = true
	}
}

func knownKinds() []string {
	return []string{
		"message", "edited_message", "channel_post", "edited_channel_post", "inline_query", "chosen_inline_result",
		"callback_query", "shipping_query", "pre_checkout_query", "poll", "poll_answer", "my_chat_member", "chat_member",
		"chat_join_request", "message_reaction", "message_reaction_count", "chat_boost", "removed_chat_boost",
	}
}
