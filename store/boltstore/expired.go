package boltstore

import (
	"context"
	"encoding/binary"
	"errors"
	"rasid/store"
	"rasid/store/record"
	"slices"
	"time"
)

// Expire implements store.Jobs.
func (s *Store) Expire(ctx context.Context, e store.Expired, epoch uint64) (n int, err error) {
	if err = e.Check(); err != nil {
		return 0, err
	}
	err = s.updateAs(ctx, e.Shard.Role(), epoch, func(t *tx) (err error) {
		n, err = t.expire(e)
		return err
	})
	return n, err
}

func (t *tx) expire(e store.Expired) (int, error) {
	key := owedKey(e.Shard, e.Item, e.Class)
	set, err := t.get(bucketOwed, key)
	if err != nil {
		return 0, err
	}
	late := slices.DeleteFunc(slices.Clone(e.Owed), func(o uint32) bool { return !record.HasOwed(set, o) })
	if len(late) == 0 {
		return 0, nil
	}
	rest, err := record.WithoutOwed(set, late)
	switch {
	case err != nil:
	case rest == nil:
		err = t.del(bucketOwed, key)
	default:
		err = t.put(bucketOwed, key, rest)
	}
	if err != nil {
		return 0, err
	}
	for _, o := range late {
		if err = t.del(bucketTries, triesKey(store.Place{Shard: e.Shard, Ordinal: o}, e.Item)); err != nil {
			return 0, err
		}
	}
	if err = t.addExpired(key, record.Late{At: e.At, Owed: late}); err != nil {
		return 0, err
	}
	return len(late), t.count(e.Shard, e.Item, func(n *store.Tally) { n.Owed -= len(late) })
}

func (t *tx) addExpired(key []byte, l record.Late) error {
	b, err := t.get(bucketExpired, key)
	if err != nil {
		return err
	}
	return t.put(bucketExpired, key, record.AddExpired(b, l))
}

// Expired implements store.Jobs.
func (s *Store) Expired(ctx context.Context, shard store.Shard) (got []store.Expired, err error) {
	var bad unreadable
	if err = shard.Check(); err != nil {
		return nil, err
	}
	err = s.view(ctx, func(t *tx) error {
		prefix := shardKey(shard)
		return t.scanAll(bucketExpired, prefix, prefix, func(r row, inner error) (bool, error) {
			var groups []record.Late
			if inner == nil {
				groups, inner = record.ReadExpired(r.value)
			}
			if inner == nil {
				got = append(got, record.Expired(shard, itemOf(r.key), store.Class(r.key[10]), groups)...)
			}
			return true, bad.add(inner)
		})
	})
	slices.SortFunc(got, store.Expired.Compare)
	return got, errors.Join(append(bad, err)...)
}

func itemOf(owedKey []byte) uint64 { return binary.BigEndian.Uint64(owedKey[2:]) }

// tooLate counts whom an item came too late for in a shard.
func (t *tx) tooLate(shard store.Shard, item uint64) (int, error) {
	n, prefix := 0, owedKey(shard, item, 0)[:10]
	err := t.scan(bucketExpired, prefix, prefix, func(r row) (bool, error) {
		groups, inner := record.ReadExpired(r.value)
		for _, l := range groups {
			n += len(l.Owed)
		}
		return true, inner
	})
	return n, err
}

// dropExpired forgets whom an item came too late for in a shard.
func (t *tx) dropExpired(shard store.Shard, item uint64) error {
	for c := range store.Class(store.Classes) {
		if err := t.del(bucketExpired, owedKey(shard, item, c)); err != nil {
			return err
		}
	}
	return nil
}

// unexpire takes a place off the list of whom an item came too late for, and
// reports whether it was on it.
func (t *tx) unexpire(p store.Place, item uint64) (bool, error) {
	for c := range store.Class(store.Classes) {
		key := owedKey(p.Shard, item, c)
		b, err := t.get(bucketExpired, key)
		if err != nil {
			return false, err
		}
		rest, had, err := record.WithoutExpired(b, p.Ordinal)
		switch {
		case err != nil:
			return false, err
		case !had:
			continue
		case rest == nil:
			return true, t.del(bucketExpired, key)
		}
		return true, t.put(bucketExpired, key, rest)
	}
	return false, nil
}

// A missed is one item that came too late for a place.
type missed struct {
	debt
	at time.Time
}

// missedBy returns everything that came too late for a place.
func (t *tx) missedBy(p store.Place) ([]missed, error) {
	var got []missed
	prefix := shardKey(p.Shard)
	err := t.scan(bucketExpired, prefix, prefix, func(r row) (bool, error) {
		l, has, inner := record.FindExpired(r.value, p.Ordinal)
		if has {
			got = append(got, missed{debt{itemOf(r.key), store.Class(r.key[10])}, l.At})
		}
		return true, inner
	})
	return got, err
}

// forgetLate takes a place off everything that came too late for it, and counts
// that as dropped.
func (t *tx) forgetLate(p store.Place) error {
	late, err := t.missedBy(p)
	if err != nil {
		return err
	}
	for _, x := range late {
		if _, err := t.unexpire(p, x.item); err != nil {
			return err
		}
		if err := t.count(p.Shard, x.item, func(n *store.Tally) { n.Dropped++ }); err != nil {
			return err
		}
	}
	return nil
}

// isLate reports whether an item came too late for a place.
func (t *tx) isLate(p store.Place, item uint64) (bool, error) {
	for c := range store.Class(store.Classes) {
		b, err := t.get(bucketExpired, owedKey(p.Shard, item, c))
		if err != nil {
			return false, err
		}
		if _, has, err := record.FindExpired(b, p.Ordinal); has || err != nil {
			return has, err
		}
	}
	return false, nil
}
