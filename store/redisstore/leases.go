package redisstore

import (
	"context"
	"encoding/json"
	"fmt"
	"rasid/store"
	"rasid/store/record"
	"slices"
	"time"
)

// Join implements store.Leases.
func (s *Store) Join(ctx context.Context, name string, ttl time.Duration, _ time.Time) ([]string, error) {
	names, err := s.run(ctx, call{"join", []string{keyJoined}, []any{name, ttl.Milliseconds()}}).StringSlice()
	slices.Sort(names)
	return names, wrap("join", err)
}

// rolesAtOnce is how many roles are asked for side by side: each, so that those of
// a server that is gone are not in the way of the others.
const rolesAtOnce = int(store.Roles)

// Take implements store.Leases.
func (s *Store) Take(ctx context.Context, name string, roles []store.Role, ttl time.Duration, _ time.Time) ([]uint64, error) {
	calls := make([]call, len(roles))
	for i, r := range roles {
		calls[i] = call{"take", roleKeys(r), []any{name, ttl.Milliseconds()}}
	}
	cmds, failed := s.runAll(ctx, calls)
	epochs := make([]uint64, len(roles))
	for i, c := range cmds {
		got, err := c.Uint64Slice()
		if err == nil && len(got) != 2 {
			err = record.ErrDamaged
		}
		if err == nil && roles[i] == store.Intake && got[0] != 0 {
			err = s.raise(ctx, got[0], got[1] == 1)
		}
		if epochs[i] = store.Unanswered; err == nil {
			epochs[i] = got[0]
		} else if failed == nil {
			failed = fmt.Errorf("the role %s: %w", roles[i], err)
		}
	}
	return epochs, wrap("take roles", failed)
}

// raise tells every shard an epoch of intake, all again where it was just given
// out and else those that were not told: where that takes longer than a caller
// waits, it comes to its end in several calls. The role is not given out before,
// so that no dispatch of an earlier leader comes in after.
func (s *Store) raise(ctx context.Context, epoch uint64, again bool) error {
	var calls []call
	var shards []store.Shard
	for shard := range store.Shard(store.Shards) {
		if !again && s.raised[shard].Load() == epoch {
			continue
		}
		s.raised[shard].Store(0)
		calls = append(calls, call{"raise", []string{shardKey(shard, atIntake)}, []any{epoch}})
		shards = append(shards, shard)
	}
	if len(calls) == 0 {
		return nil
	}
	cmds, err := s.runAll(ctx, calls)
	for i, c := range cmds {
		if c.Err() == nil {
			s.raised[shards[i]].Store(epoch)
		}
	}
	if err != nil {
		return fmt.Errorf("tell the shards epoch %d of intake: %w", epoch, err)
	}
	return nil
}

// Leave implements store.Leases.
func (s *Store) Leave(ctx context.Context, name string, roles []store.Role) error {
	calls := make([]call, len(roles))
	for i, r := range roles {
		calls[i] = call{"leave", roleKeys(r)[:1], []any{name}}
	}
	_, err := s.runAll(ctx, calls)
	return wrap("leave roles", err)
}

// Shared implements store.Leases.
func (s *Store) Shared() bool { return true }

// Tell implements store.Hints.
func (s *Store) Tell(ctx context.Context, h store.Hint) error {
	b, err := json.Marshal(h)
	if err == nil {
		err = s.db.Publish(ctx, hints, b).Err()
	}
	return wrap("tell other processes", err)
}

// Hear implements store.Hints. A lost connection is made again by the client.
func (s *Store) Hear(ctx context.Context, f func(store.Hint)) error {
	sub := s.db.Subscribe(ctx, hints)
	defer sub.Close() //nolint:errcheck // nothing was written to it
	heard := sub.Channel()
	for {
		select {
		case <-ctx.Done():
			return nil
		case m, open := <-heard:
			if !open {
				return fmt.Errorf("hear other processes: %w", ctx.Err())
			}
			var h store.Hint
			if json.Unmarshal([]byte(m.Payload), &h) == nil { // what others say there is none of ours
				f(h)
			}
		}
	}
}
