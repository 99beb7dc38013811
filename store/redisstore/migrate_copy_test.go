package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"rasid/store"
	"rasid/store/audit"
	"rasid/store/boltstore"
	"rasid/store/redisstore"
	"rasid/store/storetest/redistest"
	"rasid/store/transfer"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// copied makes a copy of a server's store, on which nobody works any more.
func copied(t *testing.T, server *redistest.Server) (*boltstore.Store, error) {
	t.Helper()
	from := openAt(t, server.URL, redisstore.Options{Reading: true})
	name, err := from.Name(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	to, err := boltstore.OpenTarget(filepath.Join(t.TempDir(), "copy.db"), name, boltstore.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { to.Close() })
	if _, err = transfer.Copy(t.Context(), from, to, transfer.Options{}); err != nil {
		return nil, err
	}
	found, err := audit.Check(t.Context(), to, audit.Options{Now: at(100)})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if f.Rule != audit.Number && f.Rule != audit.Told && f.Rule != audit.Owner { // of articles and neighbours that these tests have no need of
			t.Errorf("found in the copy: %s", f)
		}
	}
	return to, nil
}

// TestACopyHasAMoveThatWasCutShort copies a store whose process died after each
// exchange of a move: the copy has it whole, or from the beginning, and it comes to
// the same.
func TestACopyHasAMoveThatWasCutShort(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	for n := 1; ; n++ {
		if err := server.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		s := openAt(t, server.URL, redisstore.Options{})
		old := twoChats(t, s)
		ctx, cancel := context.WithCancel(t.Context())
		err := s.Migrate(redisstore.CutAfter(ctx, cancel, s, n), -1, -100, at(60))
		cancel()
		to, inner := copied(t, server)
		if inner != nil {
			t.Fatalf("cut after %d: Copy = %v", n, inner)
		}
		for range 2 {
			if err := to.Migrate(t.Context(), -1, -100, at(60)); err != nil {
				t.Fatal(err)
			}
		}
		d, inner := to.Destination(t.Context(), store.Dest{Chat: -100})
		if inner != nil || d.Place != old.Place {
			t.Errorf("cut after %d: Destination = %+v, %v; want it at %+v", n, d, inner, old.Place)
		}
		x, inner := to.Inbox(t.Context(), old.Place)
		if inner != nil || x.Dropped != 2 || len(x.Items) != 1 {
			t.Errorf("cut after %d: Inbox = %+v, %v; want item 2 and 2 dropped", n, x, inner)
		}
		if sum, inner := to.Tally(t.Context(), 4); inner != nil || sum != (store.Tally{Dropped: 1}) {
			t.Errorf("cut after %d: Tally of what was cancelled = %+v, %v; want it dropped once", n, sum, inner)
		}
		if err == nil {
			return
		}
	}
}

// TestACopyHasAMoveThatMetAMessage copies a store whose process died while a message
// to the newer id of a group was on its way and the group moved, or was about to.
func TestACopyHasAMoveThatMetAMessage(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	for n := 1; ; n++ {
		if err := server.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		f := &flight{T: t, s: openAt(t, server.URL, redisstore.Options{})}
		f.sign()
		ctx, cancel := context.WithCancel(t.Context())
		moves, met := openAt(t, server.URL, redisstore.Options{}), false
		redisstore.CutAfter(ctx, func() {
			met = true
			cancel()
			f.begin()
		}, moves, n)
		_ = moves.Migrate(ctx, oldGroup, newGroup, at(2)) // it dies of it
		cancel()
		if !met {
			return
		}
		to, err := copied(t, server)
		if err != nil {
			t.Fatalf("after exchange %d: Copy = %v", n, err)
		}
		f.s = to
		if f.ends(); t.Failed() {
			t.Fatalf("this was after exchange %d", n)
		}
	}
}

// TestACopyHasAMoveThatWaitsForADispatch copies a store whose process died while
// a move waited for an item to be dispatched whole. The copy goes on with both.
func TestACopyHasAMoveThatWaitsForADispatch(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	h := newHanding(t, server)
	h.diesWaiting()
	to, err := copied(t, server)
	if err != nil {
		t.Fatalf("Copy = %v", err)
	}
	h.intake = to
	h.ends()
	if err := to.Migrate(t.Context(), -1, -100, at(3)); err != nil {
		t.Error(err)
	}
	h.look(h.old.Place)
}

// TestACopyOfHalfAMoveIsRefused: a process died between the two steps of a move, and
// since then an item comes to what the second one is to move. The first is done, so
// the copy would have the group twice; once the item is dispatched whole it is made.
func TestACopyOfHalfAMoveIsRefused(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	h := newHanding(t, server)
	db := redis.NewClient(&redis.Options{Addr: server.Addr})
	defer db.Close()
	token := func() string {
		return db.HGet(t.Context(), fmt.Sprintf("rasid:{s%d}:state", h.old.Shard), "token").Val()
	}
	was := token()
	ctx, cancel := context.WithCancel(t.Context())
	redisstore.AfterCommand(h.moves, func(redis.Cmder) bool {
		if token() == was {
			return true
		}
		cancel()
		return false
	})
	if err := h.moves.Migrate(ctx, -1, -100, at(2)); err == nil {
		t.Fatal("the move was not cut short")
	}
	h.begins()
	if _, err := copied(t, server); !errors.Is(err, store.ErrDispatching) || !strings.Contains(err.Error(), "start rasid") {
		t.Errorf("Copy = %v; want ErrDispatching, and what to do", err)
	}
	h.ends()
	to, err := copied(t, server)
	if err != nil {
		t.Fatalf("Copy = %v", err)
	}
	h.intake = to
	h.look(h.old.Place)
}
