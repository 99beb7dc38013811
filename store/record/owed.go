package record

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"sort"
)

// An owed set is 'L' and its ordinals, four bytes each, big-endian and
// ascending; or, where that is shorter, 'B', how many there are in four
// bytes, and a bitmap in which ordinal o is the bit 1<<(o%8) of byte o/8. The
// Lua scripts know both forms.
const (
	owedList   = 'L'
	owedBitmap = 'B'
	bitmapHead = 5
)

// Owed writes a set of ascending ordinals; nil for the empty set.
func Owed(ordinals []uint32) []byte {
	if len(ordinals) == 0 {
		return nil
	}
	size := bitmapHead + int(ordinals[len(ordinals)-1]/8) + 1
	if 1+4*len(ordinals) <= size {
		b := make([]byte, 1, 1+4*len(ordinals))
		b[0] = owedList
		for _, o := range ordinals {
			b = binary.BigEndian.AppendUint32(b, o)
		}
		return b
	}
	b := make([]byte, size)
	b[0] = owedBitmap
	binary.BigEndian.PutUint32(b[1:], uint32(len(ordinals)))
	for _, o := range ordinals {
		b[bitmapHead+o/8] |= 1 << (o % 8)
	}
	return b
}

// ReadOwed returns the ordinals of a set, ascending.
func ReadOwed(b []byte) ([]uint32, error) {
	if len(b) == 0 {
		return nil, nil
	}
	switch b[0] {
	case owedList:
		return readList(b[1:])
	case owedBitmap:
		return readBitmap(b)
	}
	return nil, ErrDamaged
}

func readList(b []byte) ([]uint32, error) {
	if len(b)%4 != 0 || len(b) == 0 {
		return nil, ErrDamaged
	}
	all := make([]uint32, 0, len(b)/4)
	for i := 0; i < len(b); i += 4 {
		o := binary.BigEndian.Uint32(b[i:])
		if n := len(all); n > 0 && o <= all[n-1] {
			return nil, ErrDamaged
		}
		all = append(all, o)
	}
	return all, nil
}

func readBitmap(b []byte) ([]uint32, error) {
	if len(b) < bitmapHead {
		return nil, ErrDamaged
	}
	n := binary.BigEndian.Uint32(b[1:])
	if uint64(n) > uint64(len(b)-bitmapHead)*8 || n == 0 {
		return nil, ErrDamaged
	}
	all := make([]uint32, 0, n)
	for i, x := range b[bitmapHead:] {
		for ; x != 0; x &= x - 1 {
			all = append(all, uint32(i*8+bits.TrailingZeros8(x)))
		}
	}
	if len(all) != int(n) {
		return nil, ErrDamaged
	}
	return all, nil
}

// HasOwed reports whether o is in a set.
func HasOwed(b []byte, o uint32) bool {
	if len(b) == 0 {
		return false
	}
	if b[0] == owedBitmap {
		i := bitmapHead + int(o/8)
		return i < len(b) && b[i]&(1<<(o%8)) != 0
	}
	_, has := searchList(b[1:], o)
	return has
}

// searchList returns the place of o in a list of four-byte ordinals.
func searchList(b []byte, o uint32) (int, bool) {
	n := len(b) / 4
	i := sort.Search(n, func(i int) bool { return binary.BigEndian.Uint32(b[4*i:]) >= o })
	return 4 * i, i < n && binary.BigEndian.Uint32(b[4*i:]) == o
}

// ClearOwed returns a set without o, nil when that leaves it empty, and
// whether o was in it. The given set is left alone.
func ClearOwed(b []byte, o uint32) ([]byte, bool) {
	if !HasOwed(b, o) {
		return b, false
	}
	out := slices.Clone(b)
	if b[0] == owedList {
		if len(b) == 5 {
			return nil, true
		}
		i, _ := searchList(b[1:], o)
		return slices.Delete(out, 1+i, 5+i), true
	}
	n := binary.BigEndian.Uint32(b[1:])
	if n == 1 {
		return nil, true
	}
	binary.BigEndian.PutUint32(out[1:], n-1)
	out[bitmapHead+o/8] &^= 1 << (o % 8)
	return out, true
}

// WithoutOwed returns a set without those of some ordinals, ascending, that are
// in it; nil when that leaves it empty.
func WithoutOwed(b []byte, some []uint32) ([]byte, error) {
	all, err := ReadOwed(b)
	if err != nil {
		return nil, err
	}
	return Owed(slices.DeleteFunc(all, func(o uint32) bool {
		_, is := slices.BinarySearch(some, o)
		return is
	})), nil
}

// AddOwed returns a set with o in it.
func AddOwed(b []byte, o uint32) ([]byte, error) {
	all, err := ReadOwed(b)
	if err != nil {
		return nil, err
	}
	i, has := slices.BinarySearch(all, o)
	if has {
		return b, nil
	}
	return Owed(slices.Insert(all, i, o)), nil
}
