package alert_test

import (
	"context"
	"rasid/alert"
	"rasid/store"
	"rasid/store/memstore"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// poisoned is a sender that breaks the program with one item.
type poisoned struct {
	*chats
	item    uint64
	sending bool // it breaks when it is sent, and else when it is worded
}

func (p poisoned) Prepare(ctx context.Context, a alert.Alert) (alert.Message, error) {
	if slices.Contains(a.Items(), p.item) && !p.sending {
		panic("a defect")
	}
	return p.chats.Prepare(ctx, a)
}

func (p poisoned) PrepareList(ctx context.Context, all []alert.Alert) (alert.Message, error) {
	for _, a := range all {
		if _, err := p.Prepare(ctx, a); err != nil {
			return nil, err
		}
	}
	return p.chats.PrepareList(ctx, all)
}

func (p poisoned) Send(ctx context.Context, m alert.Message) alert.Outcome {
	if a, ok := m.(alert.Alert); ok && p.sending && a.Item.Seq == p.item {
		panic("a defect")
	}
	return p.chats.Send(ctx, m)
}

func TestWhatBreaksTheProgramIsGivenUpAlone(t *testing.T) {
	for _, tt := range []struct {
		name    string
		items   int
		paused  bool
		sending bool
	}{
		{"an alert by itself", 1, false, false},
		{"one of several in a message", 6, false, false},
		{"one of several in an inbox", 6, true, false},
		{"one that breaks it while it is sent, after three tries", 2, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				d := r.watch(nil, 1, "tax")
				if tt.paused {
					r.change(nil, d.Dest, "", store.Edit{Op: store.Pause})
				}
				var items []uint64
				for range tt.items {
					items = append(items, r.accept(nil, "tax")...)
				}
				bad := items[len(items)/2]
				l := r.runWith(alert.DeliveryOptions{Sender: poisoned{r.chats, bad, tt.sending}}, nil)
				pass(5 * time.Second)
				if tt.paused {
					r.change(l, d.Dest, "", store.Edit{Op: store.Resume})
				}
				pass(3 * time.Minute)
				l.stop()
				want := slices.DeleteFunc(slices.Clone(items), func(x uint64) bool { return x == bad })
				if got := r.chats.to(1); !slices.Equal(got, want) {
					t.Errorf("told %v, want %v", got, want)
				}
				if got := r.tally(bad); got.Dead != 1 || got.Owed != 0 {
					t.Errorf("Tally = %+v of what breaks the program, want a dead letter", got)
				}
				letters, err := r.store.Dead(t.Context(), d.Shard, 10)
				if err != nil || len(letters) != 1 || !strings.Contains(letters[0].Reason, "broke the program") {
					t.Errorf("Dead = %+v, %v, want one letter that says why", letters, err)
				}
			})
		})
	}
}

// breaks is a store that breaks the program when alerts are put into an inbox.
type breaks struct {
	*memstore.Store
	times atomic.Int64
}

func (b *breaks) Shelve(ctx context.Context, s store.Shelving, epoch uint64) (int, error) {
	if b.times.Add(-1) >= 0 {
		panic("a defect")
	}
	return b.Store.Shelve(ctx, s, epoch)
}

// TestWhatBreaksTheProgramOnItsWayToAnInboxIsPutThereLater, without a restart,
// together with what came meanwhile.
func TestWhatBreaksTheProgramOnItsWayToAnInboxIsPutThereLater(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		d := r.paused(1)
		r.watch(nil, 2, "tax")
		s := &breaks{Store: r.store}
		s.times.Store(3)
		l := r.runWith(alert.DeliveryOptions{Store: s}, nil)
		items := r.accept(l, "tax one", "tax two")
		pass(30 * time.Second)
		items = append(items, r.accept(l, "tax three")...)
		pass(30 * time.Second)
		if got := r.chats.to(2); !slices.Equal(got, items) {
			t.Errorf("chat 2 was told %v, want %v", got, items)
		}
		if got := l.stats.Report().Broken; got < 1 || got > 2 {
			t.Errorf("%d attempts broke the program in a minute, want one, or a second", got)
		}
		pass(3 * time.Minute)
		if got := r.inbox(d); !slices.Equal(got, items) {
			t.Errorf("the inbox holds %v, want %v", got, items)
		}
		if got := l.stats.Report(); got.Owed != [store.Classes]int{} || got.Shelved != int64(len(items)) || got.Broken != 3 {
			t.Errorf("%v owed, %d shelved after %d defects, want nothing, %d and 3", got.Owed, got.Shelved, got.Broken, len(items))
		}
		r.resume(l, d)
		pass(10 * time.Second)
		if got := r.chats.to(1); !slices.Equal(got, items) {
			t.Errorf("told %v after the pause, want %v", got, items)
		}
		l.stop()
	})
}
