package storetest

import (
	"errors"
	"rasid/store"
	"rasid/store/record"
	"testing"
)

// Unreadable checks what Log promises of items that cannot be read, on an empty
// store. spoil replaces the record of an item by other bytes. One that claims to be
// of a newer rasid is claimed: damaged where none has been.
func Unreadable(t *testing.T, s store.Store, claimed error, spoil func(seq uint64, as []byte)) {
	b := &bench{T: t, Store: s, ctx: t.Context()}
	b.accept(1, article("a", "one"), article("b", "two"), article("c", "three"), article("d", "four"), article("e", "five"))
	spoil(2, []byte("\x01 cut short and overwritten"))
	spoil(4, []byte("\xff, of a version that is not made yet"))
	damaged, newer := store.Unreadable{Seq: 2, Err: record.ErrDamaged}, store.Unreadable{Seq: 4, Err: claimed}
	for _, tt := range []struct {
		name   string
		after  uint64
		limit  int
		items  []uint64
		unread []store.Unreadable
	}{
		{"what cannot be read hides no other", 0, 10, []uint64{1, 3, 5}, []store.Unreadable{damaged, newer}},
		{"what cannot be read counts", 0, 4, []uint64{1, 3}, []store.Unreadable{damaged, newer}},
		{"one that cannot be read may be all there is to read", 1, 1, nil, []store.Unreadable{damaged}},
		{"what is behind it is read without an error", 2, 1, []uint64{3}, nil},
		{"before the end, too", 4, 10, []uint64{5}, nil},
	} {
		items, err := b.Log(b.ctx, tt.after, tt.limit)
		var got []uint64
		for _, it := range items {
			got = append(got, it.Seq)
		}
		b.same(tt.name+": items", got, tt.items)
		b.unread(tt.name, err, tt.unread)
	}
	_, err := b.Item(b.ctx, 2)
	b.want("Item of a damaged one", err, record.ErrDamaged)
	_, err = b.ItemByID(b.ctx, "d")
	b.want("ItemByID of a newer one", err, claimed)
	b.passed(spoil)
}

// passed checks that a cursor passes what cannot be read, and Trim lets go of it.
func (b *bench) passed(spoil func(seq uint64, as []byte)) {
	b.must(b.Advance(b.ctx, store.Reach{To: 4}, 0))
	n, err := b.Trim(b.ctx, at(50), at(60), 10)
	b.must(err)
	left, err := b.Log(b.ctx, 0, 10)
	b.must(err)
	if n != 4 || len(left) != 1 || left[0].Seq != 5 {
		b.Errorf("Trim = %d and left %d; want 4, and the fifth", n, len(left))
	}
	spoil(5, nil)
	_, err = b.Log(b.ctx, 0, 10)
	b.unread("an empty record", err, []store.Unreadable{{Seq: 5, Err: record.ErrDamaged}})
}

// unread fails the test unless err names these items.
func (b *bench) unread(what string, err error, want []store.Unreadable) {
	b.Helper()
	u, is := errors.AsType[*store.UnreadableError](err)
	if !is {
		u = &store.UnreadableError{}
		b.must(err)
	}
	if len(u.Items) != len(want) {
		b.Errorf("%s: %v cannot be read; want %v", what, u.Items, want)
		return
	}
	for i, x := range u.Items {
		if x.Seq != want[i].Seq || !errors.Is(x.Err, want[i].Err) || !errors.Is(err, want[i].Err) {
			b.Errorf("%s: item %d cannot be read, %v; want item %d, %v", what, x.Seq, x.Err, want[i].Seq, want[i].Err)
		}
	}
}
