package storetest

import (
	"rasid/store"
	"rasid/store/record"
	"testing"
)

// UnreadableJob checks what Trim promises of what cannot be read, on an empty
// store. spoil replaces the record of the job of an item in a shard by other bytes.
func UnreadableJob(t *testing.T, s store.Store, spoil func(shard store.Shard, item uint64, as []byte)) {
	b := &bench{T: t, Store: s, ctx: t.Context()}
	b.accept(1, article("a", "one"), article("b", "two"), article("c", "three"))
	d := b.join(store.Dest{Chat: 7})
	for item := range uint64(3) {
		b.owe(item+1, store.Normal, d)
		b.finish(b.mark(string('a'+rune(item)), d, item+1), store.Outcome{Fate: store.Delivered})
	}
	b.whole(3)
	spoil(d.Shard, 1, []byte("\x00\x00\x00\x00 overwritten"))
	now := at(10).Add(store.IDKeep)
	for _, want := range []int{2, 0} {
		n, err := b.Trim(b.ctx, at(10), now, 10)
		b.want("Trim beside a damaged job", err, record.ErrDamaged)
		if n != want {
			b.Errorf("Trim = %d beside a damaged job; want %d", n, want)
		}
	}
	log, err := b.Log(b.ctx, 0, 10)
	b.must(err)
	if len(log) != 1 || log[0].Seq != 1 {
		b.Errorf("Trim left %d articles; want the one of which nobody knows whether it is owed", len(log))
	}
	got, err := b.Accept(b.ctx, []store.Item{article("c", "three")}, now)
	b.must(err)
	b.same("an article whose id was to be forgotten", got, []store.Accepted{{Verdict: store.New, Seq: 4}})
}
