package redisstore

import (
	"context"
	"fmt"
	"strconv"
	"sync"

	"github.com/redis/go-redis/v9"
)

// InUse tells how many bytes of memory the servers need for what they keep, all
// that is in them counted.
func (s *Store) InUse(ctx context.Context) (int64, error) {
	var mu sync.Mutex
	var sum int64
	err := s.masters(ctx, func(ctx context.Context, db redis.Cmdable) error {
		info, err := db.InfoMap(ctx, "memory").Result()
		if err != nil {
			return err
		}
		n, err := strconv.ParseInt(info["Memory"]["used_memory_dataset"], 10, 64)
		mu.Lock()
		defer mu.Unlock()
		sum += n
		return err
	})
	return sum, wrap("measure the memory of redis", err)
}

// Erase deletes everything of rasid's and leaves alone what else is there.
// Nobody may be at work on the store.
func (s *Store) Erase(ctx context.Context) error {
	return wrap("erase", s.masters(ctx, func(ctx context.Context, db redis.Cmdable) error {
		for cursor := uint64(0); ; {
			keys, next, err := db.Scan(ctx, cursor, prefix+"*", 10_000).Result()
			if err != nil {
				return err
			}
			if err := unlink(ctx, db, keys); err != nil {
				return err
			}
			if cursor = next; cursor == 0 {
				return nil
			}
		}
	}))
}

// unlink deletes keys, each by a command of its own: a cluster takes no two
// slots in one.
func unlink(ctx context.Context, db redis.Cmdable, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	_, err := db.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, k := range keys {
			if err := p.Unlink(ctx, k).Err(); err != nil {
				return fmt.Errorf("delete %s: %w", k, err)
			}
		}
		return nil
	})
	return err
}
