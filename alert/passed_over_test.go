package alert_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"rasid/alert"
	"rasid/news"
	"rasid/rules"
	"rasid/store"
	"rasid/store/memstore"
	"rasid/store/record"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestADamagedArticleHoldsUpNoOtherAndIsPassedOver(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.watch(nil, 1, "tax")
		r.accept(nil, "tax one", "tax two", "tax three")
		r.store.Spoil(2, record.ErrDamaged)
		l, log := r.runLogged(alert.DeliveryOptions{})
		pass(5 * time.Second)
		r.told("after five seconds", 1, 3)
		r.accept(l, "tax four")
		pass(4 * time.Minute)
		r.told("after four minutes", 1, 3, 4)
		r.cursorIs("while it is tried again", 1)
		if strings.Contains(log.String(), "passed over") {
			t.Errorf("passed over after four minutes:\n%s", log)
		}
		pass(3 * time.Minute)
		r.cursorIs("after seven minutes", 4)
		lines := strings.Split(log.String(), "\n")
		last := slices.IndexFunc(lines, func(s string) bool { return strings.Contains(s, "passed over") })
		if last < 0 || !strings.Contains(lines[last], "level=ERROR") || !strings.Contains(lines[last], "article=2 ") || !strings.Contains(lines[last], "rasid store check") {
			t.Errorf("the log does not name the article and what to do:\n%s", log)
		}
		if n := strings.Count(log.String(), "article=2"); n < 2 || n > 8 {
			t.Errorf("it was told of %d times; want that it is tried again, seldom, and then that it is passed over:\n%s", n, log)
		}
		r.accept(l, "tax five")
		pass(time.Hour)
		r.told("after an hour", 1, 3, 4, 5)
		r.cursorIs("after an hour", 5)
		if n := strings.Count(log.String(), "passed over"); n != 1 {
			t.Errorf("passed over %d times; want once", n)
		}
		if got := l.stats.Report(); got.PassedOver != 1 || got.StoreErrors < 5 || got.StoreErrors > 15 || got.Articles != 4 {
			t.Errorf("the report says %d passed over after %d errors, %d matched; want 1 after each try, and 4", got.PassedOver, got.StoreErrors, got.Articles)
		}
		l.stop()
	})
}

// TestAnArticleThatCanBeReadAgainIsTold: neither it nor those that went before are
// told twice, also where the process died in between.
func TestAnArticleThatCanBeReadAgainIsTold(t *testing.T) {
	for _, point := range []string{"", alert.CrashMidDispatch, alert.CrashBeforeCursor, alert.CrashAfterFinish} {
		t.Run("crash: "+point, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				r.watch(nil, 1, "tax")
				r.watch(nil, 2, "tax")
				r.accept(nil, "tax one", "tax two", "tax three", "tax four")
				r.store.Spoil(1, record.ErrDamaged)
				r.store.Spoil(3, record.ErrDamaged)
				if point != "" {
					l := r.start(dieAt(point))
					pass(time.Minute)
					l.buried()
				}
				l := r.start(nil)
				pass(2 * time.Minute)
				r.cursorIs("while the first is tried again", 0)
				l.kill()
				l.buried()
				r.cursorIs("after a kill", 0)
				l = r.start(nil)
				pass(time.Minute)
				r.store.Spoil(3, nil)
				pass(time.Minute)
				r.cursorIs("while the first is still tried again", 0)
				r.store.Spoil(1, nil)
				pass(time.Minute)
				r.cursorIs("when all can be read", 4)
				for chat := range int64(2) {
					got := r.chats.to(chat + 1)
					if slices.Sort(got); !slices.Equal(got, []uint64{1, 2, 3, 4}) {
						t.Errorf("chat %d was told %v; want each once", chat+1, got)
					}
				}
				if n := l.stats.Report().PassedOver; n != 0 {
					t.Errorf("%d were passed over; want none", n)
				}
				l.stop()
			})
		})
	}
}

// An away is a ledger whose log cannot be read at times, or lacks an item.
type away struct {
	*memstore.Store
	is    atomic.Bool
	gone  atomic.Uint64
	reads atomic.Int64
}

func (a *away) Log(ctx context.Context, after uint64, limit int) ([]store.Item, error) {
	a.reads.Add(1)
	if a.is.Load() {
		return nil, errors.New("connection refused")
	}
	if after+1 == a.gone.Load() {
		after++
	}
	return a.Store.Log(ctx, after, limit)
}

// A spotted ledger has something that cannot be read, which every Trim meets.
type spotted struct{ *memstore.Store }

func (s spotted) Trim(ctx context.Context, before, now time.Time, limit int) (int, error) {
	n, err := s.Store.Trim(ctx, before, now, limit)
	return n, errors.Join(err, record.ErrDamaged)
}

// TestWhatCannotBeTrimmedHoldsUpNoOther: what is past its time goes at once.
func TestWhatCannotBeTrimmedHoldsUpNoOther(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.accept(nil, make([]string, 2500)...)
		_, stop := leadWith(t, alert.IntakeOptions{Store: spotted{r.store}, Logger: quiet(), Retention: time.Hour})
		pass(75 * time.Minute)
		if left, err := r.store.Log(t.Context(), 0, 2500); err != nil || len(left) > 0 {
			t.Errorf("%d articles are left, %v; want none", len(left), err)
		}
		stop()
	})
}

// lead runs an intake of its own on a ledger until the returned function is called.
func lead(t *testing.T, s alert.Ledger, log *slog.Logger) (stats *alert.Stats, stop func()) {
	t.Helper()
	return leadWith(t, alert.IntakeOptions{Store: s, Logger: log})
}

// leadWith is lead with other options.
func leadWith(t *testing.T, o alert.IntakeOptions) (stats *alert.Stats, stop func()) {
	t.Helper()
	stats = alert.NewStats()
	o.Index, o.Stats = alert.NewIndex(alert.IndexOptions{Logger: quiet()}), stats
	in := alert.NewIntake(o)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- in.Lead(ctx, 0) }()
	return stats, func() {
		t.Helper()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// TestAStoreThatIsAwaySaysNothingOfItsArticles: only what it says while it is there
// counts, also of one that was found damaged before.
func TestAStoreThatIsAwaySaysNothingOfItsArticles(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.watch(nil, 1, "tax")
		r.accept(nil, "tax", "tax", "tax")
		r.store.Spoil(2, record.ErrDamaged)
		s := &away{Store: r.store}
		stats, stop := lead(t, s, quiet())
		pass(time.Minute)
		s.is.Store(true)
		pass(time.Hour)
		r.store.Spoil(2, nil)
		s.is.Store(false)
		pass(time.Minute)
		r.cursorIs("when the store is back", 3)
		if got := stats.Report(); got.PassedOver != 0 || got.Articles != 3 {
			t.Errorf("%d passed over and %d matched; want none and 3", got.PassedOver, got.Articles)
		}
		stop()
	})
}

// TestAnArticleOfANewerLayoutWaits for a process that can read it.
func TestAnArticleOfANewerLayoutWaits(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.watch(nil, 1, "tax")
		r.accept(nil, "tax", "tax", "tax")
		r.store.Spoil(2, record.ErrNewer)
		l, log := r.runLogged(alert.DeliveryOptions{})
		pass(3 * time.Hour)
		r.told("while it waits", 1, 3)
		r.cursorIs("while it waits", 1)
		if n := strings.Count(log.String(), "article=2"); n < 1 || n > 200 || strings.Contains(log.String(), "passed over") {
			t.Errorf("it was told of %d times in three hours; want that it waits, seldom", n)
		}
		l.kill()
		l.buried()
		r.store.Spoil(2, nil) // the next is newer
		l = r.start(nil)
		pass(time.Minute)
		r.told("by a newer one", 1, 3, 2)
		r.cursorIs("by a newer one", 3)
		l.stop()
	})
}

// TestMoreDamagedArticlesThanAreReadAtATime are gone past, and cost few readings.
func TestMoreDamagedArticlesThanAreReadAtATime(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.watch(nil, 1, "tax")
		const bad = 700
		for i := range uint64(bad) {
			r.accept(nil, "tax")
			r.store.Spoil(i+1, record.ErrDamaged)
		}
		next := r.accept(nil, "tax")[0]
		s := &away{Store: r.store}
		stats, stop := lead(t, s, quiet())
		pass(5 * time.Second)
		if got := r.tally(next); got.Owed != 1 {
			t.Errorf("Tally = %+v of the one behind them after five seconds; want it owed", got)
		}
		pass(20 * time.Minute)
		r.cursorIs("in the end", next)
		if got := stats.Report().PassedOver; got != bad {
			t.Errorf("%d were passed over; want %d", got, bad)
		}
		if n := s.reads.Load(); n > 30*bad {
			t.Errorf("the log was read %d times; want 30 for each at most", n)
		}
		stop()
	})
}

// TestTooManyUnreadableArticlesAreNotGonePast: all that is remembered of them is
// bounded. They are told in the end.
func TestTooManyUnreadableArticlesAreNotGonePast(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.watch(nil, 1, "tax")
		const bad = 4096 + 300
		titles := make([]string, bad)
		for i := range titles {
			titles[i] = "tax"
		}
		for _, seq := range r.accept(nil, titles...) {
			r.store.Spoil(seq, record.ErrNewer)
		}
		next := r.accept(nil, "tax")[0]
		stats, stop := lead(t, &away{Store: r.store}, quiet())
		pass(25 * time.Second)
		if got := r.tally(next); got.Owed != 0 {
			t.Errorf("Tally = %+v of the one behind them; want it to wait", got)
		}
		for seq := range uint64(bad) {
			r.store.Spoil(seq+1, nil)
		}
		pass(time.Minute)
		r.cursorIs("in the end", next)
		if got := stats.Report(); got.Articles != bad+1 || got.Dispatched != bad+1 {
			t.Errorf("%d articles were matched and owed to %d; want %d", got.Articles, got.Dispatched, bad+1)
		}
		stop()
	})
}

// TestWhatWasDispatchedBeyondADamagedArticleMayBeLost: the server loses what it had
// last, and gives its number to another article.
func TestWhatWasDispatchedBeyondADamagedArticleMayBeLost(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		before := newRig(t)
		for _, one := range []*rig{before, r} { // at the same places
			one.watch(nil, 1, "tax")
			one.watch(nil, 2, "flood")
			one.accept(nil, "tax", "tax")
		}
		before.accept(nil, "tax")
		before.store.Spoil(2, record.ErrDamaged)
		r.store.Spoil(2, record.ErrDamaged)
		if err := r.store.Advance(t.Context(), store.Reach{To: 1}, 0); err != nil {
			t.Fatal(err)
		}
		s := &relapse{Ledger: before.store, now: r.store}
		stats, stop := lead(t, s, quiet())
		pass(time.Minute)
		other := r.acceptItems(nil, []store.Item{{Article: news.Article{ID: "other", Title: "flood", Lang: "en"}}})[0]
		s.mu.Lock()
		s.was = true
		s.mu.Unlock()
		pass(time.Minute)
		if owed := owedTo(t, r.store, other); fmt.Sprint(owed) != "[2]" {
			t.Errorf("the article with its number is owed to %v; want 2, whose rule it is", owed)
		}
		r.cursorIs("after the loss", 1)
		if n := stats.Report().PassedOver; n != 0 {
			t.Errorf("%d were passed over; want none", n)
		}
		stop()
	})
}

// TestADamagedArticleThatIsGoneHoldsUpNothing: somebody deleted it.
func TestADamagedArticleThatIsGoneHoldsUpNothing(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.watch(nil, 1, "tax")
		r.accept(nil, "tax", "tax", "tax")
		r.store.Spoil(2, record.ErrDamaged)
		s := &away{Store: r.store}
		_, stop := lead(t, s, quiet())
		pass(time.Minute)
		r.cursorIs("while it is there", 1)
		s.gone.Store(2)
		pass(time.Minute)
		r.cursorIs("when it is gone", 3)
		stop()
	})
}

// TestADamagedNoteStopsABroadcast: that it is there says enough.
func TestADamagedNoteStopsABroadcast(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.watch(nil, 1, "tax")
		item := r.acceptItems(nil, []store.Item{{Article: news.Article{ID: "b"}, Broadcast: &store.BroadcastNote{Text: "hello"}}})[0]
		note := r.acceptItems(nil, []store.Item{{Article: news.Article{ID: store.StopID("b")}, Quiet: true}})[0]
		r.store.Spoil(note, record.ErrDamaged)
		next := r.accept(nil, "tax")[0]
		l := r.start(nil)
		pass(time.Minute)
		r.told("of a stopped broadcast", next)
		if got := r.tally(item); got.Owed != 0 || got.Delivered != 0 {
			t.Errorf("Tally = %+v of a stopped broadcast; want nothing owed", got)
		}
		l.stop()
	})
}

// TestWhatAnotherProcessDispatchesLateIsFound though nobody tells of it, and it is
// older than what was seen.
func TestWhatAnotherProcessDispatchesLateIsFound(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.shared = true
		d := r.watch(nil, 1, "tax")
		l := r.start(nil)
		late, seen := r.accept(l, "flood")[0], r.accept(l, "tax")[0]
		pass(time.Minute)
		r.watch(l, 1, "flood")
		job := store.Dispatch{Shard: d.Shard, Item: late, Created: time.Now(), Matcher: rules.Version()}
		job.Owed[store.Normal] = []uint32{d.Ordinal}
		if _, err := r.store.Dispatch(t.Context(), job, r.epoch); err != nil {
			t.Fatal(err)
		}
		pass(11 * time.Minute)
		r.told("by two processes", seen, late)
		l.stop()
	})
}
