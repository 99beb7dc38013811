package redisstore

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"rasid/store"
	"slices"
	"strconv"

	"github.com/redis/go-redis/v9"
)

func sortDests(all []dest) {
	slices.SortFunc(all, func(a, b dest) int { return cmp.Compare(a.Ordinal, b.Ordinal) })
}

// A move is a migration that was begun, as the directory remembers it until
// it is done.
type move struct {
	From  int64       `json:"from"`
	To    int64       `json:"to"`
	Shard store.Shard `json:"shard"` // where From lives, and To will
	Other store.Shard `json:"other"` // where To lived before
	Now   int64       `json:"now"`   // Unix milliseconds
}

// shardOf returns the shard in which a chat lives. It first completes a
// migration of the chat that was cut short.
func (s *Store) shardOf(ctx context.Context, chat int64) (store.Shard, error) {
	for range attempts {
		shard, pending, err := s.directory(ctx, chat)
		if err != nil || len(pending) == 0 {
			return shard, err
		}
		if err := s.run(ctx, call{"moving", []string{keyMoving}, nil}).Err(); err != nil {
			return 0, err
		}
		for _, m := range pending {
			if err := s.resume(ctx, m); err != nil {
				return 0, err
			}
		}
	}
	return 0, fmt.Errorf("chat %d: %w, %d times", chat, errConflict, attempts)
}

// directory returns where a chat lives, and the migrations of it that were
// begun and not done.
func (s *Store) directory(ctx context.Context, chat int64) (shard store.Shard, pending []move, err error) {
	var moved *redis.StringCmd
	var moving *redis.MapStringStringCmd
	_, err = s.db.Pipelined(ctx, func(p redis.Pipeliner) error {
		moved = p.HGet(ctx, keyMoved, strconv.FormatInt(chat, 10))
		moving = p.HGetAll(ctx, keyMoving)
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return 0, nil, err
	}
	for _, b := range moving.Val() {
		var m move
		if err = json.Unmarshal([]byte(b), &m); err != nil {
			return 0, nil, fmt.Errorf("read migration: %w", err)
		}
		if m.From == chat || m.To == chat {
			pending = append(pending, m)
		}
	}
	n, err := moved.Uint64()
	if errors.Is(err, redis.Nil) {
		return store.HomeShard(chat), pending, nil
	}
	return store.Shard(n), pending, cmp.Or(err, store.Shard(n).Check())
}

// begun writes a migration down before its first step.
func (s *Store) begun(ctx context.Context, m move) error {
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return s.run(ctx, call{"moving", []string{keyMoving}, []any{m.From, b}}).Err()
}

// done enters a migration's result into the directory, at once with its end.
func (s *Store) done(ctx context.Context, m move) error {
	where := any(int(m.Shard))
	if m.Shard == store.HomeShard(m.To) {
		where = ""
	}
	return s.run(ctx, call{"moved", []string{keyMoved, keyMoving}, []any{m.From, m.To, where}}).Err()
}
