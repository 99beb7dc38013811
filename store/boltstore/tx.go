package boltstore

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"rasid/store/record"
	"slices"

	"go.etcd.io/bbolt"
)

// A tx is a transaction on checked records.
type tx struct {
	tx    *bbolt.Tx
	open  map[string]*bbolt.Bucket
	delta map[string]sum // of the buckets changed
	crc   *crc32.Table
}

// A sum tells how many records a bucket has, and their checksums added up.
type sum struct{ count, crcs uint64 }

func newTx(b *bbolt.Tx) *tx {
	return &tx{tx: b, open: map[string]*bbolt.Bucket{}, delta: map[string]sum{}, crc: crc32.MakeTable(crc32.Castagnoli)}
}

func (t *tx) bucket(name string) (*bbolt.Bucket, error) {
	if b := t.open[name]; b != nil {
		return b, nil
	}
	b := t.tx.Bucket([]byte(name))
	if b == nil {
		return nil, fmt.Errorf("%w: bucket %s is missing", ErrDamaged, name)
	}
	t.open[name] = b
	return b, nil
}

// reading returns a bucket, nil where the file is read as an older version left
// it, which had none.
func (t *tx) reading(name string) (*bbolt.Bucket, error) {
	b, err := t.bucket(name)
	if err != nil && !t.tx.Writable() && !slices.Contains(bucketsAt(oldest), name) {
		return nil, nil
	}
	return b, err
}

const crcSize = 4

// checksum is CRC32C over bucket, key and value.
func checksum(table *crc32.Table, bucket string, key, value []byte) uint32 {
	c := crc32.Update(0, table, []byte(bucket))
	c = crc32.Update(c, table, key)
	return crc32.Update(c, table, value)
}

// opened checks a stored record and returns its value.
func opened(table *crc32.Table, bucket string, key, raw []byte) ([]byte, error) {
	if len(raw) < crcSize || binary.BigEndian.Uint32(raw) != checksum(table, bucket, key, raw[crcSize:]) {
		return nil, fmt.Errorf("%w: %w: %x of %s has a wrong checksum", ErrDamaged, record.ErrDamaged, key, bucket)
	}
	return raw[crcSize:], nil
}

// get returns a value, nil when there is none. It is good until the next
// change.
func (t *tx) get(bucket string, key []byte) ([]byte, error) {
	b, err := t.reading(bucket)
	if err != nil || b == nil {
		return nil, err
	}
	raw := b.Get(key)
	if raw == nil {
		return nil, nil
	}
	return opened(t.crc, bucket, key, raw)
}

func (t *tx) put(bucket string, key, value []byte) error {
	b, err := t.bucket(bucket)
	if err != nil {
		return err
	}
	t.account(bucket, b.Get(key), -1)
	raw := make([]byte, crcSize, crcSize+len(value))
	binary.BigEndian.PutUint32(raw, checksum(t.crc, bucket, key, value))
	raw = append(raw, value...)
	t.account(bucket, raw, 1)
	return b.Put(key, raw)
}

func (t *tx) del(bucket string, key []byte) error {
	b, err := t.bucket(bucket)
	if err != nil {
		return err
	}
	raw := b.Get(key)
	if raw == nil {
		return nil
	}
	t.account(bucket, raw, -1)
	return b.Delete(key)
}

// account adds a record to the sum of its bucket, or takes it out.
func (t *tx) account(bucket string, raw []byte, n int) {
	if len(raw) < crcSize {
		return
	}
	d := t.delta[bucket]
	if c := uint64(binary.BigEndian.Uint32(raw)); n > 0 {
		d.count, d.crcs = d.count+1, d.crcs+c
	} else {
		d.count, d.crcs = d.count-1, d.crcs-c
	}
	t.delta[bucket] = d
}

// flush writes the sums of the buckets that changed.
func (t *tx) flush() error {
	delta := t.delta
	t.delta = map[string]sum{}
	for name, d := range delta {
		old, err := t.get(bucketSums, []byte(name))
		if err != nil {
			return err
		}
		s := readSum(old)
		s.count, s.crcs = s.count+d.count, s.crcs+d.crcs
		b := binary.BigEndian.AppendUint64(nil, s.count)
		if err := t.put(bucketSums, []byte(name), binary.BigEndian.AppendUint64(b, s.crcs)); err != nil {
			return err
		}
	}
	return nil
}

func readSum(b []byte) sum {
	if len(b) != 16 {
		return sum{}
	}
	return sum{count: binary.BigEndian.Uint64(b), crcs: binary.BigEndian.Uint64(b[8:])}
}

// A row is one record that a scan found.
type row struct{ key, value []byte }

// scan calls f for the records from key from on that begin with prefix, in
// order, until f says stop. f must not change the bucket.
func (t *tx) scan(bucket string, prefix, from []byte, f func(row) (more bool, err error)) error {
	return t.scanAll(bucket, prefix, from, func(r row, bad error) (bool, error) {
		if bad != nil {
			return false, bad
		}
		return f(r)
	})
}

// scanAll is scan that a damaged record does not end: f is told what is wrong with
// it, and has its key.
func (t *tx) scanAll(bucket string, prefix, from []byte, f func(r row, bad error) (more bool, err error)) error {
	b, err := t.reading(bucket)
	if err != nil || b == nil {
		return err
	}
	c := b.Cursor()
	for k, raw := c.Seek(from); k != nil && bytes.HasPrefix(k, prefix); k, raw = c.Next() {
		v, bad := opened(t.crc, bucket, k, raw)
		if more, err := f(row{k, v}, bad); err != nil || !more {
			return err
		}
	}
	return nil
}

// all returns copies of the records that begin with prefix.
func (t *tx) all(bucket string, prefix []byte) ([]row, error) {
	var rows []row
	err := t.scan(bucket, prefix, prefix, func(r row) (bool, error) {
		rows = append(rows, row{bytes.Clone(r.key), bytes.Clone(r.value)})
		return true, nil
	})
	return rows, err
}

// last returns the key of the last record that begins with prefix, nil when
// there is none.
func (t *tx) last(bucket string, prefix []byte) ([]byte, error) {
	b, err := t.reading(bucket)
	if err != nil || b == nil {
		return nil, err
	}
	after := append(bytes.Clone(prefix), bytes.Repeat([]byte{0xff}, 9)...)
	c := b.Cursor()
	k, _ := c.Seek(after)
	if k == nil {
		k, _ = c.Last()
	} else {
		k, _ = c.Prev()
	}
	if !bytes.HasPrefix(k, prefix) {
		return nil, nil
	}
	return bytes.Clone(k), nil
}

// number reads a number of the meta bucket; one never written is 0.
func (t *tx) number(key []byte) (uint64, error) {
	v, err := t.get(bucketMeta, key)
	if err != nil || len(v) != 8 {
		return 0, err
	}
	return binary.BigEndian.Uint64(v), nil
}

func (t *tx) putNumber(bucket string, key []byte, n uint64) error {
	return t.put(bucket, key, binary.BigEndian.AppendUint64(nil, n))
}
