package rules

import "slices"

// A vector is a list of which many versions can be held at a time: they share
// the leaves in which they are equal. It is changed by one draft after the
// other, each with an owner's number of its own; what another owner made is
// copied before it is changed, so whoever reads an older version is not
// disturbed.
type vector[T any] struct {
	leaves []leaf[T]
	n      int
	owner  uint64 // who made leaves
}

// leafBits decides between the cost of copying a leaf, and of copying the list
// of them.
const (
	leafBits = 8
	leafSize = 1 << leafBits
)

// A leaf holds so many items, in a piece of memory that has no room for more.
type leaf[T any] struct {
	items *[leafSize]T
	owner uint64
}

// at returns an item to read.
func (v *vector[T]) at(i uint32) *T { return &v.leaves[i>>leafBits].items[i%leafSize] }

// edit returns an item to write.
func (v *vector[T]) edit(i uint32, owner uint64) *T {
	if v.leaves[i>>leafBits].owner != owner {
		v.own(owner)
		items := *v.leaves[i>>leafBits].items
		v.leaves[i>>leafBits] = leaf[T]{items: &items, owner: owner}
	}
	return &v.leaves[i>>leafBits].items[i%leafSize]
}

// push appends an item and returns its index.
func (v *vector[T]) push(x T, owner uint64) uint32 {
	i := uint32(v.n) //nolint:gosec // four billion have no room
	if v.n == len(v.leaves)*leafSize {
		v.own(owner)
		v.leaves = append(v.leaves, leaf[T]{items: new([leafSize]T), owner: owner})
	}
	v.n++
	*v.edit(i, owner) = x
	return i
}

func (v *vector[T]) own(owner uint64) {
	if v.owner != owner {
		v.leaves, v.owner = slices.Clone(v.leaves), owner
	}
}
