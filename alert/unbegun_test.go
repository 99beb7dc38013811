package alert_test

import (
	"errors"
	"rasid/news"
	"rasid/store"
	"sync/atomic"
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

// TestWhatWasWrittenAheadAndNeverSentIsToldByTheNextOwner: the store notes an
// attempt and does not get to say so, and while it is tried again another process
// takes the shard over. The mark is taken back all the same.
func TestWhatWasWrittenAheadAndNeverSentIsToldByTheNextOwner(t *testing.T) {
	for name, item := range map[string]store.Item{
		"a broadcast": {Article: news.Article{ID: "broadcast"}, Broadcast: &store.BroadcastNote{Text: "hello"}},
		"an alert":    {Article: news.Article{ID: "alert", Title: "tax", Lang: "en"}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				r.shared = true
				to := r.watch(nil, 1, "tax")
				var tries atomic.Int32
				r.lose = func(string) error {
					if tries.Add(1) == 3 {
						r.takeOver("another")
					}
					return errors.New("too few replicas have confirmed the write")
				}
				l := r.start(nil)
				item := r.acceptItems(l, []store.Item{item})[0]
				pass(time.Minute)
				if marks, err := r.store.Marks(t.Context(), to.Shard); err != nil || len(marks) != 0 || tries.Load() != 4 {
					t.Errorf("after %d tries to begin, Marks = %+v, %v; want none after four", tries.Load(), marks, err)
				}
				l.cancel()
				l.buried()
				r.lose = nil
				l = r.start(nil)
				pass(5 * time.Minute)
				l.stop()
				if got := r.chats.to(1); len(got) != 1 {
					t.Errorf("the chat was told %v; want the item once", got)
				}
				if got := r.tally(item); got != (store.Tally{Delivered: 1}) {
					t.Errorf("Tally = %+v; want one delivered and nothing else", got)
				}
			})
		})
	}
}
