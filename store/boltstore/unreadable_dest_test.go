package boltstore_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"rasid/news"
	"rasid/store"
	"rasid/store/boltstore"
	"rasid/store/storetest"
	"slices"
	"testing"
)

func TestADamagedDestinationHidesNoOther(t *testing.T) {
	for name, spoil := range map[string]func(*testing.T, *boltstore.Store, []byte){
		"a record that means nothing": func(t *testing.T, s *boltstore.Store, key []byte) { boltstore.Put(t, s, "dests", key, []byte("?")) },
		"one that claims to be of a newer rasid": func(t *testing.T, s *boltstore.Store, key []byte) {
			boltstore.Put(t, s, "dests", key, []byte("12345678\x02?"))
		},
		"a wrong checksum": func(t *testing.T, s *boltstore.Store, key []byte) { boltstore.Flip(t, s, "dests", key) },
	} {
		t.Run(name, func(t *testing.T) {
			s, err := boltstore.Open(filepath.Join(t.TempDir(), "rasid.db"), boltstore.Options{NoSync: true})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			storetest.UnreadableDestination(t, s, func(p store.Place) { spoil(t, s, be(p.Shard, p.Ordinal)) })
		})
	}
}

// TestADamagedTombstoneHidesNoArticle: a chat of the shard left, and the record that it
// did is damaged.
func TestADamagedTombstoneHidesNoArticle(t *testing.T) {
	s := opened(t)
	chats := []int64{1}
	for c := int64(2); len(chats) < 3; c++ {
		if store.HomeShard(c) == store.HomeShard(1) {
			chats = append(chats, c)
		}
	}
	var places []store.Place
	for _, c := range chats {
		r, err := s.Change(t.Context(), store.Change{Dest: store.Dest{Chat: c}, Now: at(0), Edits: []store.Edit{{Op: store.Pause}}})
		if err != nil {
			t.Fatal(err)
		}
		places = append(places, r.After.Place)
	}
	for _, c := range chats[1:] {
		if err := s.Forget(t.Context(), c, at(0)); err != nil {
			t.Fatal(err)
		}
	}
	boltstore.Flip(t, s, "gone", be(places[1].Shard, places[1].Ordinal))
	accepted, err := s.Accept(t.Context(), []store.Item{{Article: news.Article{ID: "a"}}}, at(0))
	if err != nil {
		t.Fatal(err)
	}
	d := store.Dispatch{Shard: places[0].Shard, Item: accepted[0].Seq}
	for _, p := range places {
		d.Owed[store.Normal] = append(d.Owed[store.Normal], p.Ordinal)
	}
	if added, err := s.Dispatch(t.Context(), d, 0); err != nil || !added {
		t.Fatalf("Dispatch = %v, %v, want it added", added, err)
	}
	jobs, err := s.Owed(t.Context(), d.Shard, 0)
	if err != nil || len(jobs) != 1 || !slices.Equal(jobs[0].Owed, d.Owed[store.Normal][:2]) {
		t.Errorf("Owed = %+v, %v, want none for whom it is known that they left", jobs, err)
	}
	for i, want := range []error{nil, store.ErrSettled} {
		m := store.Mark{Place: places[i], Token: fmt.Sprint(i), Items: []uint64{d.Item}, At: at(1)}
		if err := s.Begin(t.Context(), m); !errors.Is(err, want) {
			t.Errorf("Begin at place %d: %v, want %v", i, err, want)
		}
	}
	if err := s.Withdraw(t.Context(), places[1], []uint64{d.Item}, 0); err != nil {
		t.Error(err)
	}
	if got, err := s.Tally(t.Context(), d.Item); err != nil || got != (store.Tally{Owed: 1, Dropped: 1}) {
		t.Errorf("Tally = %+v, %v, want one left", got, err)
	}
}
