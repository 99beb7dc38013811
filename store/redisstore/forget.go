package redisstore

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"rasid/store"
	"rasid/store/record"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// Forget implements store.Chats: the shard first, the directory last. A chat
// that the directory names is forgotten in steps that are written down, so that
// whoever looks for it meanwhile completes them.
func (s *Store) Forget(ctx context.Context, chat int64, now time.Time) error {
	for range attempts {
		err := s.forget(ctx, chat, now)
		if !errors.Is(err, errConflict) {
			return wrap(fmt.Sprintf("forget chat %d", chat), err)
		}
	}
	return fmt.Errorf("forget chat %d: %w", chat, s.exhausted(ctx, chat))
}

func (s *Store) forget(ctx context.Context, chat int64, now time.Time) error {
	h, err := s.homeOf(ctx, chat)
	if err != nil {
		return err
	}
	others, err := s.strays(ctx, chat, h.shard)
	if err != nil {
		return err
	}
	if h.entry == "" {
		others = append(others, h.shard)
	}
	for _, shard := range others {
		if err = s.eraseAt(ctx, chat, h, shard, now); err != nil {
			return err
		}
	}
	if h.entry == "" {
		return nil
	}
	m, err := s.begun(ctx, move{Forget: chat, Shard: h.shard, Now: now.UnixMilli()}, resident{chat, h})
	if err != nil {
		return err
	}
	return s.resume(ctx, m)
}

// strays returns the shards that know a chat and are not the one that it lives in.
// There are none but where an older rasid, or a damaged directory, left some.
func (s *Store) strays(ctx context.Context, chat int64, home store.Shard) (got []store.Shard, err error) {
	knows := make([]*redis.BoolCmd, store.Shards)
	_, err = s.db.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := range knows {
			knows[i] = p.HExists(ctx, shardKey(store.Shard(i), atIndex), strconv.FormatInt(chat, 10))
		}
		return nil
	})
	for i, c := range knows {
		if c.Val() && store.Shard(i) != home {
			got = append(got, store.Shard(i))
		}
	}
	return got, err
}

// eraseAt forgets what a shard has of a chat that lives at h.
func (s *Store) eraseAt(ctx context.Context, chat int64, h home, shard store.Shard, now time.Time) error {
	token, err := s.tokenOf(ctx, shard)
	if err != nil {
		return err
	}
	there, err := s.still(ctx, chat, h)
	if err != nil || !there {
		return cmp.Or(err, errConflict)
	}
	return s.erase(ctx, chat, shard, token, now)
}

// forgetMoved carries out what is left of forgetting a chat that the directory
// names. token is the shard's before it was found that there is something left.
func (s *Store) forgetMoved(ctx context.Context, m move, token string) error {
	if err := s.erase(ctx, m.Forget, m.Shard, token, time.UnixMilli(m.Now)); err != nil {
		return err
	}
	return s.run(ctx, call{"unmoved", []string{keyMoved, keyMoving}, []any{m.field(), m.text, m.Forget}}).Err()
}

// erase forgets what a shard has of a chat, unless a chat has left it since its
// token was read.
func (s *Store) erase(ctx context.Context, chat int64, shard store.Shard, token string, now time.Time) error {
	index, all, err := s.threads(ctx, shard, chat)
	if err != nil {
		return err
	}
	args := []any{chat, u64(uint64(chat)), index, now.UnixMilli(), token, rand.Text()}
	var rings []uint32
	for _, d := range all {
		b, err := record.Destination(d.Tombstone())
		if err != nil {
			return err
		}
		args = append(args, d.Ordinal, b)
		rings = append(rings, d.Ordinal)
	}
	return answer(s.run(ctx, call{"forget", shardScript(shard, rings...), args}))
}
