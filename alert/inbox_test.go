package alert_test

import (
	"fmt"
	"rasid/alert"
	"rasid/news"
	"rasid/store"
	"slices"
	"sync"
	"testing"
	"time"
)

// paused makes a chat with the rule "tax" that has paused.
func (r *rig) paused(chat int64) store.Destination {
	r.t.Helper()
	d := r.watch(nil, chat, "tax")
	r.change(nil, d.Dest, "", store.Edit{Op: store.Pause})
	return d
}

func (r *rig) resume(l *life, d store.Destination) {
	r.t.Helper()
	r.change(l, d.Dest, "", store.Edit{Op: store.Resume})
}

func (r *rig) inbox(d store.Destination) []uint64 {
	r.t.Helper()
	x, err := r.store.Inbox(r.t.Context(), d.Place)
	if err != nil {
		r.t.Fatal(err)
	}
	var items []uint64
	for _, s := range x.Items {
		items = append(items, s.Item)
	}
	return items
}

func (r *rig) checkMessages(when string, want ...[]uint64) {
	r.t.Helper()
	var got [][]uint64
	for _, m := range r.chats.all() {
		got = append(got, m.All)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		r.t.Errorf("%s the chat was sent %v, want %v", when, got, want)
	}
}

func TestAPausedChatsAlertsWaitInItsInboxAndComeTogether(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.poll = 10 * time.Minute
		d := r.paused(1)
		l := r.start(nil)
		var items []uint64
		for range 5 {
			items = append(items, r.accept(l, "tax")...)
			pass(5 * time.Hour)
		}
		if got := r.inbox(d); !slices.Equal(got, items) {
			t.Errorf("the inbox holds %v, want %v", got, items)
		}
		if jobs, err := r.store.Owed(t.Context(), d.Shard, 0); err != nil || len(jobs) > 0 {
			t.Errorf("Owed = %v, %v beside the inbox, want nothing", jobs, err)
		}
		if got := l.stats.Report(); got.Owed != [store.Classes]int{} || got.Shelved != 5 || got.Inboxes != 1 {
			t.Errorf("the report says %v owed, %d shelved in %d inboxes, want nothing owed and 5 in 1", got.Owed, got.Shelved, got.Inboxes)
		}
		l.stop()
		l = r.start(nil)
		pass(time.Minute)
		r.checkMessages("while it paused")
		r.resume(l, d)
		pass(time.Minute)
		next := r.accept(l, "tax")
		pass(time.Minute)
		r.checkMessages("after its pause", items, next)
		if got := r.inbox(d); len(got) != 0 {
			t.Errorf("the inbox still holds %v", got)
		}
		for _, item := range items {
			if got := r.tally(item); got != (store.Tally{Delivered: 1}) {
				t.Errorf("Tally(%d) = %+v, want it delivered", item, got)
			}
		}
		l.stop()
	})
}

func TestAnInboxIsFoundByTheNextLife(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		d := r.paused(1)
		l := r.start(nil)
		items := r.accept(l, "tax one", "tax two")
		pass(time.Minute)
		l.stop()
		r.resume(nil, d)
		l = r.start(nil)
		pass(time.Minute)
		r.checkMessages("after a pause that ended in between", items)
		r.change(l, d.Dest, "", store.Edit{Op: store.Pause})
		pass(time.Second)
		more := r.accept(l, "tax three")
		pass(time.Minute)
		r.resume(l, d)
		pass(time.Minute)
		r.checkMessages("after a pause with one", items, more)
		l.stop()
	})
}

// TestABacklogMovesInOneWrite: what waits when a chat pauses does not cost a
// write for each.
func TestABacklogMovesInOneWrite(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		var mu sync.Mutex
		shelved := 0
		r.fail = func(call string) error {
			mu.Lock()
			defer mu.Unlock()
			if call == "shelve" {
				shelved++
			}
			return nil
		}
		d := r.watch(nil, 1, "tax")
		r.chats.answer = func(alert.Alert, int) alert.Outcome {
			return alert.Outcome{Fate: alert.Wait, After: time.Minute}
		}
		l := r.start(nil)
		items := r.accept(l, "tax 1", "tax 2", "tax 3", "tax 4", "tax 5", "tax 6")
		pass(10 * time.Second)
		r.change(l, d.Dest, "", store.Edit{Op: store.Pause})
		pass(2 * time.Minute)
		if got := r.inbox(d); !slices.Equal(got, items) {
			t.Errorf("the inbox holds %v, want %v", got, items)
		}
		if shelved > 2 {
			t.Errorf("%d writes for a backlog of %d, want one, or two", shelved, len(items))
		}
		l.stop()
	})
}

func TestAnInboxHoldsTheNewest500(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		d := r.paused(1)
		l := r.start(nil)
		var items []uint64
		for range 10 {
			items = append(items, r.accept(l, slices.Repeat([]string{"tax"}, 51)...)...)
			pass(time.Minute)
		}
		r.resume(l, d)
		pass(time.Minute)
		r.checkMessages("after its pause", items[10:])
		if dropped := r.chats.counts(); !slices.Equal(dropped, []int{10}) {
			t.Errorf("the message told of %v that are not kept, want 10", dropped)
		}
		if got := r.tally(items[9]); got != (store.Tally{Dropped: 1}) {
			t.Errorf("Tally of what found no room = %+v, want it dropped", got)
		}
		l.stop()
	})
}

func TestWhatIsNotWantedAnyMoreIsTakenOutOfTheInbox(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		d := r.change(nil, store.Dest{Chat: 1}, store.Private, store.Edit{Op: store.AddRule, Text: "tax", Lang: "en"},
			store.Edit{Op: store.AddRule, Text: "flood", Lang: "en"}, store.Edit{Op: store.Pause})
		other := r.paused(2)
		gone := r.paused(3)
		l := r.start(nil)
		items := r.accept(l, "tax", "flood", "tax and flood")
		pass(time.Minute)
		r.change(l, d.Dest, "", store.Edit{Op: store.RemoveRule, N: 1})
		r.change(l, other.Dest, "", store.Edit{Op: store.Suspend, Text: string(store.Blocked)})
		if err := r.store.Forget(t.Context(), gone.Chat, time.Now()); err != nil {
			t.Fatal(err)
		}
		r.resume(l, d)
		pass(time.Minute)
		r.checkMessages("after its pause", items[1:])
		if got := r.tally(items[0]); got != (store.Tally{Dropped: 2, Suspended: 1}) {
			t.Errorf("Tally = %+v, want 2 dropped and 1 suspended", got)
		}
		if got := r.inbox(other); len(got) != 0 {
			t.Errorf("the inbox of a chat that blocked the bot holds %v", got)
		}
		l.stop()
	})
}

// TestAnInboxIsLostNever: kills and lost answers repeat it, as they do single
// alerts, and it is given up after three.
func TestAnInboxIsLostNever(t *testing.T) {
	for _, point := range []string{alert.CrashBeforeBegin, alert.CrashBeforeWrite, alert.CrashBeforeFinish, alert.CrashAfterFinish} {
		t.Run("killed at "+point, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				d := r.paused(1)
				l := r.start(nil)
				items := r.accept(l, "tax", "tax")
				pass(time.Minute)
				l.stop()
				r.resume(nil, d)
				l = r.start(dieAt(point))
				pass(time.Minute)
				l.buried()
				l = r.start(nil)
				pass(time.Minute)
				want := [][]uint64{items}
				if point == alert.CrashBeforeFinish {
					want = append(want, items)
				}
				r.checkMessages("in the end", want...)
				if got := r.tally(items[0]); got.Delivered != 1 || got.Owed != 0 {
					t.Errorf("Tally = %+v, want it delivered", got)
				}
				l.stop()
			})
		})
	}
	t.Run("without an answer", func(t *testing.T) {
		bubble(t, func(t *testing.T, r *rig) {
			d := r.paused(1)
			r.chats.answer = func(alert.Alert, int) alert.Outcome { return alert.Outcome{Fate: alert.Unknown} }
			l := r.start(nil)
			items := r.accept(l, "tax", "tax")
			pass(time.Minute)
			r.resume(l, d)
			pass(10 * time.Minute)
			if got := r.tally(items[1]); got != (store.Tally{Dead: 1, Unknown: 3}) {
				t.Errorf("Tally = %+v, want it tried three times and given up", got)
			}
			l.stop()
		})
	})
}

func TestAnInboxIsToldWhenItIsDue(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		d, other := r.watch(nil, 1, "tax"), r.paused(2)
		due := time.Now().Add(time.Hour)
		r.acceptItems(nil, []store.Item{{Article: news.Article{ID: "tax", Title: "tax", Lang: "en"}}})
		for _, x := range []store.Destination{d, other} {
			job := store.Dispatch{Shard: x.Shard, Item: 1, Created: time.Now()}
			job.Owed[store.Normal] = []uint32{x.Ordinal}
			if _, err := r.store.Dispatch(t.Context(), job, r.epoch); err != nil {
				t.Fatal(err)
			}
			if _, err := r.store.Shelve(t.Context(), store.Shelving{Place: x.Place, Items: []uint64{1}, Due: due, At: time.Now()}, r.epoch); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.store.Advance(t.Context(), store.Reach{To: 1}, r.epoch); err != nil {
			t.Fatal(err)
		}
		l := r.start(nil)
		pass(59 * time.Minute)
		r.checkMessages("before it was due")
		pass(2 * time.Minute)
		if got := r.chats.to(1); !slices.Equal(got, []uint64{1}) {
			t.Errorf("chat 1 was told %v when it was due, want 1", got)
		}
		if got := r.chats.to(2); len(got) != 0 {
			t.Errorf("chat 2 was told %v when it was due, want nothing: it has paused", got)
		}
		r.resume(l, other)
		pass(time.Minute)
		if got := r.chats.to(2); !slices.Equal(got, []uint64{1}) {
			t.Errorf("chat 2 was told %v after its pause, want 1", got)
		}
		l.stop()
	})
}

// TestAnInboxDoesNotExpireAndKeepsNothingElseFromIt: what waited in a pause is
// told after an outage, what came after the pause is not.
func TestAnInboxDoesNotExpireAndKeepsNothingElseFromIt(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.poll = 10 * time.Minute
		d := r.paused(1)
		l := r.start(nil)
		waited := r.accept(l, "tax", "tax")
		pass(time.Minute)
		end := r.outage(alert.NotWritten)
		r.resume(l, d)
		late := r.accept(l, "tax")[0]
		pass(13 * time.Hour)
		end()
		pass(time.Minute)
		r.checkMessages("after the outage", waited)
		r.checkTold("after the outage", 1)
		if got := r.tally(late); got != (store.Tally{Expired: 1}) {
			t.Errorf("Tally = %+v of what came after the pause, want it expired", got)
		}
		l.stop()
	})
}

func TestAnAnnouncementInAnInboxComesWhole(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		d := r.paused(1)
		l := r.start(nil)
		first := r.accept(l, "tax")
		pass(time.Minute)
		announced := r.acceptItems(l, []store.Item{
			{Article: news.Article{ID: "one"}, Broadcast: &store.BroadcastNote{Text: "the first line\nand more", Before: time.Now()}},
			{Article: news.Article{ID: "two"}, Broadcast: &store.BroadcastNote{Text: "another", Before: time.Now()}},
		})
		pass(time.Minute)
		second := r.accept(l, "tax")
		pass(time.Minute)
		if got := r.inbox(d); len(got) != 4 {
			t.Errorf("the inbox holds %v, want four items", got)
		}
		r.resume(l, d)
		pass(10 * time.Second)
		r.checkMessages("after its pause", announced[:1], announced[1:], slices.Concat(first, second))
		if got := r.inbox(d); len(got) != 0 {
			t.Errorf("the inbox still holds %v", got)
		}
		l.stop()
	})
}
