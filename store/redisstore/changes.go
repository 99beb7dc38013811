package redisstore

import (
	"context"
	"fmt"
	"rasid/store"
	"strconv"

	"github.com/redis/go-redis/v9"
)

// feedChunk is how many shards are read in one exchange.
const feedChunk = 16

// A reading is what the change feed gives of one shard.
type reading struct {
	shard   store.Shard
	since   uint64
	version uint64 // up to which it was read
	all     *redis.MapStringStringCmd
	some    *redis.StringSliceCmd
}

// Changes implements store.Chats.
func (s *Store) Changes(ctx context.Context, cur *store.Cursor, f func(store.Destination) error) error {
	readings, err := s.behind(ctx, cur)
	if err != nil {
		return fmt.Errorf("read changes: %w", err)
	}
	for len(readings) > 0 {
		n := min(len(readings), feedChunk)
		if err := s.changes(ctx, readings[:n], cur, f); err != nil {
			return err
		}
		readings = readings[n:]
	}
	return nil
}

// behind returns a reading for each shard that changed since the cursor.
func (s *Store) behind(ctx context.Context, cur *store.Cursor) ([]reading, error) {
	states := make([]*redis.SliceCmd, store.Shards)
	_, err := s.db.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := range states {
			states[i] = p.HMGet(ctx, shardKey(store.Shard(i), atState), "version", "floor")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var got []reading
	for i, c := range states {
		version, err := field(c.Val()[0])
		if err != nil {
			return nil, err
		}
		floor, err := field(c.Val()[1])
		if err != nil {
			return nil, err
		}
		if version <= cur[i] {
			continue
		}
		r := reading{shard: store.Shard(i), since: cur[i], version: version}
		if cur[i] == 0 || cur[i] < floor {
			r.all = new(redis.MapStringStringCmd)
		}
		got = append(got, r)
	}
	return got, nil
}

// field reads a number of a hash; a missing one is 0.
func field(v any) (uint64, error) {
	text, ok := v.(string)
	if !ok {
		return 0, nil
	}
	return strconv.ParseUint(text, 10, 64)
}

// changes reads some shards and moves the cursor past each that f has seen.
func (s *Store) changes(ctx context.Context, rs []reading, cur *store.Cursor, f func(store.Destination) error) error {
	_, err := s.db.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, r := range rs {
			if r.all != nil {
				rs[i].all = p.HGetAll(ctx, shardKey(r.shard, atDests))
				continue
			}
			rs[i].some = p.ZRangeByScore(ctx, shardKey(r.shard, atChanges), &redis.ZRangeBy{
				Min: "(" + strconv.FormatUint(r.since, 10), Max: "+inf",
			})
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read changes: %w", err)
	}
	for _, r := range rs {
		got, err := s.read(ctx, r)
		if err != nil {
			return fmt.Errorf("read changes of shard %d: %w", r.shard, err)
		}
		for _, d := range got {
			if d.Gone && r.since == 0 {
				continue
			}
			if err := f(d.Destination); err != nil {
				return err
			}
		}
		cur[r.shard] = r.version
	}
	return nil
}

func (s *Store) read(ctx context.Context, r reading) ([]dest, error) {
	if r.all == nil {
		if len(r.some.Val()) == 0 {
			return nil, nil
		}
		return s.dests(ctx, r.shard, r.some.Val())
	}
	got := make([]dest, 0, len(r.all.Val()))
	for ordinal, b := range r.all.Val() {
		d, err := readField(r.shard, ordinal, b)
		if err != nil {
			return nil, err
		}
		got = append(got, d)
	}
	return got, nil
}
