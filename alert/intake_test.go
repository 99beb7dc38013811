package alert_test

import (
	"context"
	"errors"
	"rasid/alert"
	"rasid/news"
	"rasid/store"
	"rasid/store/memstore"
	"sync"
	"testing"
	"time"
)

// TestTrimmingHoldsUpNoArticle: a store that needs a second to forget a thousand
// articles has many of them to forget at once.
func TestTrimmingHoldsUpNoArticle(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		trims := 0
		r.keep = time.Hour
		r.fail = func(call string) error {
			if call == "trim" {
				trims++
				time.Sleep(time.Second)
			}
			return nil
		}
		r.watch(nil, 1, "tax")
		l := r.start(nil)
		for range 4 {
			r.accept(l, make([]string, 1000)...)
		}
		pass(59 * time.Minute)
		before := trims
		var begun []time.Time
		var items []uint64
		for range 320 {
			begun = append(begun, time.Now())
			items = append(items, r.accept(l, "tax")...)
			pass(2300 * time.Millisecond)
		}
		l.stop()
		if trims-before < 4 {
			t.Fatalf("it trimmed %d times meanwhile; want 4 at least", trims-before)
		}
		got := r.chats.all()
		if len(got) != len(items) {
			t.Fatalf("%d were told; want %d", len(got), len(items))
		}
		for i, m := range got {
			if late := m.At.Sub(begun[i]); late > 2*time.Second {
				t.Fatalf("article %d was told after %v; want 2s at most", i, late)
			}
		}
	})
}

// A relapse is a store that fails once, at some call, and has lost by then what
// it had last.
type relapse struct {
	alert.Ledger // what it had

	at  string
	mu  sync.Mutex
	was bool
	now alert.Ledger // what it has instead
}

func (x *relapse) ledger(call string) (alert.Ledger, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.was {
		return x.now, nil
	}
	if call == x.at {
		x.was = true
		return nil, errors.New("connection lost")
	}
	return x.Ledger, nil
}

func (x *relapse) Dispatch(ctx context.Context, d store.Dispatch, epoch uint64) (bool, error) {
	s, err := x.ledger("dispatch")
	if err != nil {
		return false, err
	}
	return s.Dispatch(ctx, d, epoch)
}

func (x *relapse) Advance(ctx context.Context, r store.Reach, epoch uint64) error {
	s, err := x.ledger("advance")
	if err != nil {
		return err
	}
	return s.Advance(ctx, r, epoch)
}

func (x *relapse) Log(ctx context.Context, after uint64, limit int) ([]store.Item, error) {
	s, _ := x.ledger("log") // it does not fail
	return s.Log(ctx, after, limit)
}

func (x *relapse) Reach(ctx context.Context) (store.Reach, error) {
	s, _ := x.ledger("reach") // it does not fail
	return s.Reach(ctx)
}

// TestAnArticleWithTheNumberOfOneThatWasLostIsMatched has a store lose an article
// that is being dispatched, and give its number to another.
func TestAnArticleWithTheNumberOfOneThatWasLostIsMatched(t *testing.T) {
	for _, call := range []string{"dispatch", "advance"} {
		t.Run("while it fails to "+call, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				before := newRig(t)
				for _, one := range []*rig{before, r} { // at the same places
					one.watch(nil, 1, "tax")
					one.watch(nil, 2, "flood")
				}
				before.accept(nil, "tax")
				other := []store.Item{{Article: news.Article{ID: "other", Title: "flood", Lang: "en"}}}
				item := r.acceptItems(nil, other)[0]
				in := alert.NewIntake(alert.IntakeOptions{
					Store: &relapse{Ledger: before.store, at: call, now: r.store}, Index: alert.NewIndex(alert.IndexOptions{Logger: quiet()}), Logger: quiet(),
				})
				ctx, stop := context.WithCancel(t.Context())
				ended := make(chan error)
				go func() { ended <- in.Lead(ctx, 0) }()
				pass(time.Minute)
				stop()
				if err := <-ended; err != nil {
					t.Error(err)
				}
				if owed := owedTo(t, r.store, item); len(owed) != 1 || owed[0] != 2 {
					t.Errorf("the article is owed to %v; want 2, whose rule it is", owed)
				}
				if cursor, err := r.store.Cursor(t.Context()); err != nil || cursor != item {
					t.Errorf("Cursor = %d, %v; want %d", cursor, err, item)
				}
			})
		})
	}
}

// owedTo lists the chats that an item is owed to.
func owedTo(t *testing.T, s *memstore.Store, item uint64) (chats []int64) {
	t.Helper()
	err := s.Changes(t.Context(), new(store.Cursor), func(d store.Destination) error {
		jobs, err := s.Owed(t.Context(), d.Shard, item-1)
		for _, j := range jobs {
			if j.Item == item && len(j.Owed) == 1 && j.Owed[0] == d.Ordinal {
				chats = append(chats, d.Chat)
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return chats
}

// TestInboxesAreGoneThroughOnceAndKeepNothingElse: a store that cannot trim its
// inboxes still lets go of five thousand articles, and is asked once for it all.
func TestInboxesAreGoneThroughOnceAndKeepNothingElse(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		calls := map[string]int{}
		r.keep = time.Hour
		r.fail = func(call string) error {
			calls[call]++
			if call == "outlive" {
				return errors.New("one inbox is damaged")
			}
			return nil
		}
		l := r.start(nil)
		for range 5 {
			r.accept(l, make([]string, 1000)...)
		}
		pass(59 * time.Minute)
		clear(calls)
		pass(12 * time.Minute)
		l.stop()
		if calls["trim"] < 6 || calls["outlive"] < 1 || calls["outlive"] > 2 {
			t.Errorf("%d looks at inboxes and %d at articles; want one each ten minutes, and six or more", calls["outlive"], calls["trim"])
		}
		left, err := r.store.Log(t.Context(), 0, 10)
		if err != nil || len(left) != 0 {
			t.Errorf("Log = %d articles, %v; want none left", len(left), err)
		}
	})
}
