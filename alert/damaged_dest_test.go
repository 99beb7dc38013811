package alert_test

import (
	"context"
	"errors"
	"rasid/alert"
	"rasid/store"
	"rasid/store/memstore"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// A hiding store has the record of one destination damaged, unless it is whole.
type hiding struct {
	*memstore.Store
	bad   store.Place
	whole bool
	asked atomic.Int64 // for what changed
}

func (h *hiding) Changes(ctx context.Context, cur *store.Cursor, f func(store.Destination) error) error {
	h.asked.Add(1)
	var bad store.UnreadableDestError
	err := h.Store.Changes(ctx, cur, func(d store.Destination) error {
		if d.Place == h.bad && !h.whole {
			bad.Add(d.Place, errors.New("damaged"))
			return nil
		}
		return f(d)
	})
	return errors.Join(err, bad.OrNil())
}

// begin has a delivery of its own begin on h, whose index knows nobody yet.
func (r *rig) begin(h *hiding, name string) (index *alert.Index, end func()) {
	x := alert.NewIndex(alert.IndexOptions{Logger: quiet()})
	x.SetFile(r.file)
	r.takeOver(name)
	d := alert.NewDelivery(alert.DeliveryOptions{Store: h, Index: x, Pacer: alert.NewPacer(alert.PacerOptions{}), Sender: r.chats, Logger: quiet()})
	d.OwnAll(alert.Held(r.epoch))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- d.Run(ctx) }()
	return x, func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Error(err)
		}
	}
}

// TestWhatADamagedChatIsOwedWaits: nothing is known of the chat at a start, and yet
// nothing of it is withdrawn. When its record can be read again it is told.
func TestWhatADamagedChatIsOwedWaits(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		paused := r.paused(1)
		r.accept(nil, "tax one", "tax two")
		l := r.start(nil)
		pass(10 * time.Second)
		l.stop()
		if got := r.inbox(paused); !slices.Equal(got, []uint64{1, 2}) {
			t.Fatalf("the inbox of a paused chat holds %v, want 1 and 2", got)
		}
		_, end := r.begin(&hiding{Store: r.store, bad: paused.Place}, "one to whom the paused chat is damaged")
		pass(3 * time.Minute)
		end()
		if got := r.inbox(paused); !slices.Equal(got, []uint64{1, 2}) {
			t.Errorf("the inbox of a chat whose record is damaged holds %v, want 1 and 2", got)
		}
	})
}

func TestADamagedChatIsToldWhenItCanBeReadAgain(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		d := r.watch(nil, 1, "tax")
		item := r.accept(nil, "tax one")[0]
		x := store.Dispatch{Shard: d.Shard, Item: item, Created: time.Now(), Matcher: "m"}
		x.Owed[store.Normal] = []uint32{d.Ordinal}
		if _, err := r.store.Dispatch(t.Context(), x, r.epoch); err != nil {
			t.Fatal(err)
		}
		h := &hiding{Store: r.store, bad: d.Place}
		index, end := r.begin(h, "one to whom the chat is damaged")
		defer end()
		pass(3 * time.Minute)
		if got := r.tally(item); got != (store.Tally{Owed: 1}) {
			t.Errorf("Tally = %+v while the chat's record is damaged, want it owed", got)
		}
		if n := h.asked.Load(); n > 25 {
			t.Errorf("asked %d times in three minutes what changed, want it each ten seconds", n)
		}
		whole := hiding{Store: h.Store, whole: true}
		r.change(nil, d.Dest, "", store.Edit{Op: store.SetLang, Lang: "ar"}) // what is written anew is whole
		if err := index.Sync(t.Context(), &whole); err != nil {
			t.Fatal(err)
		}
		pass(2 * time.Minute)
		if got := r.chats.to(1); !slices.Equal(got, []uint64{item}) {
			t.Errorf("told %v two minutes after the record was whole, want the item", got)
		}
	})
}
