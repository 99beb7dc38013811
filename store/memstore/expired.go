package memstore

import (
	"context"
	"rasid/store"
	"slices"
)

// Expire implements store.Jobs.
func (s *Store) Expire(ctx context.Context, e store.Expired, epoch uint64) (int, error) {
	if err := e.Check(); err != nil {
		return 0, err
	}
	if err := s.lock(ctx); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	if epoch < s.epochs[e.Shard.Role()] {
		return 0, store.ErrFenced
	}
	sh, key := &s.shards[e.Shard], lateKey{e.Item, e.Class}
	late := store.Expired{At: store.Instant(e.At)}
	for _, o := range e.Owed {
		if c, owed := sh.jobs[e.Item].classOf(o); owed && c == e.Class {
			sh.jobs[e.Item].clear(o)
			late.Owed = append(late.Owed, o)
		}
	}
	if len(late.Owed) > 0 {
		sh.expired[key] = append(sh.expired[key], late)
	}
	return len(late.Owed), nil
}

// Expired implements store.Jobs.
func (s *Store) Expired(ctx context.Context, shard store.Shard) ([]store.Expired, error) {
	if err := shard.Check(); err != nil {
		return nil, err
	}
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var got []store.Expired
	for k, list := range s.shards[shard].expired {
		for _, e := range list {
			e.Shard, e.Item, e.Class, e.Owed = shard, k.item, k.class, slices.Clone(e.Owed)
			got = append(got, e)
		}
	}
	slices.SortFunc(got, store.Expired.Compare)
	return got, nil
}

// late reports whether an item came too late for an ordinal.
func (sh *shard) late(item uint64, o uint32) bool {
	for c := range store.Class(store.Classes) {
		for _, e := range sh.expired[lateKey{item, c}] {
			if slices.Contains(e.Owed, o) {
				return true
			}
		}
	}
	return false
}

// unexpire takes an ordinal off the list of whom an item came too late for,
// and reports whether it was on it.
func (sh *shard) unexpire(item uint64, o uint32) bool {
	if !sh.late(item, o) {
		return false
	}
	for c := range store.Class(store.Classes) {
		key := lateKey{item, c}
		var rest []store.Expired
		for _, e := range sh.expired[key] {
			e.Owed = slices.DeleteFunc(slices.Clone(e.Owed), func(x uint32) bool { return x == o })
			if len(e.Owed) > 0 {
				rest = append(rest, e)
			}
		}
		if sh.expired[key] = rest; len(rest) == 0 {
			delete(sh.expired, key)
		}
	}
	return true
}
