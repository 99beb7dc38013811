package storetest

import (
	"rasid/store"
	"time"
)

func expiryPromises() []promise {
	return []promise{
		{"what came too late is taken off what is owed and listed", cameTooLate},
		{"only those who are still owed it expire, however many they are", expiresSome},
		{"a stale owner cannot expire anything, and nonsense is refused", expiryFenced},
		{"what expired while it was in flight and was delivered is delivered", deliveredLate},
		{"forgetting a chat takes it off what came too late", forgottenLate},
		{"what came too late goes along to a chat's new id", movesLate},
		{"what a chat was told or is owed under its old id is not late under the new", movesLateOnce},
		{"what came too late is listed for as long as the item is kept", trimsLate},
	}
}

func cameTooLate(b *bench) {
	d := b.join(store.Dest{Chat: 1})
	b.owe(1, store.Normal, d)
	b.owe(2, store.Urgent, d)
	b.finish(b.mark("t", d, 1), store.Outcome{Fate: store.Unknown})
	e := store.Expired{Shard: d.Shard, Item: 1, Class: store.Normal, Owed: []uint32{d.Ordinal}, At: at(5)}
	b.expire(e, 1)
	b.expire(e, 0)
	b.same("Owed", b.owed(d.Shard), []string{"2/0 [1]"})
	b.same("Expired", b.expired(d.Shard), []string{"1/1 [1] 5"})
	b.tallied(1, store.Tally{Expired: 1, Unknown: 1})
	b.want("Begin", b.Begin(b.ctx, b.mark("u", d, 1)), store.ErrSettled)
	b.must(b.Withdraw(b.ctx, d.Place, []uint64{1}, b.epoch))
	b.must(b.Cancel(b.ctx, d.Shard, 1))
	b.must(b.Finish(b.ctx, b.mark("v", d, 1), store.Outcome{Fate: store.Dead, Reason: "x"}, at(6)))
	b.tallied(1, store.Tally{Expired: 1, Unknown: 1})
	x := store.Dispatch{Shard: d.Shard, Item: 1, Owed: [store.Classes][]uint32{{d.Ordinal}}}
	if added, err := b.Dispatch(b.ctx, x, b.epoch); added || err != nil {
		b.Errorf("Dispatch of what expired = %v, %v; want false, nil", added, err)
	}
}

func expiresSome(b *bench) {
	x := store.Dispatch{Shard: 7, Item: 1}
	var some, rest []uint32
	for o := uint32(1); o <= 4000; o++ {
		if o%3 == 0 {
			continue
		}
		x.Owed[store.Low] = append(x.Owed[store.Low], o)
		if o%2 == 0 {
			some = append(some, o)
		} else {
			rest = append(rest, o)
		}
	}
	_, err := b.Dispatch(b.ctx, x, b.epoch)
	b.must(err)
	e := store.Expired{Shard: 7, Item: 1, Class: store.Low, Owed: append([]uint32{}, some...), At: at(5)}
	e.Owed = append(e.Owed, 4500) // to whom it was never owed
	b.expire(e, len(some))
	e.Class = store.Normal
	b.expire(e, 0)
	jobs, err := b.Owed(b.ctx, 7, 0)
	b.must(err)
	if len(jobs) != 1 {
		b.Fatalf("Owed = %d jobs; want 1", len(jobs))
	}
	b.same("Owed", jobs[0].Owed, rest)
	got, err := b.Expired(b.ctx, 7)
	b.must(err)
	b.same("Expired", got, []store.Expired{{Shard: 7, Item: 1, Class: store.Low, Owed: some, At: at(5)}})
	b.tallied(1, store.Tally{Owed: len(rest), Expired: len(some)})
	b.expire(store.Expired{Shard: 7, Item: 1, Class: store.Low, Owed: x.Owed[store.Low], At: at(9)}, len(rest))
	b.same("Owed afterwards", b.owed(7), []string(nil))
	b.tallied(1, store.Tally{Expired: len(rest) + len(some)})
	got, err = b.Expired(b.ctx, 7)
	b.must(err)
	if len(got) != 2 || !got[1].At.Equal(at(9)) || len(got[1].Owed) != len(rest) {
		b.Errorf("Expired = %d entries; want what was found later as a second one", len(got))
	}
}

func expiryFenced(b *bench) {
	d := b.join(store.Dest{Chat: 1})
	epochs, err := b.Take(b.ctx, "a", []store.Role{d.Shard.Role()}, time.Hour, time.Now())
	b.must(err)
	b.owe(1, store.Normal, d)
	e := store.Expired{Shard: d.Shard, Item: 1, Class: store.Normal, Owed: []uint32{d.Ordinal}, At: at(5)}
	_, err = b.Expire(b.ctx, e, epochs[0]-1)
	b.want("Expire", err, store.ErrFenced)
	b.tallied(1, store.Tally{Owed: 1})
	b.epoch = epochs[0]
	b.expire(e, 1)
	for _, bad := range []store.Expired{
		{Shard: store.Shards, Owed: []uint32{1}}, {Class: store.Classes, Owed: []uint32{1}}, {Owed: []uint32{2, 1}}, {Owed: []uint32{0}},
	} {
		if _, err := b.Expire(b.ctx, bad, b.epoch); err == nil {
			b.Errorf("Expire(%+v) = nil; want it refused", bad)
		}
	}
	if _, err := b.Expired(b.ctx, store.Shards); err == nil {
		b.Error("a shard that does not exist was asked for what came too late")
	}
}

func deliveredLate(b *bench) {
	d := b.join(store.Dest{Chat: 1})
	b.owe(1, store.Normal, d)
	b.owe(2, store.Normal, d)
	m := b.mark("t", d, 1, 2)
	b.must(b.Begin(b.ctx, m))
	b.expire(store.Expired{Shard: d.Shard, Item: 1, Class: store.Normal, Owed: []uint32{d.Ordinal}, At: at(5)}, 1)
	b.must(b.Finish(b.ctx, m, store.Outcome{Fate: store.Delivered, MessageID: 5}, at(6)))
	b.must(b.Finish(b.ctx, b.mark("u", d, 1), store.Outcome{Fate: store.Delivered, MessageID: 6}, at(7)))
	b.tallied(1, store.Tally{Delivered: 1})
	b.tallied(2, store.Tally{Delivered: 1})
	b.same("Expired", b.expired(d.Shard), []string(nil))
}

func forgottenLate(b *bench) {
	d := b.join(store.Dest{Chat: 1})
	x := store.Dispatch{Shard: d.Shard, Item: 1}
	x.Owed[store.Normal] = []uint32{d.Ordinal, d.Ordinal + 1}
	_, err := b.Dispatch(b.ctx, x, b.epoch)
	b.must(err)
	b.expire(store.Expired{Shard: d.Shard, Item: 1, Class: store.Normal, Owed: x.Owed[store.Normal], At: at(5)}, 2)
	b.must(b.Forget(b.ctx, 1, at(6)))
	b.same("Expired", b.expired(d.Shard), []string{"1/1 [2] 5"})
	b.tallied(1, store.Tally{Dropped: 1, Expired: 1})
}

func movesLate(b *bench) {
	old, newer, thread := group(b), b.join(store.Dest{Chat: -100}), b.join(store.Dest{Chat: -100, Thread: 3})
	for item := uint64(1); item <= 2; item++ {
		x := store.Dispatch{Shard: newer.Shard, Item: item}
		x.Owed[store.Normal] = []uint32{newer.Ordinal, thread.Ordinal}
		_, err := b.Dispatch(b.ctx, x, b.epoch)
		b.must(err)
		b.expire(store.Expired{Shard: newer.Shard, Item: item, Class: store.Normal, Owed: x.Owed[store.Normal], At: at(int64(item))}, 2)
	}
	b.owe(3, store.Low, old)
	b.expire(store.Expired{Shard: old.Shard, Item: 3, Class: store.Low, Owed: []uint32{old.Ordinal}, At: at(7)}, 1)
	b.whole(2)
	b.must(b.Migrate(b.ctx, -1, -100, at(8)))
	b.same("Expired", b.expired(old.Shard), []string{"1/1 [1] 1", "1/1 [2] 1", "2/1 [1] 2", "2/1 [2] 2", "3/2 [1] 7"})
	b.same("Expired in the shard that was left", b.expired(newer.Shard), []string(nil))
	b.tallied(1, store.Tally{Expired: 2})
	b.same("Owed", b.owed(old.Shard), []string(nil))
}

func movesLateOnce(b *bench) {
	old, newer := group(b), b.join(store.Dest{Chat: -100})
	late := func(d store.Destination, item uint64, class store.Class, s int64) {
		b.owe(item, class, d)
		b.expire(store.Expired{Shard: d.Shard, Item: item, Class: class, Owed: []uint32{d.Ordinal}, At: at(s)}, 1)
	}
	b.owe(1, store.Normal, old)
	b.finish(b.mark("t", old, 1), store.Outcome{Fate: store.Delivered, MessageID: 1})
	b.owe(2, store.Normal, old)
	late(old, 3, store.Urgent, 5)
	for item := uint64(1); item <= 3; item++ {
		late(newer, item, store.Low, 6)
	}
	late(old, 4, store.Urgent, 5)
	b.owe(4, store.Low, newer)
	b.whole(4)
	for range 2 {
		b.must(b.Migrate(b.ctx, -1, -100, at(8)))
	}
	b.same("Expired", b.expired(old.Shard), []string{"3/0 [1] 5", "4/0 [1] 5"})
	b.same("Owed", b.owed(old.Shard), []string{"2/1 [1]"})
	b.same("Expired in the shard that was left", b.expired(newer.Shard), []string(nil))
	b.same("Owed in the shard that was left", b.owed(newer.Shard), []string(nil))
}

func trimsLate(b *bench) {
	b.accept(1, article("a", "x"), article("b", "y"))
	d := b.join(store.Dest{Chat: 1})
	for item := uint64(1); item <= 2; item++ {
		b.owe(item, store.Normal, d)
		b.expire(store.Expired{Shard: d.Shard, Item: item, Class: store.Normal, Owed: []uint32{d.Ordinal}, At: at(5)}, 1)
	}
	b.must(b.Advance(b.ctx, store.Reach{To: 1}, b.epoch))
	n, err := b.Trim(b.ctx, at(10), at(10), 10)
	b.must(err)
	if n != 1 {
		b.Errorf("Trim = %d; want 1, the other has not been dispatched whole", n)
	}
	b.same("Expired", b.expired(d.Shard), []string{"2/1 [1] 5"})
	b.tallied(1, store.Tally{})
}
