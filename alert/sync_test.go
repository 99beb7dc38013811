package alert

import (
	"context"
	"log/slog"
	"rasid/store"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

// slowFeed is a change feed of so many destinations, which takes a while after
// every parcel.
type slowFeed struct {
	dests int
	takes time.Duration
}

func (f slowFeed) Changes(_ context.Context, cur *store.Cursor, give func(store.Destination) error) error {
	for i := range f.dests {
		d := store.Destination{Place: store.Place{Shard: 1, Ordinal: uint32(i + 1)}, Dest: store.Dest{Chat: int64(i + 1)}}
		if err := give(d); err != nil {
			return err
		}
		if (i+1)%parcelDests == 0 {
			time.Sleep(f.takes)
		}
	}
	cur[1]++
	return nil
}

// TestNoArticleWaitsForASlowFeed: but at the first Sync, for which all wait
// anyway, what was read is in force before the store has more.
func TestNoArticleWaitsForASlowFeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := NewIndex(IndexOptions{Logger: slog.New(slog.DiscardHandler)})
		feed := slowFeed{dests: 5 * parcelDests, takes: patience / 2}
		var begun time.Time
		steps := map[time.Duration]int{}
		defer x.watch(func(_, _ *store.Destination) { steps[time.Since(begun)]++ })()
		for range 2 {
			clear(steps)
			begun = time.Now()
			if err := x.Sync(t.Context(), feed); err != nil {
				t.Fatal(err)
			}
		}
		for i := range time.Duration(5) {
			if at := i * feed.takes; steps[at] != parcelDests {
				t.Errorf("after %v %d destinations come into force, want the %d that were read then; all: %v", at, steps[at], parcelDests, steps)
			}
		}
	})
}

// TestASyncWithoutChangesTakesLittle: one comes before every article.
func TestASyncWithoutChangesTakesLittle(t *testing.T) {
	const times, most = 200, 4 << 10
	x := NewIndex(IndexOptions{Logger: slog.New(slog.DiscardHandler)})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range times {
		if err := x.Sync(t.Context(), slowFeed{}); err != nil {
			t.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	if n := (after.TotalAlloc - before.TotalAlloc) / times; n > most {
		t.Errorf("a Sync without changes allocates %d bytes, want %d at most", n, most)
	}
}
