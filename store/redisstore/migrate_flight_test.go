package redisstore_test

import (
	"context"
	"errors"
	"rasid/store"
	"rasid/store/redisstore"
	"rasid/store/storetest/redistest"
	"testing"
)

// TestAMoveMeetsAMessageOnItsWay has a message to the newer id of a group be begun
// after each exchange of the process that moves the group, which dies of it or not.
// What was begun arrives, is counted and remembered; what was not is owed where the
// group is then. Neither waits for the other.
func TestAMoveMeetsAMessageOnItsWay(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	began, refused := 0, 0
	for n := 2; ; n++ {
		if err := server.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		f := &flight{T: t, s: openAt(t, server.URL, redisstore.Options{})}
		f.sign()
		ctx, cancel := context.WithCancel(t.Context())
		moves, met := openAt(t, server.URL, redisstore.Options{}), false
		redisstore.CutAfter(ctx, func() {
			if met = true; n%2 == 1 {
				cancel()
			}
			f.begin()
		}, moves, n/2)
		err := moves.Migrate(ctx, oldGroup, newGroup, at(2))
		died := ctx.Err() != nil
		cancel()
		if !met {
			break
		}
		if err != nil && !died && !errors.Is(err, store.ErrDispatching) {
			t.Errorf("after exchange %d: Migrate = %v", n/2, err)
		}
		if f.begun {
			began++
		} else {
			refused++
		}
		if f.ends(); t.Failed() {
			t.Fatalf("this was after exchange %d; the process died of it: %v", n/2, died)
		}
	}
	if began < 8 || refused < 8 {
		t.Errorf("a message was begun %d times and refused %d times; want both often", began, refused)
	}
}

// A flight is a message about item 1 to newGroup.
type flight struct {
	*testing.T

	s          store.Store
	old, newer store.Destination
	mark       store.Mark
	begun      bool
}

func (f *flight) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f *flight) sign() {
	f.old, f.newer = signUp(f.T, f.s, store.Dest{Chat: oldGroup}, "old"), signUp(f.T, f.s, store.Dest{Chat: newGroup}, "new")
	x := store.Dispatch{Shard: f.newer.Shard, Item: 1, Owed: [store.Classes][]uint32{{f.newer.Ordinal}}}
	_, err := f.s.Dispatch(f.Context(), x, 0)
	f.must(err)
	f.must(f.s.Advance(f.Context(), store.Reach{To: 1}, 0))
}

func (f *flight) begin() {
	f.mark = store.Mark{Place: f.newer.Place, Token: "token", Items: []uint64{1}, At: at(3)}
	err := f.s.Begin(f.Context(), f.mark)
	if f.begun = err == nil; !f.begun && !errors.Is(err, store.ErrSettled) {
		f.Fatal(err)
	}
}

// ends has the message arrive if it was begun, and the group move.
func (f *flight) ends() {
	f.Helper()
	want := store.Tally{Owed: 1}
	if f.begun {
		_, err := f.s.Change(f.Context(), store.Change{Dest: f.newer.Dest, Edits: []store.Edit{{Op: store.Strike}}, Now: at(3)})
		f.must(err) // what becomes of a message may be written down before it is settled
		f.must(f.s.Finish(f.Context(), f.mark, store.Outcome{Fate: store.Delivered, MessageID: 7}, at(4)))
		want = store.Tally{Delivered: 1}
	}
	f.must(f.s.Migrate(f.Context(), oldGroup, newGroup, at(5)))
	got, err := f.s.Destination(f.Context(), f.newer.Dest)
	if err != nil || got.Place != f.old.Place || len(got.Rules) != 2 {
		f.Errorf("Destination = %+v, %v; want it at %+v with both rules", got, err, f.old.Place)
	}
	if sum, err := f.s.Tally(f.Context(), 1); err != nil || sum != want {
		f.Errorf("Tally = %+v, %v; want %+v", sum, err, want)
	}
	if sent, err := f.s.Sent(f.Context(), f.newer.Dest); err != nil || (len(sent) == 1) != f.begun {
		f.Errorf("Sent = %+v, %v; want what arrived: %v", sent, err, f.begun)
	}
}
