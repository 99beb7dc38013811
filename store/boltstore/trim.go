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

// What one commit deletes at most: whoever wants to write waits for it.
const (
	trimChunk = 2000 // ids, and update ids
	itemChunk = 50   // articles, each with a record in every shard maybe
)

// Trim implements store.Articles. What fails of it does not keep the rest from its
// turn.
func (s *Store) Trim(ctx context.Context, before, now time.Time, limit int) (int, error) {
	ids, updates := record.Hold(now.Add(-store.IDKeep)), record.Hold(now.Add(-store.UpdateKeep))
	n, err := s.trimItems(ctx, record.Hold(before), limit)
	return n, errors.Join(
		wrap("trim articles", err),
		wrap("trim ids", s.repeat(ctx, func(t *tx, bad *record.Passed) (int, error) { return t.trimPair(bucketSeen, bucketIDs, ids, bad) })),
		wrap("trim updates", s.repeat(ctx, func(t *tx, bad *record.Passed) (int, error) {
			return t.trimPair(bucketWhen, bucketUpdates, updates, bad)
		})),
		wrap("trim tombstones", s.repeat(ctx, func(t *tx, bad *record.Passed) (int, error) { return t.trimGone(updates, bad) })),
	)
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// repeat runs f until it had less to do than fits one commit, and tells what it
// passed by then.
func (s *Store) repeat(ctx context.Context, f func(*tx, *record.Passed) (int, error)) error {
	for {
		var n int
		var bad record.Passed
		err := s.update(ctx, func(t *tx) (err error) {
			bad = record.Passed{} // it may be run again
			n, err = f(t, &bad)
			return err
		})
		if err != nil {
			return err
		}
		if n < trimChunk {
			return bad.Err()
		}
	}
}

// trimItems deletes what was accepted before and is owed to nobody. It looks for
// that without the writer, which others wait for. What cannot be read stays.
func (s *Store) trimItems(ctx context.Context, before []byte, limit int) (n int, err error) {
	var bad record.Passed
	for from := []byte{}; n < limit && from != nil; {
		var old [][]byte
		err = s.view(ctx, func(t *tx) (err error) {
			old, from, err = t.unowed(before, from, min(itemChunk, limit-n), &bad)
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
	return n, bad.Err()
}

// unowed returns at most limit of the items accepted before that are owed to
// nobody, of the entries of their index from a key on, and where to go on; nil: that
// was all.
func (t *tx) unowed(before, from []byte, limit int, bad *record.Passed) (old [][]byte, next []byte, err error) {
	reach, err := t.reach()
	if err != nil {
		return nil, nil, err
	}
	looked := 0
	err = t.scanAll(bucketAt, nil, from, func(r row, damage error) (bool, error) {
		if damage == nil && string(r.key[:8]) >= string(before) {
			return false, nil
		}
		if len(old) == limit || looked == lookChunk {
			next = bytes.Clone(r.key)
			return false, nil
		}
		looked++
		if damage != nil {
			return true, bad.By(damage)
		}
		seq := binary.BigEndian.Uint64(r.key[8:])
		if !reach.Has(seq) {
			return true, nil
		}
		tally, inner := t.tally(seq)
		if inner == nil && tally.Owed == 0 {
			old = append(old, bytes.Clone(r.key))
		}
		return true, bad.By(inner)
	})
	return old, next, err
}

// dropUnowed deletes items, but for those that became owed meanwhile, by a move,
// or cannot be read any more, and tells how many.
func (t *tx) dropUnowed(old [][]byte) (n int, err error) {
	for _, at := range old {
		tally, err := t.tally(binary.BigEndian.Uint64(at[8:]))
		if errors.Is(err, record.ErrDamaged) || tally.Owed > 0 {
			continue
		}
		if err != nil {
			return n, err
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
func (t *tx) older(bucket string, before []byte, bad *record.Passed) ([][]byte, error) {
	var keys [][]byte
	err := t.scanAll(bucket, nil, nil, func(r row, damage error) (bool, error) {
		if damage != nil {
			return true, bad.By(damage)
		}
		if string(r.key[:8]) >= string(before) {
			return false, nil
		}
		keys = append(keys, bytes.Clone(r.key))
		return len(keys) < trimChunk, nil
	})
	return keys, err
}

// trimPair deletes what an index of (instant, key) finds older than before,
// and the records it points at.
func (t *tx) trimPair(index, bucket string, before []byte, bad *record.Passed) (int, error) {
	keys, err := t.older(index, before, bad)
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
func (t *tx) trimGone(before []byte, bad *record.Passed) (int, error) {
	old, err := t.longGone(before, bad)
	if err != nil {
		return 0, err
	}
	for _, x := range old {
		for _, kill := range []struct {
			bucket string
			key    []byte
		}{{bucketGone, placeKey(x.Place)}, {bucketDests, placeKey(x.Place)}, {bucketChanges, join(shardKey(x.Shard), u64(x.version))}} {
			if err := t.del(kill.bucket, kill.key); err != nil {
				return 0, err
			}
		}
	}
	return len(old), nil
}

// longGone returns at most trimChunk of those that were forgotten before.
func (t *tx) longGone(before []byte, bad *record.Passed) (old []dest, err error) {
	err = t.scanAll(bucketGone, nil, nil, func(r row, damage error) (bool, error) {
		switch {
		case damage != nil:
			return true, bad.By(damage)
		case string(r.value) >= string(before):
			return true, nil
		}
		x, damage := t.dest(readPlace(r.key))
		if damage == nil {
			old = append(old, x)
		}
		return len(old) < trimChunk, bad.By(damage)
	})
	return old, err
}
