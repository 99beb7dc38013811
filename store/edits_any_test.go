package store_test

import (
	"rasid/store"
	"rasid/store/record"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// Whatever numbers and texts edits come with, from buttons that anybody may have
// made up, what they leave can be written and read again.
func TestWhatAnyEditsLeaveCanBeReadAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := store.Destination{Dest: store.Dest{Chat: 1}, Kind: store.Private, Joined: at(0), Active: at(0)}
		for range rapid.IntRange(1, 20).Draw(t, "edits") {
			e := store.Edit{
				Op:   store.Op(rapid.IntRange(int(store.AddRule), int(store.Touch)).Draw(t, "op")), //nolint:gosec // so few
				N:    rapid.OneOf(rapid.IntRange(-1, 5), rapid.Int()).Draw(t, "n"),
				Text: rapid.OneOf(rapid.SampledFrom([]string{"", "quake", "flood"}), rapid.String()).Draw(t, "text"),
				Lang: rapid.SampledFrom([]string{"", "ar"}).Draw(t, "lang"),
			}
			if e.Op == store.Suspend {
				e.Text = string(store.Blocked)
			}
			store.Apply(&d, []store.Edit{e}, at(1))
		}
		b, err := record.Destination(d)
		if err != nil {
			t.Fatalf("%+v cannot be written: %v", d, err)
		}
		got, err := record.ReadDestination(d.Place, b)
		if diff := cmp.Diff(d, got, cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Fatalf("it comes back different: %v\n%s", err, diff)
		}
	})
}
