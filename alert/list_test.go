package alert_test

import (
	"fmt"
	"rasid/alert"
	"rasid/store"
	"slices"
	"sync"
	"testing"
	"time"
)

// titles are n titles that the rule "tax" hits.
func titles(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("tax %d", i+1)
	}
	return all
}

// TestManyAlertsShareAMessage: more than three that wait go together, ten at
// most, oldest first, as one attempt, one slot and one entry of the ring.
func TestManyAlertsShareAMessage(t *testing.T) {
	tests := []struct {
		name     string
		articles int
		apart    bool
		want     []int // items in each message
	}{
		{"three go one by one", 3, false, []int{1, 1, 1}},
		{"four share a message", 4, false, []int{4}},
		{"ten share a message", 10, false, []int{10}},
		{"an eleventh is alone", 11, false, []int{10, 1}},
		{"twenty-five take three messages", 25, false, []int{10, 10, 5}},
		{"lists can be turned off", 5, true, []int{1, 1, 1, 1, 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				r.apart = tt.apart
				r.watch(nil, 1, "tax")
				items := r.accept(nil, titles(tt.articles)...)
				l := r.start(nil)
				pass(time.Minute)
				l.stop()
				if got := r.chats.to(1); !slices.Equal(got, items) {
					t.Errorf("chat 1 was told %v, want %v", got, items)
				}
				ring, err := r.store.Sent(t.Context(), store.Dest{Chat: 1})
				if err != nil {
					t.Fatal(err)
				}
				var got []int
				for _, s := range slices.Backward(ring) {
					got = append(got, len(s.Items))
				}
				if !slices.Equal(got, tt.want) || r.chats.messages != len(tt.want) {
					t.Errorf("%d messages with %v items in the ring, want %v", r.chats.messages, got, tt.want)
				}
				lists := int64(0)
				for _, n := range tt.want {
					lists += int64(min(n/2, 1))
				}
				s := l.stats.Report()
				if s.Delivered != int64(len(tt.want)) || s.Told != int64(tt.articles) || s.Lists != lists {
					t.Errorf("Report: %d delivered, %d told, %d lists, want %d, %d, %d", s.Delivered, s.Told, s.Lists, len(tt.want), tt.articles, lists)
				}
			})
		})
	}
}

// TestAListIsOfOneClass: classes do not share a message, and broadcasts share
// none.
func TestAListIsOfOneClass(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.file = loudAndQuiet(t)
		r.subscribe(1)
		for range 4 {
			r.accept(nil, "fire", "tax", "football")
			r.announce(nil, fmt.Sprint("hear ", r.articles))
		}
		l := r.start(nil)
		pass(time.Minute)
		l.stop()
		byTime := map[time.Time][]told{}
		for _, m := range r.chats.all() {
			byTime[m.At] = append(byTime[m.At], m)
		}
		if r.chats.messages != 3+4 {
			t.Errorf("%d messages, want a list of each class and four announcements", r.chats.messages)
		}
		for at, all := range byTime {
			for _, m := range all {
				if m.Class != all[0].Class || m.List == (m.Class == store.Broadcast) {
					t.Errorf("at %v were told %+v, want one class, and lists but for broadcasts", at, all)
				}
			}
		}
	})
}

// holdFirst has Telegram ask to wait at the first message.
func (r *rig) holdFirst(wait time.Duration) {
	r.chats.answer = func(alert.Alert, int) alert.Outcome {
		if r.chats.messages == 1 {
			return alert.Outcome{Fate: alert.Wait, After: wait}
		}
		return alert.Outcome{Fate: alert.Delivered}
	}
}

// TestAListLeavesOutWhatNobodyWants: what is no longer wanted is withdrawn and
// counted, and the others are told.
func TestAListLeavesOutWhatNobodyWants(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		d := r.watch(nil, 1, "tax")
		r.watch(nil, 1, "budget")
		r.holdFirst(time.Minute)
		l := r.start(nil)
		items := r.accept(l, "tax", "budget", "tax", "budget", "tax", "budget")
		pass(time.Second)
		r.change(l, d.Dest, "", store.Edit{Op: store.RemoveRule, N: 1})
		pass(2 * time.Minute)
		l.stop()
		want := []uint64{items[1], items[3], items[5]}
		if got := r.chats.to(1); !slices.Equal(got, want) || r.chats.messages != 2 {
			t.Errorf("chat 1 was told %v in %d messages after the first, want %v in one", got, r.chats.messages-1, want)
		}
		for i, it := range items {
			want := store.Tally{Dropped: 1 - i%2, Delivered: i % 2}
			if got := r.tally(it); got != want {
				t.Errorf("Tally(%d) = %+v, want %+v", it, got, want)
			}
		}
		if got := l.stats.Report().Withdrawn; got != 3 {
			t.Errorf("%d withdrawn, want 3", got)
		}
	})
}

// TestAListOfWhichOneIsLeftIsAnAlert: then it is told as every alert is.
func TestAListOfWhichOneIsLeftIsAnAlert(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		d := r.watch(nil, 1, "tax")
		r.watch(nil, 1, "budget")
		r.holdFirst(time.Minute)
		l := r.start(nil)
		items := r.accept(l, "tax", "tax", "budget", "tax", "tax")
		pass(time.Second)
		r.change(l, d.Dest, "", store.Edit{Op: store.RemoveRule, N: 1})
		pass(2 * time.Minute)
		l.stop()
		if got := r.chats.all(); len(got) != 1 || got[0].Item != items[2] || got[0].List {
			t.Errorf("chat 1 was told %+v, want item %d by itself", got, items[2])
		}
	})
}

// TestAListTellsWhatCameTooLate: the count comes with it once, whether it is
// repeated or the process ends.
func TestAListTellsWhatCameTooLate(t *testing.T) {
	for _, tt := range []struct {
		name  string
		first alert.Fate // of the list
		kill  bool
	}{
		{"at once", alert.Delivered, false},
		{"without an answer at first", alert.Unknown, false},
		{"and before the next life", alert.Delivered, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				r.poll = 10 * time.Minute
				r.watch(nil, 1, "tax")
				end := r.outage(alert.NotWritten)
				l := r.start(nil)
				late := r.accept(l, titles(7)...)
				pass(11 * time.Hour)
				fresh := r.accept(l, titles(6)...)
				pass(2 * time.Hour)
				end()
				r.chats.mu.Lock()
				fate := tt.first
				r.chats.answer = func(alert.Alert, int) alert.Outcome {
					defer func() { fate = alert.Delivered }()
					return alert.Outcome{Fate: fate}
				}
				r.chats.mu.Unlock()
				pass(time.Minute)
				if tt.kill {
					l.kill()
					l.buried()
					l = r.start(nil)
				}
				more := r.accept(l, "tax")
				pass(time.Minute)
				l.stop()
				if got, want := r.chats.to(1), append(fresh, more...); !slices.Equal(got, want) {
					t.Errorf("chat 1 was told %v, want %v", got, want)
				}
				var missed []int
				for _, m := range r.chats.all() {
					missed = append(missed, m.Missed)
				}
				if got, want := fmt.Sprint(missed), "[0 0 0 0 0 7 0]"; got != want {
					t.Errorf("with its alerts it was told of %s that came too late, want %s: the list's last tells", got, want)
				}
				for _, item := range late {
					if got := r.tally(item); got != (store.Tally{Expired: 1}) {
						t.Errorf("Tally(%d) = %+v, want it expired", item, got)
					}
				}
			})
		})
	}
}

// TestWhoPausesWhileAListWaitsFindsAllInTheInbox: in order, in one write, and
// none of it as a list beside the inbox.
func TestWhoPausesWhileAListWaitsFindsAllInTheInbox(t *testing.T) {
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
		r.holdFirst(time.Hour)
		l := r.start(nil)
		items := r.accept(l, titles(25)...)
		pass(time.Second)
		r.change(l, d.Dest, "", store.Edit{Op: store.Pause})
		pass(2 * time.Hour)
		if got := r.inbox(d); !slices.Equal(got, items) {
			t.Errorf("the inbox holds %v, want %v", got, items)
		}
		if shelved != 1 {
			t.Errorf("%d writes for what waited, want one", shelved)
		}
		r.resume(l, d)
		more := r.accept(l, titles(5)...)
		pass(time.Minute)
		l.stop()
		all := r.chats.all()
		if len(all) == 0 || !slices.Equal(all[0].All, items) {
			t.Fatalf("after the pause were told %+v, want first what waited", all)
		}
		var after []uint64
		for _, m := range all[1:] {
			after = append(after, m.All...)
		}
		if !slices.Equal(after, more) {
			t.Errorf("after what waited were told %v, want %v", after, more)
		}
		if got := l.stats.Report(); got.Told != int64(len(items)+len(more)) || got.Sent[store.Normal] != got.Told || got.Owed != [store.Classes]int{} {
			t.Errorf("the report says %d told, %v sent and %v owed, want %d, all normal, and nothing", got.Told, got.Sent, got.Owed, len(items)+len(more))
		}
	})
}

// TestNothingOfAListInFlightExpires: what is under way is told, and what waits
// behind it is not.
func TestNothingOfAListInFlightExpires(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.poll = 10 * time.Minute
		r.watch(nil, 1, "tax")
		end := r.outage(alert.NotWritten)
		l := r.start(nil)
		items := r.accept(l, titles(13)...)
		pass(12*time.Hour - 40*time.Second)
		r.chats.mu.Lock()
		r.chats.takes = 50 * time.Second
		r.chats.mu.Unlock()
		end()
		pass(5 * time.Minute)
		l.stop()
		if got := r.chats.to(1); !slices.Equal(got, items[:10]) {
			t.Errorf("chat 1 was told %v, want %v", got, items[:10])
		}
		for i, item := range items {
			want := store.Tally{Delivered: 1}
			if i >= 10 {
				want = store.Tally{Expired: 1}
			}
			if got := r.tally(item); got != want {
				t.Errorf("Tally of alert %d = %+v, want %+v", i+1, got, want)
			}
		}
	})
}
