package redisstore_test

import (
	"context"
	"errors"
	"rasid/store"
	"rasid/store/redisstore"
	"rasid/store/storetest/redistest"
	"testing"
)

// A handing is the groups -1 and -100, of which the newer is owed item 1, and
// item 2, which comes to both and to a neighbour of the old group.
type handing struct {
	*testing.T

	moves      *redisstore.Store
	intake     store.Store
	old, newer store.Destination
}

func newHanding(t *testing.T, server *redistest.Server) *handing {
	t.Helper()
	if err := server.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	h := &handing{T: t, moves: openAt(t, server.URL, redisstore.Options{}), intake: openAt(t, server.URL, redisstore.Options{})}
	h.old, h.newer = h.join(-1), h.join(-100)
	h.owe(1, h.newer.Shard, h.newer.Ordinal)
	h.whole(1)
	return h
}

// diesWaiting begins a move that meets an item which is being dispatched, and ends
// its process while it waits for that.
func (h *handing) diesWaiting() {
	h.Helper()
	ctx, cancel := context.WithCancel(h.Context())
	defer cancel()
	redisstore.AfterCursor(h.moves, func(nth int) {
		switch nth {
		case 1:
			h.begins()
		case 2:
			cancel()
		}
	})
	if err := h.moves.Migrate(ctx, -1, -100, at(2)); !errors.Is(err, store.ErrDispatching) {
		h.Fatalf("Migrate = %v; want ErrDispatching", err)
	}
}

func (h *handing) join(chat int64) store.Destination {
	h.Helper()
	r, err := h.intake.Change(h.Context(), store.Change{Dest: store.Dest{Chat: chat}, Kind: store.Group, Now: at(1)})
	if err != nil {
		h.Fatal(err)
	}
	return r.After
}

func (h *handing) owe(item uint64, shard store.Shard, ordinals ...uint32) {
	h.Helper()
	added, err := h.intake.Dispatch(h.Context(), store.Dispatch{Shard: shard, Item: item, Owed: [store.Classes][]uint32{ordinals}}, 0)
	if !added || err != nil {
		h.Errorf("Dispatch of item %d in shard %d = %v, %v; want it new", item, shard, added, err)
	}
}

func (h *handing) whole(item uint64) {
	h.Helper()
	if err := h.intake.Advance(h.Context(), store.Reach{To: item}, 0); err != nil {
		h.Error(err)
	}
}

// begins dispatches item 2 where the newer group is, ends where the old one is.
func (h *handing) begins() { h.owe(2, h.newer.Shard, h.newer.Ordinal) }

func (h *handing) ends() {
	h.owe(2, h.old.Shard, h.old.Ordinal, h.old.Ordinal+1)
	h.whole(2)
}

// look checks where the new id lives, and that two are owed item 2.
func (h *handing) look(where store.Place) {
	h.Helper()
	d, err := h.intake.Destination(h.Context(), store.Dest{Chat: -100})
	if err != nil || d.Place != where {
		h.Errorf("Destination = %+v, %v; want it at %+v", d, err, where)
	}
	if sum, err := h.intake.Tally(h.Context(), 2); err != nil || sum != (store.Tally{Owed: 2}) {
		h.Errorf("Tally = %+v, %v; want 2 owed", sum, err)
	}
}

// TestAMigrationThatBeganWaitsForADispatch has an item come to what a migration
// moves after that was found free to begin, before and after it is read, and the
// rest of its dispatch while the migration waits.
func TestAMigrationThatBeganWaitsForADispatch(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	for comes := 1; comes <= 2; comes++ {
		h := newHanding(t, server)
		looks := 0
		redisstore.AfterCursor(h.moves, func(nth int) {
			looks = nth
			switch nth {
			case comes:
				h.begins()
			case comes + 2:
				h.ends()
			}
		})
		if err := h.moves.Migrate(t.Context(), -1, -100, at(2)); err != nil || looks < comes+3 {
			t.Errorf("Migrate = %v after %d looks at the cursor; want it to wait", err, looks)
		}
		h.look(h.old.Place)
	}
}

// TestALookupTellsOfADispatch looks for a chat whose migration began while an
// item that comes to it is not dispatched whole, and again when it is.
func TestALookupTellsOfADispatch(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	h := newHanding(t, server)
	h.diesWaiting()
	for _, chat := range []int64{-1, -100} {
		ctx, cancel := context.WithCancel(t.Context())
		looker := openAt(t, server.URL, redisstore.Options{})
		redisstore.AfterCursor(looker, func(nth int) {
			if nth == 3 {
				cancel()
			}
		})
		_, err := looker.Destination(ctx, store.Dest{Chat: chat})
		cancel()
		if !errors.Is(err, store.ErrDispatching) {
			t.Errorf("Destination of %d = %v; want ErrDispatching", chat, err)
		}
	}
	h.ends()
	h.look(h.old.Place)
}
