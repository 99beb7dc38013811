package redisstore

import (
	"context"
	"fmt"
	"rasid/store"
	"time"
)

// How moments to send are reserved.
const (
	ahead   = time.Second           // a moment further away than that is not
	lookFor = 20 * time.Millisecond // before it is worth asking again when that depends on an answer
)

// paceKeys names what a script on the pace needs: the pace itself, the messages
// that count, and the chat's.
func paceKeys(chat int64, paid bool) []string {
	flight := keyFlight
	if paid {
		flight = keyPaidFlight
	}
	return []string{keyPace, flight, fmt.Sprint(keyPaceChat, chat)}
}

// nextField names the field of the pace that holds its next moment.
func nextField(paid bool) string {
	if paid {
		return "paid"
	}
	return "next"
}

// Slot reserves the bot's next moment to send, at least 1/Rate seconds after the
// one that anybody reserved before, such that no more than Most messages count
// and the chat takes one more. Where that is too far away nothing is reserved.
// Time is the server's.
func (s *Store) Slot(ctx context.Context, a store.PaceAsk) (store.PaceAnswer, error) {
	group := 0
	if a.Group {
		group = a.GroupMost
	}
	got, err := s.runTimed(ctx, call{"slot", paceKeys(a.Chat, a.Paid), []any{
		a.Token, nextField(a.Paid), a.Rate, a.Climb, a.Most, a.MakeUp.Microseconds(), ahead.Microseconds(), a.Lost.Microseconds(), lookFor.Microseconds(),
		a.ChatBurst, a.ChatEvery.Microseconds(), a.ChatBusy.Microseconds(), group, a.GroupWindow.Microseconds(),
	}}).Int64Slice()
	if err != nil || len(got) != 3 {
		return store.PaceAnswer{}, fmt.Errorf("reserve a moment to send: %w", err)
	}
	return store.PaceAnswer{
		OK: got[0] == 1, Chat: got[0] < 0, Wait: time.Duration(got[1]) * time.Microsecond, Rate: float64(got[2]) / 1e6,
	}, nil
}

// SlotEnd tells that a message for which a moment was reserved was answered, or
// was not sent.
func (s *Store) SlotEnd(ctx context.Context, e store.PaceEnd) error {
	sent := 0
	if e.Sent {
		sent = 1
	}
	return wrap("end a moment to send", answer(s.runTimed(ctx, call{"slotend", paceKeys(e.Chat, e.Paid), []any{
		e.Token, sent, e.Counts.Microseconds(), e.ChatEvery.Microseconds(), e.Kept.Milliseconds(),
		nextField(e.Paid), int64(1e6 / e.Rate),
	}})))
}

// Paused tells how long nothing may be sent to a chat since HoldChat or Halt was
// called, by whichever process; 0: it may be sent to.
func (s *Store) Paused(ctx context.Context, chat int64) (time.Duration, error) {
	keys := paceKeys(chat, false)
	wait, err := s.runTimed(ctx, call{"paused", []string{keys[0], keys[2]}, nil}).Int64()
	return time.Duration(wait) * time.Microsecond, wrap("look whether sending is paused", err)
}

// HoldChat keeps every process from sending to a chat for wait.
func (s *Store) HoldChat(ctx context.Context, chat int64, wait time.Duration) error {
	keys := paceKeys(chat, false)
	return wrap("hold a chat", answer(s.runTimed(ctx, call{"holdchat", []string{keys[0], keys[2]}, []any{wait.Microseconds()}})))
}

// Halt keeps every process from sending for wait. Unless most is 0 the pace,
// most at first, is halved, but once in wait.
func (s *Store) Halt(ctx context.Context, wait time.Duration, most, climb float64) error {
	return wrap("halt sending", answer(s.runTimed(ctx, call{"halt", []string{keyPace}, []any{wait.Microseconds(), most, climb}})))
}
