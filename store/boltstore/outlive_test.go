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
