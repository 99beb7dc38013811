package alert_test

import (
	"rasid/alert"
	"rasid/store"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// checkForgotten finds nothing in inboxes, not even a count.
func (r *rig) checkForgotten(all ...store.Destination) {
	r.t.Helper()
	for _, d := range all {
		if x, err := r.store.Inbox(r.t.Context(), d.Place); err != nil || !x.Empty() {
			r.t.Errorf("Inbox of %d = %+v, %v; want it forgotten", d.Chat, x, err)
		}
	}
}

// TestAnInboxThatIsNotKeptAnyMoreIsToldAsACount: nothing is left to be told
// after a pause but how many there were, once, and only to who is there.
func TestAnInboxThatIsNotKeptAnyMoreIsToldAsACount(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.keep, r.poll = 24*time.Hour, 10*time.Minute
		d, other := r.paused(1), r.paused(2)
		var back atomic.Bool
		r.chats.answer = func(alert.Alert, int) alert.Outcome {
			if !back.Load() {
				return alert.Outcome{Fate: alert.NotWritten}
			}
			return alert.Outcome{Fate: alert.Delivered}
		}
		l := r.start(nil)
		items := r.accept(l, "tax", "tax", "tax")
		pass(50 * time.Hour)
		if x, err := r.store.Inbox(t.Context(), d.Place); err != nil || len(x.Items) != 0 || x.Dropped != len(items) {
			t.Fatalf("Inbox = %+v, %v; want only the count of 3", x, err)
		}
		l.stop()
		l = r.start(nil)
		r.change(l, other.Dest, "", store.Edit{Op: store.Suspend, Text: string(store.Blocked)})
		r.resume(l, d)
		pass(time.Minute)
		back.Store(true)
		pass(10 * time.Minute)
		r.change(l, d.Dest, "", store.Edit{Op: store.Pause})
		r.resume(l, d)
		pass(time.Minute)
		if dropped := r.chats.counts(); len(dropped) < 2 || slices.ContainsFunc(dropped, func(n int) bool { return n != len(items) }) {
			t.Errorf("the messages told of %v that are not kept; want 3, also in what was sent again", dropped)
		}
		r.checkMessages("after its pause", nil)
		r.checkForgotten(d, other)
		l.stop()
	})
}

// TestACountIsToldAlsoWhereTheRestIsNotWanted: what was dropped is told though
// nobody wants what was kept.
func TestACountIsToldAlsoWhereTheRestIsNotWanted(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.keep, r.poll = 24*time.Hour, 10*time.Minute
		d := r.paused(1)
		r.chats.answer = func(alert.Alert, int) alert.Outcome { return alert.Outcome{Fate: alert.Unknown} }
		l := r.start(nil)
		r.accept(l, "tax", "tax")
		pass(20 * time.Hour)
		kept := r.accept(l, "tax")
		pass(10 * time.Hour)
		if got := r.inbox(d); !slices.Equal(got, kept) {
			t.Fatalf("the inbox holds %v, want %v", got, kept)
		}
		r.change(l, d.Dest, "", store.Edit{Op: store.RemoveRule, N: 1})
		r.resume(l, d)
		pass(time.Hour)
		if dropped := r.chats.counts(); !slices.Equal(dropped, []int{2, 2, 2}) {
			t.Errorf("the messages told of %v that are not kept; want 2, three times, for none had an answer", dropped)
		}
		r.checkForgotten(d)
		if got := r.tally(kept[0]); got != (store.Tally{Dropped: 1}) {
			t.Errorf("Tally = %+v, want it dropped", got)
		}
		l.stop()
	})
}

// TestACountIsLostNever: a kill repeats it only where it was told and nobody
// noted it.
func TestACountIsLostNever(t *testing.T) {
	for _, point := range []string{alert.CrashBeforeBegin, alert.CrashBeforeWrite, alert.CrashBeforeFinish, alert.CrashAfterFinish} {
		t.Run("killed at "+point, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				r.keep, r.poll = 24*time.Hour, 10*time.Minute
				d := r.paused(1)
				l := r.start(nil)
				r.accept(l, "tax", "tax", "tax")
				pass(50 * time.Hour)
				l.stop()
				r.resume(nil, d)
				l = r.start(dieAt(point))
				pass(time.Minute)
				l.buried()
				l = r.start(nil)
				pass(time.Minute)
				want := []int{3}
				if point == alert.CrashBeforeFinish {
					want = []int{3, 3}
				}
				if dropped := r.chats.counts(); !slices.Equal(dropped, want) {
					t.Errorf("the messages told of %v that are not kept; want %v", dropped, want)
				}
				r.checkForgotten(d)
				l.stop()
			})
		})
	}
}
