package boltstore

import (
	"bytes"
	"rasid/store"
	"rasid/store/record"
	"rasid/store/transfer"
	"slices"
	"testing"

	"go.etcd.io/bbolt"
)

// TestEveryBucketIsMoved fails when there is a bucket that no part has: what lies
// there would be missing in copies and backups.
func TestEveryBucketIsMoved(t *testing.T) {
	known := []string{bucketSums}
	for p := range transfer.Parts {
		for _, h := range heaps(p) {
			known = append(known, h.bucket)
		}
	}
	for _, name := range buckets() {
		if !slices.Contains(known, name) {
			t.Errorf("bucket %s is in no part of package transfer: see export.go and import.go", name)
		}
	}
}

// TestNewerRecordsMakeANewerStore fails when the version of records was raised and
// that of the store was not: an older rasid would open it, and take them for damaged.
func TestNewerRecordsMakeANewerStore(t *testing.T) {
	records := map[uint64]byte{1: 1, 2: 1} // by the version of the store
	b, err := record.Item(store.Item{})
	if err != nil {
		t.Fatal(err)
	}
	if has := newest(upgrades()); records[has] != b[0] {
		t.Errorf("records of version %d are written to a store of version %d; raise that, too, by an upgrade", b[0], has)
	}
}

// Upgrading adds an upgrade to a version that ends with err.
func Upgrading(o Options, to uint64, err error) Options {
	o.upgrades = append(upgrades(), upgrade{to: to, do: func(t *tx) error {
		if inner := t.put(bucketFeeds, []byte("half"), nil); inner != nil {
			return inner
		}
		if inner := t.del(bucketFeeds, []byte("half")); err == nil {
			return inner
		}
		return err
	}})
	return o
}

// Flip turns a bit of a stored record over.
func Flip(t *testing.T, s *Store, bucket string, key []byte) {
	t.Helper()
	err := s.update(t.Context(), func(t *tx) error {
		b, err := t.bucket(bucket)
		if err != nil {
			return err
		}
		raw := slices.Clone(b.Get(key))
		raw[len(raw)-1] ^= 1
		return b.Put(key, raw)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// FlipFirst turns a bit of the checksum of a bucket's first record over.
func FlipFirst(t *testing.T, s *Store, bucket string) {
	t.Helper()
	err := s.update(t.Context(), func(t *tx) error {
		b, err := t.bucket(bucket)
		if err != nil {
			return err
		}
		k, v := b.Cursor().First()
		raw := slices.Clone(v)
		raw[0] ^= 1
		return b.Put(slices.Clone(k), raw)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Count tells how many records a bucket has.
func Count(t *testing.T, s *Store, bucket string) (n int) {
	t.Helper()
	err := s.view(t.Context(), func(t *tx) error {
		return t.scanAll(bucket, nil, nil, func(row, error) (bool, error) {
			n++
			return true, nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Put stores a record behind the back of everything that belongs to it; a nil
// value deletes it.
func Put(t *testing.T, s *Store, bucket string, key, value []byte) {
	t.Helper()
	err := s.update(t.Context(), func(t *tx) error {
		if value == nil {
			return t.del(bucket, key)
		}
		return t.put(bucket, key, value)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Tear stores a record with a wrong checksum, unless it is of a newer version: that
// is written as it is.
func Tear(t *testing.T, s *Store, bucket string, key, value []byte) {
	t.Helper()
	Put(t, s, bucket, key, value)
	if len(value) > 0 && value[0] == 0xff {
		return
	}
	err := s.update(t.Context(), func(t *tx) error {
		b, err := t.bucket(bucket)
		if err != nil {
			return err
		}
		raw := bytes.Clone(b.Get(key))
		raw[0]++
		return b.Put(key, raw)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Get returns a record.
func Get(t *testing.T, s *Store, bucket string, key []byte) (value []byte) {
	t.Helper()
	err := s.view(t.Context(), func(t *tx) error {
		b, err := t.get(bucket, key)
		value = slices.Clone(b)
		return err
	})
	if err != nil || value == nil {
		t.Fatalf("record %x of %s: %x, %v", key, bucket, value, err)
	}
	return value
}

// Commits tells how many there were.
func Commits(t *testing.T, s *Store) (n int) {
	t.Helper()
	err := s.db.View(func(b *bbolt.Tx) error {
		n = b.ID()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Free has s believe how much is free on its disk, and on the one of a folder that
// is another's; 0: there is none.
func Free(s *Store, free uint64, other string, there uint64) {
	s.roomIn = func(dir string) (room, error) {
		if dir == other {
			return room{known: true, free: there, device: 2}, nil
		}
		return room{known: true, free: free, device: 1}, nil
	}
}

// Syncing has f told of each folder whose names are to be durable.
func Syncing(o Options, f func(folder string) error) Options {
	o.sync = f
	return o
}
