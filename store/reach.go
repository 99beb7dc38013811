package store

import "slices"

// A Reach is how far intake is in the log: all items up to To were dispatched whole,
// or passed over, but for those that cannot be read for now.
type Reach struct {
	To     uint64   // the number of an item
	Unread []uint64 // numbers up to To, ascending
}

// Cursor is the number up to which nothing is left to be done.
func (r Reach) Cursor() uint64 {
	if len(r.Unread) == 0 {
		return r.To
	}
	return r.Unread[0] - 1
}

// Has reports whether nothing is left to be done with an item.
func (r Reach) Has(seq uint64) bool {
	if seq > r.To {
		return false
	}
	_, unread := slices.BinarySearch(r.Unread, seq)
	return !unread
}

// Equal reports whether r and x are the same.
func (r Reach) Equal(x Reach) bool { return r.To == x.To && slices.Equal(r.Unread, x.Unread) }
