package memstore

import (
	"context"
	"maps"
	"rasid/store"
	"slices"
	"time"
)

// Shelve implements store.Jobs.
func (s *Store) Shelve(ctx context.Context, x store.Shelving, epoch uint64) (int, error) {
	if err := x.Shard.Check(); err != nil {
		return 0, err
	}
	if err := s.lock(ctx); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	sh, n := &s.shards[x.Shard], 0
	if epoch < s.epochs[x.Shard.Role()] {
		return 0, store.ErrFenced
	}
	if box := sh.inboxes[x.Ordinal]; box != nil && len(x.Items)+len(box.Items) == 0 {
		delete(sh.inboxes, x.Ordinal)
	}
	for _, item := range x.Items {
		class, owed := sh.jobs[item].classOf(x.Ordinal)
		if !owed {
			continue
		}
		delete(sh.jobs[item].owed, x.Ordinal) // how often it was tried stays
		sh.shelve(x.Ordinal, store.Shelved{Item: item, Class: class, At: store.Instant(x.At)}, x.Due)
		sh.inboxes[x.Ordinal].Due = store.Instant(x.Due)
		n++
	}
	return n, nil
}

// shelve puts an item into an inbox; due is that of a new one.
func (sh *shard) shelve(o uint32, s store.Shelved, due time.Time) {
	if sh.inboxes[o] == nil {
		sh.inboxes[o] = &inbox{Inbox: store.Inbox{Due: store.Instant(due)}}
	}
	for _, item := range sh.inboxes[o].Put(s) {
		delete(sh.jobs[item].tries, o)
		sh.jobs[item].tally.Dropped++
	}
}

// Inbox implements store.Jobs.
func (s *Store) Inbox(ctx context.Context, p store.Place) (store.Inbox, error) {
	if err := p.Shard.Check(); err != nil {
		return store.Inbox{}, err
	}
	if err := s.lock(ctx); err != nil {
		return store.Inbox{}, err
	}
	defer s.mu.Unlock()
	got := store.Inbox{}
	if x := s.shards[p.Shard].inboxes[p.Ordinal]; x != nil {
		got = x.Inbox
	}
	got.Place, got.Items = p, slices.Clone(got.Items)
	for i, x := range got.Items {
		got.Items[i].Matcher = s.shards[p.Shard].jobs[x.Item].matcher
	}
	return got, nil
}

// Inboxes implements store.Jobs.
func (s *Store) Inboxes(ctx context.Context, shard store.Shard) ([]store.Inbox, error) {
	if err := shard.Check(); err != nil {
		return nil, err
	}
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var got []store.Inbox
	sh := &s.shards[shard]
	for _, o := range slices.Sorted(maps.Keys(sh.inboxes)) {
		got = append(got, store.Inbox{Place: store.Place{Shard: shard, Ordinal: o}, Due: sh.inboxes[o].Due})
	}
	return got, nil
}

// debt returns the class in which an item is owed to an ordinal, or is in its
// inbox. The count of an inbox has none.
func (sh *shard) debt(item uint64, o uint32) (store.Class, bool) {
	if item == store.InboxCount {
		return 0, sh.inboxes[o] != nil && sh.inboxes[o].Dropped > 0
	}
	if c, owed := sh.jobs[item].classOf(o); owed {
		return c, true
	}
	if x := sh.inboxes[o]; x != nil {
		if i := x.Find(item); i >= 0 {
			return x.Items[i].Class, true
		}
	}
	return 0, false
}

// clear takes an item off what is owed to an ordinal, or out of its inbox, and
// reports whether it was there.
func (sh *shard) clear(item uint64, o uint32) bool {
	if sh.unshelve(item, o) {
		delete(sh.jobs[item].tries, o)
		return true
	}
	return sh.jobs[item].clear(o)
}

// unshelve takes an item out of an inbox and reports whether it was in it.
func (sh *shard) unshelve(item uint64, o uint32) bool {
	x := sh.inboxes[o]
	if x == nil || x.Find(item) < 0 {
		return false
	}
	x.Items = slices.DeleteFunc(x.Items, func(s store.Shelved) bool { return s.Item == item })
	if x.Empty() {
		delete(sh.inboxes, o)
	}
	return true
}

// settleCount does to the count of an inbox what fate says.
func (sh *shard) settleCount(o uint32, fate store.Fate) {
	x := sh.inboxes[o]
	if x == nil || x.Dropped == 0 {
		return
	}
	if fate == store.Unknown {
		if x.tries++; x.tries < store.MaxTries {
			return
		}
	}
	if x.Dropped, x.tries = 0, 0; x.Empty() {
		delete(sh.inboxes, o)
	}
}

// shelved counts the inboxes that an item is in.
func (sh *shard) shelved(item uint64) (n int) {
	for _, x := range sh.inboxes {
		if x.Find(item) >= 0 {
			n++
		}
	}
	return n
}

// Outlive implements store.Articles. It does all at once.
func (s *Store) Outlive(ctx context.Context, before time.Time) (bool, error) {
	if err := s.lock(ctx); err != nil {
		return false, err
	}
	defer s.mu.Unlock()
	for i := range s.shards {
		s.shards[i].outlive(store.Instant(before))
	}
	return true, nil
}

// outlive drops what is kept in inboxes too long. How many they were stays.
func (sh *shard) outlive(before time.Time) {
	for o, x := range sh.inboxes {
		for _, item := range x.Outlive(before) {
			delete(sh.jobs[item].tries, o)
			sh.jobs[item].tally.Dropped++
		}
	}
}
