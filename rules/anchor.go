package rules

import (
	"cmp"
	"rasid/text"
	"slices"
	"unicode/utf8"
)

// anchors returns the hashes of terms of which every article has one that c is
// true of. They are those of the rarest word c needs, as far as its length
// tells; alternatives give those of each.
func (c *clause) anchors() []uint64 {
	hashes, _ := c.anchor()
	slices.Sort(hashes)
	return slices.Compact(hashes)
}

// anchor returns anchors and how rare they are thought to be; -1 when c is
// true of articles without words, and none will do.
func (c *clause) anchor() (hashes []uint64, weight int) {
	switch c.op {
	case opAnd, opNear:
		if c.negated {
			return nil, -1
		}
		weight = -1
		for _, k := range c.kids {
			if h, w := k.anchor(); w > weight {
				hashes, weight = h, w
			}
		}
		return hashes, weight
	case opOr:
		return anyAnchor(c.kids)
	case opSome:
		return c.someAnchor()
	}
	if c.negated {
		return nil, -1
	}
	p := &c.leaf.parts[c.leaf.pivot]
	switch p.kind {
	case partStart:
		return []uint64{startHash(p.like)}, p.weight
	case partWritten:
		return []uint64{startHash(text.Fold(p.like))}, p.weight
	case partSlip:
		return slipHashes(nil, p.like), p.weight
	}
	for i := range p.terms {
		hashes = append(hashes, p.terms[i].hash)
	}
	return hashes, p.weight
}

// anyAnchor files under all of several, for any may be the one that is true.
func anyAnchor(kids []*clause) (hashes []uint64, weight int) {
	weight = 1 << 10
	for _, k := range kids {
		h, w := k.anchor()
		hashes = append(hashes, h...)
		weight = min(weight, w)
	}
	return hashes, weight
}

// someAnchor leaves out those of the kids that others need not wait for: of
// three kids of which two are true, one is among any two.
func (c *clause) someAnchor() (hashes []uint64, weight int) {
	kids := slices.Clone(c.kids)
	slices.SortStableFunc(kids, func(a, b *clause) int {
		_, x := a.anchor()
		_, y := b.anchor()
		return cmp.Compare(y, x)
	})
	return anyAnchor(kids[:len(kids)-c.need+1])
}

// Words that are found by their beginnings or with a slip are filed under
// hashes of another kind than terms.
const (
	startSeed = 0x9AE16A3B2F90404F
	slipSeed  = 0xC3A5C85C97CB3127
)

func startHash(like string) uint64 { return mixed(fnv(startSeed, like)) }

// slipHashes appends the hashes of s and of s without each one of its letters.
// Two words that are one slip apart have one in common.
func slipHashes(dst []uint64, s string) []uint64 {
	dst = append(dst, mixed(fnv(slipSeed, s)))
	for i, r := range s {
		dst = append(dst, mixed(fnv(fnv(slipSeed, s[:i]), s[i+utf8.RuneLen(r):])))
	}
	return dst
}

func fnv(h uint64, s string) uint64 {
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

// mixed makes the low bits of a hash good.
func mixed(h uint64) uint64 {
	h ^= h >> 29
	h *= 0x9E3779B97F4A7C15
	return h ^ h>>32
}
