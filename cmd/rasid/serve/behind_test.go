package serve

import (
	"context"
	"fmt"
	"log/slog"
	"rasid/alert"
	"rasid/news"
	"rasid/store"
	"rasid/store/memstore"
	"rasid/store/record"
	"testing"
	"testing/synctest"
	"time"
)

func TestBehindIsMoreThanTenThousandWaiting(t *testing.T) {
	s := memstore.New()
	r := &Running{store: s}
	accept := func(n int) {
		t.Helper()
		items := make([]store.Item, n)
		for i := range items {
			items[i].Article = news.Article{ID: fmt.Sprint(n, " ", i), Title: "x"}
		}
		if _, err := s.Accept(t.Context(), items, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	accept(waitingMost)
	if r.behind(t.Context()) {
		t.Errorf("behind() = true with %d waiting, want false", waitingMost)
	}
	accept(1)
	if !r.behind(t.Context()) {
		t.Errorf("behind() = false with %d waiting, want true", waitingMost+1)
	}
	s.Spoil(waitingMost+1, record.ErrDamaged)
	if !r.behind(t.Context()) {
		t.Error("behind() = false with one waiting that cannot be read, want true")
	}
	if err := s.Advance(t.Context(), store.Reach{To: 1}, 0); err != nil {
		t.Fatal(err)
	}
	if r.behind(t.Context()) {
		t.Error("behind() = true once one was matched, want false")
	}
}

// TestBehindLooksPastWhatCannotBeRead, also after a takeover.
func TestBehindLooksPastWhatCannotBeRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := memstore.New()
		r := &Running{store: s}
		items := make([]store.Item, waitingMost+2)
		for i := range items {
			items[i].Article = news.Article{ID: fmt.Sprint(i), Title: "x"}
		}
		if _, err := s.Accept(t.Context(), items, time.Now()); err != nil {
			t.Fatal(err)
		}
		s.Spoil(1, record.ErrNewer)
		for range 2 {
			quiet := slog.New(slog.DiscardHandler)
			in := alert.NewIntake(alert.IntakeOptions{Store: s, Index: alert.NewIndex(alert.IndexOptions{Logger: quiet}), Logger: quiet})
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error)
			go func() { ended <- in.Lead(ctx, 0) }()
			time.Sleep(time.Second / 2)
			synctest.Wait()
			if r.behind(t.Context()) {
				t.Error("behind() = true with one that cannot be read, and the rest matched; want false")
			}
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		if owing, err := r.Owing(t.Context(), []uint64{2, 3}); err != nil || len(owing) != 0 {
			t.Errorf("Owing(2, 3) = %v, %v; want neither", owing, err)
		}
		if owing, err := r.Owing(t.Context(), []uint64{1, 2}); err != nil || len(owing) != 2 {
			t.Errorf("Owing(1, 2) = %v, %v; want both: the first is not matched", owing, err)
		}
	})
}
