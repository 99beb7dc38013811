package storetest

import (
	"rasid/store"
)

func stopPromises() []promise {
	return []promise{
		{"what is under way while its item is cancelled counts as what it turns out to be", cancelledUnderWay},
		{"what is under way from an inbox does, too", cancelledFromInbox},
		{"what is taken back after its item was cancelled is dropped", cancelledReleased},
		{"a cancelled item is not sent again after no answer", cancelledUnanswered},
		{"what is under way while its item is cancelled arrives before its chat moves", cancelledMoves},
	}
}

// threads are n destinations of one chat.
func threads(b *bench, n int) []store.Destination {
	all := make([]store.Destination, n)
	for i := range all {
		all[i] = b.join(store.Dest{Chat: 1, Thread: int64(i)})
	}
	return all
}

// oweAll owes an item to several destinations of a shard in one class.
func (b *bench) oweAll(item uint64, class store.Class, to ...store.Destination) {
	b.Helper()
	x := store.Dispatch{Shard: to[0].Shard, Item: item, Created: at(1), Expires: at(9), Matcher: "m"}
	for _, d := range to {
		x.Owed[class] = append(x.Owed[class], d.Ordinal)
	}
	_, err := b.Dispatch(b.ctx, x, b.epoch)
	b.must(err)
}

func cancelledUnderWay(b *bench) {
	to := threads(b, 5)
	b.oweAll(1, store.Broadcast, to...)
	b.owe(2, store.Normal, to[0])
	marks := []store.Mark{b.mark("a", to[0], 2, 1), b.mark("b", to[1], 1), b.mark("c", to[2], 1), b.mark("other", to[4], 2, 1)}
	for _, m := range marks[:3] {
		b.must(b.Begin(b.ctx, m))
	}
	for range 2 {
		b.must(b.Cancel(b.ctx, to[0].Shard, 1))
		b.tallied(1, store.Tally{Owed: 3, Dropped: 2})
	}
	b.same("Owed", b.owed(to[0].Shard), []string{"1/3 [1 2 3]", "2/1 [1]"})
	b.want("Begin of what was not under way", b.Begin(b.ctx, marks[3]), store.ErrSettled)
	for range 2 {
		b.must(b.Finish(b.ctx, marks[0], store.Outcome{Fate: store.Delivered, MessageID: 4}, at(3)))
		b.tallied(1, store.Tally{Owed: 2, Delivered: 1, Dropped: 2})
	}
	b.tallied(2, store.Tally{Delivered: 1})
	b.must(b.Finish(b.ctx, marks[1], store.Outcome{Fate: store.Unknown}, at(3)))
	b.tallied(1, store.Tally{Owed: 1, Delivered: 2, Unknown: 1, Dropped: 2})
	b.must(b.Finish(b.ctx, marks[2], store.Outcome{Fate: store.Dead, Reason: "x", Suspend: store.Blocked}, at(3)))
	b.tallied(1, store.Tally{Delivered: 2, Unknown: 1, Suspended: 1, Dropped: 2})
	b.same("Owed at the end", b.owed(to[0].Shard), []string(nil))
}

func cancelledFromInbox(b *bench) {
	to := threads(b, 2)
	b.oweAll(1, store.Broadcast, to...)
	for _, d := range to {
		b.shelve(d, 1, 5, 1)
	}
	m := b.mark("a", to[0], 1)
	b.must(b.Begin(b.ctx, m))
	b.must(b.Cancel(b.ctx, to[0].Shard, 1))
	b.tallied(1, store.Tally{Owed: 1, Dropped: 1})
	b.must(b.Finish(b.ctx, m, store.Outcome{Fate: store.Delivered, MessageID: 4}, at(3)))
	b.tallied(1, store.Tally{Delivered: 1, Dropped: 1})
	b.same("Inbox", b.inbox(to[0]), []string(nil))
}

func cancelledReleased(b *bench) {
	to := threads(b, 2)
	b.oweAll(1, store.Broadcast, to...)
	b.owe(2, store.Normal, to[0])
	b.shelve(to[1], 1, 5, 1)
	marks := []store.Mark{b.mark("a", to[0], 2, 1), b.mark("b", to[1], 1)}
	for _, m := range marks {
		b.must(b.Begin(b.ctx, m))
	}
	b.must(b.Cancel(b.ctx, to[0].Shard, 1))
	for _, m := range marks {
		b.must(b.Release(b.ctx, m, at(4)))
	}
	b.tallied(1, store.Tally{Dropped: 2})
	b.tallied(2, store.Tally{Owed: 1})
	b.want("Begin", b.Begin(b.ctx, marks[1]), store.ErrSettled)
	b.same("Owed", b.owed(to[0].Shard), []string{"2/1 [1]"})
}

func cancelledUnanswered(b *bench) {
	d := b.join(store.Dest{Chat: 1})
	b.owe(1, store.Normal, d)
	m := b.mark("a", d, 1)
	b.must(b.Begin(b.ctx, m))
	b.must(b.Cancel(b.ctx, d.Shard, 1))
	b.must(b.Finish(b.ctx, m, store.Outcome{Fate: store.Unknown}, at(3)))
	b.tallied(1, store.Tally{Unknown: 1, Dropped: 1})
	b.same("Owed", b.owed(d.Shard), []string(nil))
}

func cancelledMoves(b *bench) {
	old, newer := group(b), b.join(store.Dest{Chat: -100})
	b.owe(1, store.Broadcast, newer)
	m := b.mark("a", newer, 1)
	b.must(b.Begin(b.ctx, m))
	b.must(b.Cancel(b.ctx, newer.Shard, 1))
	b.whole(1)
	b.want("Migrate", b.Migrate(b.ctx, -1, -100, at(1)), store.ErrDispatching)
	b.must(b.Finish(b.ctx, m, store.Outcome{Fate: store.Delivered, MessageID: 4}, at(2)))
	b.must(b.Migrate(b.ctx, -1, -100, at(3)))
	b.tallied(1, store.Tally{Delivered: 1})
	b.same("Owed", b.owed(old.Shard), []string(nil))
}
