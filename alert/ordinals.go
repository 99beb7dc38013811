package alert

import (
	"math/bits"
	"slices"
)

// ordinals is a set of a shard's ordinals that is light whether few or very
// many are in it: a sorted list, four bytes each, or where that is smaller a
// bit for each ordinal up to the largest. The zero value is empty.
type ordinals struct {
	few  []uint32
	bits []uint64 // nil: few are listed
	n    int
}

// ordinalsOf returns the set of a list.
func ordinalsOf(list []uint32) ordinals {
	largest := uint32(0)
	for _, o := range list {
		largest = max(largest, o)
	}
	if len(list) < int(largest)/32 {
		few := slices.Clone(list)
		slices.Sort(few)
		return ordinals{few: few, n: len(few)}
	}
	s := ordinals{bits: make([]uint64, largest/64+1)}
	for _, o := range list {
		s.add(o)
	}
	return s
}

func (s *ordinals) has(o uint32) bool {
	if s.bits != nil {
		return int(o/64) < len(s.bits) && s.bits[o/64]&(1<<(o%64)) != 0
	}
	_, has := slices.BinarySearch(s.few, o)
	return has
}

// add puts o in, once.
func (s *ordinals) add(o uint32) {
	if s.has(o) {
		return
	}
	s.n++
	if s.bits == nil {
		i, _ := slices.BinarySearch(s.few, o)
		s.few = slices.Insert(s.few, i, o)
		return
	}
	if more := int(o/64) + 1 - len(s.bits); more > 0 {
		s.bits = append(s.bits, make([]uint64, more)...)
	}
	s.bits[o/64] |= 1 << (o % 64)
}

// remove takes o out and reports whether it was in.
func (s *ordinals) remove(o uint32) bool {
	if s.bits != nil {
		if !s.has(o) {
			return false
		}
		s.bits[o/64] &^= 1 << (o % 64)
		s.n--
		return true
	}
	i, has := slices.BinarySearch(s.few, o)
	switch {
	case !has:
		return false
	case i == 0: // as mostly: they go in order
		s.few = s.few[1:]
	default:
		s.few = slices.Delete(s.few, i, i+1)
	}
	s.n--
	return true
}

// from returns the smallest ordinal in the set that is not below least.
func (s *ordinals) from(least uint32) (uint32, bool) {
	if s.bits == nil {
		i, _ := slices.BinarySearch(s.few, least)
		if i == len(s.few) {
			return 0, false
		}
		return s.few[i], true
	}
	word, mask := int(least/64), ^uint64(0)<<(least%64)
	for ; word < len(s.bits); word++ {
		if b := s.bits[word] & mask; b != 0 {
			return uint32(word*64 + bits.TrailingZeros64(b)), true //nolint:gosec // it was an ordinal
		}
		mask = ^uint64(0)
	}
	return 0, false
}
