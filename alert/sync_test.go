package alert

import (
	"context"
	"fmt"
	"log/slog"
	"rasid/store"
	"rasid/store/record"
	"runtime"
	"slices"
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
// anyway, what was read is in force before the store has more. That one is a
// single step.
func TestNoArticleWaitsForASlowFeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := NewIndex(IndexOptions{Logger: slog.New(slog.DiscardHandler)})
		feed := slowFeed{dests: 5 * parcelDests, takes: 10 * time.Millisecond}
		var begun time.Time
		steps := map[time.Duration]int{}
		defer x.watch(func(_, _ *store.Destination) { steps[time.Since(begun)]++ })()
		for turn := range 2 {
			if turn == 1 && len(steps) != 1 {
				t.Errorf("the first Sync takes the steps %v; want one", steps)
			}
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

// TestRulesOutliveTheirFeed: a store reads others into the same memory.
func TestRulesOutliveTheirFeed(t *testing.T) {
	x := NewIndex(IndexOptions{Logger: slog.New(slog.DiscardHandler)})
	var told []store.Destination
	defer x.watch(func(_, is *store.Destination) { told = append(told, *is) })()
	var feed reusingFeed
	for chat := range int64(3) {
		d := store.Destination{Place: store.Place{Ordinal: uint32(chat + 1)}, Dest: store.Dest{Chat: chat + 1}, Rules: []store.Rule{{N: 1, Text: fmt.Sprint("quake", chat), Lang: "en"}}} //nolint:gosec // few
		if chat == 2 {
			d.Suspended = store.Blocked
		}
		feed = append(feed, d)
	}
	if err := x.Sync(t.Context(), feed); err != nil {
		t.Fatal(err)
	}
	for i, want := range feed {
		has, _ := x.Find(want.Dest)
		for what, is := range map[string]store.Destination{"the index has": has, "was told": told[i]} {
			if !slices.Equal(is.Rules, want.Rules) {
				t.Errorf("%s of chat %d the rules %+v; want %+v", what, want.Chat, is.Rules, want.Rules)
			}
		}
	}
}

// A reusingFeed gives its destinations, their rules always in the same memory.
type reusingFeed []store.Destination

func (f reusingFeed) Changes(_ context.Context, cur *store.Cursor, give func(store.Destination) error) error {
	var room []store.Rule
	for _, d := range f {
		room = append(room[:0], d.Rules...)
		d.Rules = room
		if err := give(d); err != nil {
			return err
		}
		clear(room)
	}
	cur[0]++
	return nil
}

// TestADamagedRecordHoldsUpNoStart: what is damaged is told of when all others are
// in force, however many parcels they take.
func TestADamagedRecordHoldsUpNoStart(t *testing.T) {
	const chats = 3*parcelDests + 1
	damaged := store.Place{Ordinal: chats + 1}
	for name, anew := range map[string]bool{"at the start": false, "of another history": true} {
		t.Run(name, func(t *testing.T) {
			x := NewIndex(IndexOptions{Logger: slog.New(slog.DiscardHandler)})
			ended := make(chan error, 1)
			go func() { ended <- x.Sync(t.Context(), &damagedFeed{chats: chats, damaged: damaged, anew: anew}) }()
			select {
			case err := <-ended:
				if err != nil {
					t.Fatal(err)
				}
			case <-time.After(time.Minute):
				t.Fatal("it does not end")
			}
			if n := x.Counts().Destinations; n != chats || !x.unread(damaged) {
				t.Errorf("%d chats are known, the damaged one is %v; want %d, true", n, x.unread(damaged), chats)
			}
		})
	}
}

// A damagedFeed gives so many destinations and says that one is damaged; if anew,
// first that it is of another history than the reader knew.
type damagedFeed struct {
	chats   int
	damaged store.Place
	anew    bool
}

func (f *damagedFeed) Changes(_ context.Context, _ *store.Cursor, give func(store.Destination) error) error {
	if f.anew {
		f.anew = false
		return store.ErrAnew
	}
	for i := range f.chats {
		d := store.Destination{Place: store.Place{Ordinal: uint32(i + 1)}, Dest: store.Dest{Chat: int64(i + 1)}} //nolint:gosec // few
		if err := give(d); err != nil {
			return err
		}
	}
	var bad store.UnreadableDestError
	bad.Add(f.damaged, record.ErrDamaged)
	return bad.OrNil()
}
