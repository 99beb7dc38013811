package alert_test

import (
	"rasid/alert"
	"slices"
	"testing"
	"time"
)

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
