package serve

import (
	"fmt"
	"rasid/news"
	"rasid/store"
	"rasid/store/memstore"
	"rasid/store/record"
	"testing"
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
	if err := s.Advance(t.Context(), 1, 0); err != nil {
		t.Fatal(err)
	}
	if r.behind(t.Context()) {
		t.Error("behind() = true once one was matched, want false")
	}
}
