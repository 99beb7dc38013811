package alert

import (
	"context"
	"log/slog"
	"rasid/news"
	"rasid/store"
	"rasid/store/memstore"
	"testing"
	"testing/synctest"
	"time"
)

// TestAnArticleThatBreaksTheProgramIsLeftOut: intake goes on with the next, which
// is owed to whoever wants it.
func TestAnArticleThatBreaksTheProgramIsLeftOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, quiet := memstore.New(), slog.New(slog.DiscardHandler)
		ctx, cancel := context.WithCancel(t.Context())
		change := store.Change{Dest: store.Dest{Chat: 1}, Kind: store.Private, Edits: []store.Edit{{Op: store.AddRule, Text: "tax", Lang: "en"}}, Now: time.Now()}
		if _, err := s.Change(ctx, change); err != nil {
			t.Fatal(err)
		}
		items := []store.Item{{Article: news.Article{ID: "a", Title: "tax", Lang: "en"}}, {Article: news.Article{ID: "b", Title: "tax", Lang: "en"}}}
		if _, err := s.Accept(ctx, items, time.Now()); err != nil {
			t.Fatal(err)
		}
		epochs, err := s.Take(ctx, "us", []store.Role{store.Intake}, time.Hour, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		in := NewIntake(IntakeOptions{Store: s, Index: NewIndex(IndexOptions{Logger: quiet}), Logger: quiet})
		in.m.index = nil // what breaks it the first time
		done := make(chan error)
		go func() { done <- in.Lead(ctx, epochs[0]) }()
		time.Sleep(5 * time.Second)
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Lead = %v, want it to go on to its end", err)
		}
		first, _ := s.Tally(t.Context(), 1)
		second, _ := s.Tally(t.Context(), 2)
		if cursor, err := s.Cursor(t.Context()); cursor != 2 || err != nil || first.Owed != 0 || second.Owed != 1 {
			t.Errorf("Cursor = %d, %v with %d and %d owed, want both passed and the second owed", cursor, err, first.Owed, second.Owed)
		}
		if got := in.o.Stats.Report().Broken; got != 1 {
			t.Errorf("Broken = %d, want the one article", got)
		}
	})
}
