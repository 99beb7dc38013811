package alert_test

import (
	"context"
	"math/rand/v2"
	"rasid/alert"
	"rasid/store/redisstore"
	"rasid/store/storetest/redistest"
	"sync"
	"testing"
	"testing/synctest"
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

// newField makes three.
func newField(t *testing.T, url string, o alert.PacerOptions, so redisstore.Options) *field {
	t.Helper()
	f := &field{chats: map[int64][]time.Time{}}
	for range 3 {
		s, err := redisstore.Open(t.Context(), url, so)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		o.Slots, o.Logger = s, quiet()
		f.pacers = append(f.pacers, alert.NewPacer(o))
	}
	return f
}

// wait waits until Redis is asked nothing any more.
func (f *field) wait() {
	for _, p := range f.pacers {
		p.Wait()
	}
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
		if n := most(at, time.Minute); chat < 0 && n > 20 { // 18 are sent, and one may take its time
			t.Errorf("%d messages arrived in group %d, want at most 20 in a minute", n, chat)
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

// virtual has Redis take the moments to send from the clock of a bubble. That
// stands still while Redis is asked something, so Redis takes no time, however
// busy the machine is.
func virtual() redisstore.Options { return redisstore.Options{PaceClock: time.Now} }

// TestProcessesShareTheLimits has three processes send as fast as they can:
// alerts to chats of their own, and replies to chats that all of them write to.
func TestProcessesShareTheLimits(t *testing.T) {
	url := redistest.Start(t, "--appendfsync", "no").URL
	synctest.Test(t, func(t *testing.T) {
		f := newField(t, url, alert.PacerOptions{}, virtual())
		const length = time.Minute + time.Second
		ctx, stop := context.WithTimeout(t.Context(), length)
		defer stop()
		begun := time.Now()
		f.sendAll(ctx)
		f.wg.Wait()
		f.limitsHold(t)
		for _, to := range []time.Duration{7 * time.Second, length} {
			n := between(f.all, begun.Add(time.Second), begun.Add(to))
			rate := float64(n) / (to - time.Second).Seconds()
			t.Logf("%.2f messages a second from three processes until %v, %.1f %% of the pace", rate, to, 100*rate/27)
			if rate < .97*27 {
				t.Errorf("%.2f messages a second until %v, want at least 97 %% of 27", rate, to)
			}
		}
		seven, all := between(f.chats[-1], begun, begun.Add(7*time.Second)), between(f.chats[-1], begun, begun.Add(time.Minute))
		t.Logf("%d replies; %d messages to the group in seven seconds, and %d in a minute", f.replies, seven, all)
		if seven != 9 || all != 18 {
			t.Errorf("%d messages to the group in seven seconds, and %d in a minute; want a burst of 3 and one a second, and 18", seven, all)
		}
		f.wait()
	})
}

// TestPaidBroadcastsOfSeveralProcesses has three processes send paid broadcasts
// beside alerts: each kind has all of its own pace.
func TestPaidBroadcastsOfSeveralProcesses(t *testing.T) {
	url := redistest.Start(t, "--appendfsync", "no").URL
	synctest.Test(t, func(t *testing.T) {
		const rate, length = 900, 21 * time.Second
		f := newField(t, url, alert.PacerOptions{Paid: rate}, virtual())
		paid := &field{chats: map[int64][]time.Time{}}
		ctx, stop := context.WithTimeout(t.Context(), length)
		defer stop()
		begun := time.Now()
		f.sendAll(ctx)
		for n, p := range f.pacers {
			for w := range 100 {
				chat := int64(1_000_000 * (1 + 100*n + w))
				paid.send(ctx, p, alert.Broadcasts, func() alert.To { chat++; return alert.To{Chat: chat} })
			}
		}
		f.wg.Wait()
		paid.wg.Wait()
		f.limitsHold(t)
		if n := most(paid.all, time.Second); n > 1000 {
			t.Errorf("%d paid messages arrived in one second, want at most 1000", n)
		}
		for from := time.Second; from < length; from += 10 * time.Second {
			at := begun.Add(from)
			n, others := between(paid.all, at, at.Add(10*time.Second)), between(f.all, at, at.Add(10*time.Second))
			t.Logf("ten seconds from %v on: %d paid messages and %d others; at most %d paid in one", from, n, others, most(paid.all, time.Second))
			if float64(n) < .97*10*rate || float64(others) < .97*10*27 {
				t.Errorf("%d paid messages and %d others in ten seconds, want at least 97 %% of %d and %d", n, others, 10*rate, 270)
			}
		}
		f.wait()
	})
}

// sendAll has each process send alerts to one group, then also replies and other
// alerts. The group's come first, for they would else have their first turn after
// as many others as there happen to be.
func (f *field) sendAll(ctx context.Context) {
	for _, p := range f.pacers {
		for range 3 { // one waits for the group at any time
			f.send(ctx, p, alert.Alerts, func() alert.To { return alert.To{Chat: -1, Group: true} })
		}
	}
	synctest.Wait()
	for n, p := range f.pacers {
		for w := range 16 {
			chat := int64(1000 * (16*n + w))
			f.send(ctx, p, alert.Alerts, func() alert.To { chat++; return alert.To{Chat: chat} })
		}
		for range 3 {
			f.send(ctx, p, alert.Reply, func() alert.To { return alert.To{Chat: 1 + rand.Int64N(3)} })
		}
	}
}

// between counts what arrived between two moments.
func between(at []time.Time, from, to time.Time) (n int) {
	for _, x := range at {
		if !x.Before(from) && x.Before(to) {
			n++
		}
	}
	return n
}

// TestAWaitHoldsInEveryProcess has one process told to wait: for a chat, and
// then for all.
func TestAWaitHoldsInEveryProcess(t *testing.T) {
	url := redistest.Start(t, "--appendfsync", "no").URL
	synctest.Test(t, func(t *testing.T) {
		f := newField(t, url, alert.PacerOptions{}, virtual())
		first, others := f.pacers[0], f.pacers[1:]
		takes := func(p *alert.Pacer, chat int64) time.Duration {
			t.Helper()
			begun := time.Now()
			if err := took(t.Context(), p, alert.To{Chat: chat}, alert.Alerts); err != nil {
				t.Fatal(err)
			}
			return time.Since(begun)
		}
		const wait, slot = 1200 * time.Millisecond, time.Second / 27
		until := time.Now().Add(wait)
		first.Hold(1, until)
		synctest.Wait() // until Redis was told
		for n, p := range others {
			if waited := takes(p, 2); waited > slot {
				t.Errorf("another chat waited %v in process %d, want no hold", waited, n+1)
			}
		}
		for n, p := range others {
			if takes(p, 1); time.Now().Before(until) || time.Since(until) > 2*slot {
				t.Errorf("process %d wrote to the chat %v after the wait that another process was told was over", n+1, time.Since(until))
			}
		}
		until = time.Now().Add(wait)
		for chat := range int64(3) {
			first.Hold(10+chat, until)
		}
		synctest.Wait()
		for n, p := range others {
			if takes(p, 5); time.Now().Before(until) || time.Since(until) > 4*slot {
				t.Errorf("process %d sent %v after the pause that another process was told was over", n+1, time.Since(until))
			}
			if got := p.Rate(); got > 14 {
				t.Errorf("Rate() = %v in process %d, want half", got, n+1)
			}
		}
		f.wait()
	})
}
