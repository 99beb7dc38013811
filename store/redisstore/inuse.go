package redisstore

import (
	"context"
	"errors"
	"sync"

	"github.com/redis/go-redis/v9"
)

// InUse tells how many bytes of memory the servers need for what rasid keeps. It
// looks at every key, so it takes seconds where there are a million.
func (s *Store) InUse(ctx context.Context) (int64, error) {
	var mu sync.Mutex
	var sum int64
	err := s.eachKeys(ctx, func(ctx context.Context, db redis.Cmdable, keys []string) error {
		used := make([]*redis.IntCmd, len(keys))
		_, err := db.Pipelined(ctx, func(p redis.Pipeliner) error {
			for i, k := range keys {
				used[i] = p.MemoryUsage(ctx, k, 0)
			}
			return nil
		})
		if err != nil && !errors.Is(err, redis.Nil) { // a key may be gone by now
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		for _, n := range used {
			sum += n.Val()
		}
		return nil
	})
	return sum, wrap("measure the memory of redis", err)
}

// Erase deletes everything of rasid's and leaves alone what else is there.
// Nobody may be at work on the store.
func (s *Store) Erase(ctx context.Context) error {
	return wrap("erase", s.eachKeys(ctx, func(ctx context.Context, db redis.Cmdable, keys []string) error {
		_, err := db.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, k := range keys { // each by a command of its own: a cluster takes no two slots in one
				p.Unlink(ctx, k)
			}
			return nil
		})
		return err
	}))
}

// eachKeys calls f with rasid's keys, some at a time and a key perhaps twice.
// Servers are asked side by side.
func (s *Store) eachKeys(ctx context.Context, f func(ctx context.Context, db redis.Cmdable, keys []string) error) error {
	return s.masters(ctx, func(ctx context.Context, db redis.Cmdable) error {
		for cursor := uint64(0); ; {
			keys, next, err := db.Scan(ctx, cursor, prefix+"*", keysAtOnce).Result()
			if err == nil && len(keys) > 0 {
				err = f(ctx, db, keys)
			}
			if err != nil || next == 0 {
				return err
			}
			cursor = next
		}
	})
}

// keysAtOnce is about how many keys are looked at in one exchange.
const keysAtOnce = 5000
