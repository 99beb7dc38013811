package storetest

import (
	"fmt"
	"rasid/news"
	"rasid/store"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"
)

// callers is how many goroutines a benchmark keeps calling at a time, for
// each processor.
const callers = 64

// Bench measures what a back end does in a second when many call it at once.
func Bench(b *testing.B, open func(*testing.B) store.Store) {
	b.Run("accept", func(b *testing.B) { benchAccept(b, open(b)) })
	b.Run("change", func(b *testing.B) { benchChange(b, open(b)) })
	b.Run("dispatch", func(b *testing.B) { benchDispatch(b, open(b)) })
	b.Run("begin and finish", func(b *testing.B) { benchSend(b, open(b)) })
	b.Run("load 100,000 rules", func(b *testing.B) { benchLoad(b, open(b)) })
}

// parallel runs f for the numbers from 1 on and reports calls a second.
func parallel(b *testing.B, f func(n uint64) error) {
	var next atomic.Uint64
	b.SetParallelism(callers)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := f(next.Add(1)); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}

func benchAccept(b *testing.B, s store.Store) {
	body := strings.Repeat("كلمة من الخبر ", 80)
	parallel(b, func(n uint64) error {
		a := news.Article{ID: fmt.Sprint("https://example.org/", n), Title: "خبر", Body: body}
		_, err := s.Accept(b.Context(), []store.Item{{Article: a}}, at(1))
		return err
	})
}

func benchChange(b *testing.B, s store.Store) {
	parallel(b, func(n uint64) error {
		_, err := s.Change(b.Context(), store.Change{
			Dest: store.Dest{Chat: int64(n % 5000)}, UpdateID: int64(n), Now: at(1),
			Edits: []store.Edit{{Op: store.AddRule, Text: fmt.Sprint("زلزال ", n%10)}},
		})
		return err
	})
}

func benchDispatch(b *testing.B, s store.Store) {
	d := store.Dispatch{Created: at(1), Expires: at(2), Matcher: "v1"}
	for o := uint32(1); o <= 40; o++ {
		d.Owed[store.Normal] = append(d.Owed[store.Normal], 7*o)
	}
	parallel(b, func(n uint64) error {
		x := d
		x.Shard, x.Item = store.Shard(n%store.Shards), n/store.Shards+1
		_, err := s.Dispatch(b.Context(), x, 0)
		return err
	})
}

func benchSend(b *testing.B, s store.Store) {
	const chats = 1000
	var places [chats]store.Place
	for i := range places {
		r, err := s.Change(b.Context(), store.Change{Dest: store.Dest{Chat: int64(i + 1)}, Now: at(1)})
		if err != nil {
			b.Fatal(err)
		}
		places[i] = r.After.Place
	}
	items := uint64(b.N/chats + 1)
	for i := range items {
		for _, x := range audience(places[:], i+1) {
			if _, err := s.Dispatch(b.Context(), x, 0); err != nil {
				b.Fatal(err)
			}
		}
	}
	parallel(b, func(n uint64) error {
		m := store.Mark{Place: places[n%chats], Token: fmt.Sprint("token", n), Items: []uint64{n/chats + 1}, At: at(1)}
		if n/chats+1 > items {
			return nil
		}
		if err := s.Begin(b.Context(), m); err != nil {
			return err
		}
		return s.Finish(b.Context(), m, store.Outcome{Fate: store.Delivered, MessageID: int64(n), Rules: []string{"1"}}, at(2))
	})
}

// audience is the dispatches that owe an item to all places.
func audience(places []store.Place, item uint64) []store.Dispatch {
	last := map[store.Shard]uint32{}
	for _, p := range places {
		last[p.Shard] = max(last[p.Shard], p.Ordinal)
	}
	var all []store.Dispatch
	for shard, n := range last {
		d := store.Dispatch{Shard: shard, Item: item}
		for o := uint32(1); o <= n; o++ {
			d.Owed[store.Normal] = append(d.Owed[store.Normal], o)
		}
		all = append(all, d)
	}
	return all
}

func benchLoad(b *testing.B, s store.Store) {
	const chats, rules = 10_000, 10
	var edits []store.Edit
	for i := range rules {
		edits = append(edits, store.Edit{Op: store.AddRule, Text: fmt.Sprint("الجيش الوطني OR خبر ", i), Lang: "ar"})
	}
	err := parallelFill(chats, func(n int64) error {
		_, err := s.Change(b.Context(), store.Change{Dest: store.Dest{Chat: n}, Kind: store.Private, Edits: edits, Now: at(1)})
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for b.Loop() {
		n := 0
		err := s.Changes(b.Context(), new(store.Cursor), func(d store.Destination) error {
			n += len(d.Rules)
			return nil
		})
		if err != nil || n != chats*rules {
			b.Fatalf("loaded %d rules, %v; want %d", n, err, chats*rules)
		}
	}
	b.ReportMetric(float64(b.N)*chats*rules/b.Elapsed().Seconds(), "rules/s")
}

// parallelFill calls f for 1 to n, many at a time, and returns the first
// error.
func parallelFill(n int64, f func(int64) error) error {
	var g errgroup.Group
	g.SetLimit(callers)
	for i := range n {
		g.Go(func() error { return f(i + 1) })
	}
	return g.Wait()
}
