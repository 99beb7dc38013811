package alert_test

import (
	"context"
	"rasid/alert"
	"rasid/store"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// most returns the largest number of moments within any window of length w.
func most(at []time.Time, w time.Duration) int {
	slices.SortFunc(at, time.Time.Compare)
	best, from := 0, 0
	for i := range at {
		for at[i].Sub(at[from]) >= w {
			from++
		}
		best = max(best, i-from+1)
	}
	return best
}

// took takes a slot, and has the answer at once.
func took(ctx context.Context, p *alert.Pacer, to alert.To, lane alert.Lane) error {
	s, err := p.Take(ctx, to, lane)
	s.Answered()
	return err
}

// crowd takes slots with n goroutines, each for the chat that chat gives it,
// as often as it can, and returns when they were had.
func crowd(p *alert.Pacer, n int, lane alert.Lane, chat func(i int) alert.To, d time.Duration) <-chan []time.Time {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	each := make(chan []time.Time)
	for i := range n {
		go func() {
			var had []time.Time
			for took(ctx, p, chat(i), lane) == nil {
				had = append(had, time.Now())
			}
			each <- had
		}()
	}
	all := make(chan []time.Time, 1)
	go func() {
		defer cancel()
		var had []time.Time
		for range n {
			had = append(had, <-each...)
		}
		all <- had
	}()
	return all
}

func TestWindows(t *testing.T) {
	tests := []struct {
		name    string
		n       int
		chat    func(i int) alert.To
		length  time.Duration
		window  time.Duration
		atMost  int     // in any window
		atLeast float64 // in all
	}{
		{"the whole bot sends 27 a second", 200, func(i int) alert.To { return alert.To{Chat: int64(i)} }, 3 * time.Minute, time.Second, 28, .97 * 27 * 180},
		{"a group gets 18 a minute", 3, func(int) alert.To { return alert.To{Chat: -1, Group: true} }, 10 * time.Minute, time.Minute, 18, .97 * 180},
		{"a person gets one a second", 2, func(int) alert.To { return alert.To{Chat: 1} }, time.Minute, time.Second, 4, .97 * 60},
		{"after its burst a person gets one a second", 2, func(int) alert.To { return alert.To{Chat: 1} }, time.Minute, 20 * time.Second, 23, .97 * 60},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := <-crowd(alert.NewPacer(alert.PacerOptions{}), tt.n, alert.Alerts, tt.chat, tt.length)
				if n := most(got, tt.window); n > tt.atMost {
					t.Errorf("%d in one window of %v, want at most %d", n, tt.window, tt.atMost)
				}
				if float64(len(got)) < tt.atLeast {
					t.Errorf("%d in all, want at least %.0f", len(got), tt.atLeast)
				}
			})
		})
	}
}

func TestAScaledPacerKeepsTheSameShape(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := alert.NewPacer(alert.PacerOptions{Scale: 10})
		got := <-crowd(p, 2, alert.Alerts, func(int) alert.To { return alert.To{Chat: -1, Group: true} }, time.Minute)
		if n := most(got, 6*time.Second); n != 18 {
			t.Errorf("%d in 6 s at scale 10, want 18", n)
		}
	})
}

func TestRepliesGoFirstUpToTheirShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := alert.NewPacer(alert.PacerOptions{})
		alerts := crowd(p, 100, alert.Alerts, func(i int) alert.To { return alert.To{Chat: int64(i)} }, time.Minute)
		replies := crowd(p, 100, alert.Reply, func(i int) alert.To { return alert.To{Chat: int64(1000 + i)} }, time.Minute)
		a, r := len(<-alerts), len(<-replies)
		if r < 175 || r > 183 || a+r < 27*60*97/100 {
			t.Errorf("%d replies and %d alerts in a minute, want 180 replies and the rest alerts", r, a)
		}
	})
}

func TestAReplyWaitsForOneSlotOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := alert.NewPacer(alert.PacerOptions{})
		alerts := crowd(p, 100, alert.Alerts, func(i int) alert.To { return alert.To{Chat: int64(i)} }, time.Minute)
		time.Sleep(10 * time.Second)
		begun := time.Now()
		if err := took(t.Context(), p, alert.To{Chat: 5000}, alert.Reply); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begun); took > 40*time.Millisecond {
			t.Errorf("a reply waited %v among alerts, want one slot", took)
		}
		<-alerts
	})
}

func TestRepliesAloneUseTheWholePace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := alert.NewPacer(alert.PacerOptions{})
		got := <-crowd(p, 100, alert.Reply, func(i int) alert.To { return alert.To{Chat: int64(i)} }, time.Minute)
		if len(got) < 27*60*97/100 {
			t.Errorf("%d replies in a minute, want 27 a second", len(got))
		}
	})
}

func TestAStormPausesAllAndHalvesThePace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := alert.NewPacer(alert.PacerOptions{Rate: 20})
		until := time.Now().Add(30 * time.Second)
		p.Hold(1, until)
		p.Hold(2, until)
		if got := p.Rate(); got != 20 {
			t.Errorf("Rate() = %v after two chats, want 20", got)
		}
		for chat := range int64(14) { // what was in flight is told the same
			p.Hold(3+chat, until)
		}
		if err := took(t.Context(), p, alert.To{Chat: 99}, alert.Reply); err != nil || time.Now().Before(until) {
			t.Errorf("Take() = %v at %v, want nothing before %v", err, time.Now(), until)
		}
		if got := p.Rate(); got < 10 || got > 10.1 {
			t.Errorf("Rate() = %v after the storm, want 10", got)
		}
		time.Sleep(5 * time.Minute)
		if got := p.Rate(); got < 14.9 || got > 15.1 {
			t.Errorf("Rate() = %v five minutes later, want 15", got)
		}
		time.Sleep(time.Hour)
		if got := p.Rate(); got != 20 {
			t.Errorf("Rate() = %v in the end, want 20", got)
		}
	})
}

func TestThreeWaitsFarApartAreNoStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := alert.NewPacer(alert.PacerOptions{})
		for chat := range int64(6) {
			p.Hold(chat, time.Now().Add(time.Second))
			time.Sleep(6 * time.Second)
		}
		if got := p.Rate(); got != 27 {
			t.Errorf("Rate() = %v, want 27", got)
		}
	})
}

func TestWithoutAPaceOnlyTelegramsOwnWaitsHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := alert.NewPacer(alert.PacerOptions{Rate: -1})
		begun := time.Now()
		for range 1000 {
			if err := took(t.Context(), p, alert.To{Chat: -1, Group: true}, alert.Alerts); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(begun); took != 0 {
			t.Errorf("1000 slots took %v, want no time", took)
		}
		p.Hold(7, begun.Add(time.Minute))
		_ = took(t.Context(), p, alert.To{Chat: 7}, alert.Alerts)
		if took := time.Since(begun); took != time.Minute {
			t.Errorf("a held chat's slot took %v, want 1m", took)
		}
	})
}

func TestAStopEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := alert.NewPacer(alert.PacerOptions{})
		p.HoldAll(time.Now().Add(time.Hour))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := took(ctx, p, alert.To{Chat: 1}, alert.Alerts); err == nil {
			t.Error("Take() = nil within a hold, want the end of the context")
		}
	})
}

// stuckSlots never answers before its time is up, and then takes until it is
// let go.
type stuckSlots struct {
	alert.Slots
	let  chan struct{}
	over atomic.Bool
}

func (s *stuckSlots) Slot(ctx context.Context, _ store.PaceAsk) (store.PaceAnswer, error) {
	<-ctx.Done()
	<-s.let
	s.over.Store(true)
	return store.PaceAnswer{}, ctx.Err()
}

func TestNobodyAsksForSlotsAfterTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slots := &stuckSlots{let: make(chan struct{})}
		p := alert.NewPacer(alert.PacerOptions{Slots: slots, Logger: quiet()})
		if !p.Wait() {
			t.Error("Wait() = false before anything was asked")
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		if err := took(ctx, p, alert.To{Chat: 1}, alert.Alerts); err == nil {
			t.Fatal("Take() = nil without a slot")
		}
		begun := time.Now()
		time.AfterFunc(4*time.Second, func() { close(slots.let) })
		if ok := p.Wait(); !ok || !slots.over.Load() {
			t.Errorf("Wait() = %t after %v, and the call is over: %t; want it waited for", ok, time.Since(begun), slots.over.Load())
		}
	})
}

func TestTheWaitForSlotsEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slots := &stuckSlots{let: make(chan struct{})}
		p := alert.NewPacer(alert.PacerOptions{Slots: slots, Logger: quiet()})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := took(ctx, p, alert.To{Chat: 1}, alert.Alerts); err == nil {
			t.Fatal("Take() = nil without a slot")
		}
		begun := time.Now()
		if ok, took := p.Wait(), time.Since(begun); ok || took != 5*time.Second {
			t.Errorf("Wait() = %t after %v; want false after 5s of a call that does not end", ok, took)
		}
		close(slots.let)
	})
}

func TestForecast(t *testing.T) {
	p := alert.NewPacer(alert.PacerOptions{Rate: 25})
	idle, busy := p.Forecast(50000)
	if idle != 2000*time.Second || busy != 40000*time.Second {
		t.Errorf("Forecast(50000) = %v, %v, want 2000 s idle and twenty times that busy", idle, busy)
	}
}

func TestOneChatsLongWaitIsItsOwn(t *testing.T) {
	const far, soon = 14 * time.Hour, 5 * time.Second
	tests := []struct {
		name  string
		waits []time.Duration // one chat after the other is told
		all   time.Duration   // must wait
	}{
		{"two chats are no storm", []time.Duration{soon, soon}, 0},
		{"three are", []time.Duration{soon, soon, soon}, soon},
		{"the longest counts", []time.Duration{soon, 4 * time.Minute, soon}, 4 * time.Minute},
		{"one for hours does not", []time.Duration{far, soon, 2 * soon}, 2 * soon},
		{"two for hours do", []time.Duration{far, soon, far}, far},
		{"what was on its way makes it longer", []time.Duration{soon, soon, soon, 2 * soon}, 2 * soon},
		{"but not for hours", []time.Duration{soon, soon, soon, far}, soon},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := alert.NewPacer(alert.PacerOptions{})
				begun := time.Now()
				for i, w := range tt.waits {
					p.Hold(int64(i), begun.Add(w))
				}
				if err := took(t.Context(), p, alert.To{Chat: 99}, alert.Alerts); err != nil {
					t.Fatal(err)
				}
				if got := time.Since(begun); got != tt.all {
					t.Errorf("another chat waited %v, want %v", got, tt.all)
				}
			})
		})
	}
}

func TestWhatHasNoAnswerCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := alert.NewPacer(alert.PacerOptions{})
		slots := make([]*alert.Slot, 30)
		for i := range slots {
			slots[i], _ = p.Take(t.Context(), alert.To{Chat: int64(i)}, alert.Alerts)
			time.Sleep(100 * time.Millisecond)
		}
		answer := time.Now().Add(7 * time.Second)
		time.AfterFunc(7*time.Second, slots[11].Answered)
		if err := took(t.Context(), p, alert.To{Chat: 99}, alert.Alerts); err != nil {
			t.Fatal(err)
		}
		if got := time.Since(answer); got != time.Second {
			t.Errorf("the 31st was sent %v after the first answer, want a second", got)
		}
	})
}

func TestAChatHasOneMessageOnItsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := alert.NewPacer(alert.PacerOptions{})
		for _, tt := range []struct {
			name   string
			answer time.Duration
			want   time.Duration
		}{
			{"the next goes when there is an answer", 200 * time.Millisecond, 200 * time.Millisecond},
			{"or after a second without one", time.Minute, time.Second},
		} {
			begun := time.Now()
			s, err := p.Take(t.Context(), alert.To{Chat: 1}, alert.Alerts)
			if err != nil {
				t.Fatal(err)
			}
			time.AfterFunc(tt.answer, s.Answered)
			if at := p.TryAt(alert.To{Chat: 1}); at.After(begun) {
				t.Errorf("%s: TryAt() = %v, want now: an answer is all that it waits for", tt.name, at)
			}
			if err := took(t.Context(), p, alert.To{Chat: 1}, alert.Reply); err != nil {
				t.Fatal(err)
			}
			if got := time.Since(begun); got != tt.want {
				t.Errorf("%s: it went after %v, want %v", tt.name, got, tt.want)
			}
			time.Sleep(2 * time.Minute)
		}
	})
}

func TestASlotKnowsThatItsChatMustWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := alert.NewPacer(alert.PacerOptions{})
		s, err := p.Take(t.Context(), alert.To{Chat: 1}, alert.Alerts)
		if err != nil || !s.Held().IsZero() {
			t.Fatalf("Take() = %v; Held() = %v, want no hold", err, s.Held())
		}
		until := time.Now().Add(time.Minute)
		p.Hold(2, until)
		if got := s.Held(); !got.IsZero() {
			t.Errorf("Held() = %v, want none: it was another chat", got)
		}
		p.Hold(1, until)
		if got := s.Held(); !got.Equal(until) {
			t.Errorf("Held() = %v, want %v", got, until)
		}
	})
}

func TestWithoutAPaceASlotIsNothing(t *testing.T) {
	s, err := alert.NewPacer(alert.PacerOptions{Rate: -1}).Take(t.Context(), alert.To{Chat: 1}, alert.Alerts)
	if err != nil || !s.Held().IsZero() {
		t.Errorf("Take() = %v, %v; want nothing that is held", s, err)
	}
	s.Answered()
}

func TestForecastOfABroadcast(t *testing.T) {
	for _, tt := range []struct {
		name       string
		paid       float64
		idle, busy time.Duration
	}{
		{"one that is not paid for goes with the alerts", 0, 2000 * time.Second, 40000 * time.Second},
		{"one that is paid for is faster, whatever else is sent", 500, 100 * time.Second, 100 * time.Second},
	} {
		p := alert.NewPacer(alert.PacerOptions{Rate: 25, Paid: tt.paid})
		if idle, busy := p.ForecastBroadcast(50000); idle != tt.idle || busy != tt.busy {
			t.Errorf("%s: ForecastBroadcast(50000) = %v, %v, want %v, %v", tt.name, idle, busy, tt.idle, tt.busy)
		}
	}
}
