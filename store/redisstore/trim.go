package redisstore

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"rasid/store"
	"rasid/store/record"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// trimChunk is how much one exchange with the server trims.
const trimChunk = 500

// Trim implements store.Articles. What fails of it does not keep the rest from its
// turn.
func (s *Store) Trim(ctx context.Context, before, now time.Time, limit int) (int, error) {
	n, err := s.trimItems(ctx, before, limit)
	return n, errors.Join(
		wrap("trim articles", err),
		wrap("trim ids", s.trimIDs(ctx, now.Add(-store.IDKeep))),
		wrap("trim updates", s.trimShards(ctx, now.Add(-store.UpdateKeep))),
	)
}

// trimIDs forgets ids of articles.
func (s *Store) trimIDs(ctx context.Context, before time.Time) error {
	for {
		args := []any{before.UnixMilli(), trimChunk}
		n, err := s.run(ctx, call{"forgetids", []string{keyIDs, keySeen}, args}).Int()
		if err != nil || n < trimChunk {
			return err
		}
	}
}

// trimShards forgets updates and tombstones of every shard.
func (s *Store) trimShards(ctx context.Context, before time.Time) error {
	for more := true; more; {
		more = false
		var calls []call
		for i := range store.Shard(store.Shards) {
			calls = append(calls, call{"trim", shardScript(i), []any{before.UnixMilli(), trimChunk}})
		}
		cmds, err := s.runAll(ctx, calls)
		if err != nil {
			return err
		}
		for _, c := range cmds {
			n, err := c.Int()
			if err != nil {
				return err
			}
			more = more || n == trimChunk
		}
	}
	return nil
}

// trimItems deletes, oldest first, what nothing is owed of. What cannot be read
// stays.
func (s *Store) trimItems(ctx context.Context, before time.Time, limit int) (n int, err error) {
	var bad record.Passed
	reach, err := s.Reach(ctx)
	if err != nil {
		return 0, err
	}
	for skip := int64(0); n < limit; {
		found, err := s.db.ZRangeByScore(ctx, keyAt, &redis.ZRangeBy{
			Min: "-inf", Max: "(" + strconv.FormatUint(binary.BigEndian.Uint64(record.Hold(before)), 10), Offset: skip, Count: trimChunk,
		}).Result()
		if err != nil {
			return n, err
		}
		if len(found) == 0 {
			return n, bad.Err()
		}
		var passed []uint64
		for _, f := range found {
			if seq := binary.BigEndian.Uint64([]byte(f)); reach.Has(seq) {
				passed = append(passed, seq)
			}
		}
		settled, err := s.settled(ctx, passed, &bad)
		if err != nil {
			return n, err
		}
		settled = settled[:min(len(settled), limit-n)]
		if err := s.drop(ctx, settled); err != nil {
			return n, err
		}
		n += len(settled)
		skip += int64(len(found) - len(settled))
	}
	return n, bad.Err()
}

// settled returns those of the items that nothing is owed of in any shard.
func (s *Store) settled(ctx context.Context, items []uint64, bad *record.Passed) ([]uint64, error) {
	if len(items) == 0 {
		return nil, nil
	}
	all, err := s.tallies(ctx, items)
	if err != nil {
		return nil, err
	}
	var got []uint64
	for i, t := range all {
		if err := bad.By(t.err); err != nil {
			return nil, err
		}
		if t.err == nil && t.Owed == 0 {
			got = append(got, items[i])
		}
	}
	return got, nil
}

// A tally is what became of an item, or why that is not known.
type tally struct {
	store.Tally
	err error
}

// tallies sums what became of items over all shards, but for whom they came too
// late for.
func (s *Store) tallies(ctx context.Context, items []uint64) ([]tally, error) {
	fields := decimal(items)
	cmds := make([]*redis.SliceCmd, store.Shards)
	_, err := s.db.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := range cmds {
			cmds[i] = p.HMGet(ctx, shardKey(store.Shard(i), atJobs), fields...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	all := make([]tally, len(items))
	for shard, c := range cmds {
		for i, v := range c.Val() {
			b, known := v.(string)
			if !known {
				continue
			}
			j, err := record.ReadJob([]byte(b))
			if err != nil {
				all[i].err = fmt.Errorf("read job of item %d in shard %d: %w", items[i], shard, err)
				continue
			}
			all[i].Tally = all[i].Plus(j.Tally)
		}
	}
	return all, nil
}

func decimal(items []uint64) []string {
	s := make([]string, len(items))
	for i, n := range items {
		s[i] = strconv.FormatUint(n, 10)
	}
	return s
}

// drop deletes items, those in the shards first: when it is cut short, the
// next Trim finds the items again.
func (s *Store) drop(ctx context.Context, items []uint64) error {
	if len(items) == 0 {
		return nil
	}
	fields := decimal(items)
	sets := setFields(fields)
	_, err := s.db.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := range store.Shard(store.Shards) {
			p.HDel(ctx, shardKey(i, atExpired), sets...)
			p.HDel(ctx, shardKey(i, atJobs), fields...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	var seqs, ats []any
	for i, n := range items {
		seqs = append(seqs, fields[i])
		ats = append(ats, string(binary.BigEndian.AppendUint64(nil, n)))
	}
	_, err = s.db.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.HDel(ctx, keyItems, fields...)
		p.ZRem(ctx, keyLog, seqs...)
		p.ZRem(ctx, keyAt, ats...)
		return nil
	})
	return err
}
