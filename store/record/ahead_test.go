package record_test

import (
	"errors"
	"rasid/store"
	"rasid/store/record"
	"slices"
	"testing"
)

func TestWhatIsAheadOfTheCursorComesBack(t *testing.T) {
	reach := func(to uint64, unread ...uint64) store.Reach { return store.Reach{To: to, Unread: unread} }
	for _, tt := range []struct {
		name           string
		cursor, newest uint64
		ahead          []byte
		want           store.Reach
		err            error
	}{
		{"nothing is written where all can be read", 7, 9, record.Ahead(reach(7)), reach(7), nil},
		{"what cannot be read comes back", 2, 9, record.Ahead(reach(9, 3, 4, 9)), reach(9, 3, 4, 9), nil},
		{"an older rasid moved the cursor on, to among it", 5, 9, record.Ahead(reach(9, 3, 4, 9)), reach(9, 9), nil},
		{"an older rasid moved the cursor on, past it all", 12, 20, record.Ahead(reach(9, 3, 4, 9)), reach(12), nil},
		{"there are no articles so far", 2, 8, record.Ahead(reach(9, 3)), reach(2), record.ErrDamaged},
		{"one that cannot be read is beyond the end", 2, 9, []byte{1, 4, 5}, reach(2), record.ErrDamaged},
		{"two that cannot be read are one", 2, 9, []byte{1, 4, 3, 0}, reach(2), record.ErrDamaged},
		{"it is cut short", 2, 9, []byte{1, 4, 3, 0x80}, reach(2), record.ErrDamaged},
		{"nothing could not be read", 2, 9, []byte{1, 4}, reach(2), record.ErrDamaged},
		{"a newer rasid wrote it", 2, 9, []byte{2, 4, 3}, reach(2), record.ErrNewer},
	} {
		got, err := record.ReadReach(tt.cursor, tt.newest, tt.ahead)
		if !got.Equal(tt.want) || !errors.Is(err, tt.err) {
			t.Errorf("%s: ReadReach(%d, %d, %x) = %v, %v; want %v, %v", tt.name, tt.cursor, tt.newest, tt.ahead, got, err, tt.want, tt.err)
		}
	}
}

func TestAReachHasWhatNothingIsLeftToBeDoneWith(t *testing.T) {
	r := store.Reach{To: 6, Unread: []uint64{3, 6}}
	var has []uint64
	for seq := range uint64(9) {
		if r.Has(seq + 1) {
			has = append(has, seq+1)
		}
	}
	if want := []uint64{1, 2, 4, 5}; !slices.Equal(has, want) || r.Cursor() != 2 {
		t.Errorf("%v has %v, and its cursor is %d; want %v and 2", r, has, r.Cursor(), want)
	}
}

func FuzzReadReach(f *testing.F) {
	f.Add(uint64(2), uint64(9), record.Ahead(store.Reach{To: 9, Unread: []uint64{3, 4, 9}}))
	f.Add(uint64(0), uint64(5), []byte{1, 4, 3, 0})
	f.Fuzz(func(t *testing.T, cursor, newest uint64, b []byte) {
		r, err := record.ReadReach(cursor, newest, b)
		if r.To < cursor || r.To > max(cursor, newest) || r.Cursor() < cursor || !slices.IsSorted(r.Unread) || err != nil && r.To != cursor {
			t.Fatalf("ReadReach(%d, %d, %x) = %v, %v", cursor, newest, b, r, err)
		}
		for _, seq := range r.Unread {
			if seq <= cursor || seq > r.To || r.Has(seq) {
				t.Fatalf("ReadReach(%d, %d, %x) = %v, which should not name %d", cursor, newest, b, r, seq)
			}
		}
		again, err := record.ReadReach(cursor, newest, record.Ahead(r))
		if len(r.Unread) > 0 && (err != nil || !again.Equal(r)) {
			t.Fatalf("%v comes back as %v, %v", r, again, err)
		}
	})
}
