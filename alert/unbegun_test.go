package alert_test

import (
	"errors"
	"rasid/news"
	"rasid/store"
	"testing"
	"time"
)

// TestWhatWasWrittenAheadAndNeverSentIsToldAfterAStop: the store notes attempts
// and does not get to say so, as where too few replicas confirm it, until the
// program is stopped. Nothing was sent, so nothing counts as if it were.
func TestWhatWasWrittenAheadAndNeverSentIsToldAfterAStop(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.shared = true
		r.watch(nil, 1, "tax")
		r.watch(nil, 2, "sport") // hears of the broadcast only
		r.lose = func(string) error { return errors.New("too few replicas have confirmed the write") }
		l := r.start(nil)
		items := append(r.acceptItems(l, []store.Item{{Article: news.Article{ID: "broadcast"}, Broadcast: &store.BroadcastNote{Text: "hello"}}}), r.accept(l, "tax")...)
		pass(time.Minute)
		l.stop()
		if n := len(r.chats.all()); n != 0 {
			t.Fatalf("%d were told; want nobody, nothing was begun", n)
		}
		r.lose = nil
		l = r.start(nil)
		pass(5 * time.Minute)
		l.stop()
		if one, two := len(r.chats.to(1)), len(r.chats.to(2)); one != 2 || two != 1 {
			t.Errorf("the chats were told %d and %d times; want 2 and 1", one, two)
		}
		for _, item := range items {
			if got := r.tally(item); got.Unknown != 0 {
				t.Errorf("of item %d %d attempts count as without an answer; want none", item, got.Unknown)
			}
		}
	})
}
