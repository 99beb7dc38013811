package alert_test

import (
	"rasid/news"
	"rasid/store"
	"slices"
	"testing"
	"time"
)

// TestWhatANewFeedHeldIsToldWhenAnotherBringsIt, once, and not when it is the new
// feed that has it still.
func TestWhatANewFeedHeldIsToldWhenAnotherBringsIt(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.watch(nil, 1, "tax")
		l := r.start(nil)
		a := news.Article{ID: "link:https://x.example/1", Title: "tax", Lang: "en"}
		come := func(feed string, quiet bool) {
			r.acceptItems(l, []store.Item{{Article: a, Feed: feed, Quiet: quiet}})
			pass(time.Minute)
		}
		come("new", true)
		come("new", false)
		a.Title = "tax edited"
		come("new", false)
		if got := r.chats.to(1); len(got) != 0 {
			t.Errorf("told %v of what the new feed held, want nothing", got)
		}
		a.Title, a.Source = "tax", "Wire"
		come("known", false)
		a.Source = ""
		come("new", false)
		come("newer", true)
		come("newer", false)
		come("known", false)
		if got := r.chats.to(1); !slices.Equal(got, []uint64{2}) {
			t.Errorf("told %v, want the article of the known feed, once", got)
		}
		l.stop()
	})
}
