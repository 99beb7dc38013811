package alert_test

import (
	"context"
	"math/rand/v2"
	"rasid/alert"
	"rasid/store/redisstore"
	"rasid/store/storetest/redistest"
	"slices"
	"sync"
	"testing"
	"time"
)

// A field is several processes' pacers on one Redis, and what arrives of what
// they let through.
type field struct {
	pacers []*alert.Pacer
	wg     sync.WaitGroup

	mu      sync.Mutex
	all     []time.Time
	chats   map[int64][]time.Time
	replies int
}

func newField(t *testing.T, url string, processes int) *field {
	t.Helper()
	f := &field{chats: map[int64][]time.Time{}}
	for range processes {
		s, err := redisstore.Open(t.Context(), url, redisstore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		f.pacers = append(f.pacers, alert.NewPacer(alert.PacerOptions{Slots: s, Logger: quiet()}))
	}
	return f
}

// send sends one message after the other to the chats that next gives, until
// ctx ends. Each is on its way for up to 60 ms, and so is its answer.
func (f *field) send(ctx context.Context, p *alert.Pacer, lane alert.Lane, next func() alert.To) {
	f.wg.Go(func() {
		for ctx.Err() == nil {
			to := next()
			s, err := p.Take(ctx, to, lane)
			if err != nil {
				return
			}
			time.Sleep(time.Duration(rand.Int64N(int64(60 * time.Millisecond))))
			f.arrived(to.Chat, lane)
			time.Sleep(time.Duration(rand.Int64N(int64(60 * time.Millisecond))))
			s.Answered()
		}
	})
}

func (f *field) arrived(chat int64, lane alert.Lane) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	f.all = append(f.all, now)
	f.chats[chat] = append(f.chats[chat], now)
	if lane == alert.Reply {
		f.replies++
	}
}

// limitsHold looks at every window.
func (f *field) limitsHold(t *testing.T) {
	t.Helper()
	if n := most(f.all, time.Second); n > 30 {
		t.Errorf("%d messages arrived in one second, want at most 30", n)
	}
	for chat, at := range f.chats {
		if n := most(at, time.Minute); chat < 0 && n > 18 {
			t.Errorf("%d messages arrived in group %d, want at most 18 in a minute", n, chat)
		}
		if early := tooEarly(at); early > 0 {
			t.Errorf("chat %d got a message %v too early after its burst", chat, early)
		}
	}
}

// tooEarly tells by how much a chat's bucket of three, and one more each
// second, was overrun.
func tooEarly(at []time.Time) (early time.Duration) {
	full := at[0]
	for _, now := range at {
		early = max(early, full.Sub(now)-2*time.Second)
		if full.Before(now) {
			full = now
		}
		full = full.Add(time.Second)
	}
	return early
}

// TestProcessesShareTheLimits has three processes send as fast as they can, in
// real time: alerts to chats of their own, and replies to chats that all of
// them write to.
func TestProcessesShareTheLimits(t *testing.T) {
	f := newField(t, redistest.Start(t, "--appendfsync", "no").URL, 3)
	const length = 7 * time.Second
	ctx, stop := context.WithTimeout(t.Context(), length)
	defer stop()
	for n, p := range f.pacers {
		for w := range 16 {
			chat := int64(1000 * (16*n + w))
			f.send(ctx, p, alert.Alerts, func() alert.To { chat++; return alert.To{Chat: chat} })
		}
		for range 3 {
			f.send(ctx, p, alert.Reply, func() alert.To { return alert.To{Chat: 1 + rand.Int64N(3)} })
		}
		f.send(ctx, p, alert.Alerts, func() alert.To { return alert.To{Chat: -1, Group: true} })
	}
	begun := time.Now()
	f.wg.Wait()
	f.limitsHold(t)
	late := slices.DeleteFunc(slices.Clone(f.all), func(at time.Time) bool { return at.Sub(begun) < time.Second || at.Sub(begun) > length })
	rate := float64(len(late)) / (length - time.Second).Seconds()
	t.Logf("%.2f messages a second from three processes, %.1f %% of the pace; %d replies; %d to the group", rate, 100*rate/27, f.replies, len(f.chats[-1]))
	if rate < .93*27 { // in real time, on a machine with other work
		t.Errorf("%.2f messages a second, want at least 93 %% of 27, and 97 %% on a machine with nothing else to do", rate)
	}
	if n := len(f.chats[-1]); n < 6 { // 9 where nothing else is to be done; TestPaceOfGroups is exact
		t.Errorf("%d messages to the group, want a burst of 3 and about one a second", n)
	}
}

// TestAWaitHoldsInEveryProcess has one process told to wait: for a chat, and
// then for all.
func TestAWaitHoldsInEveryProcess(t *testing.T) {
	f := newField(t, redistest.Start(t).URL, 2)
	ctx := t.Context()
	takes := func(chat int64) time.Duration {
		t.Helper()
		begun := time.Now()
		if err := took(ctx, f.pacers[1], alert.To{Chat: chat}, alert.Alerts); err != nil {
			t.Fatal(err)
		}
		return time.Since(begun)
	}
	until := time.Now().Add(1200 * time.Millisecond)
	f.pacers[0].Hold(1, until)
	if waited := takes(2); waited > 500*time.Millisecond {
		t.Errorf("another chat waited %v, want no hold", waited)
	}
	takes(1)
	if time.Now().Before(until) {
		t.Errorf("the chat was written to %v before the wait that another process was told was over", time.Until(until))
	}
	until = time.Now().Add(1200 * time.Millisecond)
	for chat := range int64(3) {
		f.pacers[0].Hold(10+chat, until)
	}
	for {
		takes(20 + time.Now().UnixNano()) // until the pause has reached the other
		if !time.Now().Before(until) {
			break
		}
		if time.Until(until) < time.Second {
			t.Fatal("another process sent during the pause")
		}
	}
	takes(5)
	if got := f.pacers[1].Rate(); got > 14 {
		t.Errorf("Rate() = %v in the other process, want half", got)
	}
}
