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

// Accept implements store.Articles.
func (s *Store) Accept(ctx context.Context, items []store.Item, now time.Time) ([]store.Accepted, error) {
	if len(items) == 0 {
		return nil, ctx.Err()
	}
	all, err := record.Arrivals(items, now)
	if err != nil {
		return nil, err
	}
	args := make([]any, 0, 3+4*len(all))
	args = append(args, now.UnixMilli(), record.Hold(now), record.Quiet())
	for _, x := range all {
		args = append(args, x.Key, x.Digest, x.Bytes, x.Feed)
	}
	keys := []string{keySeq, keyItems, keyLog, keyAt, keyIDs, keySeen}
	out, err := s.run(ctx, call{"accept", keys, args}).Uint64Slice()
	if err == nil && len(out) != 2*len(items) {
		err = fmt.Errorf("redis answered for %d items", len(out)/2)
	}
	if err != nil {
		return nil, fmt.Errorf("accept %d items: %w", len(items), err)
	}
	got := make([]store.Accepted, len(items))
	for i := range got {
		got[i] = store.Accepted{Verdict: store.Verdict(out[2*i]), Seq: out[2*i+1]}
	}
	return got, nil
}

// Log implements store.Articles.
func (s *Store) Log(ctx context.Context, after uint64, limit int) ([]store.Item, error) {
	if limit <= 0 {
		return nil, ctx.Err()
	}
	seqs, err := s.db.ZRangeByScore(ctx, keyLog, &redis.ZRangeBy{
		Min: "(" + strconv.FormatUint(after, 10), Max: "+inf", Count: int64(limit),
	}).Result()
	if err != nil || len(seqs) == 0 {
		return nil, wrap("read the log", err)
	}
	args := make([]any, len(seqs))
	for i, seq := range seqs {
		args[i] = seq
	}
	rows, err := s.run(ctx, call{"items", []string{keyItems}, args}).Slice() // replicas have them, too: see Changes
	if err != nil {
		return nil, fmt.Errorf("read the log: %w", err)
	}
	var got []store.Item
	var unread []store.Unreadable
	judge := s.judge(ctx)
	for i, row := range rows {
		b, ok := row.(string)
		if !ok {
			continue // trimmed between the two readings
		}
		seq, err := strconv.ParseUint(seqs[i], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("read the log: %w", err)
		}
		it, err := record.ReadItem(seq, []byte(b))
		if err != nil {
			unread = append(unread, store.Unreadable{Seq: seq, Err: judge(err)})
			continue
		}
		got = append(got, it)
	}
	return got, store.Unread(unread)
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// Item implements store.Articles.
func (s *Store) Item(ctx context.Context, seq uint64) (store.Item, error) {
	b, err := s.db.HGet(ctx, keyItems, strconv.FormatUint(seq, 10)).Bytes()
	if errors.Is(err, redis.Nil) {
		err = store.ErrUnknown
	}
	if err != nil {
		return store.Item{}, fmt.Errorf("item %d: %w", seq, err)
	}
	it, err := record.ReadItem(seq, b)
	return it, s.judge(ctx)(err)
}

// ItemByID implements store.Articles.
func (s *Store) ItemByID(ctx context.Context, id string) (store.Item, error) {
	b, err := s.db.HGet(ctx, keyIDs, string(record.ItemKey(id))).Bytes()
	switch {
	case errors.Is(err, redis.Nil):
		err = store.ErrUnknown
	case err == nil && len(b) < 8:
		err = record.ErrDamaged
	}
	if err != nil {
		return store.Item{}, fmt.Errorf("item %q: %w", id, err)
	}
	return s.Item(ctx, binary.BigEndian.Uint64(b))
}

// Cursor implements store.Articles.
func (s *Store) Cursor(ctx context.Context) (uint64, error) {
	n, err := s.db.Get(ctx, keyCursor).Uint64()
	if errors.Is(err, redis.Nil) {
		return 0, nil
	}
	return n, wrap("read cursor", err)
}

// Reach implements store.Articles. The keys are asked for one by one: one of them
// may be on its way to another server of a cluster. What is ahead of the cursor
// stays so, and the newest number only grows.
func (s *Store) Reach(ctx context.Context) (store.Reach, error) {
	var cursor, ahead, newest *redis.StringCmd
	_, _ = s.db.Pipelined(ctx, func(p redis.Pipeliner) error { // each command has its own error
		cursor, ahead, newest = p.Get(ctx, keyCursor), p.Get(ctx, keyAhead), p.Get(ctx, keySeq)
		return nil
	})
	var numbers [2]uint64
	for i, c := range []*redis.StringCmd{cursor, newest} {
		var err error
		if numbers[i], err = c.Uint64(); err != nil && !errors.Is(err, redis.Nil) {
			return store.Reach{}, fmt.Errorf("read how far intake is: %w", err)
		}
	}
	beyond, err := optional(ahead)
	if err != nil {
		return store.Reach{}, fmt.Errorf("read how far intake is: %w", err)
	}
	r, _ := record.ReadReach(numbers[0], numbers[1], []byte(beyond)) // what makes no sense counts as nothing
	return r, nil
}

// Advance implements store.Articles.
func (s *Store) Advance(ctx context.Context, r store.Reach, epoch uint64) error {
	keys := []string{keyCursor, keyEpoch, keyAhead}
	args := []any{r.Cursor(), epoch, record.Ahead(r)}
	return wrap("advance the cursor", answer(s.run(ctx, call{"advance", keys, args})))
}
