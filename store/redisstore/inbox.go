package redisstore

import (
	"context"
	"errors"
	"fmt"
	"rasid/store"
	"rasid/store/record"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// Shelve implements store.Jobs.
func (s *Store) Shelve(ctx context.Context, x store.Shelving, epoch uint64) (int, error) {
	if err := x.Shard.Check(); err != nil {
		return 0, err
	}
	args := withItems([]any{epoch, x.Ordinal, record.Hold(x.Due), record.Hold(x.At)}, x.Items)
	c := s.run(ctx, call{"shelve", shardScript(x.Shard), args})
	if err := answer(c); err != nil {
		return 0, fmt.Errorf("shelve for %d in shard %d: %w", x.Ordinal, x.Shard, err)
	}
	return c.Int()
}

// Inbox implements store.Jobs.
func (s *Store) Inbox(ctx context.Context, p store.Place) (store.Inbox, error) {
	if err := p.Shard.Check(); err != nil {
		return store.Inbox{}, err
	}
	b, err := s.db.HGet(ctx, shardKey(p.Shard, atInbox), strconv.FormatUint(uint64(p.Ordinal), 10)).Result()
	if errors.Is(err, redis.Nil) {
		return store.Inbox{Place: p}, nil
	}
	if err != nil {
		return store.Inbox{}, fmt.Errorf("read the inbox of %d in shard %d: %w", p.Ordinal, p.Shard, err)
	}
	x, err := record.ReadInbox(p, []byte(b))
	if err == nil && len(x.Items) > 0 {
		err = s.addMatchers(ctx, &x)
	}
	return x, wrap(fmt.Sprintf("read the inbox of %d in shard %d", p.Ordinal, p.Shard), err)
}

// addMatchers tells what the items of an inbox were matched with.
func (s *Store) addMatchers(ctx context.Context, x *store.Inbox) error {
	fields := make([]string, len(x.Items))
	for i, it := range x.Items {
		fields[i] = strconv.FormatUint(it.Item, 10)
	}
	jobs, err := s.db.HMGet(ctx, shardKey(x.Shard, atJobs), fields...).Result()
	for i := 0; i < len(jobs) && err == nil; i++ {
		var j record.Job
		if b, ok := jobs[i].(string); ok {
			j, err = record.ReadJob([]byte(b))
		}
		x.Items[i].Matcher = j.Matcher
	}
	return err
}

// Inboxes implements store.Jobs.
func (s *Store) Inboxes(ctx context.Context, shard store.Shard) ([]store.Inbox, error) {
	if err := shard.Check(); err != nil {
		return nil, err
	}
	all, err := s.db.ZRangeWithScores(ctx, shardKey(shard, atDue), 0, -1).Result()
	if err != nil {
		return nil, fmt.Errorf("list the inboxes of shard %d: %w", shard, err)
	}
	var got []store.Inbox
	var bad error
	for _, z := range all {
		name, _ := z.Member.(string)
		o, err := strconv.ParseUint(name, 10, 32)
		if err != nil {
			bad = fmt.Errorf("list the inboxes of shard %d: %q: %w", shard, name, record.ErrDamaged)
			continue
		}
		got = append(got, store.Inbox{
			Place: store.Place{Shard: shard, Ordinal: uint32(o)}, Due: store.Instant(time.UnixMilli(int64(z.Score))),
		})
	}
	slices.SortFunc(got, func(a, b store.Inbox) int { return int(a.Ordinal) - int(b.Ordinal) })
	return got, bad
}
