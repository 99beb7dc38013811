package redisstore

import (
	"context"
	"errors"
	"fmt"
	"rasid/store"
	"rasid/store/record"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Expire implements store.Jobs.
func (s *Store) Expire(ctx context.Context, e store.Expired, epoch uint64) (int, error) {
	if err := e.Check(); err != nil {
		return 0, err
	}
	args := []any{epoch, e.Item, uint8(e.Class), record.Hold(e.At), record.Owed(e.Owed)}
	c := s.run(ctx, call{"expire", shardScript(e.Shard), args})
	if err := answer(c); err != nil {
		return 0, fmt.Errorf("expire item %d in shard %d: %w", e.Item, e.Shard, err)
	}
	return c.Int()
}

// Expired implements store.Jobs.
func (s *Store) Expired(ctx context.Context, shard store.Shard) ([]store.Expired, error) {
	if err := shard.Check(); err != nil {
		return nil, err
	}
	raw, err := s.db.HGetAll(ctx, shardKey(shard, atExpired)).Result()
	if err != nil {
		return nil, fmt.Errorf("read what came too late in shard %d: %w", shard, err)
	}
	var got []store.Expired
	var bad []error
	for field, b := range raw {
		item, class, err := readSetField(field)
		var groups []record.Late
		if err == nil {
			groups, err = record.ReadExpired([]byte(b))
		}
		if err != nil {
			bad = append(bad, fmt.Errorf("read what came too late in shard %d, %q: %w", shard, field, err))
			continue
		}
		got = append(got, record.Expired(shard, item, class, groups)...)
	}
	slices.SortFunc(got, store.Expired.Compare)
	return got, errors.Join(bad...)
}

// readSetField reads "item:class".
func readSetField(field string) (uint64, store.Class, error) {
	item, class, _ := strings.Cut(field, ":")
	i, err1 := strconv.ParseUint(item, 10, 64)
	c, err2 := strconv.ParseUint(class, 10, 8)
	if err1 != nil || err2 != nil || c >= store.Classes {
		return 0, 0, fmt.Errorf("field %q: %w", field, record.ErrDamaged)
	}
	return i, store.Class(c), nil
}

// setFields lists the fields under which sets of items are kept.
func setFields(items []string) []string {
	var fields []string
	for _, item := range items {
		for c := range store.Classes {
			fields = append(fields, item+":"+strconv.Itoa(c))
		}
	}
	return fields
}

// tooLate counts, over all shards, whom an item came too late for.
func (s *Store) tooLate(ctx context.Context, item uint64) (n int, err error) {
	fields, cmds := setFields(decimal([]uint64{item})), make([]*redis.SliceCmd, store.Shards)
	_, err = s.db.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := range cmds {
			cmds[i] = p.HMGet(ctx, shardKey(store.Shard(i), atExpired), fields...)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	for _, c := range cmds {
		for _, v := range c.Val() {
			b, _ := v.(string)
			groups, err := record.ReadExpired([]byte(b))
			if err != nil {
				return 0, err
			}
			for _, l := range groups {
				n += len(l.Owed)
			}
		}
	}
	return n, nil
}

// A missed is one item that came too late for a place.
type missed struct {
	item  uint64
	class store.Class
	at    time.Time
}

// missedBy returns everything that came too late for a place, by item.
func (s *Store) missedBy(ctx context.Context, p store.Place) ([]missed, error) {
	all, err := s.Expired(ctx, p.Shard)
	if err != nil {
		return nil, err
	}
	var got []missed
	for _, e := range all {
		if _, is := slices.BinarySearch(e.Owed, p.Ordinal); is {
			got = append(got, missed{e.Item, e.Class, e.At})
		}
	}
	return got, nil
}
