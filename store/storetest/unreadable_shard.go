package storetest

import (
	"context"
	"fmt"
	"rasid/store"
	"rasid/store/record"
	"testing"
)

// A Spoiler damages records of a shard.
type Spoiler interface {
	Owed(p store.Place, item uint64)    // what is owed of an item
	Mark(p store.Place, token string)   // an attempt
	Expired(p store.Place, item uint64) // what came too late of an item
}

// UnreadableInShard fails the test unless what is read of a whole shard comes without
// the records that cannot be read, beside an error that says so.
func UnreadableInShard(t *testing.T, s store.Store, spoil Spoiler) {
	t.Helper()
	b := &bench{T: t, Store: s, ctx: context.Background()}
	d := b.join(store.Dest{Chat: 1})
	for item := range uint64(5) {
		b.accept(1, article(fmt.Sprint("article ", item), "one"))
		b.owe(item+1, store.Normal, d)
	}
	for _, token := range []string{"a", "b", "c"} {
		b.must(b.Begin(b.ctx, b.mark(token, d, 1)))
	}
	for item := uint64(4); item <= 5; item++ {
		b.expire(store.Expired{Shard: d.Shard, Item: item, Class: store.Normal, Owed: []uint32{d.Ordinal}, At: at(9)}, 1)
	}
	spoil.Owed(d.Place, 2)
	spoil.Mark(d.Place, "b")
	spoil.Expired(d.Place, 4)

	jobs, err := b.Owed(b.ctx, d.Shard, 0)
	b.want("Owed", err, record.ErrDamaged)
	var items, late []uint64
	for _, j := range jobs {
		items = append(items, j.Item)
	}
	b.same("what is owed beside the damaged", items, []uint64{1, 3})
	marks, err := b.Marks(b.ctx, d.Shard)
	b.want("Marks", err, record.ErrDamaged)
	var tokens []string
	for _, m := range marks {
		tokens = append(tokens, m.Token)
	}
	b.same("the attempts beside the damaged", tokens, []string{"a", "c"})
	expired, err := b.Expired(b.ctx, d.Shard)
	b.want("Expired", err, record.ErrDamaged)
	for _, e := range expired {
		late = append(late, e.Item)
	}
	b.same("what came too late beside the damaged", late, []uint64{5})
	_, err = b.Owed(b.ctx, d.Shard, 2)
	b.must(err)
}
