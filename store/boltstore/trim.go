package boltstore

import (
	"context"
	"encoding/binary"
	"rasid/store"
	"rasid/store/record"
	"time"
)

// trimChunk is how many ids and update ids one commit forgets.
const trimChunk = 2000

// Trim implements store.Articles.
func (s *Store) Trim(ctx context.Context, before, now time.Time, limit int) (n int, err error) {
	err = s.update(ctx, func(t *tx) (err error) {
		n, err = t.trimItems(record.Hold(before), limit)
		return err
	})
	if err != nil {
		return 0, err
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

// trimItems deletes what was accepted before and is owed to nobody.
func (t *tx) trimItems(before []byte, limit int) (int, error) {
	cursor, err := t.number([]byte(keyCursor))
	if err != nil || limit <= 0 {
		return 0, err
	}
	var drop [][]byte
	err = t.scan(bucketAt, nil, nil, func(r row) (bool, error) {
		if string(r.key[:8]) >= string(before) {
			return false, nil
		}
		seq := binary.BigEndian.Uint64(r.key[8:])
		if seq > cursor {
			return true, nil
		}
		tally, inner := t.tally(seq)
		if inner == nil && tally.Owed == 0 {
			drop = append(drop, append([]byte(nil), r.key...))
		}
		return len(drop) < limit, inner
	})
	if err != nil {
		return 0, err
	}
	for _, at := range drop {
		if err := t.drop(at); err != nil {
			return 0, err
		}
	}
	return len(drop), nil
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
