package storetest

import (
	"fmt"
	"rasid/store"
	"time"
)

func inboxPromises() []promise {
	return []promise{
		{"what is shelved moves from what is owed to the inbox", shelved},
		{"an inbox keeps the newest 500 and counts the others", inboxBounded},
		{"a stale owner cannot shelve", shelveFenced},
		{"what is in an inbox is begun and settled like what is owed", inboxSettled},
		{"what is in an inbox is tried three times in all", inboxTries},
		{"what is in an inbox does not expire, and is kept as long as articles are", inboxKept},
		{"of an inbox that was kept too long the count stays until it is told", inboxOutlived},
		{"however an inbox is emptied its count stays until it is told", inboxCounts},
		{"the count of an inbox is begun and settled, and told three times at most", inboxCountSettled},
		{"a stopped broadcast leaves the inboxes", inboxCancelled},
		{"a broadcast stopped while it is put into inboxes is in none", inboxCancelledAmid},
		{"forgetting a chat empties its inbox", inboxForgotten},
		{"an inbox goes along to a chat's new id", inboxMoves},
		{"the count of an inbox goes along to a chat's new id", inboxCountMoves},
	}
}

// inbox returns what is in an inbox, as "item/class seconds".
func (b *bench) inbox(d store.Destination) []string {
	b.Helper()
	x, err := b.Inbox(b.ctx, d.Place)
	b.must(err)
	var got []string
	for _, s := range x.Items {
		got = append(got, fmt.Sprintf("%d/%d %d", s.Item, s.Class, int(s.At.Sub(at(0)).Seconds())))
	}
	return got
}

// shelve puts items into the inbox of d and fails unless n of them were owed.
func (b *bench) shelve(d store.Destination, n int, s int64, items ...uint64) {
	b.Helper()
	got, err := b.Shelve(b.ctx, store.Shelving{Place: d.Place, Items: items, At: at(s)}, b.epoch)
	b.must(err)
	if got != n {
		b.Errorf("Shelve(%v) = %d; want %d", items, got, n)
	}
}

func shelved(b *bench) {
	d, other := b.join(store.Dest{Chat: 1}), b.join(store.Dest{Chat: 1, Thread: 1})
	x := store.Dispatch{Shard: d.Shard, Item: 1}
	x.Owed[store.Normal] = []uint32{d.Ordinal, other.Ordinal}
	_, err := b.Dispatch(b.ctx, x, b.epoch)
	b.must(err)
	b.owe(2, store.Urgent, d)
	b.owe(3, store.Low, d)
	b.shelve(d, 2, 5, 1, 2, 9)
	b.shelve(d, 0, 6, 1, 2)
	b.same("Owed", b.owed(d.Shard), []string{"1/1 [2]", "3/2 [1]"})
	b.same("Inbox", b.inbox(d), []string{"1/1 5", "2/0 5"})
	b.same("Inbox of the other", b.inbox(other), []string(nil))
	box, err := b.Inbox(b.ctx, d.Place)
	if err != nil || len(box.Items) != 2 || box.Items[0].Matcher != "" || box.Items[1].Matcher != "m1" {
		b.Errorf("Inbox = %+v, %v; want it to tell what each item was matched with, the second with m1", box, err)
	}
	b.tallied(1, store.Tally{Owed: 2})
	_, err = b.Shelve(b.ctx, store.Shelving{Place: d.Place, Items: []uint64{3}, At: at(7), Due: at(60)}, b.epoch)
	b.must(err)
	boxes, err := b.Inboxes(b.ctx, d.Shard)
	b.must(err)
	b.same("Inboxes", boxes, []store.Inbox{{Place: d.Place, Due: at(60)}})
	b.shelve(other, 1, 8, 1)
	boxes, err = b.Inboxes(b.ctx, d.Shard)
	b.must(err)
	b.same("Inboxes", boxes, []store.Inbox{{Place: d.Place, Due: at(60)}, {Place: other.Place}})
}

func inboxBounded(b *bench) {
	d := b.join(store.Dest{Chat: 1})
	var items []uint64
	for item := uint64(1); item <= store.InboxSize+3; item++ {
		b.owe(item, store.Normal, d)
		items = append(items, item)
	}
	b.shelve(d, store.InboxSize-1, 1, items[:store.InboxSize-1]...)
	b.shelve(d, 4, 2, items[store.InboxSize-1:]...)
	x, err := b.Inbox(b.ctx, d.Place)
	b.must(err)
	if len(x.Items) != store.InboxSize || x.Items[0].Item != 4 || x.Dropped != 3 {
		b.Errorf("Inbox holds %d items, dropped %d; want %d and 3", len(x.Items), x.Dropped, store.InboxSize)
	}
	b.tallied(3, store.Tally{Dropped: 1})
	b.tallied(4, store.Tally{Owed: 1})
}

func shelveFenced(b *bench) {
	d := b.join(store.Dest{Chat: 1})
	epochs, err := b.Take(b.ctx, "a", []store.Role{d.Shard.Role()}, time.Hour, time.Now())
	b.must(err)
	b.owe(1, store.Normal, d)
	_, err = b.Shelve(b.ctx, store.Shelving{Place: d.Place, Items: []uint64{1}, At: at(1)}, epochs[0]-1)
	b.want("Shelve", err, store.ErrFenced)
	b.same("Owed", b.owed(d.Shard), []string{"1/1 [1]"})
}

func inboxSettled(b *bench) {
	d := b.join(store.Dest{Chat: 1})
	for item := uint64(1); item <= 4; item++ {
		b.owe(item, store.Normal, d)
	}
	b.shelve(d, 4, 1, 1, 2, 3, 4)
	b.finish(b.mark("t", d, 1, 2), store.Outcome{Fate: store.Delivered, MessageID: 5})
	b.same("Inbox", b.inbox(d), []string{"3/1 1", "4/1 1"})
	b.tallied(1, store.Tally{Delivered: 1})
	b.must(b.Withdraw(b.ctx, d.Place, []uint64{3}, b.epoch))
	b.tallied(3, store.Tally{Dropped: 1})
	b.finish(b.mark("u", d, 4), store.Outcome{Fate: store.Dead, Reason: "x"})
	b.tallied(4, store.Tally{Dead: 1})
	b.same("Inbox", b.inbox(d), []string(nil))
	boxes, err := b.Inboxes(b.ctx, d.Shard)
	b.must(err)
	b.same("Inboxes", boxes, []store.Inbox(nil))
	b.want("Begin", b.Begin(b.ctx, b.mark("v", d, 1)), store.ErrSettled)
}

func inboxTries(b *bench) {
	d := b.join(store.Dest{Chat: 1})
	b.owe(1, store.Normal, d)
	b.owe(2, store.Broadcast, d)
	b.finish(b.mark("t", d, 1), store.Outcome{Fate: store.Unknown})
	b.shelve(d, 2, 1, 1, 2)
	b.finish(b.mark("u", d, 1, 2), store.Outcome{Fate: store.Unknown})
	b.tallied(1, store.Tally{Owed: 1, Unknown: 2})
	b.tallied(2, store.Tally{Delivered: 1, Unknown: 1})
	b.finish(b.mark("v", d, 1), store.Outcome{Fate: store.Unknown, Reason: "no answer"})
	b.tallied(1, store.Tally{Dead: 1, Unknown: 3})
	b.same("Inbox", b.inbox(d), []string(nil))
}

func inboxKept(b *bench) {
	b.accept(1, article("a", "x"), article("b", "y"))
	d := b.join(store.Dest{Chat: 1})
	b.owe(1, store.Normal, d)
	b.owe(2, store.Normal, d)
	b.shelve(d, 1, 5, 1)
	b.shelve(d, 1, 50, 2)
	b.expire(store.Expired{Shard: d.Shard, Item: 1, Class: store.Normal, Owed: []uint32{d.Ordinal}, At: at(6)}, 0)
	b.must(b.Advance(b.ctx, store.Reach{To: 2}, b.epoch))
	trim := func(before int64, want int) {
		b.Helper()
		if n := b.trim(at(before), at(60)); n != want {
			b.Errorf("Trim(%d) = %d; want %d", before, n, want)
		}
	}
	trim(4, 0)
	b.same("Inbox", b.inbox(d), []string{"1/1 5", "2/1 50"})
	trim(20, 1)
	x, err := b.Inbox(b.ctx, d.Place)
	b.must(err)
	if len(x.Items) != 1 || x.Items[0].Item != 2 || x.Dropped != 1 {
		b.Errorf("Inbox = %+v; want item 2 and one that was kept too long", x)
	}
	trim(55, 1)
	b.counts(d, 2)
}

// counts fails unless the inbox of d holds nothing but the count of what was
// dropped, and is listed, or for 0 is not there.
func (b *bench) counts(d store.Destination, dropped int) {
	b.Helper()
	x, err := b.Inbox(b.ctx, d.Place)
	b.must(err)
	if len(x.Items) != 0 || x.Dropped != dropped {
		b.Errorf("Inbox = %+v; want nothing in it, and %d dropped", x, dropped)
	}
	var want []store.Inbox
	if dropped > 0 {
		want = []store.Inbox{{Place: d.Place}}
	}
	boxes, err := b.Inboxes(b.ctx, d.Shard)
	b.must(err)
	b.same("Inboxes", boxes, want)
}

// outlived makes an inbox of which only the count is left.
func (b *bench) outlived(d store.Destination, item uint64) {
	b.Helper()
	b.owe(item, store.Normal, d)
	b.shelve(d, 1, 5, item)
	b.trim(at(20), at(60))
	b.counts(d, 1)
}

func inboxOutlived(b *bench) {
	d := b.join(store.Dest{Chat: 1})
	b.outlived(d, 1)
	b.tallied(1, store.Tally{Dropped: 1})
	b.owe(2, store.Normal, d)
	b.shelve(d, 1, 50, 2)
	b.shelve(d, 0, 51)
	x, err := b.Inbox(b.ctx, d.Place)
	b.must(err)
	if len(x.Items) != 1 || x.Dropped != 1 {
		b.Errorf("Inbox = %+v; want item 2 behind one that was kept too long", x)
	}
	b.trim(at(55), at(60))
	b.counts(d, 2)
	b.shelve(d, 0, 56)
	b.counts(d, 0)
	b.outlived(d, 3)
	b.must(b.Forget(b.ctx, 1, at(60)))
	b.counts(d, 0)
}

func inboxCounts(b *bench) {
	d := b.join(store.Dest{Chat: 1})
	b.outlived(d, 1)
	for item, empty := range map[uint64]func(){
		2: func() { b.must(b.Cancel(b.ctx, d.Shard, 2)) },
		3: func() { b.must(b.Withdraw(b.ctx, d.Place, []uint64{3}, b.epoch)) },
		4: func() { b.finish(b.mark("t4", d, 4), store.Outcome{Fate: store.Delivered, MessageID: 4}) },
		5: func() { b.finish(b.mark("t5", d, 5), store.Outcome{Fate: store.Dead, Reason: "x"}) },
	} {
		b.owe(item, store.Broadcast, d)
		b.shelve(d, 1, 50, item)
		empty()
		b.counts(d, 1)
	}
	b.must(b.Withdraw(b.ctx, d.Place, []uint64{store.InboxCount}, b.epoch))
	b.counts(d, 0)
}

func inboxCountSettled(b *bench) {
	d := b.join(store.Dest{Chat: 1})
	none := b.mark("t", d, store.InboxCount)
	b.want("Begin without a count", b.Begin(b.ctx, none), store.ErrSettled)
	b.outlived(d, 1)
	b.owe(2, store.Normal, d)
	b.shelve(d, 1, 50, 2)
	b.finish(b.mark("u", d, 2, store.InboxCount), store.Outcome{Fate: store.Delivered, MessageID: 5})
	b.counts(d, 0)
	b.same("Sent", b.sent(d.Dest)[0].Items, []uint64{2})
	b.outlived(d, 3)
	for i, left := range []int{1, 1, 0} {
		b.finish(b.mark(fmt.Sprint("v", i), d, store.InboxCount), store.Outcome{Fate: store.Unknown, Reason: "no answer"})
		b.counts(d, left)
	}
	b.outlived(d, 4)
	b.finish(b.mark("w", d, store.InboxCount), store.Outcome{Fate: store.Unknown}) // tried anew
	b.counts(d, 1)
	b.finish(b.mark("x", d, store.InboxCount), store.Outcome{Fate: store.Delivered, MessageID: 6})
	b.counts(d, 0)
	b.outlived(d, 5)
	b.finish(b.mark("y", d, store.InboxCount), store.Outcome{Fate: store.Dead, Reason: "x"})
	b.counts(d, 0)
	letters, err := b.Dead(b.ctx, d.Shard, 9)
	b.must(err)
	if len(letters) > 0 || len(b.sent(d.Dest)) != 1 {
		b.Errorf("Dead = %v, Sent = %v; want nothing of the count in either", letters, b.sent(d.Dest))
	}
}

func inboxCancelled(b *bench) {
	d, other := b.join(store.Dest{Chat: 1}), b.join(store.Dest{Chat: 1, Thread: 1})
	x := store.Dispatch{Shard: d.Shard, Item: 1}
	x.Owed[store.Broadcast] = []uint32{d.Ordinal, other.Ordinal}
	_, err := b.Dispatch(b.ctx, x, b.epoch)
	b.must(err)
	b.owe(2, store.Normal, d)
	b.shelve(d, 2, 1, 1, 2)
	b.must(b.Cancel(b.ctx, d.Shard, 1))
	b.tallied(1, store.Tally{Dropped: 2})
	b.same("Inbox", b.inbox(d), []string{"2/1 1"})
}

func inboxCancelledAmid(b *bench) {
	const all = 60
	x := store.Dispatch{Shard: 9, Item: 1}
	for o := range uint32(all) { // nobody needs to be there
		x.Owed[store.Broadcast] = append(x.Owed[store.Broadcast], o+1)
	}
	_, err := b.Dispatch(b.ctx, x, b.epoch)
	b.must(err)
	b.must(parallelFill(all+1, func(n int64) error {
		if n == all/2 {
			return b.Cancel(b.ctx, x.Shard, x.Item)
		}
		_, inner := b.Shelve(b.ctx, store.Shelving{Place: store.Place{Shard: x.Shard, Ordinal: uint32(n)}, Items: []uint64{1}, At: at(1)}, b.epoch)
		return inner
	}))
	b.tallied(1, store.Tally{Dropped: all})
	boxes, err := b.Inboxes(b.ctx, x.Shard)
	b.must(err)
	b.same("Inboxes", boxes, []store.Inbox(nil))
}

func inboxForgotten(b *bench) {
	d := b.join(store.Dest{Chat: 1})
	b.owe(1, store.Normal, d)
	b.shelve(d, 1, 1, 1)
	b.must(b.Forget(b.ctx, 1, at(2)))
	b.tallied(1, store.Tally{Dropped: 1})
	b.same("Inbox", b.inbox(d), []string(nil))
	boxes, err := b.Inboxes(b.ctx, d.Shard)
	b.must(err)
	b.same("Inboxes", boxes, []store.Inbox(nil))
}

func inboxMoves(b *bench) {
	old, newer := group(b), b.join(store.Dest{Chat: -100})
	b.owe(1, store.Normal, old)
	b.owe(2, store.Normal, old)
	b.owe(3, store.Normal, old)
	b.finish(b.mark("t", old, 1), store.Outcome{Fate: store.Delivered, MessageID: 1})
	b.shelve(old, 1, 4, 3)
	for item := uint64(1); item <= 5; item++ {
		b.owe(item, store.Low, newer)
	}
	b.shelve(newer, 4, 5, 1, 2, 3, 4)
	b.whole(5)
	for range 2 {
		b.must(b.Migrate(b.ctx, -1, -100, at(8)))
	}
	b.same("Inbox", b.inbox(old), []string{"3/1 4", "4/2 5"})
	b.same("Owed", b.owed(old.Shard), []string{"2/1 [1]", "5/2 [1]"})
	b.same("Inbox that was left", b.inbox(newer), []string(nil))
	b.tallied(4, store.Tally{Owed: 1})
	b.tallied(3, store.Tally{Owed: 1})
}

func inboxCountMoves(b *bench) {
	old, newer, thread := group(b), b.join(store.Dest{Chat: -100}), b.join(store.Dest{Chat: -100, Thread: 3})
	b.outlived(newer, 1)
	b.owe(2, store.Normal, thread)
	b.shelve(thread, 1, 5, 2)
	b.owe(3, store.Normal, old)
	b.shelve(old, 1, 5, 3)
	b.trim(at(20), at(60))
	for range 2 {
		b.must(b.Migrate(b.ctx, -1, -100, at(8)))
	}
	all, err := b.Threads(b.ctx, -100)
	b.must(err)
	for i, want := range []int{2, 1} {
		x, err := b.Inbox(b.ctx, all[i].Place)
		b.must(err)
		if x.Dropped != want || len(x.Items) != 0 {
			b.Errorf("Inbox of thread %d = %+v; want %d dropped", all[i].Thread, x, want)
		}
	}
	b.counts(newer, 0)
}
