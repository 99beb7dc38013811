package alert_test

import (
	"rasid/alert"
	"rasid/cmd/rasid/bench"
	"rasid/store"
	"testing"
)

// BenchmarkLoad takes in a million rules of 100,000 chats.
func BenchmarkLoad(b *testing.B) {
	const chats, each = 100_000, 10
	made := bench.NewGenerator(1, 200_000).Rules(chats * each)
	all := make([]store.Destination, chats)
	for i := range all {
		d := store.Destination{Dest: store.Dest{Chat: int64(i + 1)}, Place: store.Place{Shard: store.Shard(i % store.Shards), Ordinal: uint32(i/store.Shards + 1)}, Kind: store.Private}
		for n, r := range made[i*each : (i+1)*each] {
			d.Rules = append(d.Rules, store.Rule{N: n + 1, Text: r.Text, Lang: "ar"})
		}
		all[i] = d
	}
	b.ReportAllocs()
	for b.Loop() {
		x := alert.NewIndex(alert.IndexOptions{Logger: quiet()})
		if err := x.Sync(b.Context(), &stubChanges{all}); err != nil {
			b.Fatal(err)
		}
	}
}
