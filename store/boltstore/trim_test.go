package boltstore_test

import (
	"fmt"
	"path/filepath"
	"rasid/news"
	"rasid/store"
	"rasid/store/boltstore"
	"testing"
)

// TestArticlesAreTrimmedInSteps: each may have a record in all shards, and whoever
// wants to write waits for the commit under way.
func TestArticlesAreTrimmedInSteps(t *testing.T) {
	s, err := boltstore.Open(filepath.Join(t.TempDir(), "rasid.db"), boltstore.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const all, limit, owed = 240, 220, 100
	items := make([]store.Item, all)
	for i := range items {
		items[i] = store.Item{Article: news.Article{ID: fmt.Sprint(i)}}
	}
	if _, err := s.Accept(t.Context(), items, at(1)); err != nil {
		t.Fatal(err)
	}
	d := store.Dispatch{Shard: 3, Item: owed}
	d.Owed[store.Normal] = []uint32{1}
	if _, err := s.Dispatch(t.Context(), d, 0); err != nil {
		t.Fatal(err)
	}
	if err := s.Advance(t.Context(), store.Reach{To: all}, 0); err != nil {
		t.Fatal(err)
	}
	begun := boltstore.Commits(t, s)
	for _, want := range []int{limit, all - limit - 1, 0} {
		if n, err := s.Trim(t.Context(), at(5), at(6), limit); n != want || err != nil {
			t.Errorf("Trim = %d, %v; want %d", n, err, want)
		}
	}
	const others = 3 * 3 // for ids, updates and tombstones
	if n := boltstore.Commits(t, s) - begun - others; n < all/50 {
		t.Errorf("%d articles were trimmed in %d commits; want 50 in each at most", all, n)
	}
	log, err := s.Log(t.Context(), 0, all)
	if err != nil || len(log) != 1 || log[0].Seq != owed {
		t.Errorf("Log = %d articles, %v; want the one that is owed", len(log), err)
	}
}
