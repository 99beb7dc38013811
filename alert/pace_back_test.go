package alert_test

import (
	"context"
	"errors"
	"fmt"
	"rasid/alert"
	"rasid/rules"
	"rasid/store"
	"rasid/store/memstore"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// frail is a lease that does not hold while it is lapsed.
type frail struct {
	epoch  uint64
	lapsed atomic.Bool
}

func (f *frail) Epoch() uint64 { return f.epoch }
func (f *frail) Holds() bool   { return !f.lapsed.Load() }

// TestALapsedLeaseCostsOthersNothing: of a process that froze, or whose store is
// slow, nothing goes out, and everybody else has the whole pace.
func TestALapsedLeaseCostsOthersNothing(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		for c := range int64(100) {
			r.watch(nil, c+1, "tax")
		}
		lease := &frail{epoch: r.epoch + 1}
		lease.lapsed.Store(true)
		l := r.runWith(alert.DeliveryOptions{}, lease)
		r.accept(l, "tax")
		pass(5 * time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		n := 0
		for ; ; n++ {
			s, err := l.pacer.Take(ctx, alert.To{Chat: int64(1000 + n)}, alert.Alerts)
			if err != nil {
				break
			}
			s.Answered()
		}
		if n < 4*26 {
			t.Errorf("others got %d slots in 4 s, want the whole pace", n)
		}
		if told, worded := len(r.chats.all()), len(r.chats.worded); told+worded != 0 {
			t.Errorf("%d told and %d worded while the lease did not hold, want none", told, worded)
		}
		lease.lapsed.Store(false)
		pass(8 * time.Second)
		if got := len(r.chats.all()); got != 100 {
			t.Errorf("%d told after the lease was back, want all", got)
		}
		l.stop()
	})
}

// begins is a store with its own way of writing ahead.
type begins struct {
	*memstore.Store
	before func() error // nil: nothing
}

func (b *begins) Begin(ctx context.Context, m store.Mark) error {
	if err := b.before(); err != nil {
		return err
	}
	return b.Store.Begin(ctx, m)
}

// TestWhatIsNotSentCostsAGroupNothing: what was settled meanwhile took no part of
// the 18 messages a minute.
func TestWhatIsNotSentCostsAGroupNothing(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.change(nil, store.Dest{Chat: -5}, store.Group, store.Edit{Op: store.AddRule, Text: "tax", Lang: "en"})
		l := r.runWith(alert.DeliveryOptions{Apart: true, Store: &begins{r.store, func() error { return store.ErrSettled }}}, nil)
		for i := range 30 {
			r.accept(l, fmt.Sprint("tax ", i))
		}
		pass(20 * time.Second)
		if got := l.stats.Report().Overtaken; got < 30 { // what the store still owes may be found once more
			t.Errorf("%d were found settled in 20 s, want all 30", got)
		}
		if at := l.pacer.TryAt(alert.To{Chat: -5, Group: true}); at.After(time.Now()) {
			t.Errorf("the group can be sent to in %v, want at once: nothing was sent", time.Until(at))
		}
		l.stop()
	})
}

// dated is a sender that looks how old the marks are when it is asked to send.
type dated struct {
	*chats
	rig    *rig
	shard  store.Shard
	oldest time.Duration
}

func (d *dated) Send(ctx context.Context, m alert.Message) alert.Outcome {
	marks, err := d.rig.store.Marks(ctx, d.shard)
	if err != nil || len(marks) != 1 {
		d.rig.t.Errorf("Marks = %v, %v while it is sent, want one", marks, err)
		return alert.Outcome{Fate: alert.Refused}
	}
	d.oldest = max(d.oldest, time.Since(marks[0].At))
	return d.chats.Send(ctx, m)
}

// TestAMarkIsYoungWhenItsMessageIsSent: whoever takes over counts from its time.
func TestAMarkIsYoungWhenItsMessageIsSent(t *testing.T) {
	for name, before := range map[string]func(l *life, begun time.Time, nth int) error{
		"where the pace has no second slot": func(l *life, _ time.Time, nth int) error {
			if nth == 1 {
				time.Sleep(200 * time.Millisecond)
				l.pacer.HoldAll(time.Now().Add(20 * time.Second))
			}
			return nil
		},
		"where the store fails for a while": func(_ *life, begun time.Time, _ int) error {
			if time.Since(begun) < 40*time.Second {
				return errors.New("disk is busy")
			}
			return nil
		},
		"where the store is slow once": func(_ *life, _ time.Time, nth int) error {
			if nth == 1 {
				time.Sleep(30 * time.Second)
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				d := r.watch(nil, 1, "tax")
				var l *life
				begun, nth := time.Now(), 0
				s := &begins{Store: r.store, before: func() error {
					nth++
					return before(l, begun, nth)
				}}
				sender := &dated{chats: r.chats, rig: r, shard: d.Shard}
				l = r.runWith(alert.DeliveryOptions{Store: s, Sender: sender, Shared: true}, nil)
				pass(time.Second)
				item := r.accept(l, "tax")[0]
				pass(2 * time.Minute)
				l.stop()
				if got := r.chats.to(1); !slices.Equal(got, []uint64{item}) {
					t.Errorf("told %v, want the item once", got)
				}
				if sender.oldest > 2*time.Second {
					t.Errorf("the mark was %v old when it was sent", sender.oldest)
				}
			})
		})
	}
}

// TestAnAnswerIsWaitedForAsLongAsAMarkCounts: whoever takes the shard over takes
// the message for lost then, and so does who sent it.
func TestAnAnswerIsWaitedForAsLongAsAMarkCounts(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.watch(nil, 1, "tax")
		r.chats.takes = 10 * time.Minute
		l := r.runWith(alert.DeliveryOptions{}, nil)
		item := r.accept(l, "tax")[0]
		pass(61 * time.Second)
		if got := r.tally(item); got.Unknown != 1 {
			t.Errorf("Tally = %+v after 61 s without an answer, want that counted", got)
		}
		l.stop()
	})
}

// TestAChatThatMovesWhileItIsToldIsFreeAfterwards, by its old number: somebody
// else may have that one day.
func TestAChatThatMovesWhileItIsToldIsFreeAfterwards(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		d := r.change(nil, store.Dest{Chat: -5}, store.Group, store.Edit{Op: store.AddRule, Text: "sport", Lang: "en"})
		l := r.runWith(alert.DeliveryOptions{}, nil)
		pass(1500 * time.Millisecond)
		item := r.accept(nil, "tax")[0]
		job := store.Dispatch{Shard: d.Shard, Item: item, Created: time.Now(), Matcher: rules.Version() + "/0"}
		job.Owed[store.Normal] = []uint32{d.Ordinal}
		if _, err := r.store.Dispatch(t.Context(), job, r.epoch); err != nil {
			t.Fatal(err)
		}
		if err := r.store.Advance(t.Context(), store.Reach{To: item}, r.epoch); err != nil {
			t.Fatal(err)
		}
		if err := r.store.Migrate(t.Context(), -5, -1005, time.Now()); err != nil {
			t.Fatal(err)
		}
		l.delivery.Owes([]store.Shard{d.Shard}, item)
		pass(time.Second)
		r.change(l, store.Dest{Chat: -5}, store.Group, store.Edit{Op: store.AddRule, Text: "sport", Lang: "en"})
		next := r.accept(l, "sport")[0]
		pass(time.Minute)
		if got := r.chats.to(-5); !slices.Equal(got, []uint64{next}) {
			t.Errorf("the chat that has the old number now was told %v, want %v", got, next)
		}
		l.stop()
	})
}
