package boltstore

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"hash/fnv"
	"math"
	"os"
	"slices"
)

// This file knows how bbolt lays out its file (go.etcd.io/bbolt,
// internal/common: page.go, meta.go, bucket.go), so that a damaged one is
// refused before bbolt maps it into memory and trusts it.

const (
	pageHead   = 16 // id 8, flags 2, count 2, overflow 4
	elemSize   = 16 // of a branch: pos 4, ksize 4, page 8; of a leaf: flags 4, pos 4, ksize 4, vsize 4
	bucketHead = 16 // root 8, sequence 8
	metaSize   = 64 // behind the page's head, its checksum last
	metaSum    = 56
	boltMagic  = 0xED0CDAED
	branchPage = 1
	leafPage   = 2
	noFreelist = math.MaxUint64
	maxDepth   = 32
)

// A checker reads a file from its roots to its last record.
type checker struct {
	f        *os.File
	page     int64
	high     uint64 // pages below this one are in use or free
	seen     []bool
	levels   [maxDepth + 1]level
	found    map[string]sum
	stored   map[string]sum
	crcTable *crc32.Table
	newest   uint64 // the newest version of the layout that we read
	version  uint64 // that of the file
}

// verify reads the whole file and returns ErrDamaged when anything in it is
// not as it was written. A version of the layout above newest is refused.
func verify(path string, newest uint64) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	c := &checker{
		f: f, found: map[string]sum{}, stored: map[string]sum{}, newest: newest,
		crcTable: crc32.MakeTable(crc32.Castagnoli),
	}
	if err := c.check(info.Size()); err != nil {
		if newer := (*newerError)(nil); errors.As(err, &newer) {
			return fmt.Errorf("open store %s: %w", path, err)
		}
		return damaged(path, err)
	}
	return nil
}

func (c *checker) check(size int64) error {
	root, err := c.metas(size)
	if err != nil {
		return err
	}
	if err := c.root(root); err != nil {
		return err
	}
	for _, name := range bucketsAt(c.version) {
		if name != bucketSums && c.found[name] != c.stored[name] {
			return fmt.Errorf("bucket %s holds %d records that do not add up to the %d it was left with",
				name, c.found[name].count, c.stored[name].count)
		}
	}
	return nil
}

// A meta is what the first two pages say.
type meta struct{ root, freelist, high, tx uint64 }

// metas reads both meta pages. A commit writes one and leaves the other, so
// both have to be good: where the newer one is not, bbolt would quietly take
// up the older, and the last commit would be lost.
func (c *checker) metas(size int64) (root uint64, err error) {
	head := make([]byte, pageHead+metaSize)
	if _, inner := c.f.ReadAt(head, 0); inner != nil {
		return 0, fmt.Errorf("its first page cannot be read: %w", inner)
	}
	c.page = int64(binary.NativeEndian.Uint32(head[pageHead+8:]))
	if c.page < 512 || c.page > 1<<16 || c.page&(c.page-1) != 0 {
		return 0, errors.New("its first page is not that of a store")
	}
	var both [2]meta
	for i := range both {
		if both[i], err = c.meta(int64(i)); err != nil {
			return 0, err
		}
	}
	m := both[0]
	if both[1].tx > m.tx {
		m = both[1]
	}
	if d := int64(both[0].tx - both[1].tx); d != 1 && d != -1 {
		return 0, errors.New("its two head pages are not of successive commits")
	}
	if m.freelist != noFreelist {
		return 0, errors.New("it was written by another program")
	}
	if m.high > math.MaxInt64/uint64(c.page) || int64(m.high)*c.page > size {
		return 0, fmt.Errorf("it is cut short: it has %d bytes, and its records reach to %d", size, m.high*uint64(c.page))
	}
	c.high, c.seen = m.high, make([]bool, m.high)
	return m.root, nil
}

func (c *checker) meta(i int64) (meta, error) {
	b := make([]byte, pageHead+metaSize)
	if _, err := c.f.ReadAt(b, i*c.page); err != nil {
		return meta{}, fmt.Errorf("head page %d cannot be read: %w", i, err)
	}
	b = b[pageHead:]
	h := fnv.New64a()
	_, _ = h.Write(b[:metaSum]) // a hash never fails
	if binary.NativeEndian.Uint32(b) != boltMagic || binary.NativeEndian.Uint64(b[metaSum:]) != h.Sum64() {
		return meta{}, fmt.Errorf("head page %d has a wrong checksum", i)
	}
	u := func(at int) uint64 { return binary.NativeEndian.Uint64(b[at:]) }
	return meta{root: u(16), freelist: u(32), high: u(40), tx: u(48)}, nil
}

// root reads the bucket of buckets, and each of those: first the one that tells
// the version, by which the others are to be read.
func (c *checker) root(id uint64) error {
	var names []string
	values := map[string][]byte{}
	err := c.walk(bounds{}, id, 0, func(flags uint32, key, value []byte) error {
		if flags != 1 || len(value) < bucketHead {
			return fmt.Errorf("%q is not a bucket", key)
		}
		names = append(names, string(key))
		values[string(key)] = bytes.Clone(value)
		return nil
	})
	if err != nil {
		return err
	}
	if values[bucketMeta] == nil {
		return fmt.Errorf("it has the buckets %q, and not %s", names, bucketMeta)
	}
	if err := c.bucket(bucketMeta, values[bucketMeta]); err != nil {
		return err
	}
	want := slices.Sorted(slices.Values(bucketsAt(c.version)))
	if !slices.Equal(names, want) {
		return fmt.Errorf("it has the buckets %q; want %q", names, want)
	}
	for _, name := range names {
		if name == bucketMeta {
			continue
		}
		if err := c.bucket(name, values[name]); err != nil {
			return err
		}
	}
	return nil
}

// bucket reads the records of one bucket, which lie in pages of their own or,
// when they are few, in its value.
func (c *checker) bucket(name string, value []byte) error {
	each := func(flags uint32, key, raw []byte) error {
		if flags != 0 {
			return fmt.Errorf("record %x of %s is not a record", key, name)
		}
		return c.record(name, key, raw)
	}
	if root := binary.NativeEndian.Uint64(value); root != 0 {
		return c.walk(bounds{}, root, 0, each)
	}
	p, err := parse(value[bucketHead:], nil)
	if err != nil || p.kind != leafPage {
		return fmt.Errorf("bucket %s: %w", name, cmp.Or(err, errors.New("its inline page is not a leaf")))
	}
	return c.leaf(bounds{}, p, each)
}

// A newerError reports a file that only a newer rasid can read.
type newerError struct{ has, reads uint64 }

func (e *newerError) Error() string {
	return fmt.Sprintf("its layout has version %d, and this rasid reads up to %d: run the newer rasid that wrote it, "+
		"or go back to the file as it was before (the copy beside it that ends in .v%d)", e.has, e.reads, e.reads)
}

// record checks one record and adds it to its bucket's sum.
func (c *checker) record(bucket string, key, raw []byte) error {
	value, err := opened(c.crcTable, bucket, key, raw)
	if err != nil {
		return err
	}
	s := c.found[bucket]
	c.found[bucket] = sum{s.count + 1, s.crcs + uint64(binary.BigEndian.Uint32(raw))}
	switch {
	case bucket == bucketSums:
		c.stored[string(key)] = readSum(value)
	case bucket == bucketMeta && string(key) == keySchema && len(value) == 8:
		if c.version = binary.BigEndian.Uint64(value); c.version > c.newest {
			return &newerError{c.version, c.newest}
		}
	}
	return nil
}

// A level is where one page of each depth is read: there is no more than one at
// a time.
type level struct {
	raw   []byte
	elems []elem
}

// room returns n bytes for a page; they are not zero.
func (l *level) room(n int64) []byte {
	if n > int64(cap(l.raw)) {
		l.raw = make([]byte, n)
	}
	return l.raw[:n]
}

// read returns a whole page with its overflow, and takes note of it. It is good
// until the next page of its depth is read.
func (c *checker) read(id uint64, depth int) (page, error) {
	if id < 2 || id >= c.high {
		return page{}, fmt.Errorf("page %d lies outside", id)
	}
	l := &c.levels[depth]
	head := l.room(c.page)[:pageHead]
	if _, err := c.f.ReadAt(head, int64(id)*c.page); err != nil {
		return page{}, fmt.Errorf("read page %d: %w", id, err)
	}
	n := uint64(binary.NativeEndian.Uint32(head[12:])) + 1
	if binary.NativeEndian.Uint64(head) != id || n > c.high-id {
		return page{}, fmt.Errorf("page %d has a wrong head", id)
	}
	for i := id; i < id+n; i++ {
		if c.seen[i] {
			return page{}, fmt.Errorf("page %d is used twice", i)
		}
		c.seen[i] = true
	}
	b := l.room(int64(n) * c.page)
	if _, err := c.f.ReadAt(b, int64(id)*c.page); err != nil {
		return page{}, fmt.Errorf("read page %d: %w", id, err)
	}
	p, err := parse(b, l.elems[:0])
	l.elems = p.elems
	if err != nil {
		return p, fmt.Errorf("page %d: %w", id, err)
	}
	if want := (int64(p.used) + c.page - 1) / c.page; want != int64(n) {
		return p, fmt.Errorf("page %d takes %d pages where its records need %d", id, n, want)
	}
	return p, nil
}
