// Package hashtable finds numbers by hashes, in as few reads of memory as can
// be: of a table with a million entries each read costs as much as a hundred
// instructions.
package hashtable

import "sync/atomic"

// A Table knows a number by the upper half of a hash, its tag. One goroutine at a
// time changes it. Any may ask it meanwhile, and may then miss what is put,
// or was there and lies beside what is deleted. The zero value is empty.
type Table struct {
	slots atomic.Pointer[[]slot] // as many as a power of two; nil: none
	used  int
}

// A slot is a tag in its upper half and a number plus one in the lower; zero: it
// is free. An entry lies in the first slot from that of its tag on that was free.
type slot = atomic.Uint64

// leastSlots is how many slots a table begins with: a line of memory.
const leastSlots = 8

func tagOf(hash uint64) uint32 { return uint32(hash >> 32) }

func pack(tag, n uint32) uint64 { return uint64(tag)<<32 | uint64(n+1) }

func unpack(x uint64) (tag, n uint32) { return uint32(x >> 32), uint32(x) - 1 } //nolint:gosec // halves

// Get returns the number of a hash, or of another with the same tag.
func (t *Table) Get(hash uint64) (n uint32, ok bool) {
	all := t.slots.Load()
	if all == nil {
		return 0, false
	}
	_, x := seek(*all, tagOf(hash))
	_, n = unpack(x)
	return n, x != 0
}

// seek returns the slot of a tag and what is in it, or the free one where it
// would go.
func seek(slots []slot, tag uint32) (at int, x uint64) {
	mask := len(slots) - 1
	for at = int(tag) & mask; ; at = (at + 1) & mask {
		x = slots[at].Load()
		if has, _ := unpack(x); x == 0 || has == tag {
			return at, x
		}
	}
}

// Ahead has the memory read where the number of a hash would be, and does not wait
// for it. For who calls it for some hundred hashes, and then Get, the processor
// reads several at a time.
func (t *Table) Ahead(hash uint64) {
	if all := t.slots.Load(); all != nil {
		(*all)[int(tagOf(hash))&(len(*all)-1)].Load() // atomic, so the compiler does not leave it out
	}
}

// Put enters a number below 1<<32 - 1, and reports whether it could: it could
// not if there is one of the same tag.
func (t *Table) Put(hash uint64, n uint32) bool {
	all := t.grown()
	at, x := seek(all, tagOf(hash))
	if x != 0 {
		return false
	}
	all[at].Store(pack(tagOf(hash), n))
	t.used++
	return true
}

// grown returns the slots, of which a quarter at least is free.
func (t *Table) grown() []slot {
	all := t.slots.Load()
	if all != nil && 4*(t.used+1) <= 3*len(*all) {
		return *all
	}
	more := make([]slot, leastSlots)
	if all != nil {
		more = make([]slot, 2*len(*all))
		for i := range *all {
			if x := (*all)[i].Load(); x != 0 {
				tag, _ := unpack(x)
				at, _ := seek(more, tag)
				more[at].Store(x)
			}
		}
	}
	t.slots.Store(&more)
	return more
}

// Delete takes the entry of a hash out that has the number n, if there is one,
// and reports whether there was. The table does not shrink.
func (t *Table) Delete(hash uint64, n uint32) bool {
	all := t.slots.Load()
	if all == nil {
		return false
	}
	slots := *all
	hole, x := seek(slots, tagOf(hash))
	if x != pack(tagOf(hash), n) {
		return false
	}
	t.used--
	// What lies behind is moved into the hole, if it would be looked for there:
	// if its own first slot is not between the hole and itself.
	mask := len(slots) - 1
	for i := (hole + 1) & mask; ; i = (i + 1) & mask {
		x := slots[i].Load()
		if x == 0 {
			break
		}
		if tag, _ := unpack(x); (i-int(tag))&mask >= (i-hole)&mask {
			slots[hole].Store(x)
			hole = i
		}
	}
	slots[hole].Store(0)
	return true
}

// Len is how many entries there are.
func (t *Table) Len() int { return t.used }
