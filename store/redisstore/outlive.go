package redisstore

import (
	"context"
	"fmt"
	"rasid/store"
	"rasid/store/record"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// What goes through all inboxes does it in steps, for a server does one thing at a
// time. It reads them, and has scripts change only what was found.
const (
	lookChunk = 250    // inboxes that are read at a time, about
	lookRound = 10_000 // and by one call of Outlive
	dropChunk = 500    // items that one script drops at least, before it is enough
	boxChunk  = 100    // inboxes that one script takes an item out of
	dropRound = 10_000 // and one call of Outlive
)

// A spot is how far somebody has come who reads through inboxes.
type spot struct {
	shard  store.Shard
	cursor uint64 // of HSCAN
}

// A round is how far Outlive has come.
type round struct {
	mu sync.Mutex
	at spot
}

func (r *round) get() spot {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.at
}

func (r *round) set(at spot) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at = at
}

// Outlive implements store.Articles. A shard in which it fails has to wait for the
// next time round, so that it keeps no other from its turn.
func (s *Store) Outlive(ctx context.Context, before time.Time) (done bool, err error) {
	at, hold := s.round.get(), record.Hold(before)
	defer func() { s.round.set(at) }()
	some := s.someInboxes(ctx)
	for looked, dropped := 0, 0; looked < lookRound && dropped < dropRound; {
		for at.shard < store.Shards && !some[at.shard] {
			at = spot{shard: at.shard + 1}
		}
		if at.shard == store.Shards {
			at = spot{}
			return true, nil
		}
		got, err := s.glance(ctx, at, func(box []byte) int { return record.Outlived(box, hold) })
		if err == nil {
			err = s.outlive(ctx, at.shard, got.found, hold)
		}
		if err != nil {
			shard := at.shard
			if ctx.Err() == nil {
				at = spot{shard: (shard + 1) % store.Shards}
			}
			return false, fmt.Errorf("trim the inboxes of shard %d: %w", shard, err)
		}
		at, looked, dropped = got.next, looked+got.looked, dropped+got.items
	}
	return false, nil
}

// someInboxes tells which shards have inboxes; those that do not say so might.
func (s *Store) someInboxes(ctx context.Context) (some [store.Shards]bool) {
	var sizes [store.Shards]*redis.IntCmd
	_, _ = s.db.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := range sizes {
			sizes[i] = p.HLen(ctx, shardKey(store.Shard(i), atInbox))
		}
		return nil
	})
	for i, c := range sizes {
		n, err := c.Result()
		some[i] = n > 0 || err != nil
	}
	return some
}

// outlive drops what is kept in some inboxes of a shard too long.
func (s *Store) outlive(ctx context.Context, shard store.Shard, boxes []found, hold []byte) error {
	for len(boxes) > 0 {
		args := []any{hold}
		for n := 0; len(boxes) > 0 && n < dropChunk; boxes = boxes[1:] {
			args, n = append(args, boxes[0].ordinal), n+boxes[0].items
		}
		if err := answer(s.run(ctx, call{"outlive", shardScript(shard), args})); err != nil {
			return err
		}
	}
	return nil
}

// A found inbox is one that has what was looked for.
type found struct {
	ordinal string
	items   int
}

// A glance is what one step of looking through inboxes found.
type glance struct {
	found  []found
	looked int // inboxes
	items  int // in those found
	next   spot
}

// glance looks at some inboxes of a shard and tells in which of them count counts
// something.
func (s *Store) glance(ctx context.Context, at spot, count func(box []byte) int) (glance, error) {
	rows, next, err := s.db.HScan(ctx, shardKey(at.shard, atInbox), at.cursor, "", lookChunk).Result()
	if err != nil {
		return glance{}, err
	}
	g := glance{looked: len(rows) / 2, next: spot{at.shard, next}}
	if next == 0 {
		g.next.shard++
	}
	for i := 0; i+1 < len(rows); i += 2 {
		if n := count([]byte(rows[i+1])); n > 0 {
			g.found, g.items = append(g.found, found{rows[i], n}), g.items+n
		}
	}
	return g, nil
}
