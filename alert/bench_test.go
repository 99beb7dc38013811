package alert_test

import (
	"context"
	"fmt"
	"rasid/alert"
	"rasid/news"
	"rasid/store"
	"rasid/store/memstore"
	"testing"
	"time"
)

// BenchmarkTrip takes each article from the log to a chat, without a pace.
func BenchmarkTrip(b *testing.B) {
	r := newRig(b)
	r.rate = -1
	for chat := range int64(200) {
		r.watch(nil, chat+1, fmt.Sprintf("word%d", chat))
	}
	l := r.start(nil)
	items := make([]store.Item, b.N)
	for i := range items {
		items[i].Article = news.Article{ID: fmt.Sprint("a", i), Lang: "en", Title: fmt.Sprintf("the word%d in the news", i%200)}
	}
	b.ReportAllocs()
	b.ResetTimer()
	for len(items) > 0 {
		n := min(len(items), 256)
		r.acceptItems(l, items[:n])
		items = items[n:]
	}
	for l.stats.Report().Told < int64(b.N) {
		time.Sleep(100 * time.Microsecond)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "articles/s")
	l.stop()
}

// stubChanges is a change feed that gives each destination once.
type stubChanges struct{ all []store.Destination }

func (s *stubChanges) Changes(_ context.Context, _ *store.Cursor, f func(store.Destination) error) error {
	for _, d := range s.all {
		if err := f(d); err != nil {
			return err
		}
	}
	s.all = nil
	return nil
}

func destinations(n int, rule func(i int) string) []store.Destination {
	all := make([]store.Destination, n)
	for i := range all {
		d := store.Dest{Chat: int64(i + 1)}
		all[i] = store.Destination{
			Dest: d, Place: store.Place{Shard: store.Shard(i % store.Shards), Ordinal: uint32(i/store.Shards + 1)}, Kind: store.Private,
			Rules: []store.Rule{{N: 1, Text: rule(i), Lang: "en"}},
		}
	}
	return all
}

// BenchmarkIndex matches an article against 100,000 rules and lists whom it is
// owed to: few people, or all of them.
func BenchmarkIndex(b *testing.B) {
	const n = 100_000
	for name, rule := range map[string]func(i int) string{
		"distinct rules, 100 hit": func(i int) string { return fmt.Sprintf("word%d news", i%1000*100+i/1000) },
		"one rule, everyone hit":  func(int) string { return "news" },
	} {
		b.Run(name, func(b *testing.B) {
			x := alert.NewIndex(alert.IndexOptions{Logger: quiet()})
			begun := time.Now()
			if err := x.Sync(b.Context(), &stubChanges{destinations(n, rule)}); err != nil {
				b.Fatal(err)
			}
			b.Logf("%d rules loaded in %v", n, time.Since(begun))
			title := "news"
			for i := range 100 {
				title += fmt.Sprintf(" word%d", i*997)
			}
			owed := alert.Dispatcher(x)
			it := store.Item{Seq: 1, Article: news.Article{Title: title, Lang: "en"}}
			b.ReportAllocs()
			for b.Loop() {
				owed(&it)
			}
		})
	}
}

var _ alert.Book = (*memstore.Store)(nil)
