package boltstore

import (
	"context"
	"encoding/binary"
	"errors"
	"rasid/store"
	"rasid/store/record"
	"slices"
)

// Dispatch implements store.Jobs.
func (s *Store) Dispatch(ctx context.Context, d store.Dispatch, epoch uint64) (added bool, err error) {
	if err = d.Check(); err != nil {
		return false, err
	}
	err = s.updateAs(ctx, store.Intake, epoch, func(t *tx) (err error) {
		added, err = t.dispatch(d)
		return err
	})
	return added && err == nil, err
}

func (t *tx) dispatch(d store.Dispatch) (bool, error) {
	key := jobKey(d.Shard, d.Item)
	known, err := t.get(bucketJobs, key)
	if err != nil || known != nil {
		return false, err
	}
	gone, err := t.gone(d.Shard)
	if err != nil {
		return false, err
	}
	j := record.Job{Created: d.Created, Expires: d.Expires, Matcher: d.Matcher}
	for class, owed := range d.Owed {
		owed = without(owed, gone)
		if len(owed) == 0 {
			continue
		}
		j.Tally.Owed += len(owed)
		if err := t.put(bucketOwed, owedKey(d.Shard, d.Item, store.Class(class)), record.Owed(owed)); err != nil {
			return false, err
		}
	}
	if j.Tally.Owed == 0 {
		return false, nil
	}
	return true, t.put(bucketJobs, key, j.Bytes())
}

// without leaves out the ordinals of destinations that are gone.
func without(owed, gone []uint32) []uint32 {
	if len(gone) == 0 {
		return owed
	}
	return slices.DeleteFunc(slices.Clone(owed), func(o uint32) bool {
		_, is := slices.BinarySearch(gone, o)
		return is
	})
}

// gone lists the destinations of a shard that left, ascending. A damaged record
// does not count: nothing is begun for who left, whatever is owed there.
func (t *tx) gone(shard store.Shard) (ordinals []uint32, err error) {
	prefix := shardKey(shard)
	err = t.scanAll(bucketGone, prefix, prefix, func(r row, bad error) (bool, error) {
		if bad == nil {
			ordinals = append(ordinals, readPlace(r.key).Ordinal)
		}
		return true, nil
	})
	return ordinals, err
}

// Owed implements store.Jobs.
func (s *Store) Owed(ctx context.Context, shard store.Shard, after uint64) ([]store.Job, error) {
	if err := shard.Check(); err != nil {
		return nil, err
	}
	var got []store.Job
	var bad unreadable
	err := s.view(ctx, func(t *tx) error {
		prefix := shardKey(shard)
		return t.scanAll(bucketOwed, prefix, join(prefix, u64(after+1)), func(r row, err error) (bool, error) {
			var j store.Job
			if err == nil {
				j, err = t.job(shard, r)
			}
			if err == nil {
				got = append(got, j)
			}
			return true, bad.add(err)
		})
	})
	if err != nil {
		return nil, err
	}
	return got, errors.Join(bad...)
}

// unreadable are records that a scan goes past.
type unreadable []error

// add takes in what is wrong with a record, and returns what else is wrong.
func (u *unreadable) add(err error) error {
	if !errors.Is(err, record.ErrDamaged) && !errors.Is(err, record.ErrNewer) {
		return err
	}
	*u = append(*u, err)
	return nil
}

// job reads what one owed set belongs to.
func (t *tx) job(shard store.Shard, r row) (store.Job, error) {
	item := binary.BigEndian.Uint64(r.key[2:])
	j := store.Job{Shard: shard, Item: item, Class: store.Class(r.key[10])}
	b, err := t.get(bucketJobs, jobKey(shard, item))
	if err != nil {
		return j, err
	}
	meta, err := record.ReadJob(b)
	if err != nil {
		return j, err
	}
	j.Created, j.Expires, j.Matcher = meta.Created, meta.Expires, meta.Matcher
	if j.Owed, err = record.ReadOwed(r.value); err != nil {
		return j, err
	}
	prefix := r.key[:10]
	return j, t.scan(bucketTries, prefix, prefix, func(x row) (bool, error) {
		if o := binary.BigEndian.Uint32(x.key[10:]); record.HasOwed(r.value, o) {
			if j.Tries == nil {
				j.Tries = map[uint32]int{}
			}
			j.Tries[o] = int(x.value[0])
		}
		return true, nil
	})
}

// Marks implements store.Jobs.
func (s *Store) Marks(ctx context.Context, shard store.Shard) ([]store.Mark, error) {
	if err := shard.Check(); err != nil {
		return nil, err
	}
	var got []store.Mark
	var bad unreadable
	err := s.view(ctx, func(t *tx) error {
		prefix := shardKey(shard)
		return t.scanAll(bucketMarks, prefix, prefix, func(r row, err error) (bool, error) {
			var m store.Mark
			if err == nil {
				m, err = record.ReadMark(shard, string(r.key[2:]), r.value)
			}
			if err == nil {
				got = append(got, m)
			}
			return true, bad.add(err)
		})
	})
	return got, errors.Join(append(bad, err)...)
}

// Withdraw implements store.Jobs.
func (s *Store) Withdraw(ctx context.Context, p store.Place, items []uint64, epoch uint64) error {
	if err := p.Shard.Check(); err != nil {
		return err
	}
	return s.updateAs(ctx, p.Shard.Role(), epoch, func(t *tx) error {
		d, err := t.dest(p)
		if err != nil {
			return err
		}
		for _, item := range items {
			if _, err := t.settle(d, item, store.Dropped); err != nil {
				return err
			}
		}
		return nil
	})
}

// Cancel implements store.Jobs.
func (s *Store) Cancel(ctx context.Context, shard store.Shard, item uint64) error {
	if err := shard.Check(); err != nil {
		return err
	}
	left := 0
	err := s.update(ctx, func(t *tx) error {
		under, err := t.underWay(shard, item)
		if err != nil {
			return err
		}
		gone, err := t.cancelOwed(shard, item, under)
		if err != nil {
			return err
		}
		left, err = t.cancelJob(shard, item, gone)
		return err
	})
	if err != nil || left == 0 {
		return err
	}
	return s.unshelve(ctx, shard, item)
}

// underWay returns the ordinals that an attempt with an item is under way to.
func (t *tx) underWay(shard store.Shard, item uint64) (map[uint32]bool, error) {
	found, prefix := map[uint32]bool{}, shardKey(shard)
	err := t.scan(bucketMarks, prefix, prefix, func(r row) (bool, error) {
		m, err := record.ReadMark(shard, string(r.key[2:]), r.value)
		if slices.Contains(m.Items, item) {
			found[m.Ordinal] = true
		}
		return true, err
	})
	return found, err
}

// cancelOwed takes all but some ordinals off what is owed of an item, and tells
// how many they were.
func (t *tx) cancelOwed(shard store.Shard, item uint64, but map[uint32]bool) (gone int, err error) {
	prefix := join(shardKey(shard), u64(item))
	tries, err := t.all(bucketTries, prefix)
	if err != nil {
		return 0, err
	}
	for _, r := range tries {
		if err = t.del(bucketTries, r.key); err != nil {
			return 0, err
		}
	}
	sets, err := t.all(bucketOwed, prefix)
	if err != nil {
		return 0, err
	}
	for _, r := range sets {
		owed, err := record.ReadOwed(r.value)
		if err != nil {
			return 0, err
		}
		gone += len(owed)
		owed = slices.DeleteFunc(owed, func(o uint32) bool { return !but[o] })
		if gone -= len(owed); len(owed) == 0 {
			err = t.del(bucketOwed, r.key)
		} else {
			err = t.put(bucketOwed, r.key, record.Owed(owed))
		}
		if err != nil {
			return 0, err
		}
	}
	return gone, nil
}

// cancelJob notes that an item was cancelled, and how much of it is gone, and tells
// how much is still owed.
func (t *tx) cancelJob(shard store.Shard, item uint64, gone int) (left int, err error) {
	var j record.Job
	b, err := t.get(bucketJobs, jobKey(shard, item))
	if err == nil && b != nil {
		j, err = record.ReadJob(b)
	}
	if err != nil {
		return 0, err
	}
	j.Tally.Dropped, j.Tally.Owed = j.Tally.Dropped+gone, j.Tally.Owed-gone
	j.Matcher = record.Cancelled
	return j.Tally.Owed, t.put(bucketJobs, jobKey(shard, item), j.Bytes())
}

// cancelled reports whether an item was cancelled in a shard.
func (t *tx) cancelled(shard store.Shard, item uint64) (bool, error) {
	matcher, err := t.matcherOf(shard, item)
	return matcher == record.Cancelled, err
}

// count changes the counters of an item in one shard, when it is known.
func (t *tx) count(shard store.Shard, item uint64, f func(*store.Tally)) error {
	key := jobKey(shard, item)
	b, err := t.get(bucketJobs, key)
	if err != nil || b == nil {
		return err
	}
	j, err := record.ReadJob(b)
	if err != nil {
		return err
	}
	f(&j.Tally)
	return t.put(bucketJobs, key, j.Bytes())
}

// Tally implements store.Jobs.
func (s *Store) Tally(ctx context.Context, item uint64) (sum store.Tally, err error) {
	err = s.view(ctx, func(t *tx) (err error) {
		sum, err = t.tally(item)
		return err
	})
	return sum, err
}

func (t *tx) tally(item uint64) (sum store.Tally, err error) {
	prefix := u64(item)
	err = t.scan(bucketJobs, prefix, prefix, func(r row) (bool, error) {
		j, inner := record.ReadJob(r.value)
		sum = sum.Plus(j.Tally)
		if inner != nil {
			return false, inner
		}
		late, inner := t.tooLate(store.Shard(binary.BigEndian.Uint16(r.key[8:])), item)
		sum.Expired += late
		return true, inner
	})
	return sum, err
}

// Sent implements store.Jobs.
func (s *Store) Sent(ctx context.Context, d store.Dest) ([]store.Sent, error) {
	var got []store.Sent
	err := s.view(ctx, func(t *tx) error {
		p, known, err := t.place(d)
		if err != nil || !known {
			return err
		}
		got, err = t.ring(p)
		return err
	})
	return got, err
}

// ring returns what was sent to a place, newest first.
func (t *tx) ring(p store.Place) ([]store.Sent, error) {
	var got []store.Sent
	prefix := placeKey(p)
	err := t.scan(bucketRings, prefix, prefix, func(r row) (bool, error) {
		x, err := record.ReadSent(r.value)
		got = append(got, x)
		return true, err
	})
	slices.Reverse(got)
	return got, err
}

// Dead implements store.Jobs.
func (s *Store) Dead(ctx context.Context, shard store.Shard, limit int) ([]store.DeadLetter, error) {
	if err := shard.Check(); err != nil {
		return nil, err
	}
	var got []store.DeadLetter
	err := s.view(ctx, func(t *tx) error {
		prefix := shardKey(shard)
		return t.scan(bucketDead, prefix, prefix, func(r row) (bool, error) {
			l, err := record.ReadLetter(shard, r.value)
			got = append(got, l)
			return true, err
		})
	})
	slices.Reverse(got)
	return got[:min(len(got), max(limit, 0))], err
}
