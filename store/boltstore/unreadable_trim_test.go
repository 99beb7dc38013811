package boltstore_test

import (
	"errors"
	"path/filepath"
	"rasid/news"
	"rasid/store"
	"rasid/store/boltstore"
	"rasid/store/record"
	"rasid/store/storetest"
	"testing"
	"time"
)

func opened(t *testing.T) *boltstore.Store {
	t.Helper()
	s, err := boltstore.Open(filepath.Join(t.TempDir(), "rasid.db"), boltstore.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestWhatCannotBeReadKeepsNothingFromBeingTrimmed(t *testing.T) {
	for name, put := range map[string]func(*testing.T, *boltstore.Store, string, []byte, []byte){
		"written so": boltstore.Put, "with a wrong checksum": boltstore.Tear,
	} {
		t.Run(name, func(t *testing.T) {
			s := opened(t)
			storetest.UnreadableJob(t, s, func(shard store.Shard, item uint64, as []byte) { put(t, s, "jobs", be(item, shard), as) })
		})
	}
}

// TestEachStepOfATrimIsDone has the first record of what a step goes through
// damaged.
func TestEachStepOfATrimIsDone(t *testing.T) {
	const chats = 3
	late := at(1).Add(store.IDKeep + time.Second)
	for _, torn := range []string{"at", "seen", "when", "gone"} {
		t.Run(torn, func(t *testing.T) {
			s := opened(t)
			for i := range int64(chats) {
				id := string('a' + rune(i))
				if _, err := s.Accept(t.Context(), []store.Item{{Article: news.Article{ID: id}}}, at(0)); err != nil {
					t.Fatal(err)
				}
				d := store.Dest{Chat: i + 1}
				if _, err := s.Change(t.Context(), store.Change{Dest: d, UpdateID: i + 1, Now: at(0), Edits: []store.Edit{{Op: store.Pause}}}); err != nil {
					t.Fatal(err)
				}
				if err := s.Forget(t.Context(), d.Chat, at(0)); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Advance(t.Context(), store.Reach{To: chats}, 0); err != nil {
				t.Fatal(err)
			}
			boltstore.FlipFirst(t, s, torn)
			_, err := s.Trim(t.Context(), late, late, 100)
			if !errors.Is(err, record.ErrDamaged) {
				t.Errorf("Trim = %v; want what is damaged told", err)
			}
			for _, bucket := range []string{"at", "seen", "when", "gone"} {
				want := 0
				if bucket == torn {
					want = 1
				}
				if n := boltstore.Count(t, s, bucket); n != want {
					t.Errorf("%d records of %s are left; want %d", n, bucket, want)
				}
			}
		})
	}
}

// TestADamagedInboxKeepsNoOtherFull, nor does an inbox whose items nobody can count
// any more.
func TestADamagedInboxKeepsNoOtherFull(t *testing.T) {
	const all = 10
	for name, damage := range map[string]struct {
		plant func(*testing.T, *boltstore.Store)
		stays int
	}{
		"a wrong checksum":            {func(t *testing.T, s *boltstore.Store) { boltstore.Flip(t, s, "inbox", be(store.Shard(3), uint32(2))) }, 1},
		"a record that means nothing": {func(t *testing.T, s *boltstore.Store) { spoilBox(t, s, be(store.Shard(3), uint32(2))) }, 1},
		"a damaged job":               {func(t *testing.T, s *boltstore.Store) { boltstore.Flip(t, s, "jobs", be(uint64(1), store.Shard(3))) }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := opened(t)
			x := store.Dispatch{Shard: 3, Item: 1}
			for o := range uint32(all) {
				x.Owed[store.Normal] = append(x.Owed[store.Normal], o+1)
			}
			if _, err := s.Dispatch(t.Context(), x, 0); err != nil {
				t.Fatal(err)
			}
			for o := range uint32(all) {
				box := store.Shelving{Place: store.Place{Shard: 3, Ordinal: o + 1}, Items: []uint64{1}, At: at(0)}
				if _, err := s.Shelve(t.Context(), box, 0); err != nil {
					t.Fatal(err)
				}
			}
			damage.plant(t, s)
			done, err := s.Outlive(t.Context(), at(1))
			if !done || !errors.Is(err, record.ErrDamaged) {
				t.Errorf("Outlive = %v, %v; want the end, and what is damaged told", done, err)
			}
			full := 0
			for o := range uint32(all) {
				if got, err := s.Inbox(t.Context(), store.Place{Shard: 3, Ordinal: o + 1}); err != nil || len(got.Items) > 0 {
					full++
				}
			}
			if full != damage.stays {
				t.Errorf("%d inboxes are full; want %d", full, damage.stays)
			}
		})
	}
}

// spoilBox makes an inbox's class one that there is not.
func spoilBox(t *testing.T, s *boltstore.Store, key []byte) {
	t.Helper()
	b := boltstore.Get(t, s, "inbox", key)
	b[12+8] = byte(store.Classes)
	boltstore.Put(t, s, "inbox", key, b)
}
