package storetest

import (
	"context"
	"errors"
	"rasid/store"
	"testing"
)

// UnreadableDestination fails the test unless Changes gives all destinations but the one whose
// record spoil damages, tells of that one, and goes on after it.
func UnreadableDestination(t *testing.T, s store.Store, spoil func(store.Place)) {
	t.Helper()
	b := &bench{T: t, Store: s, ctx: context.Background()}
	const n = 40 // chats
	var all [n]store.Destination
	for i := range all {
		all[i] = b.join(store.Dest{Chat: int64(i + 1)})
	}
	bad, other := all[6].Place, all[7].Dest
	known, fresh := new(store.Cursor), new(store.Cursor)
	b.must(b.Changes(b.ctx, known, func(store.Destination) error { return nil }))
	b.join(all[6].Dest, store.Edit{Op: store.Pause})
	b.join(other, store.Edit{Op: store.Pause})
	spoil(bad)
	for _, r := range []struct {
		name string
		cur  *store.Cursor
		want int
	}{{"a reader of what is new", known, 1}, {"a reader of all", fresh, n - 1}} {
		told := 0
		give := func(d store.Destination) error {
			if told++; d.Place == bad {
				t.Errorf("%s is told of what is damaged: %+v", r.name, d)
			}
			return nil
		}
		var x *store.UnreadableDestError
		err := b.Changes(b.ctx, r.cur, give)
		if !errors.As(err, &x) || len(x.Places) != 1 || x.Places[0] != bad || told != r.want {
			t.Errorf("%s is told of %d destinations, %v; want %d, and %v unreadable", r.name, told, err, r.want, bad)
		}
		told = 0
		if err := b.Changes(b.ctx, r.cur, give); err != nil || told != 0 {
			t.Errorf("%s is told of %d again, %v; want nothing new", r.name, told, err)
		}
	}
	b.cutShort(bad, n-1)
}

var errEnough = errors.New("enough")

// cutShort checks that a reader whose reading ends at any destination is told of
// the damaged one all the same, then or when it goes on.
func (b *bench) cutShort(bad store.Place, all int) {
	b.Helper()
	for most := range all {
		cur, told, named := new(store.Cursor), 0, false
		hear := func(err error) {
			var x *store.UnreadableDestError
			named = named || errors.As(err, &x) && len(x.Places) == 1 && x.Places[0] == bad
		}
		err := b.Changes(b.ctx, cur, func(store.Destination) error {
			if told++; told > most {
				return errEnough
			}
			return nil
		})
		b.want("Changes that its reader ended", err, errEnough)
		hear(err)
		hear(b.Changes(b.ctx, cur, func(store.Destination) error { return nil }))
		if !named {
			b.Errorf("a reader that ended at destination %d, and went on, did not hear what is damaged", most+1)
		}
	}
}
