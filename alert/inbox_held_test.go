package alert_test

import (
	"context"
	"fmt"
	"rasid/alert"
	"rasid/news"
	"rasid/store"
	"rasid/store/memstore"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// A holding is a store that lets nothing begin for a place, as while its chat is
// about to move: what it says is that there is nothing to be told.
type holding struct {
	*memstore.Store
	place store.Place
	held  atomic.Bool
	calls atomic.Int64 // about the place
}

func (h *holding) Begin(ctx context.Context, m store.Mark) error {
	if m.Place == h.place && h.held.Load() {
		if h.calls.Add(1) > 10_000 {
			h.held.Store(false) // enough was seen
		}
		return store.ErrSettled
	}
	return h.Store.Begin(ctx, m)
}

func (h *holding) Inbox(ctx context.Context, p store.Place) (store.Inbox, error) {
	h.calls.Add(1)
	return h.Store.Inbox(ctx, p)
}

// TestAnInboxWhosePlaceIsHeldWaits, and is not picked over and over; what is for
// others goes on.
func TestAnInboxWhosePlaceIsHeldWaits(t *testing.T) {
	for _, announced := range []bool{false, true} {
		t.Run(fmt.Sprint("with an announcement: ", announced), func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				d := r.paused(1)
				r.watch(nil, 2, "tax")
				s := &holding{Store: r.store, place: d.Place}
				l := r.runWith(alert.DeliveryOptions{Store: s}, nil)
				items := r.accept(l, "tax one", "tax two")
				if announced {
					items = append(r.acceptItems(l, []store.Item{{Article: news.Article{ID: "b"}, Broadcast: &store.BroadcastNote{Text: "hello"}}}), items...)
				}
				pass(time.Minute)
				s.held.Store(true)
				r.resume(l, d)
				pass(time.Second)
				r.accept(l, "tax three")
				pass(10 * time.Minute)
				if n := s.calls.Load(); n < 3 || n > 60 {
					t.Errorf("the store was asked %d times in ten minutes, want a few a minute", n)
				}
				if got := r.chats.to(1); len(got) != 0 {
					t.Errorf("told %v while it was held, want nothing", got)
				}
				if got := r.inbox(d); len(got) != len(items) {
					t.Errorf("the inbox holds %v, want %v", got, items)
				}
				if got := len(r.chats.to(2)); got != len(items)+1 {
					t.Errorf("chat 2 was told %d, want %d", got, len(items)+1)
				}
				s.held.Store(false)
				pass(2 * time.Minute)
				got := r.chats.to(1)
				for _, it := range items {
					if n := len(slices.DeleteFunc(slices.Clone(got), func(x uint64) bool { return x != it })); n != 1 {
						t.Errorf("item %d was told %d times when the place was free again, want once: %v", it, n, got)
					}
				}
				l.stop()
			})
		})
	}
}
