package storetest

import (
	"context"
	"errors"
	"rasid/store"
	"rasid/store/transfer"
	"testing"

	"pgregory.net/rapid"
)

// A Movable is a store that can be copied, and copied into.
type Movable interface {
	store.Store
	transfer.Source
	transfer.Target
}

// An End is a back end to copy from or to.
type End struct {
	Name string
	// Open returns an empty store.
	Open func(testing.TB) Movable
	// Target returns an empty store that is to become the copy of one with a name.
	Target func(t testing.TB, from string) Movable
}

func (e End) String() string { return e.Name }

// Copies copies filled stores from each end to each, and back.
func Copies(t *testing.T, ends ...End) {
	for _, from := range ends {
		for _, to := range ends {
			t.Run(from.Name+" to "+to.Name, func(t *testing.T) { CopyOne(t, from, to) })
		}
	}
}

// CopyOne copies a filled store from one end to the other.
func CopyOne(t *testing.T, from, to End) {
	ctx := t.Context()
	a := from.Open(t)
	if err := Fill(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	name, err := a.Name(ctx)
	if err != nil {
		t.Fatal(err)
	}
	b := to.Target(t, name)
	report, err := transfer.Copy(ctx, a, b, transfer.Options{Now: at(100), Batch: 3})
	if err != nil {
		t.Fatalf("Copy = %v", err)
	}
	if k, differs := Differ(t, a, b); differs {
		t.Errorf("after Copy the %s differ", k)
	}
	for k, c := range report.Kinds {
		if c.Records == 0 || c.Bytes == 0 {
			t.Errorf("Copy tells of no %s; Fill makes some", transfer.Kind(k))
		}
	}
	own, err := b.Name(ctx)
	if err != nil || own == name || own == "" {
		t.Errorf("the copy has the name %q (%v), its source %q; want two names", own, err, name)
	}
	Filled(t, b)
}

// Differ compares two stores whole, but for epochs, which a copy raises, and
// tells what differs.
func Differ(t testing.TB, a, b Movable) (transfer.Kind, bool) {
	t.Helper()
	for p := range transfer.Parts {
		da, err := transfer.DigestOf(context.Background(), a, p)
		if err != nil {
			t.Fatal(err)
		}
		db, err := transfer.DigestOf(context.Background(), b, p)
		if err != nil {
			t.Fatal(err)
		}
		da[transfer.Epoch], db[transfer.Epoch] = transfer.Digest{}, transfer.Digest{}
		if k, differs := da.Differing(&db); differs {
			return k, true
		}
	}
	return 0, false
}

// errCut is what a copy that is cut short ends with.
var errCut = errors.New("cut")

// CutCopies cuts a copy short after each of some parts, changes the source, and
// copies again.
func CutCopies(t *testing.T, from, to End) {
	for _, after := range []transfer.Part{transfer.Notes, 0, transfer.Part(store.HomeShard(7)), transfer.Directory, transfer.Log} {
		t.Run("after "+after.String(), func(t *testing.T) { cutCopy(t, from, to, after) })
	}
}

func cutCopy(t *testing.T, from, to End, after transfer.Part) {
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	a := from.Open(t)
	must(Fill(t.Context(), a))
	name, err := a.Name(t.Context())
	must(err)
	b := to.Target(t, name)
	ctx, cut := context.WithCancelCause(t.Context())
	_, err = transfer.Copy(ctx, a, b, transfer.Options{Copied: func(_ context.Context, p transfer.Part) {
		if p == after {
			cut(errCut)
		}
	}})
	if err == nil {
		t.Fatal("Copy = nil; it was to be cut short")
	}
	_, err = a.Change(t.Context(), store.Change{Dest: store.Dest{Chat: 8}, Now: at(90), Edits: []store.Edit{{Op: store.AddRule, Text: "later"}}})
	must(err)
	report, err := transfer.Copy(t.Context(), a, b, transfer.Options{})
	must(err)
	if k, differs := Differ(t, a, b); differs {
		t.Errorf("after Copy again the %s differ", k)
	}
	if report.Reused == 0 {
		t.Error("Copy again took nothing over from the first time")
	}
	Filled(t, b)
}

// CopyModel runs random operations, copies the store, and goes on with the copy
// as if nothing had been.
func CopyModel(t *testing.T, ends ...End) {
	rapid.Check(t, func(rt *rapid.T) {
		from, to := rapid.SampledFrom(ends).Draw(rt, "from"), rapid.SampledFrom(ends).Draw(rt, "to")
		a := from.Open(t)
		p := newPair(rt, a)
		rt.Repeat(p.actions())
		for _, process := range []string{"a", "b"} { // who is there is no part of a copy
			p.do(rt, "Leave", func(s store.Store) error { return s.Leave(context.Background(), process, roles()) })
		}
		name, err := a.Name(context.Background())
		if err != nil {
			rt.Fatal(err)
		}
		b := to.Target(t, name)
		if _, err := transfer.Copy(context.Background(), a, b, transfer.Options{Batch: 7}); err != nil {
			rt.Fatalf("Copy from %s to %s = %v", from.Name, to.Name, err)
		}
		p.real, p.curModel, p.curReal, p.turn = b, store.Cursor{}, store.Cursor{}, 3
		rt.Repeat(p.actions())
	})
}
