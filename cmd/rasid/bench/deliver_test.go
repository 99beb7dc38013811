package bench

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"rasid/alert"
	"rasid/news"
	"rasid/store"
	"rasid/store/open"
	"rasid/store/storetest/redistest"
	"testing"
	"time"
)

func small(address string) DeliverOptions {
	return DeliverOptions{Chats: 300, Articles: 40, Rules: 3, Hits: 4, Seed: 7, Store: address, Paced: true}
}

// TestDeliver runs all of `rasid bench deliver` on both stores.
func TestDeliver(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rasid.db")
	for name, address := range map[string]string{
		"bolt": "bolt:" + file, "redis": redistest.Start(t).URL,
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Deliver(t.Context(), small(address))
			if err != nil {
				t.Fatal(err)
			}
			const alerts = 300 + 40*(4+1)
			if r.Wrong() != 0 || r.Alerts != alerts || r.Paced.Messages > alerts {
				t.Errorf("%d of %d alerts are lost, repeated or strange, in %d messages; want 0 of %d", r.Wrong(), r.Alerts, r.Paced.Messages, alerts)
			}
			if r.Paced.MostPerS > 30 || r.Paced.MostPerMinute > 20 || r.Paced.DrainS < float64(r.Paced.Messages-30)/30 {
				t.Errorf("%d messages took %.1f s, at most %d in a second and %d in a minute to a group; want Telegram's limits held",
					r.Paced.Messages, r.Paced.DrainS, r.Paced.MostPerS, r.Paced.MostPerMinute)
			}
			if r.BigArticleBytes > 1_000_000 || r.StoreBytes <= 0 || r.IndexBytes <= 0 {
				t.Errorf("something takes no room, or the article for all too much: %+v", r)
			}
			// The buffers of a Redis's clients come and go, and are more than so little takes.
			if name == "bolt" && (r.JobBytes <= 0 || r.BigArticleBytes <= 0) {
				t.Errorf("what is owed takes no room: %+v", r)
			}
		})
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the store's file is still there: %v", err)
	}
}

func TestDeliverTouchesNoStoreInUse(t *testing.T) {
	for name, use := range map[string]func(context.Context, store.Store) error{
		"a chat": func(ctx context.Context, s store.Store) error {
			_, err := s.Change(ctx, store.Change{Dest: store.Dest{Chat: 5}, Now: time.Now()})
			return err
		},
		"an article": func(ctx context.Context, s store.Store) error {
			_, err := s.Accept(ctx, []store.Item{{Article: news.Article{ID: "a"}}}, time.Now())
			return err
		},
		"a rule file": func(ctx context.Context, s store.Store) error {
			_, err := s.SaveRuleFile(ctx, []byte("topics: []"))
			return err
		},
		"a feed": func(ctx context.Context, s store.Store) error {
			return s.SaveFeed(ctx, store.Feed{URL: "https://example.org"})
		},
		"another process": func(ctx context.Context, s store.Store) error {
			_, err := s.Join(ctx, "somebody", time.Hour, time.Now())
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t)
			s, _, err := open.Open(t.Context(), server.URL)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if err := use(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			if _, err := Deliver(t.Context(), small(server.URL)); !errors.Is(err, errFull) {
				t.Errorf("Deliver = %v, want %v", err, errFull)
			}
			if err := (&depot{store: s}).empty(t.Context()); !errors.Is(err, errFull) {
				t.Errorf("the store was emptied: %v", err)
			}
		})
	}
	file := filepath.Join(t.TempDir(), "rasid.db")
	if err := os.WriteFile(file, []byte("somebody's"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Deliver(t.Context(), small("bolt:"+file)); err == nil {
		t.Error("a file that was there was measured")
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != "somebody's" {
		t.Errorf("the file holds %q, %v; want what it held", b, err)
	}
}

// TestAStoppedRunLeavesNothing stops runs in each of their parts.
func TestAStoppedRunLeavesNothing(t *testing.T) {
	server := redistest.Start(t)
	for _, part := range []string{"making chats", "loading rules", "accepting", "dispatching", "telling", "telling in time"} {
		ctx, stop := context.WithCancel(t.Context())
		o := small(server.URL)
		o.Progress = func(what string, _ float64) {
			if what == part {
				stop()
			}
		}
		if _, err := Deliver(ctx, o); !errors.Is(err, context.Canceled) {
			t.Errorf("a run stopped while %s ended with %v, want %v", part, err, context.Canceled)
		}
		stop()
		s, _, err := open.Open(t.Context(), server.URL)
		if err != nil {
			t.Fatal(err)
		}
		if err := (&depot{store: s}).empty(t.Context()); err != nil {
			t.Errorf("a run stopped while %s: %v", part, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestListenersCount(t *testing.T) {
	town := &town{chats: 100, each: 1, hits: 2, seed: 1}
	l := town.expect(1)
	say := func(n, i int) {
		to, _ := town.dest(i)
		it := town.article("x", n)
		l.Send(t.Context(), alert.Alert{To: store.Destination{Dest: to}, Item: it})
	}
	for i := range 99 { // chat 99 misses one
		say(0, i)
	}
	for _, i := range town.hears(1) {
		say(1, i)
	}
	say(0, 3)
	say(0, 3)
	stranger := 1
	for _, i := range town.hears(1) {
		if i == stranger {
			stranger++
		}
	}
	say(1, stranger)
	if got, want := l.tally(), (tally{Lost: 1, Repeated: 2, Strange: 1}); got != want {
		t.Errorf("tally() = %+v, want %+v", got, want)
	}
}

func TestPaceFindsTheMost(t *testing.T) {
	p := pace{per: time.Second}
	at := time.Unix(100, 0)
	for _, ms := range []int{0, 400, 800, 1000, 1300, 1799, 5000, 5999, 6000} {
		p.sent(at.Add(time.Duration(ms) * time.Millisecond))
	}
	if p.most != 4 { // 800 to 1799
		t.Errorf("most = %d, want 4", p.most)
	}
}
