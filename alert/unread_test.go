package alert_test

import (
	"context"
	"errors"
	"fmt"
	"rasid/alert"
	"rasid/rules"
	"rasid/store"
	"rasid/store/memstore"
	"rasid/store/record"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// shelf is a store some of whose items cannot be read.
type shelf struct {
	*memstore.Store
	problem func(item uint64) error // nil: it can
	slow    func(ctx context.Context, item uint64) error
	reads   atomic.Int64
}

func (s *shelf) Item(ctx context.Context, seq uint64) (store.Item, error) {
	s.reads.Add(1)
	if s.slow != nil {
		if err := s.slow(ctx, seq); err != nil {
			return store.Item{}, err
		}
	}
	if s.problem != nil {
		if err := s.problem(seq); err != nil {
			return store.Item{}, fmt.Errorf("item %d: %w", seq, err)
		}
	}
	return s.Store.Item(ctx, seq)
}

// only makes one item's reading end so.
func only(bad uint64, err error) func(uint64) error {
	return func(item uint64) error {
		if item == bad {
			return err
		}
		return nil
	}
}

func TestADamagedItemHoldsUpNoOtherAndIsGivenUp(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		const chats = 40
		places := map[int64]store.Destination{}
		for c := range int64(chats) {
			places[c+1] = r.watch(nil, c+1, "tax")
		}
		l, log := r.runLogged(alert.DeliveryOptions{Store: &shelf{Store: r.store, problem: only(1, record.ErrDamaged)}})
		r.accept(l, "tax one")
		pass(10 * time.Second)
		for i := range 5 {
			r.accept(l, fmt.Sprint("tax again ", i))
		}
		pass(50 * time.Second)
		r.told("after a minute", 2, 3, 4, 5, 6)
		if got := r.tally(1); got.Dead != 0 {
			t.Errorf("Tally = %+v after a minute, want it to be tried for longer", got)
		}
		pass(7 * time.Minute)
		r.came("after eight minutes", 1, store.Tally{Dead: chats})
		if letters, err := r.store.Dead(t.Context(), places[1].Shard, 10); err != nil || len(letters) == 0 || !strings.Contains(letters[0].Reason, "cannot be read") {
			t.Errorf("Dead = %+v, %v, want a letter that says why", letters, err)
		}
		lines := strings.Count(log.String(), "level=ERROR")
		if lines == 0 || lines > 20 || !strings.Contains(log.String(), "article=1") {
			t.Errorf("logged %d times in eight minutes, want that it is, and seldom:\n%s", lines, log)
		}
		if got := l.stats.Report().StoreErrors; got == 0 || got > 20 {
			t.Errorf("StoreErrors = %d, want each try to read it", got)
		}
		if got := l.stats.Report(); got.Owed != [store.Classes]int{} || got.GivenUp != chats {
			t.Errorf("%v owed in the end and %d given up, want nothing and %d", got.Owed, got.GivenUp, chats)
		}
		l.stop()
	})
}

// TestAStoreThatIsAwayMakesNoDeadLetters: what it says is not of the item.
func TestAStoreThatIsAwayMakesNoDeadLetters(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.watch(nil, 1, "tax")
		var back atomic.Bool
		s := &shelf{Store: r.store, problem: func(uint64) error {
			if back.Load() {
				return nil
			}
			return errors.New("connection refused")
		}}
		l := r.runWith(alert.DeliveryOptions{Store: s}, nil)
		item := r.accept(l, "tax")[0]
		pass(time.Hour)
		r.came("after an hour without a store", item, store.Tally{Owed: 1})
		back.Store(true)
		pass(30 * time.Second)
		r.told("half a minute after the store was back", item)
		l.stop()
	})
}

// TestADamagedItemThatComesTooLateExpires: what is set aside is given up with
// the rest.
func TestADamagedItemThatComesTooLateExpires(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.watch(nil, 1, "tax")
		s := &shelf{Store: r.store, problem: only(1, errors.New("of a kind that nobody knows"))}
		l := r.runWith(alert.DeliveryOptions{Store: s}, nil)
		r.accept(l, "tax one", "tax two")
		pass(13 * time.Hour)
		r.came("after its time", 1, store.Tally{Expired: 1})
		if got := l.stats.Report().Owed; got != [store.Classes]int{} {
			t.Errorf("%v owed in the end, want nothing", got)
		}
		r.told("after its time", 2)
		l.stop()
	})
}

func TestADamagedItemInAnInboxHoldsUpNoOther(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		d := r.watch(nil, 1, "tax")
		r.change(nil, d.Dest, "", store.Edit{Op: store.Pause})
		s := &shelf{Store: r.store, problem: only(2, record.ErrDamaged)}
		l := r.runWith(alert.DeliveryOptions{Store: s}, nil)
		r.accept(l, "tax one", "tax two", "tax three")
		pass(time.Minute)
		r.change(l, d.Dest, "", store.Edit{Op: store.Resume})
		pass(20 * time.Second)
		r.told("after the pause", 1, 3)
		r.accept(l, "tax four")
		pass(5 * time.Second)
		r.told("with what came after the pause", 1, 3, 4)
		pass(8 * time.Minute)
		r.came("in the end", 2, store.Tally{Dead: 1})
		if box, err := r.store.Inbox(t.Context(), d.Place); err != nil || !box.Empty() {
			t.Errorf("Inbox = %+v, %v, want it empty", box, err)
		}
		l.stop()
	})
}

// TestAShardHandedOverBreaksOffNobodyElsesReading: the item is read for all who
// wait for it, whoever asked first.
func TestAShardHandedOverBreaksOffNobodyElsesReading(t *testing.T) {
	other := int64(2)
	for store.HomeShard(other) == store.HomeShard(1) {
		other++
	}
	for stays, goes := range map[int64]int64{1: other, other: 1} {
		bubble(t, func(t *testing.T, r *rig) {
			r.watch(nil, stays, "tax")
			gone := r.watch(nil, goes, "tax")
			s := &shelf{Store: r.store, slow: func(ctx context.Context, _ uint64) error {
				select {
				case <-time.After(2 * time.Second):
					return nil
				case <-ctx.Done():
					return ctx.Err()
				}
			}}
			l := r.runWith(alert.DeliveryOptions{Store: s}, nil)
			r.accept(l, "tax")
			pass(time.Second)
			l.delivery.Disown(gone.Shard)
			pass(2 * time.Second)
			if told := r.chats.all(); len(told) != 1 || told[0].Chat != stays || s.reads.Load() != 1 {
				t.Errorf("told %v after %d readings, want chat %d, whose shard stayed, after one", told, s.reads.Load(), stays)
			}
			l.stop()
		})
	}
}

// TestAnItemOfANewerRuleFileHoldsUpNoOther: a chat is owed an item by a route
// that the file in force here does not have.
func TestAnItemOfANewerRuleFileHoldsUpNoOther(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		d := r.watch(nil, 1, "sport")
		l, log := r.runLogged(alert.DeliveryOptions{})
		pass(time.Second)
		item := r.accept(nil, "tax")[0]
		job := store.Dispatch{Shard: d.Shard, Item: item, Created: time.Now(), Matcher: rules.Version() + "/7"}
		job.Owed[store.Normal] = []uint32{d.Ordinal}
		if _, err := r.store.Dispatch(t.Context(), job, r.epoch); err != nil {
			t.Fatal(err)
		}
		l.delivery.Owes([]store.Shard{d.Shard}, item)
		pass(time.Second)
		next := r.accept(l, "sport")[0]
		pass(5 * time.Second)
		r.told("while it waits for the file", next)
		pass(10 * time.Minute)
		r.came("while it waits for the file", item, store.Tally{Owed: 1})
		if n := strings.Count(log.String(), "newer rule file"); n == 0 || n > 70 {
			t.Errorf("logged %d times in ten minutes, want that it is, and seldom", n)
		}
		l.stop()
	})
}
