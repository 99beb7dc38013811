package boltstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"rasid/store"
	"rasid/store/record"
	"time"
)

// Accept implements store.Articles.
func (s *Store) Accept(ctx context.Context, items []store.Item, now time.Time) ([]store.Accepted, error) {
	all, err := record.Arrivals(items, now)
	if err != nil {
		return nil, err
	}
	got := make([]store.Accepted, len(all))
	err = s.update(ctx, func(t *tx) error {
		for i, it := range all {
			var inner error
			if got[i], inner = t.accept(it); inner != nil {
				return fmt.Errorf("accept %q: %w", it.Article.ID, inner)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return got, nil
}

func (t *tx) accept(it record.Arrival) (store.Accepted, error) {
	var none store.Accepted
	was, err := t.get(bucketIDs, it.Key)
	if errors.Is(err, record.ErrDamaged) { // better told twice than not at all, with all that comes beside it
		was, err = nil, nil
	}
	if err != nil {
		return none, err
	}
	got, moved := store.Accepted{Verdict: store.New}, false
	if was != nil {
		if got, moved, err = t.again(&it, was); err != nil {
			return none, err
		}
		if err = t.del(bucketSeen, join(was[8:16], it.Key)); err != nil {
			return none, err
		}
	}
	if got.Verdict == store.New {
		if got.Seq, err = t.next(keySeq); err != nil {
			return none, err
		}
	}
	now := record.Hold(it.At)
	if err := t.put(bucketIDs, it.Key, join(u64(got.Seq), now, it.Digest)); err != nil {
		return none, err
	}
	if err := t.put(bucketSeen, join(now, it.Key), nil); err != nil {
		return none, err
	}
	return got, t.keep(it, got, moved)
}

// again tells what an item is that was seen before, and whether a quiet one that
// one feed held is several's now. It gives a quiet one the digest of what it must
// not replace.
func (t *tx) again(it *record.Arrival, was []byte) (got store.Accepted, moved bool, err error) {
	got = store.Accepted{Verdict: store.Same, Seq: binary.BigEndian.Uint64(was)}
	if !bytes.Equal(was[16:], it.Digest) {
		got.Verdict = store.Changed
	}
	old, err := t.get(bucketItems, u64(got.Seq))
	damaged := errors.Is(err, record.ErrDamaged)
	switch {
	case err != nil && !damaged:
		return got, false, err
	case !damaged && (old == nil || record.IsQuiet(old)):
		return t.meet(it, old, got)
	case it.Quiet:
		got.Verdict, it.Digest = store.Same, bytes.Clone(was[16:])
	}
	return got, false, nil
}

// meet tells what an item is whose id a quiet one has; nil: one that is forgotten.
func (t *tx) meet(it *record.Arrival, old []byte, got store.Accepted) (store.Accepted, bool, error) {
	known, err := record.ReadItem(got.Seq, old)
	if old == nil || err != nil {
		return got, false, nil //nolint:nilerr // it cannot be read, which is told where it is
	}
	if record.Meet(&it.Item, &known) {
		return store.Accepted{Verdict: store.New}, false, nil
	}
	it.Bytes, err = record.Item(it.Item)
	return got, it.Feed != known.Feed, err
}

// next counts up a number of the meta bucket.
func (t *tx) next(key string) (uint64, error) {
	n, err := t.number([]byte(key))
	if err != nil {
		return 0, err
	}
	return n + 1, t.putNumber(bucketMeta, []byte(key), n+1)
}

// keep stores an item's content where it is new, or still there, whole, and
// changed, or moved from one feed to several.
func (t *tx) keep(it record.Arrival, got store.Accepted, moved bool) error {
	seq := u64(got.Seq)
	switch {
	case got.Verdict == store.New:
		if err := t.put(bucketAt, join(record.Hold(it.At), seq), nil); err != nil {
			return err
		}
		return t.put(bucketItems, seq, it.Bytes)
	case got.Verdict == store.Changed || moved:
		old, err := t.get(bucketItems, seq)
		if errors.Is(err, record.ErrDamaged) { // when it was first taken in is not known any more
			return nil
		}
		if err != nil || old == nil {
			return err
		}
		return t.put(bucketItems, seq, join(old[:record.ItemHead], it.Bytes[record.ItemHead:]))
	}
	return nil
}

// Log implements store.Articles.
func (s *Store) Log(ctx context.Context, after uint64, limit int) ([]store.Item, error) {
	var got []store.Item
	var unread []store.Unreadable
	if limit <= 0 {
		return nil, ctx.Err()
	}
	err := s.view(ctx, func(t *tx) error {
		return t.scanAll(bucketItems, nil, u64(after+1), func(r row, bad error) (bool, error) {
			seq, it := binary.BigEndian.Uint64(r.key), store.Item{}
			if bad == nil {
				it, bad = readItem(seq, r.value)
			}
			if bad != nil {
				unread = append(unread, store.Unreadable{Seq: seq, Err: bad})
			} else {
				got = append(got, it)
			}
			return len(got)+len(unread) < limit, nil
		})
	})
	if err != nil {
		return nil, err
	}
	return got, store.Unread(unread)
}

// Item implements store.Articles.
func (s *Store) Item(ctx context.Context, seq uint64) (it store.Item, err error) {
	err = s.view(ctx, func(t *tx) (err error) {
		it, err = t.item(seq)
		return err
	})
	if err != nil {
		return store.Item{}, fmt.Errorf("item %d: %w", seq, err)
	}
	return it, nil
}

func (t *tx) item(seq uint64) (store.Item, error) {
	b, err := t.get(bucketItems, u64(seq))
	switch {
	case err != nil:
		return store.Item{}, err
	case b == nil:
		return store.Item{}, store.ErrUnknown
	}
	return readItem(seq, b)
}

// readItem reads an item. No newer rasid has been in a file that is open: it would
// have been refused.
func readItem(seq uint64, b []byte) (store.Item, error) {
	it, err := record.ReadItem(seq, b)
	return it, record.Ours(err)
}

// ItemByID implements store.Articles.
func (s *Store) ItemByID(ctx context.Context, id string) (it store.Item, err error) {
	err = s.view(ctx, func(t *tx) error {
		was, inner := t.get(bucketIDs, record.ItemKey(id))
		switch {
		case inner != nil:
			return inner
		case was == nil:
			return store.ErrUnknown
		}
		it, inner = t.item(binary.BigEndian.Uint64(was))
		return inner
	})
	if err != nil {
		return store.Item{}, fmt.Errorf("item %q: %w", id, err)
	}
	return it, nil
}

// Cursor implements store.Articles.
func (s *Store) Cursor(ctx context.Context) (n uint64, err error) {
	err = s.view(ctx, func(t *tx) (err error) {
		n, err = t.number([]byte(keyCursor))
		return err
	})
	return n, err
}

// Reach implements store.Articles.
func (s *Store) Reach(ctx context.Context) (r store.Reach, err error) {
	err = s.view(ctx, func(t *tx) (err error) {
		r, err = t.reach()
		return err
	})
	return r, err
}

func (t *tx) reach() (store.Reach, error) {
	cursor, err := t.number([]byte(keyCursor))
	if err != nil {
		return store.Reach{}, err
	}
	newest, err := t.number([]byte(keySeq))
	if err != nil {
		return store.Reach{}, err
	}
	ahead, err := t.get(bucketMeta, []byte(keyAhead))
	if err != nil && !errors.Is(err, record.ErrDamaged) {
		return store.Reach{}, err
	}
	r, _ := record.ReadReach(cursor, newest, ahead) // what makes no sense counts as nothing
	return r, nil
}

// Advance implements store.Articles.
func (s *Store) Advance(ctx context.Context, r store.Reach, epoch uint64) error {
	return s.updateAs(ctx, store.Intake, epoch, func(t *tx) error {
		n, err := t.number([]byte(keyCursor))
		if err != nil {
			return err
		}
		if to := r.Cursor(); to > n {
			if err := t.putNumber(bucketMeta, []byte(keyCursor), to); err != nil {
				return err
			}
		}
		if ahead := record.Ahead(r); ahead != nil {
			return t.put(bucketMeta, []byte(keyAhead), ahead)
		}
		return t.del(bucketMeta, []byte(keyAhead))
	})
}
