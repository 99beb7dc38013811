package memstore

import (
	"context"
	"fmt"
	"maps"
	"rasid/store"
	"slices"
	"time"
)

func (s *Store) home(chat int64) *shard { return &s.shards[s.shardOf(chat)] }

func (s *Store) shardOf(chat int64) store.Shard {
	if sh, ok := s.moved[chat]; ok {
		return sh
	}
	return store.HomeShard(chat)
}

func (s *Store) find(d store.Dest) *dest {
	sh := s.home(d.Chat)
	return sh.dests[sh.index[d]]
}

// threads returns the destinations of a chat in its shard, by ordinal.
func (sh *shard) threads(chat int64) []*dest {
	var got []*dest
	for _, o := range slices.Sorted(maps.Values(sh.index)) {
		if sh.dests[o].Chat == chat {
			got = append(got, sh.dests[o])
		}
	}
	return got
}

// live returns the destination with an ordinal unless it is gone.
func (sh *shard) live(o uint32) *dest {
	if d := sh.dests[o]; d != nil && !d.Gone {
		return d
	}
	return nil
}

func (sh *shard) gone(o uint32) bool { return sh.dests[o] != nil && sh.dests[o].Gone }

func (sh *shard) suspended(o uint32) bool { return sh.dests[o] != nil && sh.dests[o].Suspended != "" }

// touch enters d into the change feed.
func (sh *shard) touch(d *dest) {
	sh.version++
	d.version = sh.version
}

// Change implements store.Chats.
func (s *Store) Change(ctx context.Context, c store.Change) (store.Result, error) {
	if err := s.lock(ctx); err != nil {
		return store.Result{}, err
	}
	defer s.mu.Unlock()
	shard := s.shardOf(c.Dest.Chat)
	sh, d := &s.shards[shard], s.find(c.Dest)
	key := update{c.UpdateID, c.Dest}
	if r, again := sh.updates[key]; again && c.UpdateID != 0 {
		after := store.Destination{Dest: c.Dest, Gone: true}
		if d != nil {
			after = d.Clone()
		}
		return store.Result{Again: true, Created: r.created, Did: slices.Clone(r.did), After: after}, nil
	}
	if d == nil && c.Existing {
		return store.Result{}, fmt.Errorf("change %d/%d: %w", c.Dest.Chat, c.Dest.Thread, store.ErrUnknown)
	}
	var was *store.Destination
	if d != nil {
		was = &d.Destination
	}
	after, did, changed := c.Do(was)
	if err := after.Check(); err != nil {
		return store.Result{}, err
	}
	if d == nil {
		d = sh.add(shard, after)
	} else if changed {
		d.Destination = after
		sh.touch(d)
	}
	if c.UpdateID != 0 {
		sh.updates[key] = result{created: was == nil, did: slices.Clone(did), at: store.Instant(c.Now)}
	}
	return store.Result{Created: was == nil, Did: did, After: d.Clone()}, nil
}

// add gives a new destination the next place.
func (sh *shard) add(shard store.Shard, x store.Destination) *dest {
	sh.last++
	x.Place = store.Place{Shard: shard, Ordinal: sh.last}
	d := &dest{Destination: x}
	sh.dests[sh.last] = d
	sh.index[x.Dest] = sh.last
	sh.touch(d)
	return d
}

// Destination implements store.Chats.
func (s *Store) Destination(ctx context.Context, d store.Dest) (store.Destination, error) {
	if err := s.lock(ctx); err != nil {
		return store.Destination{}, err
	}
	defer s.mu.Unlock()
	x := s.find(d)
	if x == nil {
		return store.Destination{}, fmt.Errorf("destination %d/%d: %w", d.Chat, d.Thread, store.ErrUnknown)
	}
	return x.Clone(), nil
}

// Threads implements store.Chats.
func (s *Store) Threads(ctx context.Context, chat int64) ([]store.Destination, error) {
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var got []store.Destination
	for _, d := range s.home(chat).threads(chat) {
		got = append(got, d.Clone())
	}
	return got, nil
}

// Changes implements store.Chats.
func (s *Store) Changes(ctx context.Context, cur *store.Cursor, f func(store.Destination) error) error {
	for i := range s.shards {
		if err := s.changes(ctx, store.Shard(i), &cur[i], f); err != nil {
			return err
		}
	}
	return nil
}

// changes gives one shard's changes. f runs without the lock, so that it may
// call the store.
func (s *Store) changes(ctx context.Context, i store.Shard, cur *uint64, f func(store.Destination) error) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	var got []store.Destination
	sh := &s.shards[i]
	version := sh.version
	for _, o := range slices.Sorted(maps.Keys(sh.dests)) {
		if d := sh.dests[o]; d.version > *cur {
			got = append(got, d.Clone())
		}
	}
	s.mu.Unlock()
	for _, d := range got {
		err := f(d)
		clear(d.Rules) // they are not f's to keep
		if err != nil {
			return err
		}
	}
	*cur = version
	return nil
}

// Forget implements store.Chats.
func (s *Store) Forget(ctx context.Context, chat int64, now time.Time) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	sh := s.home(chat)
	for _, d := range sh.threads(chat) {
		for item, j := range sh.jobs {
			if sh.clear(item, d.Ordinal) || sh.unexpire(item, d.Ordinal) {
				j.tally.Dropped++
			}
		}
		delete(sh.inboxes, d.Ordinal)
		sh.retire(d, now)
		d.ring = nil
	}
	for k, r := range sh.updates {
		if k.to.Chat == chat {
			clear(r.did)
		}
	}
	delete(s.moved, chat)
	return nil
}

// retire leaves only a tombstone of d.
func (sh *shard) retire(d *dest, now time.Time) {
	maps.DeleteFunc(sh.marks, func(_ string, m store.Mark) bool { return m.Ordinal == d.Ordinal })
	if sh.index[d.Dest] == d.Ordinal {
		delete(sh.index, d.Dest)
	}
	d.Destination, d.gone = d.Tombstone(), store.Instant(now)
	sh.touch(d)
}
