package alert_test

import (
	"errors"
	"rasid/alert"
	"rasid/news"
	"rasid/store"
	"testing"
	"time"
)

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

// A chat that is moved while a message to its old id is refused is not made anew
// there: it would be merged with the one that moved.
func TestAStrikeMakesNoChat(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.chats.answer = func(alert.Alert, int) alert.Outcome {
			if err := r.store.Migrate(t.Context(), -5, -1005, time.Now()); err != nil {
				t.Error(err)
			}
			return alert.Outcome{Fate: alert.Refused, Strike: true}
		}
		r.watch(nil, -5, "tax")
		l := r.start(nil)
		r.accept(l, "tax")
		pass(time.Minute)
		l.stop()
		if d, err := r.store.Destination(t.Context(), store.Dest{Chat: -5}); !errors.Is(err, store.ErrUnknown) {
			t.Errorf("the old id is %+v, %v; want ErrUnknown", d, err)
		}
	})
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
