package alert_test

import (
	"context"
	"rasid/alert"
	"rasid/store"
	"slices"
	"testing"
	"time"
)

// formal is a sender whose messages are taken in their second form only.
type formal struct {
	*chats
	rig    *rig
	shard  store.Shard
	at     []time.Time // of each request
	tokens []string    // of the marks there were
	after  func()      // called when the first form was refused
}

type informal struct{ alert.Message }

func (f *formal) Send(ctx context.Context, m alert.Message) alert.Outcome {
	marks, err := f.rig.store.Marks(ctx, f.shard)
	if err != nil || len(marks) != 1 {
		f.rig.t.Errorf("Marks = %v, %v while it is sent, want one", marks, err)
		return alert.Outcome{Fate: alert.Refused}
	}
	f.at, f.tokens = append(f.at, time.Now()), append(f.tokens, marks[0].Token)
	if second, is := m.(informal); is {
		return f.chats.Send(ctx, second.Message)
	}
	f.after()
	return alert.Outcome{Fate: alert.Reworded, Instead: informal{m}, Reason: "too formal"}
}

// TestEachFormOfAMessageHasASlotAndAMark of its own.
func TestEachFormOfAMessageHasASlotAndAMark(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		d := r.change(nil, store.Dest{Chat: -5}, store.Group, store.Edit{Op: store.AddRule, Text: "tax", Lang: "en"})
		f := &formal{chats: r.chats, rig: r, shard: d.Shard, after: func() {}}
		l := r.runWith(alert.DeliveryOptions{Sender: f}, nil)
		item := r.accept(l, "tax")[0]
		pass(10 * time.Second)
		l.stop()
		if got := r.chats.to(-5); !slices.Equal(got, []uint64{item}) || len(f.at) != 2 {
			t.Fatalf("told %v in %d requests, want the item in two", got, len(f.at))
		}
		if apart := f.at[1].Sub(f.at[0]); apart < time.Second/28 || f.tokens[0] == f.tokens[1] {
			t.Errorf("the requests are %v apart with marks %q, want two slots and two marks", apart, f.tokens)
		}
		if got := r.tally(item); got != (store.Tally{Delivered: 1}) {
			t.Errorf("Tally = %+v, want it delivered", got)
		}
	})
}

// TestNoFormIsSentWithoutTheLease: it may lapse after the first was refused.
func TestNoFormIsSentWithoutTheLease(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		d := r.watch(nil, 1, "tax")
		lease := &frail{epoch: r.epoch + 1}
		f := &formal{chats: r.chats, rig: r, shard: d.Shard, after: func() { lease.lapsed.Store(true) }}
		l := r.runWith(alert.DeliveryOptions{Sender: f}, lease)
		item := r.accept(l, "tax")[0]
		pass(10 * time.Second)
		marks, err := r.store.Marks(t.Context(), d.Shard)
		if len(f.at) != 1 || err != nil || len(marks) != 0 {
			t.Errorf("%d requests and %d marks while the lease did not hold, want the first request alone", len(f.at), len(marks))
		}
		f.after = func() {}
		lease.lapsed.Store(false)
		pass(10 * time.Second)
		l.stop()
		if got := r.chats.to(1); !slices.Equal(got, []uint64{item}) {
			t.Errorf("told %v after the lease was back, want the item once", got)
		}
	})
}
