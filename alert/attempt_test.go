package alert_test

import (
	"context"
	"errors"
	"rasid/alert"
	"rasid/store"
	"strings"
	"testing"
	"time"
)

func TestUnknownOutcomesAreCountedOverRestarts(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.chats.answer = func(alert.Alert, int) alert.Outcome { return alert.Outcome{Fate: alert.Unknown} }
		r.watch(nil, 1, "tax")
		item := r.accept(nil, "tax")[0]
		for range 6 {
			l := r.start(nil)
			pass(2 * time.Second) // one attempt, and not the next
			l.stop()
		}
		if got := r.tally(item); got != (store.Tally{Dead: 1, Unknown: 3}) || r.chats.nth["1 1"] != 3 {
			t.Errorf("Tally = %+v after %d sends, want a dead letter after 3", got, r.chats.nth["1 1"])
		}
	})
}

// mute is a Sender that cannot word anything.
type mute struct{ *chats }

func (mute) Prepare(context.Context, alert.Alert) (alert.Message, error) {
	return nil, errors.New("no words")
}

func TestWhatCannotBeWordedIsADeadLetter(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		d := r.watch(nil, 1, "tax")
		l := r.start(nil)
		pass(time.Second)
		l.stop()
		item := r.accept(nil, "tax")[0]
		r.takeOver("another")
		job := store.Dispatch{Shard: d.Shard, Item: item}
		job.Owed[store.Normal] = []uint32{d.Ordinal}
		if _, err := r.store.Dispatch(t.Context(), job, r.epoch); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		delivery := alert.NewDelivery(alert.DeliveryOptions{
			Store: r.store, Index: l.index, Pacer: l.pacer, Sender: mute{r.chats}, Logger: quiet(),
		})
		delivery.OwnAll(alert.Held(r.epoch))
		if err := delivery.Run(ctx); err != nil {
			t.Errorf("Run() = %v, want nil", err)
		}
		letters, err := r.store.Dead(t.Context(), d.Shard, 10)
		if err != nil || len(letters) != 1 || !strings.Contains(letters[0].Reason, "no words") {
			t.Errorf("Dead = %+v, %v, want one letter that says why", letters, err)
		}
	})
}

func TestWhoIsForgottenGetsNothingMore(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		for chat := range int64(40) {
			r.watch(nil, chat+1, "tax")
		}
		l := r.start(nil)
		r.accept(l, "tax")
		for chat := range int64(40) {
			if err := r.store.Forget(t.Context(), chat+1, time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		l.delivery.Wake()
		pass(time.Minute)
		if got := len(r.chats.all()); got > 16 {
			t.Errorf("%d messages, want at most what was in flight", got)
		}
		if got := l.stats.Report().Owed; got != [store.Classes]int{} {
			t.Errorf("%v owed, want nothing", got)
		}
		l.stop()
	})
}

func TestOldArticlesAreTrimmed(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.watch(nil, 1, "tax")
		d := r.watch(nil, 2, "sport")
		r.change(nil, d.Dest, "", store.Edit{Op: store.Pause})
		r.chats.answer = func(a alert.Alert, _ int) alert.Outcome {
			return alert.Outcome{Fate: alert.Wait, After: time.Hour}
		}
		r.keep = 20 * time.Minute
		l := r.start(nil)
		owed, told, kept := r.accept(l, "tax")[0], r.accept(l, "weather")[0], r.accept(l, "sport")[0]
		pass(19 * time.Minute)
		if _, err := r.store.Item(t.Context(), told); err != nil {
			t.Errorf("Item(%d) = %v within the retention, want it", told, err)
		}
		pass(12 * time.Minute)
		if _, err := r.store.Item(t.Context(), told); !errors.Is(err, store.ErrUnknown) {
			t.Errorf("Item(%d) = %v after the retention, want ErrUnknown", told, err)
		}
		if _, err := r.store.Item(t.Context(), owed); err != nil {
			t.Errorf("Item(%d) = %v, want it: it is still owed", owed, err)
		}
		pass(10 * time.Minute)
		if _, err := r.store.Item(t.Context(), kept); !errors.Is(err, store.ErrUnknown) {
			t.Errorf("Item(%d) = %v after the retention, want ErrUnknown: it was only kept for later", kept, err)
		}
		if got := r.tally(kept); got != (store.Tally{}) {
			t.Errorf("Tally(%d) = %+v after the retention, want nothing left of it", kept, got)
		}
		l.stop()
	})
}

func TestAStopWaitsForTheDrainAndNoLonger(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.chats.takes = time.Minute
		r.watch(nil, 1, "tax")
		l := r.start(nil)
		item := r.accept(l, "tax")[0]
		pass(time.Second)
		begun := time.Now()
		l.stop()
		if took := time.Since(begun); took != 15*time.Second {
			t.Errorf("the stop took %v, want 15s", took)
		}
		r.chats.takes = 0
		l = r.start(nil)
		pass(time.Minute)
		l.stop()
		if got := r.tally(item); got != (store.Tally{Delivered: 1, Unknown: 1}) || len(r.chats.to(1)) != 2 {
			t.Errorf("Tally = %+v after %d messages, want it sent once more since the answer was lost", got, len(r.chats.to(1)))
		}
	})
}

func TestAChatHeldWhileItWaitsForASlotMakesRoom(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.room = 1
		r.watch(nil, 1, "tax")
		r.watch(nil, 2, "tax")
		l := r.start(nil)
		l.pacer.HoldAll(time.Now().Add(2 * time.Second))
		r.accept(l, "tax")
		pass(time.Second)
		first := r.chats.worded[0]
		l.pacer.Hold(first, time.Now().Add(time.Hour)) // say, by a reply
		pass(40 * time.Second)
		if got := r.chats.all(); len(got) != 1 || got[0].Chat == first {
			t.Errorf("told %v, want only the chat that nobody holds", got)
		}
		pass(time.Hour)
		if got := r.chats.to(first); len(got) != 1 {
			t.Errorf("chat %d was told %v in the end, want its item", first, got)
		}
		l.stop()
	})
}

func TestAnAnswerAtTheEndOfADrainIsRecorded(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.chats.takes = 15900 * time.Millisecond
		r.fail = func(call string) error {
			if call == "finish" {
				time.Sleep(time.Second) // as long as replicas are waited for
			}
			return nil
		}
		r.watch(nil, 1, "tax")
		l := r.start(nil)
		item := r.accept(l, "tax")[0]
		pass(time.Second)
		l.stop()
		r.chats.takes = 0
		l = r.start(nil)
		pass(time.Minute)
		l.stop()
		if got := r.tally(item); got != (store.Tally{Delivered: 1}) || len(r.chats.to(1)) != 1 {
			t.Errorf("Tally = %+v after %d messages, want it delivered once", got, len(r.chats.to(1)))
		}
	})
}

// TestAttemptsOfAnEarlierOwnerCountBeforeMoreIsTried: of two in one shard the
// older could be told again sooner, but counts as tried only with the other.
func TestAttemptsOfAnEarlierOwnerCountBeforeMoreIsTried(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.shared = true
		other := int64(2)
		for store.HomeShard(other) != store.HomeShard(1) {
			other++
		}
		r.watch(nil, 1, "tax")
		r.watch(nil, other, "vat")
		for i, title := range []string{"tax", "vat"} {
			r.accept(nil, title)
			l := r.start(func(p string, l *life) {
				if p == alert.CrashBeforeWrite {
					l.kill()
				}
			})
			pass(time.Duration(50-49*i) * time.Second) // the answer to the first comes soon after, if at all
			l.kill()
			l.buried()
		}
		r.chats.answer = func(alert.Alert, int) alert.Outcome { return alert.Outcome{Fate: alert.Unknown, MessageID: 1} }
		l := r.start(nil)
		pass(10 * time.Minute)
		l.stop()
		if got := len(r.chats.to(1)); got != 2 {
			t.Errorf("chat 1 was told %d times after an attempt that may have told it, want 2", got)
		}
	})
}
