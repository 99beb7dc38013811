package alert_test

import (
	"errors"
	"rasid/store"
	"slices"
	"testing"
	"time"
)

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
