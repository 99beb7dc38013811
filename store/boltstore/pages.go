package boltstore

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// A page is one page of the file taken apart.
type page struct {
	kind  uint16
	elems []elem
	used  int // bytes its contents need
}

// An elem is one entry of a page.
type elem struct {
	flags      uint32 // of a leaf
	child      uint64 // of a branch
	key, value []byte
}

// bounds are the keys between which a page's keys lie: low <= key < high. A
// nil bound is none.
type bounds struct{ low, high []byte }

// parse takes a page apart and trusts nothing in it. Its entries are appended
// to elems.
func parse(b []byte, elems []elem) (page, error) {
	if len(b) < pageHead {
		return page{}, errors.New("it is too short")
	}
	p := page{kind: binary.NativeEndian.Uint16(b[8:]), elems: elems, used: pageHead}
	if p.kind != branchPage && p.kind != leafPage {
		return p, fmt.Errorf("it is of an unknown kind %d", p.kind)
	}
	n := int(binary.NativeEndian.Uint16(b[10:]))
	if pageHead+n*elemSize > len(b) {
		return p, errors.New("it counts more records than fit")
	}
	p.used += n * elemSize
	for i := range n {
		e, err := p.elem(b, pageHead+i*elemSize)
		if err != nil {
			return p, err
		}
		p.used += len(e.key) + len(e.value)
		p.elems = append(p.elems, e)
	}
	return p, nil
}

// elem reads the entry that begins at byte at.
func (p page) elem(b []byte, at int) (elem, error) {
	u := func(i int) int { return int(binary.NativeEndian.Uint32(b[at+4*i:])) }
	var e elem
	var pos, ksize, vsize int
	if p.kind == branchPage {
		pos, ksize = u(0), u(1)
		e.child = binary.NativeEndian.Uint64(b[at+8:])
	} else {
		e.flags, pos, ksize, vsize = uint32(u(0)), u(1), u(2), u(3)
	}
	start := at + pos
	if start > len(b) || ksize > len(b)-start || vsize > len(b)-start-ksize {
		return e, errors.New("a record reaches beyond it")
	}
	e.key, e.value = b[start:start+ksize], b[start+ksize:start+ksize+vsize]
	return e, nil
}

type eachRecord func(flags uint32, key, value []byte) error

// walk reads a tree of pages in order.
func (c *checker) walk(in bounds, id uint64, depth int, each eachRecord) error {
	if depth > maxDepth {
		return fmt.Errorf("page %d lies too deep", id)
	}
	p, err := c.read(id, depth)
	if err != nil {
		return err
	}
	if p.kind == leafPage {
		if len(p.elems) == 0 && depth > 0 {
			return fmt.Errorf("page %d is empty", id)
		}
		return c.leaf(in, p, each)
	}
	if len(p.elems) == 0 {
		return fmt.Errorf("page %d is empty", id)
	}
	if err := in.ordered(p); err != nil {
		return err
	}
	for i, e := range p.elems {
		child := bounds{low: e.key, high: in.high}
		if i+1 < len(p.elems) {
			child.high = p.elems[i+1].key
		}
		if err := c.walk(child, e.child, depth+1, each); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) leaf(in bounds, p page, each eachRecord) error {
	if err := in.ordered(p); err != nil {
		return err
	}
	for _, e := range p.elems {
		if err := each(e.flags, e.key, e.value); err != nil {
			return err
		}
	}
	return nil
}

// ordered reports keys that do not ascend within the bounds: bbolt would not
// find them, or find others.
func (in bounds) ordered(p page) error {
	for i, e := range p.elems {
		switch {
		case i == 0 && in.low != nil && bytes.Compare(e.key, in.low) < 0,
			i > 0 && bytes.Compare(e.key, p.elems[i-1].key) <= 0,
			in.high != nil && bytes.Compare(e.key, in.high) >= 0:
			return fmt.Errorf("key %x is out of order", e.key)
		}
	}
	return nil
}
