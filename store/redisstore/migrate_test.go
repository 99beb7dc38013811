package redisstore_test

import (
	"context"
	"rasid/store"
	"rasid/store/redisstore"
	"rasid/store/storetest/redistest"
	"testing"
)

// TestAMigrationCutShortCountsOnce cuts a migration short after each of its
// exchanges with the server, and has it taken up again: what an inbox counts,
// and what is dropped since it was cancelled, is counted once.
func TestAMigrationCutShortCountsOnce(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	cuts := 0
	for n := 1; ; n++ {
		if err := server.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		s := openAt(t, server.URL, redisstore.Options{})
		old := twoChats(t, s)
		ctx, cancel := context.WithCancel(t.Context())
		err := s.Migrate(redisstore.CutAfter(ctx, cancel, s, n), -1, -100, at(60))
		cancel()
		if err != nil {
			cuts++
		}
		for range 2 {
			if err := s.Migrate(t.Context(), -1, -100, at(60)); err != nil {
				t.Fatal(err)
			}
		}
		x, inner := s.Inbox(t.Context(), old.Place)
		if inner != nil || x.Dropped != 2 || len(x.Items) != 1 {
			t.Errorf("cut after %d: Inbox = %+v, %v; want item 2 and 2 dropped", n, x, inner)
		}
		if sum, inner := s.Tally(t.Context(), 4); inner != nil || sum != (store.Tally{Dropped: 1}) {
			t.Errorf("cut after %d: Tally of what was cancelled = %+v, %v; want it dropped once", n, sum, inner)
		}
		if err == nil {
			break
		}
	}
	if cuts < 8 {
		t.Errorf("the migration was cut short %d times; that is not all of it", cuts)
	}
}

// twoChats makes the group -1, whose inbox counts one, and -100, whose inbox
// counts one and holds item 2. Item 4, which -100 is owed, is cancelled where -1
// lives.
func twoChats(t *testing.T, s *redisstore.Store) (old store.Destination) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	join := func(chat int64) store.Destination {
		t.Helper()
		r, err := s.Change(ctx, store.Change{Dest: store.Dest{Chat: chat}, Kind: store.Group, Now: at(1)})
		must(err)
		return r.After
	}
	owe := func(d store.Destination, item uint64, since int64) {
		t.Helper()
		x := store.Dispatch{Shard: d.Shard, Item: item}
		x.Owed[store.Broadcast] = []uint32{d.Ordinal}
		_, err := s.Dispatch(ctx, x, 0)
		must(err)
		if since > 0 {
			_, err = s.Shelve(ctx, store.Shelving{Place: d.Place, Items: []uint64{item}, At: at(since)}, 0)
			must(err)
		}
	}
	old, newer := join(-1), join(-100)
	if old.Shard == newer.Shard {
		t.Fatal("the chats of this test lie in one shard; choose others")
	}
	owe(newer, 1, 5)
	owe(newer, 2, 50)
	owe(old, 3, 5)
	for done, err := false, error(nil); !done; must(err) {
		done, err = s.Outlive(ctx, at(20))
	}
	owe(newer, 4, 0)
	must(s.Cancel(ctx, old.Shard, 4))
	must(s.Advance(ctx, store.Reach{To: 4}, 0))
	return old
}
