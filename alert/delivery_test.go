package alert_test

import (
	"errors"
	"math/rand/v2"
	"rasid/alert"
	"rasid/news"
	"rasid/rules"
	"rasid/store"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAnArticleReachesWhoWantsItAndNobodyElse(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.watch(nil, 1, "tax")
		r.watch(nil, 2, "football")
		r.watch(nil, 1, "vote")
		l := r.start(nil)
		item := r.accept(l, "the tax vote")[0]
		pass(time.Second)
		want := []told{{Chat: 1, Item: item, Class: store.Normal, Rules: []string{"tax", "vote"}, All: []uint64{item}}}
		got := r.chats.all()
		for i := range got {
			got[i].At = time.Time{}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("chats were told (-want +got):\n%s", diff)
		}
		ring, err := r.store.Sent(t.Context(), store.Dest{Chat: 1})
		if err != nil || len(ring) != 1 || !slices.Equal(ring[0].Rules, []string{"1", "2"}) || ring[0].MessageID != 1 {
			t.Errorf("Sent(1) = %+v, %v, want message 1 for rules 1 and 2", ring, err)
		}
		l.stop()
	})
}

func TestARuleSavedBeforeAnArticleIsInForce(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		l := r.start(nil)
		pass(time.Minute)
		r.watch(nil, 1, "tax") // nobody is told of the change
		r.accept(l, "tax")
		pass(time.Second)
		if got := r.chats.to(1); len(got) != 1 {
			t.Errorf("chat 1 was told %v, want one item", got)
		}
		l.stop()
	})
}

func TestAnItemUnsubscribedAfterDispatchIsWithdrawn(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		d := r.watch(nil, 1, "tax")
		l := r.start(nil)
		r.change(l, d.Dest, "", store.Edit{Op: store.Pause})
		pass(time.Second)
		item := r.accept(l, "tax")[0]
		pass(time.Second)
		if got := r.tally(item); got.Owed != 1 {
			t.Fatalf("Tally = %+v while paused, want 1 owed", got)
		}
		r.change(l, d.Dest, "", store.Edit{Op: store.RemoveRule, N: 1}, store.Edit{Op: store.Resume})
		pass(time.Second)
		if got := r.tally(item); got != (store.Tally{Dropped: 1}) || len(r.chats.all()) != 0 {
			t.Errorf("Tally = %+v, told %v, want 1 dropped, nothing told", got, r.chats.all())
		}
		l.stop()
	})
}

func TestAPauseKeepsWhatIsOwedUntilItEnds(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		d := r.watch(nil, 1, "tax")
		r.watch(nil, 2, "tax")
		l := r.start(nil)
		r.change(l, d.Dest, "", store.Edit{Op: store.Pause})
		pass(time.Second)
		items := r.accept(l, "tax one", "tax two", "tax three")
		pass(time.Minute)
		if got := r.chats.to(1); len(got) != 0 {
			t.Errorf("chat 1 was told %v while paused, want nothing", got)
		}
		if got := r.chats.to(2); !slices.Equal(got, items) {
			t.Errorf("chat 2 was told %v, want %v: a pause of another is not its own", got, items)
		}
		r.change(l, d.Dest, "", store.Edit{Op: store.Resume})
		pass(5 * time.Second)
		if got := r.chats.to(1); !slices.Equal(got, items) {
			t.Errorf("chat 1 was told %v after its pause, want %v", got, items)
		}
		l.stop()
	})
}

func TestOutcomes(t *testing.T) {
	refused := func(o alert.Outcome) func(alert.Alert, int) alert.Outcome {
		return func(alert.Alert, int) alert.Outcome { return o }
	}
	tests := []struct {
		name   string
		answer func(a alert.Alert, nth int) alert.Outcome
		tries  int
		want   store.Tally
		susp   store.Suspension
	}{
		{"a refusal for good is a dead letter", refused(alert.Outcome{Fate: alert.Refused, Reason: "no"}), 1, store.Tally{Dead: 1}, ""},
		{"a chat that blocked the bot is suspended", refused(alert.Outcome{Fate: alert.Refused, Suspend: store.Blocked}), 1, store.Tally{Suspended: 1}, store.Blocked},
		{"one strike does not suspend", refused(alert.Outcome{Fate: alert.Refused, Strike: true}), 1, store.Tally{Dead: 1}, ""},
		{"an answer that never came is tried twice again and then given up", refused(alert.Outcome{Fate: alert.Unknown}), 3, store.Tally{Dead: 1, Unknown: 3}, ""},
		{"what was never written is tried until it is", func(_ alert.Alert, nth int) alert.Outcome {
			if nth <= 5 {
				return alert.Outcome{Fate: alert.NotWritten}
			}
			return alert.Outcome{Fate: alert.Delivered}
		}, 6, store.Tally{Delivered: 1}, ""},
		{"an unknown outcome may turn out well", func(_ alert.Alert, nth int) alert.Outcome {
			if nth == 1 {
				return alert.Outcome{Fate: alert.Unknown}
			}
			return alert.Outcome{Fate: alert.Delivered}
		}, 2, store.Tally{Delivered: 1, Unknown: 1}, ""},
		{"a chat that moved to nowhere is refused", refused(alert.Outcome{Fate: alert.Moved}), 1, store.Tally{Dead: 1}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				r.chats.answer = tt.answer
				r.watch(nil, 1, "tax")
				l := r.start(nil)
				item := r.accept(l, "tax")[0]
				pass(5 * time.Minute)
				if got := r.tally(item); got != tt.want {
					t.Errorf("Tally = %+v, want %+v", got, tt.want)
				}
				if got := r.chats.nth["1 1"]; got != tt.tries {
					t.Errorf("sent %d times, want %d", got, tt.tries)
				}
				if d, err := r.store.Destination(t.Context(), store.Dest{Chat: 1}); err != nil || d.Suspended != tt.susp {
					t.Errorf("suspended %q, %v, want %q", d.Suspended, err, tt.susp)
				}
				l.stop()
			})
		})
	}
}

func TestASuspendedChatIsNotKnockedAtAgain(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.chats.answer = func(alert.Alert, int) alert.Outcome {
			return alert.Outcome{Fate: alert.Refused, Suspend: store.Kicked}
		}
		r.watch(nil, 1, "tax")
		l := r.start(nil)
		items := r.accept(l, "tax one", "tax two", "tax three")
		pass(time.Minute)
		if n := len(r.chats.nth); n != 1 {
			t.Errorf("%d messages were tried, want 1", n)
		}
		for _, it := range items {
			if got := r.tally(it); got != (store.Tally{Suspended: 1}) {
				t.Errorf("Tally(%d) = %+v, want 1 suspended", it, got)
			}
		}
		later := r.accept(l, "tax four")[0]
		pass(time.Minute)
		if got := r.tally(later); got != (store.Tally{}) {
			t.Errorf("Tally(%d) = %+v, want nothing owed to a suspended chat", later, got)
		}
		l.stop()
	})
}

func TestThreeStrikesInADaySuspend(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.chats.answer = func(alert.Alert, int) alert.Outcome { return alert.Outcome{Fate: alert.Refused, Strike: true} }
		r.watch(nil, 1, "tax")
		l := r.start(nil)
		for range 5 {
			r.accept(l, "tax")
			pass(time.Minute)
		}
		if n := len(r.chats.nth); n != store.Strikes {
			t.Errorf("%d messages were tried, want %d", n, store.Strikes)
		}
		l.stop()
	})
}

func TestAWaitOfOneChatDoesNotSlowOthers(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.chats.answer = func(a alert.Alert, nth int) alert.Outcome {
			if a.To.Chat == 1 && nth == 1 && a.Item.Seq == 1 {
				return alert.Outcome{Fate: alert.Wait, After: 30 * time.Second}
			}
			return alert.Outcome{Fate: alert.Delivered}
		}
		for chat := range int64(100) {
			r.watch(nil, chat+1, "tax")
		}
		l := r.start(nil)
		items := r.accept(l, "tax one", "tax two")
		pass(29 * time.Second)
		if got := len(r.chats.all()); got != 198 {
			t.Errorf("%d messages in 29 s, want 198: all but chat 1's", got)
		}
		if got := r.chats.to(1); len(got) != 0 {
			t.Errorf("chat 1 was told %v after 29 s, want silence for 30 s", got)
		}
		pass(10 * time.Second)
		if got := r.chats.to(1); !slices.Equal(got, items) {
			t.Errorf("chat 1 was told %v, want %v in order", got, items)
		}
		l.stop()
	})
}

func TestAHoldOutlivesARestart(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.chats.answer = func(_ alert.Alert, nth int) alert.Outcome {
			if nth == 1 {
				return alert.Outcome{Fate: alert.Wait, After: time.Minute}
			}
			return alert.Outcome{Fate: alert.Delivered}
		}
		r.watch(nil, 1, "tax")
		l := r.start(nil)
		r.accept(l, "tax")
		pass(time.Second)
		l.stop()
		l = r.start(nil)
		pass(57 * time.Second)
		if got := r.chats.to(1); len(got) != 0 {
			t.Errorf("chat 1 was told %v within the minute Telegram asked for", got)
		}
		pass(3 * time.Second)
		if got := r.chats.to(1); len(got) != 1 {
			t.Errorf("chat 1 was told %v, want one item", got)
		}
		l.stop()
	})
}

func TestAWaitOfTheWholeBotPausesAll(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		first := true
		r.chats.answer = func(alert.Alert, int) alert.Outcome {
			if first {
				first = false
				return alert.Outcome{Fate: alert.Wait, WholeBot: true, After: 20 * time.Second}
			}
			return alert.Outcome{Fate: alert.Delivered}
		}
		for chat := range int64(30) {
			r.watch(nil, chat+1, "tax")
		}
		l := r.start(nil)
		r.accept(l, "tax")
		pass(19 * time.Second)
		if got := len(r.chats.all()); got != 0 {
			t.Errorf("%d messages within the 20 s, want none", got)
		}
		pass(3 * time.Second)
		if got := len(r.chats.all()); got != 30 {
			t.Errorf("%d messages afterwards, want 30", got)
		}
		l.stop()
	})
}

func TestOrder(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.file = loudAndQuiet(t)
		for chat := range int64(60) {
			r.subscribe(chat + 1)
		}
		l := r.start(nil)
		items := r.accept(l, "football one", "tax one", "football two", "tax two")
		pass(2 * time.Second)
		fire := r.accept(l, "fire and football")[0]
		pass(2 * time.Minute)
		l.stop()
		byChat := map[int64][]uint64{}
		for _, m := range r.chats.all() {
			byChat[m.Chat] = append(byChat[m.Chat], m.Item)
			if m.Item == fire && m.Class != store.Urgent {
				t.Errorf("%v was told as %v, want its loudest class", m.Item, m.Class)
			}
		}
		for chat, got := range byChat {
			normal := slices.DeleteFunc(slices.Clone(got), func(i uint64) bool { return i != items[1] && i != items[3] })
			low := slices.DeleteFunc(slices.Clone(got), func(i uint64) bool { return i != items[0] && i != items[2] })
			if len(got) != 5 || !slices.IsSorted(normal) || !slices.IsSorted(low) {
				t.Errorf("chat %d was told %v, want each class oldest first", chat, got)
			}
		}
		if len(byChat) != 60 {
			t.Errorf("%d chats were told, want 60", len(byChat))
		}
	})
}

func TestAnArticleForManyDoesNotHoldUpOneForFew(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		for chat := range int64(2000) {
			r.watch(nil, chat+1, "tax")
		}
		r.watch(nil, 5001, "budget")
		l := r.start(nil)
		r.accept(l, "tax")
		pass(5 * time.Second)
		r.accept(l, "budget")
		pass(2 * time.Second)
		if got := r.chats.to(5001); len(got) != 1 {
			t.Errorf("the chat of the small article was told %v after 2 s, want its item", got)
		}
		l.stop()
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

func TestNothingIsSentWhileTelegramDoesNotAnswer(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		down := true
		sends := 0
		r.chats.answer = func(alert.Alert, int) alert.Outcome {
			sends++
			if down {
				return alert.Outcome{Fate: alert.Unknown}
			}
			return alert.Outcome{Fate: alert.Delivered}
		}
		r.chats.probe = func() error {
			if down {
				return errors.New("no answer")
			}
			return nil
		}
		for chat := range int64(100) {
			r.watch(nil, chat+1, "tax")
		}
		l := r.start(nil)
		item := r.accept(l, "tax")[0]
		pass(10 * time.Minute)
		if sends != 3 {
			t.Errorf("%d messages were sent, want 3 and then none", sends)
		}
		r.chats.mu.Lock()
		down = false
		r.chats.mu.Unlock()
		pass(time.Minute)
		if got := r.tally(item); got != (store.Tally{Delivered: 100, Unknown: 3}) {
			t.Errorf("Tally = %+v, want 100 delivered, 3 unknown", got)
		}
		l.stop()
	})
}

func TestABroadcastComesOnceAndTakesUnknownForDelivered(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.chats.answer = func(a alert.Alert, _ int) alert.Outcome {
			if a.To.Chat == 7 {
				return alert.Outcome{Fate: alert.Unknown}
			}
			return alert.Outcome{Fate: alert.Delivered}
		}
		for chat := range int64(10) {
			r.watch(nil, chat+1, "tax")
		}
		l := r.start(nil)
		note := store.BroadcastNote{Text: "hello", Before: time.Now().Add(time.Second)}
		pass(2 * time.Second)
		r.watch(l, 50, "tax") // joined after the preview
		pass(time.Second)
		if got := l.index.Audience(note); got != 10 {
			t.Errorf("Audience = %d, want 10", got)
		}
		item := r.acceptItems(l, []store.Item{{Article: news.Article{ID: "broadcast 1"}, Broadcast: &note}})[0]
		pass(time.Minute)
		if got := r.tally(item); got != (store.Tally{Delivered: 10, Unknown: 1}) {
			t.Errorf("Tally = %+v, want 10 delivered, 1 of them unknown", got)
		}
		l.stop()
		l = r.start(nil)
		pass(time.Minute)
		if got := len(r.chats.all()); got != 9 {
			t.Errorf("%d messages, want 9", got)
		}
		l.stop()
	})
}

func TestAStoppedBroadcastStops(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		for chat := range int64(300) {
			r.watch(nil, chat+1, "tax")
		}
		l := r.start(nil)
		item := r.acceptItems(l, []store.Item{{Article: news.Article{ID: "broadcast 1"}, Broadcast: &store.BroadcastNote{Text: "hello"}}})[0]
		pass(2 * time.Second)
		for s := range store.Shard(store.Shards) {
			if err := r.store.Cancel(t.Context(), s, item); err != nil {
				t.Fatal(err)
			}
		}
		before := len(r.chats.all())
		pass(time.Minute)
		after := len(r.chats.all())
		if before == 0 || after-before > 16 {
			t.Errorf("%d messages before the stop, %d after it; want some, and then at most what was in flight", before, after-before)
		}
		if got := l.stats.Report(); got.Owed != [store.Classes]int{} {
			t.Errorf("%v owed, want nothing", got.Owed)
		}
		l.stop()
	})
}

func TestAFailingStoreLosesAndRepeatsNothing(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		n := 0
		r.fail = func(string) error {
			r.chats.mu.Lock()
			defer r.chats.mu.Unlock()
			if n++; n%3 != 0 {
				return errors.New("disk is busy")
			}
			return nil
		}
		for chat := range int64(20) {
			r.watch(nil, chat+1, "tax")
		}
		l := r.start(nil)
		items := r.accept(l, "tax one", "tax two", "tax three")
		pass(10 * time.Minute)
		for chat := range int64(20) {
			if got := r.chats.to(chat + 1); !slices.Equal(got, items) {
				t.Errorf("chat %d was told %v, want %v", chat+1, got, items)
			}
		}
		l.stop()
	})
}

func TestWhoIsTakenOverStops(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.watch(nil, 1, "tax")
		l := r.start(nil)
		pass(time.Second)
		r.takeOver("another")
		r.accept(l, "tax")
		pass(time.Second)
		if err := <-l.errs; !errors.Is(err, store.ErrFenced) {
			t.Errorf("Lead() = %v, want ErrFenced", err)
		}
		l.cancel()
		if err := <-l.errs; err != nil {
			t.Errorf("Run() = %v after a stop, want nil", err)
		}
		if got := r.chats.all(); len(got) != 0 {
			t.Errorf("told %v by who was taken over", got)
		}
	})
}

func TestACleanStopFinishesWhatIsInFlight(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.chats.takes = 10 * time.Second
		for chat := range int64(40) {
			r.watch(nil, chat+1, "tax")
		}
		l := r.start(nil)
		item := r.accept(l, "tax")[0]
		pass(300 * time.Millisecond)
		begun := time.Now()
		l.stop()
		if took := time.Since(begun); took > 11*time.Second {
			t.Errorf("the stop took %v, want at most the 10 s of what was in flight", took)
		}
		r.chats.takes = 0
		l = r.start(nil)
		pass(time.Minute)
		if got := r.tally(item); got != (store.Tally{Delivered: 40}) {
			t.Errorf("Tally = %+v, want 40 delivered and nothing unknown", got)
		}
		if got := len(r.chats.all()); got != 40 {
			t.Errorf("%d messages, want 40: a clean stop repeats nothing", got)
		}
		l.stop()
	})
}

func TestForumThreadsShareTheirChatsPace(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		for thread := range int64(20) {
			r.change(nil, store.Dest{Chat: -9, Thread: thread + 1}, store.Supergroup, store.Edit{Op: store.AddRule, Text: "tax", Lang: "en"})
		}
		for chat := range int64(50) {
			r.watch(nil, chat+1, "tax")
		}
		l := r.start(nil)
		r.accept(l, "tax")
		pass(5 * time.Second)
		if got := len(r.chats.all()) - len(r.chats.to(-9)); got != 50 {
			t.Errorf("%d private chats were told within 5 s, want 50: a busy forum takes no room", got)
		}
		pass(time.Minute)
		if got := len(r.chats.to(-9)); got != 20 {
			t.Errorf("the forum was told %d times, want 20", got)
		}
		l.stop()
	})
}

func TestAHitThatOnlyAnotherMatcherSawIsToldWithoutWords(t *testing.T) {
	tests := []struct {
		name    string
		matcher string
		edit    store.Edit
		pause   bool
		want    store.Tally
	}{
		{"another version of the matcher saw a hit", "another version", store.Edit{Op: store.Touch}, false, store.Tally{Delivered: 1}},
		{"the same version: the rules have changed since", rules.Version(), store.Edit{Op: store.Touch}, false, store.Tally{Dropped: 1}},
		{"nothing is watched any more", "another version", store.Edit{Op: store.RemoveRule, N: 1}, false, store.Tally{Dropped: 1}},
		{"another version saw it, and it waited in a pause", "another version", store.Edit{Op: store.Touch}, true, store.Tally{Delivered: 1}},
		{"the same version, in a pause", rules.Version(), store.Edit{Op: store.Touch}, true, store.Tally{Dropped: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				d := r.watch(nil, 1, "tax")
				r.change(nil, d.Dest, "", tt.edit)
				l := r.start(nil)
				item := r.accept(l, "football")[0]
				pass(time.Second)
				if tt.pause {
					r.change(l, d.Dest, "", store.Edit{Op: store.Pause})
					pass(time.Second)
				}
				job := store.Dispatch{Shard: d.Shard, Item: item, Created: time.Now(), Matcher: tt.matcher}
				job.Owed[store.Normal] = []uint32{d.Ordinal}
				if _, err := r.store.Dispatch(t.Context(), job, r.epoch); err != nil {
					t.Fatal(err)
				}
				l.delivery.Owes([]store.Shard{d.Shard}, item)
				pass(time.Second)
				if tt.pause {
					r.change(l, d.Dest, "", store.Edit{Op: store.Resume})
					pass(time.Second)
				}
				if got := r.tally(item); got != tt.want {
					t.Errorf("Tally = %+v, want %+v", got, tt.want)
				}
				for _, m := range r.chats.all() {
					if len(m.Rules) != 0 {
						t.Errorf("told for %v, want no rules named", m.Rules)
					}
				}
				l.stop()
			})
		})
	}
}

// TestThePaceIsUsedWhileWorkWaits looks at every window of a run of the whole
// room in which Telegram and the store take their time.
func TestThePaceIsUsedWhileWorkWaits(t *testing.T) {
	tests := []struct {
		name  string
		begin time.Duration // a write-ahead takes up to
		least float64       // of the pace, in each minute
	}{
		{"a store that is quick", 0, .97},
		{"a store that takes its time", 60 * time.Millisecond, .97},
		{"a store that is slow costs pace, and breaks no limit", 200 * time.Millisecond, .5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				random := rand.New(rand.NewPCG(3, 4))
				r.chats.takes, r.apart = 250*time.Millisecond, true
				r.fail = func(call string) error {
					if call == "begin" && tt.begin > 0 {
						r.chats.mu.Lock()
						took := time.Duration(random.Int64N(int64(tt.begin)))
						r.chats.mu.Unlock()
						time.Sleep(took)
					}
					return nil
				}
				for chat := range int64(700) {
					r.watch(nil, chat+1, "tax")
				}
				r.change(nil, store.Dest{Chat: -1}, store.Channel, store.Edit{Op: store.AddRule, Text: "tax", Lang: "en"})
				l := r.start(nil)
				for range 20 {
					r.accept(l, "tax")
				}
				pass(6 * time.Minute)
				l.stop()
				checkPace(t, r.chats.all(), 5, tt.least)
			})
		})
	}
}

// checkPace looks at the windows of a run, and how well its first minutes were
// used.
func checkPace(t *testing.T, told []told, minutes int, least float64) {
	t.Helper()
	var all []time.Time
	byChat := map[int64][]time.Time{}
	for _, m := range told {
		all = append(all, m.At)
		byChat[m.Chat] = append(byChat[m.Chat], m.At)
	}
	if n := most(all, time.Second); n > 30 {
		t.Errorf("%d messages in one second, want at most 30", n)
	}
	if n := most(byChat[-1], time.Minute); n > 18 {
		t.Errorf("%d messages to the channel in one minute, want at most 18", n)
	}
	for chat, at := range byChat {
		if n := most(at, 10*time.Second); n > 13 {
			t.Errorf("%d messages to chat %d in 10 s, want at most 13", n, chat)
		}
	}
	per := make([]int, minutes+2)
	for _, at := range all {
		per[min(int(at.Sub(all[0])/time.Minute), minutes+1)]++
	}
	for minute, n := range per[:minutes] {
		if float64(n) < least*27*60 {
			t.Errorf("%d messages in minute %d, want at least %.0f %% of %d", n, minute, 100*least, 27*60)
		}
	}
}

func TestARunLeavesNoGoroutineAndNothingWaiting(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) { // the bubble fails when a goroutine is left
		l := r.start(nil)
		pass(5 * time.Minute)
		if got := l.stats.Report(); got.Oldest != 0 || got.StoreErrors != 0 {
			t.Errorf("Report = %+v, want nothing owed and no error", got)
		}
		l.stop()
	})
}
