package alert_test

import (
	"math/rand/v2"
	"rasid/store"
	"testing"
	"time"
)

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
