package boltstore

import (
	"context"
	"errors"
	"rasid/store"
	"rasid/store/record"
	"slices"
)

// Shelve implements store.Jobs.
func (s *Store) Shelve(ctx context.Context, x store.Shelving, epoch uint64) (n int, err error) {
	if err = x.Shard.Check(); err != nil {
		return 0, err
	}
	err = s.updateAs(ctx, x.Shard.Role(), epoch, func(t *tx) (err error) {
		n, err = t.shelve(x)
		return err
	})
	return n, err
}

func (t *tx) shelve(x store.Shelving) (int, error) {
	box, err := t.inbox(x.Place)
	if err != nil {
		return 0, err
	}
	if len(x.Items) == 0 && len(box.Items) == 0 {
		return 0, t.dropInbox(x.Place)
	}
	n := 0
	for _, item := range x.Items {
		class, set, err := t.owed(x.Place, item)
		if err != nil {
			return 0, err
		}
		if set == nil {
			continue
		}
		if err = t.unowe(x.Place, item, class, set); err != nil { // how often it was tried stays
			return 0, err
		}
		dropped := box.Put(store.Shelved{Item: item, Class: class, At: x.At})
		if err = t.dropShelved(x.Place, dropped); err != nil {
			return 0, err
		}
		n++
	}
	if n == 0 {
		return 0, nil
	}
	box.Due = x.Due
	return n, t.putInbox(box)
}

// inbox returns what is in the inbox of a place.
func (t *tx) inbox(p store.Place) (store.Inbox, error) {
	b, err := t.get(bucketInbox, placeKey(p))
	if err != nil || b == nil {
		return store.Inbox{Place: p}, err
	}
	return record.ReadInbox(p, b)
}

func (t *tx) putInbox(x store.Inbox) error {
	if x.Empty() {
		return t.dropInbox(x.Place)
	}
	return t.put(bucketInbox, placeKey(x.Place), record.Inbox(x))
}

// dropInbox forgets an inbox, and how often its count was told.
func (t *tx) dropInbox(p store.Place) error {
	if err := t.del(bucketTries, triesKey(p, store.InboxCount)); err != nil {
		return err
	}
	return t.del(bucketInbox, placeKey(p))
}

// settleCount does to the count of an inbox what fate says.
func (t *tx) settleCount(p store.Place, fate store.Fate) error {
	x, err := t.inbox(p)
	if err != nil || x.Dropped == 0 {
		return err
	}
	if fate == store.Unknown {
		tries, err := t.tried(p, store.InboxCount)
		if err != nil || tries < store.MaxTries {
			return err
		}
	}
	x.Dropped = 0
	if err := t.del(bucketTries, triesKey(p, store.InboxCount)); err != nil {
		return err
	}
	return t.putInbox(x)
}

// dropShelved counts what was dropped from an inbox.
func (t *tx) dropShelved(p store.Place, items []uint64) error {
	for _, item := range items {
		if err := t.del(bucketTries, triesKey(p, item)); err != nil {
			return err
		}
		if err := t.count(p.Shard, item, func(n *store.Tally) { n.Owed, n.Dropped = n.Owed-1, n.Dropped+1 }); err != nil {
			return err
		}
	}
	return nil
}

// Inbox implements store.Jobs.
func (s *Store) Inbox(ctx context.Context, p store.Place) (x store.Inbox, err error) {
	if err = p.Shard.Check(); err != nil {
		return x, err
	}
	err = s.view(ctx, func(t *tx) (err error) {
		x, err = t.inbox(p)
		for i := 0; i < len(x.Items) && err == nil; i++ {
			x.Items[i].Matcher, err = t.matcherOf(p.Shard, x.Items[i].Item)
		}
		return err
	})
	return x, err
}

// matcherOf tells what an item was matched with.
func (t *tx) matcherOf(shard store.Shard, item uint64) (string, error) {
	b, err := t.get(bucketJobs, jobKey(shard, item))
	if err != nil || b == nil {
		return "", err
	}
	j, err := record.ReadJob(b)
	return j.Matcher, err
}

// Inboxes implements store.Jobs.
func (s *Store) Inboxes(ctx context.Context, shard store.Shard) (got []store.Inbox, err error) {
	var bad unreadable
	if err = shard.Check(); err != nil {
		return nil, err
	}
	err = s.view(ctx, func(t *tx) error {
		prefix := shardKey(shard)
		return t.scanAll(bucketInbox, prefix, prefix, func(r row, inner error) (bool, error) {
			p := readPlace(r.key)
			x := store.Inbox{Place: p}
			if inner == nil {
				x, inner = record.ReadInbox(p, r.value)
			}
			if inner == nil {
				got = append(got, store.Inbox{Place: p, Due: x.Due})
			}
			return true, bad.add(inner)
		})
	})
	return got, errors.Join(append(bad, err)...)
}

// debt returns the class in which an item is owed to a place, and the set; of
// one in its inbox there is no set, and of the inbox's count no class either. It
// reports whether there is anything of them.
func (t *tx) debt(p store.Place, item uint64) (c store.Class, set []byte, is bool, err error) {
	if item == store.InboxCount {
		box, inner := t.inbox(p)
		return 0, nil, box.Dropped > 0, inner
	}
	if c, set, err = t.owed(p, item); set != nil || err != nil {
		return c, set, err == nil, err
	}
	x, err := t.inbox(p)
	if err != nil {
		return 0, nil, false, err
	}
	if i := x.Find(item); i >= 0 {
		return x.Items[i].Class, nil, true, nil
	}
	return 0, nil, false, nil
}

// unshelve takes an item out of an inbox.
func (t *tx) unshelve(p store.Place, item uint64) error {
	x, err := t.inbox(p)
	if err != nil {
		return err
	}
	x.Items = slices.DeleteFunc(x.Items, func(s store.Shelved) bool { return s.Item == item })
	return t.putInbox(x)
}

// unshelve takes an item that was cancelled out of all inboxes of a shard, a few at
// a time. Nobody puts it into one any more. One that cannot be read keeps it in no
// other.
func (s *Store) unshelve(ctx context.Context, shard store.Shard, item uint64) error {
	var bad record.Passed
	for from := shardKey(shard); from != nil; {
		got, err := s.look(ctx, shardKey(shard), from, dropChunk, func(box []byte) int {
			if record.Shelves(box, item) {
				return 1
			}
			return 0
		})
		if err != nil {
			return err
		}
		from = got.next
		bad.Add(got.bad)
		if len(got.places) == 0 {
			continue
		}
		if err := s.update(ctx, func(t *tx) error { return t.cancelShelved(shard, got.places, item) }); err != nil {
			return err
		}
	}
	return bad.Err()
}

// cancelShelved takes an item out of those of some inboxes that still have it,
// unless it is under way.
func (t *tx) cancelShelved(shard store.Shard, places []store.Place, item uint64) error {
	under, err := t.underWay(shard, item)
	if err != nil {
		return err
	}
	for _, p := range places {
		x, err := t.inbox(p)
		if err != nil {
			return err
		}
		if under[p.Ordinal] || x.Find(item) < 0 {
			continue
		}
		if err := t.unshelve(p, item); err != nil {
			return err
		}
		if err := t.dropShelved(p, []uint64{item}); err != nil {
			return err
		}
	}
	return nil
}
