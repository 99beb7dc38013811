package rules

import (
	"math/bits"
	"rasid/text"
	"unicode/utf8"
)

// A vocabulary finds the groups of a word. It is one version of many.
type vocabulary struct {
	stamp         *stamp // tells versions with other groups apart
	groups        vector[*group]
	heads         vector[uint32] // of chains, by hash; 0: none
	chains        vector[chain]
	starts, slips uint64 // the lengths of words with * and ~, in letters: bits, which stay set
}

// A stamp is known by its address, and so has a size.
type stamp struct{ _ byte }

// A chain lists the groups that are filed under hashes of the same head.
type chain struct {
	tag   uint32 // of the hash
	group uint32
	next  uint32 // 0: the last
}

// noGroup is the group of index 0, which is no word's.
const noGroup = 0

// tagOf returns the bits of a hash that a chain keeps.
func tagOf(hash uint64) uint32 { return uint32(hash) } //nolint:gosec // half of it

// headOf returns which of n heads a tag belongs to. The table grows by one head
// at a time (linear hashing): the heads that have been split on the way to the
// next power of two count with one bit more.
func headOf(tag uint32, n int) uint32 {
	whole := uint32(1) << (bits.Len(uint(n)) - 1) //nolint:gosec,mnd // the power of two that n has reached
	if i := tag & (2*whole - 1); i < uint32(n) {  //nolint:gosec // so many would not fit
		return i
	}
	return tag & (whole - 1)
}

// first returns the first chain of a tag, 0 if there is none.
func (v *vocabulary) first(tag uint32) uint32 {
	return *v.heads.at(headOf(tag, v.heads.n))
}

// maxLengthBit is the last length that has a bit of its own.
const maxLengthBit = 63

func lengthBit(n int) uint64 { return 1 << min(max(n, 0), maxLengthBit) }

// note remembers how long a word with * or ~ is.
func (v *vocabulary) note(g *group) {
	switch g.kind {
	case partTerms:
	case partSlip:
		v.slips |= lengthBit(utf8.RuneCountInString(g.key))
	default:
		v.starts |= lengthBit(utf8.RuneCountInString(text.Fold(g.key)))
	}
}
