package redisstore_test

import (
	"context"
	"rasid/store"
	"rasid/store/redisstore"
	"rasid/store/storetest/redistest"
	"testing"

	"golang.org/x/sync/errgroup"
)

// TestSeveralCompleteOneMigration has two, and more, come upon a migration that was
// cut short, all at once. Each takes it out of the others' hands, and yet all are
// soon through.
func TestSeveralCompleteOneMigration(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	var stores [6]*redisstore.Store
	for i := range stores {
		stores[i] = openAt(t, server.URL, redisstore.Options{})
	}
	const begun = 8 // exchanges after which a migration is written down
	for round := range 60 {
		old, newer := int64(-1-2*round), int64(-2-2*round)
		for _, chat := range []int64{old, newer} {
			if _, err := stores[0].Change(t.Context(), store.Change{Dest: store.Dest{Chat: chat}, Kind: store.Group, Now: at(1)}); err != nil {
				t.Fatal(err)
			}
		}
		s := openAt(t, server.URL, redisstore.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		err := s.Migrate(redisstore.CutAfter(ctx, cancel, s, begun), old, newer, at(60))
		cancel()
		if err == nil {
			t.Fatal("the migration was not cut short")
		}
		var all errgroup.Group
		for _, s := range stores[:2+round%5] {
			all.Go(func() error { return s.Ready(t.Context()) })
		}
		if err := all.Wait(); err != nil {
			t.Errorf("%d at once: %v", 2+round%5, err)
		}
	}
}
