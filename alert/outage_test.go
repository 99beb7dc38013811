package alert_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"rasid/alert"
	"rasid/store"
	"rasid/store/memstore"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A journal is a log that several write to.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

// lines lists those that contain a text.
func (j *journal) lines(text string) (found []string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for line := range strings.Lines(j.b.String()) {
		if strings.Contains(line, text) {
			found = append(found, line)
		}
	}
	return found
}

// TestTheEndOfAnOutageIsToldOnce however many waited for it, and not where only one
// thing could not be done.
func TestTheEndOfAnOutageIsToldOnce(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		for chat := range int64(40) {
			r.watch(nil, chat+1, "tax")
		}
		log := &journal{}
		s := &mortal{Store: r.store, dead: new(atomic.Bool)}
		var away atomic.Bool
		s.fail = func(call string) error {
			if away.Load() {
				return errors.New("connection refused")
			}
			return nil
		}
		l := r.runWith(alert.DeliveryOptions{Store: s, Logger: slog.New(slog.NewTextHandler(log, nil))}, nil)
		for outage := range 3 {
			r.accept(l, "tax")
			time.Sleep(time.Duration(200+100*outage) * time.Millisecond)
			away.Store(true)
			pass(90 * time.Second)
			if n := len(log.lines("takes it again")); n != outage {
				t.Errorf("said %d times that the store takes it again while it is away, want %d", n, outage)
			}
			away.Store(false)
			pass(time.Minute)
			said := log.lines("takes it again")
			if len(said) != outage+1 {
				t.Fatalf("said %d times that the store takes it again after %d outages", len(said), outage+1)
			}
			if last := said[outage]; !strings.Contains(last, "level=INFO") || !strings.Contains(last, "away=1m") {
				t.Errorf("said %q, want how long it was away", last)
			}
		}
		if n := len(log.lines("does not take it")); n < 30 {
			t.Errorf("said %d times that the store fails; want one for each that waited at least", n)
		}
		l.stop()
		for chat := range int64(40) {
			if got := r.chats.to(chat + 1); fmt.Sprint(got) != "[1 2 3]" {
				t.Errorf("chat %d was told %v", chat+1, got)
			}
		}
	})
}

// A stubborn store never begins anything for one place, and at times nothing at all.
type stubborn struct {
	*memstore.Store
	place store.Place
	away  atomic.Bool
}

func (s *stubborn) Begin(ctx context.Context, m store.Mark) error {
	if m.Place == s.place || s.away.Load() {
		return errors.New("it is not taken")
	}
	return s.Store.Begin(ctx, m)
}

func (s *stubborn) Owed(ctx context.Context, shard store.Shard, after uint64) ([]store.Job, error) {
	if s.away.Load() {
		return nil, errors.New("connection refused")
	}
	return s.Store.Owed(ctx, shard, after)
}

// TestOneThingThatIsNotTakenIsNoOutage: while everything else is taken nothing is
// said but the errors, and of an outage beside it how long that was.
func TestOneThingThatIsNotTakenIsNoOutage(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		d := r.watch(nil, 1, "tax")
		for chat := range int64(20) {
			r.watch(nil, chat+2, "flood")
		}
		log := &journal{}
		s := &stubborn{Store: r.store, place: d.Place}
		l := r.runWith(alert.DeliveryOptions{Store: s, Logger: slog.New(slog.NewTextHandler(log, nil))}, nil)
		r.accept(l, "tax")
		for range 10 {
			r.accept(l, "flood")
			pass(30 * time.Second)
		}
		if said := log.lines("takes it again"); len(said) != 0 {
			t.Errorf("said %q, want nothing", said)
		}
		s.away.Store(true)
		r.accept(l, "flood")
		pass(40 * time.Second)
		s.away.Store(false)
		for range 10 {
			r.accept(l, "flood")
			pass(30 * time.Second)
		}
		if said := log.lines("takes it again"); len(said) != 1 || !strings.Contains(said[0], "away=4") && !strings.Contains(said[0], "away=5") {
			t.Errorf("said %q, want once that it was away for some forty seconds", said)
		}
		l.stop()
	})
}
