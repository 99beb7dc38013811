package boltstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"rasid/store"
	"rasid/store/record"
	"time"
)

// What one commit deletes at most: whoever wants to write waits for it.
const (
	trimChunk = 2000 // ids, and update ids
	itemChunk = 50   // articles, each with a record in every shard maybe
)

// Trim implements store.Articles.
func (s *Store) Trim(ctx context.Context, before, now time.Time, limit int) (n int, err error) {
	if n, err = s.trimItems(ctx, record.Hold(before), limit); err != nil {
		return n, err
	}
	for _, forget := range []func(*tx) (int, error){
		func(t *tx) (int, error) { return t.trimIDs(record.Hold(now.Add(-store.IDKeep))) },
		func(t *tx) (int, error) { return t.trimUpdates(record.Hold(now.Add(-store.UpdateKeep))) },
		func(t *tx) (int, error) { return t.trimGone(record.Hold(now.Add(-store.UpdateKeep))) },
	} {
		if err := s.repeat(ctx, forget); err != nil {
			return n, err
		}
	}
	return n, nil
}

// repeat runs f until it had less to do than fits one commit.
func (s *Store) repeat(ctx context.Context, f func(*tx) (int, error)) error {
	for {
		var n int
		err := s.update(ctx, func(t *tx) (err error) {
			n, err = f(t)
			return err
		})
		if err != nil || n < trimChunk {
			return err
		}
	}
}

// trimItems deletes what was accepted before and is owed to nobody. It looks for
// that without the writer, which others wait for.
func (s *Store) trimItems(ctx context.Context, before []byte, limit int) (n int, err error) {
	for from := []byte{}; n < limit && from != nil; {
		var old [][]byte
		err = s.view(ctx, func(t *tx) (err error) {
			old, from, err = t.unowed(before, from, min(itemChunk, limit-n))
			return err
		})
		dropped := 0
		if err == nil && len(old) > 0 {
			err = s.update(ctx, func(t *tx) (err error) {
				dropped, err = t.dropUnowed(old)
				return err
			})
		}
		if err != nil {
			return n, err
		}
		n += dropped
	}
	return n, nil
}

// unowed returns at most limit of the items accepted before that are owed to
// nobody, of the entries of their index from a key on, and where to go on; nil: that
// was all.
func (t *tx) unowed(before, from []byte, limit int) (old [][]byte, next []byte, err error) {
	reach, err := t.reach()
	if err != nil {
		return nil, nil, err
	}
	looked := 0
	err = t.scan(bucketAt, nil, from, func(r row) (bool, error) {
		if string(r.key[:8]) >= string(before) {
			return false, nil
		}
		if len(old) == limit || looked == lookChunk {
			next = bytes.Clone(r.key)
			return false, nil
		}
		looked++
		seq := binary.BigEndian.Uint64(r.key[8:])
		if !reach.Has(seq) {
			return true, nil
		}
		tally, inner := t.tally(seq)
		if inner == nil && tally.Owed == 0 {
			old = append(old, bytes.Clone(r.key))
		}
		return true, inner
	})
	return old, next, err
}

// dropUnowed deletes items, but for those that became owed meanwhile, by a move,
// and tells how many.
func (t *tx) dropUnowed(old [][]byte) (n int, err error) {
	for _, at := range old {
		tally, err := t.tally(binary.BigEndian.Uint64(at[8:]))
		if err != nil {
			return n, err
		}
		if tally.Owed > 0 {
			continue
		}
		if err := t.drop(at); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func (t *tx) drop(at []byte) error {
	seq := at[8:]
	rows, err := t.all(bucketJobs, seq)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := t.del(bucketJobs, r.key); err != nil {
			return err
		}
		if err := t.dropExpired(store.Shard(binary.BigEndian.Uint16(r.key[8:])), binary.BigEndian.Uint64(seq)); err != nil {
			return err
		}
	}
	if err := t.del(bucketItems, seq); err != nil {
		return err
	}
	return t.del(bucketAt, at)
}

// older returns at most trimChunk keys of a bucket that begin with an instant
// before the given one.
func (t *tx) older(bucket string, before []byte) ([][]byte, error) {
	var keys [][]byte
	err := t.scan(bucket, nil, nil, func(r row) (bool, error) {
		if string(r.key[:8]) >= string(before) {
			return false, nil
		}
		keys = append(keys, append([]byte(nil), r.key...))
		return len(keys) < trimChunk, nil
	})
	return keys, err
}

func (t *tx) trimIDs(before []byte) (int, error) { return t.trimPair(bucketSeen, bucketIDs, before) }

func (t *tx) trimUpdates(before []byte) (int, error) {
	return t.trimPair(bucketWhen, bucketUpdates, before)
}

// trimPair deletes what an index of (instant, key) finds older than before,
// and the records it points at.
func (t *tx) trimPair(index, bucket string, before []byte) (int, error) {
	keys, err := t.older(index, before)
	if err != nil {
		return 0, err
	}
	for _, k := range keys {
		if err := t.del(bucket, k[8:]); err != nil {
			return 0, err
		}
		if err := t.del(index, k); err != nil {
			return 0, err
		}
	}
	return len(keys), nil
}

// trimGone deletes tombstones that every reader has seen.
func (t *tx) trimGone(before []byte) (int, error) {
	rows, err := t.all(bucketGone, nil)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, r := range rows {
		if string(r.value) >= string(before) || n == trimChunk {
			continue
		}
		n++
		x, err := t.dest(readPlace(r.key))
		if err != nil {
			return 0, err
		}
		for _, kill := range []struct {
			bucket string
			key    []byte
		}{{bucketGone, r.key}, {bucketDests, r.key}, {bucketChanges, join(r.key[:2], u64(x.version))}} {
			if err := t.del(kill.bucket, kill.key); err != nil {
				return 0, err
			}
		}
	}
	return n, nil
}
