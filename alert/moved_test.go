package alert_test

import (
	"rasid/alert"
	"rasid/store"
	"slices"
	"testing"
	"time"
)

// TestAChatThatMovesWhileAnArticleIsDispatchedCostsNobodyTheirAlert has Telegram
// say that a group moved when an article is owed to its new id already, and not
// yet in the shard of its old one, where others wait for it.
func TestAChatThatMovesWhileAnArticleIsDispatchedCostsNobodyTheirAlert(t *testing.T) {
	const from, to = -5, -1005
	neighbour := int64(1)
	for store.HomeShard(neighbour) != store.HomeShard(from) {
		neighbour++
	}
	bubble(t, func(t *testing.T, r *rig) {
		r.chats.answer = func(a alert.Alert, nth int) alert.Outcome {
			switch {
			case a.To.Chat == from && nth == 1: // the next time is amid the dispatch
				return alert.Outcome{Fate: alert.Wait, After: 10 * time.Second}
			case a.To.Chat == from:
				return alert.Outcome{Fate: alert.Moved, MovedTo: to}
			case a.To.Chat == to && nth == 1: // so that it is still owed it then
				return alert.Outcome{Fate: alert.Wait, After: 15 * time.Second}
			}
			return alert.Outcome{Fate: alert.Delivered}
		}
		r.slow = func(d store.Dispatch) {
			if d.Item == 2 && d.Shard == store.HomeShard(from) {
				time.Sleep(20 * time.Second)
			}
		}
		for _, chat := range []int64{from, to} {
			r.change(nil, store.Dest{Chat: chat}, store.Group, store.Edit{Op: store.AddRule, Text: "storm", Lang: "en"})
		}
		r.change(nil, store.Dest{Chat: from}, store.Group, store.Edit{Op: store.AddRule, Text: "tax", Lang: "en"})
		r.watch(nil, neighbour, "storm")
		l := r.start(nil)
		r.accept(l, "tax")
		pass(time.Second)
		r.accept(l, "storm")
		pass(15 * time.Second)
		if _, err := r.store.Destination(t.Context(), store.Dest{Chat: from}); err != nil {
			t.Errorf("Destination of the old id = %v while the article is dispatched; want it to wait", err)
		}
		pass(time.Minute)
		l.stop()
		got := r.chats.to(to)
		slices.Sort(got)
		if told := r.chats.to(neighbour); !slices.Equal(got, []uint64{1, 2}) || !slices.Equal(told, []uint64{2}) {
			t.Errorf("the group was told %v, its neighbour %v; want both articles, and the second", got, told)
		}
		if n := l.stats.Report().StoreErrors; n != 0 {
			t.Errorf("waiting counted as %d errors of the store; want none", n)
		}
	})
}

func TestAMovedChatGetsItsAlertUnderItsNewID(t *testing.T) {
	for _, known := range []bool{false, true} {
		bubble(t, func(t *testing.T, r *rig) {
			const from, to = -5, -1005
			r.chats.answer = func(a alert.Alert, _ int) alert.Outcome {
				if a.To.Chat == from {
					return alert.Outcome{Fate: alert.Moved, MovedTo: to}
				}
				return alert.Outcome{Fate: alert.Delivered}
			}
			r.change(nil, store.Dest{Chat: from}, store.Group, store.Edit{Op: store.AddRule, Text: "tax", Lang: "en"})
			var items []uint64
			l := r.start(nil)
			if known { // somebody made a rule under the new id, and it is owed something
				r.change(l, store.Dest{Chat: to}, store.Supergroup, store.Edit{Op: store.AddRule, Text: "fire", Lang: "en"}, store.Edit{Op: store.Pause})
				pass(time.Second)
				items = r.accept(l, "fire")
				pass(time.Second)
			}
			items = append(items, r.accept(l, "tax")...)
			pass(time.Minute)
			got := r.chats.to(to)
			slices.Sort(got)
			if !slices.Equal(got, items) {
				t.Errorf("known %v: the new chat was told %v, want %v", known, got, items)
			}
			if got := r.tally(items[len(items)-1]); got.Delivered != 1 || got.Unknown != 0 {
				t.Errorf("known %v: Tally = %+v, want 1 delivered", known, got)
			}
			l.stop()
		})
	}
}

// TestAChatThatMovesIntoTheOldIDOfItsOwnDoesNotWaitForItself has a group moved by
// somebody else between an alert's slot and its write-ahead, and known again under
// its old id. What Telegram answers then moves that into the place to which the
// alert is on its way.
func TestAChatThatMovesIntoTheOldIDOfItsOwnDoesNotWaitForItself(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		const from, to = -5, -1005
		r.chats.answer = func(a alert.Alert, _ int) alert.Outcome {
			if a.To.Chat == from {
				return alert.Outcome{Fate: alert.Moved, MovedTo: to}
			}
			return alert.Outcome{Fate: alert.Delivered}
		}
		r.change(nil, store.Dest{Chat: from}, store.Group, store.Edit{Op: store.AddRule, Text: "tax", Lang: "en"})
		moved := false
		l := r.start(func(point string, _ *life) {
			if point != alert.CrashBeforeBegin || moved {
				return
			}
			moved = true
			if err := r.store.Migrate(t.Context(), from, to, time.Now()); err != nil {
				t.Errorf("Migrate = %v", err)
			}
			r.change(nil, store.Dest{Chat: from}, store.Group, store.Edit{Op: store.AddRule, Text: "storm", Lang: "en"})
		})
		items := r.accept(l, "tax")
		pass(time.Minute)
		items = append(items, r.accept(l, "storm")...)
		pass(time.Minute)
		l.stop()
		if got := r.chats.to(to); !slices.Equal(got, items) {
			t.Errorf("the group was told %v under its new id, want %v", got, items)
		}
		if n := l.stats.Report().StoreErrors; n != 0 {
			t.Errorf("the move waited for itself: %d errors of the store", n)
		}
	})
}
