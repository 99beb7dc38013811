package redisstore

import (
	"context"
	"fmt"
	"time"
)

// ahead is how far ahead a moment to send may be reserved.
const ahead = time.Second

// Slot reserves the bot's next moment to send, at least 1/most seconds after
// the one that anybody reserved before, and tells how long it is until then.
// Where that is more than a second nothing is reserved, and ok is false. A pace
// slowed by Halt climbs by climb messages a second each second. Time is the
// server's.
func (s *Store) Slot(ctx context.Context, most, climb float64) (wait time.Duration, ok bool, err error) {
	got, err := s.run(ctx, call{"slot", []string{keyPace}, []any{most, climb, ahead.Microseconds()}}).Int64Slice()
	if err != nil || len(got) != 2 {
		return 0, false, fmt.Errorf("reserve a moment to send: %w", err)
	}
	return time.Duration(got[1]) * time.Microsecond, got[0] == 1, nil
}

// Halt keeps every process from sending for wait. Unless most is 0 the pace,
// most at first, is halved, but once in wait.
func (s *Store) Halt(ctx context.Context, wait time.Duration, most, climb float64) error {
	return wrap("halt sending", answer(s.run(ctx, call{"halt", []string{keyPace}, []any{wait.Microseconds(), most, climb}})))
}
