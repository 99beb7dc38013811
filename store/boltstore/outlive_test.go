package boltstore_test

import (
	"encoding/binary"
	"path/filepath"
	"rasid/store"
	"rasid/store/boltstore"
	"rasid/store/transfer"
	"testing"
)

// TestInboxesAreTrimmedInSteps: whoever wants to write waits for the commit under
// way, so each is about some hundred items, and a call about ten thousand.
func TestInboxesAreTrimmedInSteps(t *testing.T) {
	s, err := boltstore.OpenTarget(filepath.Join(t.TempDir(), "rasid.db"), "x", boltstore.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const each = 8000
	box := make([]byte, 12+17)
	box[12+7] = 1
	for _, shard := range []transfer.Part{3, 200} {
		all := make([]transfer.Record, each)
		for o := range all {
			all[o] = transfer.Record{Kind: transfer.Inbox, Key: binary.BigEndian.AppendUint32(nil, uint32(o+1)), Value: box}
		}
		if err := s.Import(t.Context(), shard, all); err != nil {
			t.Fatal(err)
		}
	}
	emptied := func() (n int) {
		for _, shard := range []store.Shard{3, 200} {
			for o := range uint32(each) {
				x, err := s.Inbox(t.Context(), store.Place{Shard: shard, Ordinal: o + 1})
				if err != nil {
					t.Fatal(err)
				}
				n += x.Dropped
			}
		}
		return n
	}
	begun := boltstore.Commits(t, s)
	for i, want := range []struct {
		done        bool
		least, most int
	}{{false, 10_000, 11_000}, {true, 2 * each, 2 * each}} {
		done, err := s.Outlive(t.Context(), at(1))
		if n := emptied(); err != nil || done != want.done || n < want.least || n > want.most {
			t.Errorf("call %d: Outlive = %v, %v, and %d inboxes are emptied; want %+v", i+1, done, err, n, want)
		}
	}
	if n := boltstore.Commits(t, s) - begun; n < 2*each/500 {
		t.Errorf("%d commits dropped %d items; want 500 each at most", n, 2*each)
	}
}

// TestAStoppedBroadcastLeavesInboxesInSteps, and is counted once for each.
func TestAStoppedBroadcastLeavesInboxesInSteps(t *testing.T) {
	s, err := boltstore.Open(filepath.Join(t.TempDir(), "rasid.db"), boltstore.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const all = 2500
	d := store.Dispatch{Shard: 3, Item: 1}
	for o := range uint32(all) {
		d.Owed[store.Broadcast] = append(d.Owed[store.Broadcast], o+1)
	}
	if _, err := s.Dispatch(t.Context(), d, 0); err != nil {
		t.Fatal(err)
	}
	for o := range uint32(all - 1) { // the last one is only owed it
		x := store.Shelving{Place: store.Place{Shard: 3, Ordinal: o + 1}, Items: []uint64{1}, At: at(2)}
		if _, err := s.Shelve(t.Context(), x, 0); err != nil {
			t.Fatal(err)
		}
	}
	begun := boltstore.Commits(t, s)
	if err := s.Cancel(t.Context(), 3, 1); err != nil {
		t.Fatal(err)
	}
	if n := boltstore.Commits(t, s) - begun; n < all/500 {
		t.Errorf("%d inboxes were emptied in %d commits; want 500 in each at most", all, n)
	}
	sum, err := s.Tally(t.Context(), 1)
	if want := (store.Tally{Dropped: all}); err != nil || sum != want {
		t.Errorf("Tally = %+v, %v; want %+v", sum, err, want)
	}
	boxes, err := s.Inboxes(t.Context(), 3)
	if err != nil || len(boxes) > 0 {
		t.Errorf("%d inboxes are left, %v; want none", len(boxes), err)
	}
}
