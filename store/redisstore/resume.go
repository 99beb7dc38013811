package redisstore

import (
	"context"
	crypto "crypto/rand"
	"errors"
	"fmt"
	"math/rand/v2"
	"rasid/internal/pause"
	"rasid/store"
	"slices"
	"time"
)

// dispatchLooks is how often a migration that was begun looks again, after
// store.DispatchLook each time, whether an item was dispatched whole.
const dispatchLooks = 40

// resume carries out what is left of what was begun with a chat.
func (s *Store) resume(ctx context.Context, m move) error {
	for tries, looks := 0, 0; tries < attempts; {
		err := s.steps(ctx, m)
		switch {
		case errors.Is(err, errConflict):
			tries++
			if !standBack(ctx, tries) {
				return ctx.Err()
			}
		case errors.Is(err, errInFlight):
			return err
		case errors.Is(err, store.ErrDispatching) && looks < dispatchLooks && pause.For(ctx, store.DispatchLook):
			looks++
		default:
			return err
		}
	}
	return fmt.Errorf("%w, %d times", errConflict, attempts)
}

// standBack waits for some random time, longer with each try: two who complete the
// same would take it out of each other's hands for ever. It reports whether ctx goes
// on.
func standBack(ctx context.Context, tries int) bool {
	return pause.For(ctx, rand.N(time.Millisecond<<min(tries, 7)))
}

func (s *Store) steps(ctx context.Context, m move) error {
	here, err := s.tokenOf(ctx, m.Shard)
	if err != nil {
		return err
	}
	there, err := s.tokenOf(ctx, m.Other)
	if err != nil {
		return err
	}
	is, err := s.pending(ctx, m)
	if err != nil || !is {
		return err // done, by another process
	}
	if m.Forget != 0 {
		return s.forgetMoved(ctx, m, here)
	}
	if m.Other != m.Shard {
		next := crypto.Text()
		if err = answer(s.run(ctx, call{"hold", shardScript(m.Other), []any{m.To, there, next}})); err != nil {
			return err
		}
		there = next
	}
	p, err := s.plan(ctx, m)
	if err != nil {
		return err
	}
	p.there.token, p.here.token = there, here
	if m.Other != m.Shard {
		err := s.dispatched(ctx, p.here.newest)
		if errors.Is(err, store.ErrDispatching) && p.here.first == 1 {
			err = fmt.Errorf("item %d: %w", p.here.newest, errUntouched)
		}
		if err != nil {
			return err
		}
	}
	if err := s.carry(ctx, m.Shard, p.here); err != nil {
		return err
	}
	if m.Other != m.Shard {
		if err := s.carry(ctx, m.Other, p.there); err != nil {
			return err
		}
	}
	return s.done(ctx, m, p.here.seated > 0)
}

// A step is what changes in one shard, the arguments of move.lua.
type step struct {
	now                                int64
	token                              string // the shard's before it
	first                              int    // 1: no earlier run of this migration handed over what it does
	index, records, retired, adopted   []any
	late, shelved, counts, sent        []any
	retiredRings, targetRings          []uint32
	indexes, recordN, retiredN, adoptN int
	lateN, shelvedN, countsN, snt      int
	seated                             int    // destinations of the chat there are then
	newest                             uint64 // the highest item that is handed over, or would be but for what stands in a ring
}

// carry runs one step.
func (s *Store) carry(ctx context.Context, shard store.Shard, x *step) error {
	args := []any{x.now, x.first, x.token, crypto.Text()}
	for _, l := range []struct {
		n    int
		rows []any
	}{{x.indexes, x.index}, {x.recordN, x.records}, {x.retiredN, x.retired}, {x.adoptN, x.adopted}, {x.lateN, x.late}, {x.shelvedN, x.shelved}, {x.countsN, x.counts}, {x.snt, x.sent}} {
		args = append(append(args, l.n), l.rows...)
	}
	keys := shardScript(shard, slices.Concat(x.retiredRings, x.targetRings)...)
	return answer(s.run(ctx, call{"move", keys, args}))
}
