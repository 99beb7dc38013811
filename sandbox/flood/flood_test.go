package flood_test

import (
	"rasid/sandbox/flood"
	"testing"
	"time"
)

func TestTake(t *testing.T) {
	sends := func(m *flood.Meter, n int, step time.Duration, a flood.Ask) (passed, last int) {
		now := time.Unix(1_700_000_000, 0)
		for i := range n {
			if last = m.Take(now.Add(time.Duration(i)*step), a); last == 0 {
				passed++
			}
		}
		return passed, last
	}
	tests := []struct {
		name         string
		limits       flood.Limits
		ask          flood.Ask
		n            int
		step         time.Duration
		passed, last int
	}{
		{"one a second passes for ever", flood.Limits{}, flood.Ask{Chat: 1}, 100, time.Second, 100, 0},
		{"a short burst passes", flood.Limits{}, flood.Ask{Chat: 1}, 3, 0, 3, 0},
		{"a longer burst waits", flood.Limits{}, flood.Ask{Chat: 1}, 4, 0, 3, 1},
		{"a group takes 20 a minute", flood.Limits{}, flood.Ask{Chat: -1, Group: true}, 30, time.Second, 20, 31},
		{"asking too early may cost more", flood.Limits{Grow: 2}, flood.Ask{Chat: 1}, 6, 0, 3, 4},
		{"what is off passes", flood.Limits{Off: true}, flood.Ask{Chat: 1}, 50, 0, 50, 0},
		{"long texts may cost more", flood.Limits{LongCost: 3}, flood.Ask{Chat: 1, Chars: 501}, 2, 0, 1, 3},
		{"slow mode waits", flood.Limits{}, flood.Ask{Chat: -1, Group: true, Slow: 30 * time.Second}, 2, 0, 1, 30},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			passed, last := sends(flood.NewMeter(tt.limits), tt.n, tt.step, tt.ask)
			if passed != tt.passed || last != tt.last {
				t.Errorf("%d passed, last waits %d; want %d and %d", passed, last, tt.passed, tt.last)
			}
		})
	}
}

func TestPaidMessagesHaveALimitOfTheirOwn(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	m := flood.NewMeter(flood.Limits{})
	for i := range 1000 {
		if n := m.Take(now, flood.Ask{Chat: int64(i), Paid: true}); n != 0 {
			t.Fatalf("paid send %d waits %d", i, n)
		}
	}
	if n := m.Take(now, flood.Ask{Chat: 2000, Paid: true}); n != 1 {
		t.Errorf("the 1001st paid send waits %d, want 1", n)
	}
	if n := m.Take(now, flood.Ask{Chat: 2001}); n != 0 {
		t.Errorf("a free send beside them waits %d, want 0", n)
	}
	if p := m.Peaks(); p.Paid.Count != 1000 || p.Bot.Count != 1 {
		t.Errorf("peaks = %+v, want 1000 paid and 1 free", p)
	}
}

func TestTheWholeBotHasALimit(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	for scope, other := range map[string]int{"chat": 0, "bot": 1} {
		m := flood.NewMeter(flood.Limits{Scope: scope})
		for i := range 30 {
			if n := m.Take(now, flood.Ask{Chat: int64(i)}); n != 0 {
				t.Fatalf("send %d waits %d", i, n)
			}
		}
		if n := m.Take(now, flood.Ask{Chat: 99}); n != 1 {
			t.Errorf("the 31st to all waits %d, want 1", n)
		}
		if n := m.Take(now.Add(999*time.Millisecond), flood.Ask{Chat: 98, Edit: true}); n != other {
			t.Errorf("scope %s: an edit in another chat waits %d, want %d", scope, n, other)
		}
		if p := m.Peaks(); p.Bot.Count != 30 || p.BotAsked.Count != 31 {
			t.Errorf("peaks = %+v", p)
		}
	}
}
