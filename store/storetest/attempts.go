package storetest

import (
	"fmt"
	"rasid/store"
)

func attemptPromises() []promise {
	return []promise{
		{"an attempt is written down until it is settled", markKept},
		{"nothing is begun that is not owed", settledBefore},
		{"delivered counts without the attempt having been begun", factWithoutMark},
		{"the same token a second time does nothing", tokenOnce},
		{"delivered counts also where the attempt was taken for unknown", factAfterUnknown},
		{"an unknown outcome is owed again twice, then dead", unknownThrice},
		{"an unknown outcome of several items is each one's", unknownOfSeveral},
		{"an unknown broadcast counts as delivered", unknownBroadcast},
		{"a refusal that suspends does so in the same change", suspends},
		{"release keeps the bits and holds the destination", released},
		{"the sent ring keeps the newest 200, newest first", ringBounded},
		{"what is told of a forgotten destination does nothing", afterForget},
	}
}

func markKept(b *bench) {
	d := b.join(store.Dest{Chat: 1})
	b.owe(1, store.Normal, d)
	b.owe(2, store.Low, d)
	m := b.mark("t", d, 1, 2)
	m.Tries = 2
	b.must(b.Begin(b.ctx, m))
	b.must(b.Begin(b.ctx, m))
	got, err := b.Marks(b.ctx, d.Shard)
	b.must(err)
	b.same("Marks", got, []store.Mark{m})
	b.must(b.Finish(b.ctx, m, store.Outcome{Fate: store.Delivered, MessageID: 8, Rules: []string{"3", "libya"}}, at(2)))
	got, err = b.Marks(b.ctx, d.Shard)
	b.must(err)
	b.same("Marks after Finish", got, []store.Mark(nil))
	b.same("Sent", b.sent(d.Dest), []store.Sent{{MessageID: 8, Items: []uint64{1, 2}, Rules: []string{"3", "libya"}, At: at(2)}})
	b.want("Begin of a settled attempt", b.Begin(b.ctx, m), store.ErrSettled)
}

func settledBefore(b *bench) {
	d := b.join(store.Dest{Chat: 1})
	b.want("Begin", b.Begin(b.ctx, b.mark("t", d, 1)), store.ErrSettled)
	b.owe(1, store.Normal, d)
	b.must(b.Begin(b.ctx, b.mark("t", d, 7, 1)))
	if err := b.Begin(b.ctx, b.mark("", d, 1)); err == nil {
		b.Error("an attempt without a token was begun")
	}
}

func factWithoutMark(b *bench) {
	d := b.join(store.Dest{Chat: 1})
	b.owe(1, store.Normal, d)
	b.must(b.Finish(b.ctx, b.mark("never begun", d, 1), store.Outcome{Fate: store.Delivered, MessageID: 4}, at(3)))
	b.tallied(1, store.Tally{Delivered: 1})
	b.must(b.Finish(b.ctx, b.mark("another copy", d, 1), store.Outcome{Fate: store.Delivered, MessageID: 5}, at(4)))
	b.tallied(1, store.Tally{Delivered: 1})
	if got := b.sent(d.Dest); len(got) != 2 {
		b.Errorf("Sent has %d messages; want both copies", len(got))
	}
}

func tokenOnce(b *bench) {
	d := b.join(store.Dest{Chat: 1})
	b.owe(1, store.Normal, d)
	m := b.mark("t", d, 1)
	for range 5 {
		b.must(b.Finish(b.ctx, m, store.Outcome{Fate: store.Unknown}, at(2)))
	}
	b.tallied(1, store.Tally{Owed: 1, Unknown: 1})
	m.Token = "u"
	for range 2 {
		b.must(b.Finish(b.ctx, m, store.Outcome{Fate: store.Delivered, MessageID: 4}, at(2)))
	}
	b.tallied(1, store.Tally{Delivered: 1, Unknown: 1})
	if got := b.sent(d.Dest); len(got) != 1 {
		b.Errorf("Sent has %d messages; want 1", len(got))
	}
}

func factAfterUnknown(b *bench) {
	d := b.join(store.Dest{Chat: 1})
	b.owe(1, store.Normal, d)
	b.owe(2, store.Broadcast, d)
	for item := range uint64(2) {
		m := b.mark(fmt.Sprint("t", item), d, item+1)
		b.must(b.Begin(b.ctx, m))
		for _, f := range []store.Fate{store.Unknown, store.Dead, store.Unknown, store.Delivered, store.Delivered, store.Unknown} {
			b.must(b.Finish(b.ctx, m, store.Outcome{Fate: f, MessageID: int64(item + 7)}, at(2)))
			b.want("Begin of a settled attempt", b.Begin(b.ctx, m), store.ErrSettled)
		}
		b.tallied(item+1, store.Tally{Delivered: 1, Unknown: 1})
	}
	b.same("Sent", b.sent(d.Dest), []store.Sent{{MessageID: 8, Items: []uint64{2}, At: at(2)}, {MessageID: 7, Items: []uint64{1}, At: at(2)}})
	for i := range store.TokenKeep {
		b.must(b.Finish(b.ctx, b.mark(fmt.Sprint("u", i), d, 3), store.Outcome{Fate: store.Unknown}, at(2)))
	}
	b.must(b.Finish(b.ctx, b.mark("u0", d, 3), store.Outcome{Fate: store.Delivered, MessageID: 9}, at(2)))
	b.must(b.Finish(b.ctx, b.mark("u1", d, 3), store.Outcome{Fate: store.Unknown}, at(2)))
	if got := b.sent(d.Dest); len(got) != 3 {
		b.Errorf("Sent has %d messages; want 3", len(got))
	}
}

func unknownThrice(b *bench) {
	d := b.join(store.Dest{Chat: 1})
	b.owe(1, store.Normal, d)
	for i := range store.MaxTries {
		b.tallied(1, store.Tally{Owed: 1, Unknown: i})
		jobs, err := b.Owed(b.ctx, d.Shard, 0)
		b.must(err)
		if len(jobs) != 1 || jobs[0].Tries[d.Ordinal] != i {
			b.Fatalf("after %d unknown outcomes Owed = %+v", i, jobs)
		}
		b.finish(b.mark(fmt.Sprint("t", i), d, 1), store.Outcome{Fate: store.Unknown, Reason: "no answer"})
	}
	b.tallied(1, store.Tally{Dead: 1, Unknown: store.MaxTries})
	dead, err := b.Dead(b.ctx, d.Shard, 5)
	b.must(err)
	b.same("Dead", dead, []store.DeadLetter{{Place: d.Place, Items: []uint64{1}, Reason: "no answer", At: at(2)}})
}

func unknownOfSeveral(b *bench) {
	d := b.join(store.Dest{Chat: 1})
	for item := range uint64(3) {
		b.owe(item+1, store.Normal, d)
	}
	for n := range store.MaxTries - 1 {
		b.finish(b.mark(fmt.Sprint("alone ", n), d, 1), store.Outcome{Fate: store.Unknown})
	}
	b.finish(b.mark("together", d, 1, 2, 3), store.Outcome{Fate: store.Unknown, Reason: "no answer"})
	b.tallied(1, store.Tally{Dead: 1, Unknown: store.MaxTries})
	b.tallied(2, store.Tally{Owed: 1, Unknown: 1})
	b.tallied(3, store.Tally{Owed: 1, Unknown: 1})
	dead, err := b.Dead(b.ctx, d.Shard, 5)
	b.must(err)
	b.same("Dead", dead, []store.DeadLetter{{Place: d.Place, Items: []uint64{1}, Reason: "no answer", At: at(2)}})
}

func unknownBroadcast(b *bench) {
	d := b.join(store.Dest{Chat: 1})
	b.owe(1, store.Broadcast, d)
	b.finish(b.mark("t", d, 1), store.Outcome{Fate: store.Unknown})
	b.tallied(1, store.Tally{Delivered: 1, Unknown: 1})
}

func suspends(b *bench) {
	d := b.join(store.Dest{Chat: 1})
	b.owe(1, store.Normal, d)
	b.owe(2, store.Normal, d)
	cur := new(store.Cursor)
	b.must(b.Changes(b.ctx, cur, func(store.Destination) error { return nil }))
	b.finish(b.mark("t", d, 1), store.Outcome{Fate: store.Dead, Reason: "blocked", Suspend: store.Blocked})
	b.tallied(1, store.Tally{Suspended: 1})
	b.tallied(2, store.Tally{Owed: 1})
	var changed []store.Suspension
	b.must(b.Changes(b.ctx, cur, func(x store.Destination) error {
		changed = append(changed, x.Suspended)
		return nil
	}))
	b.same("what the change feed tells", changed, []store.Suspension{store.Blocked})
}

func released(b *bench) {
	d := b.join(store.Dest{Chat: 1})
	b.owe(1, store.Normal, d)
	m := b.mark("t", d, 1)
	b.must(b.Begin(b.ctx, m))
	b.must(b.Release(b.ctx, m, at(60)))
	b.must(b.Release(b.ctx, m, at(30)))
	got, err := b.Destination(b.ctx, d.Dest)
	b.must(err)
	if !got.HoldUntil.Equal(at(60)) {
		b.Errorf("HoldUntil = %s; want %s, the later", got.HoldUntil, at(60))
	}
	marks, err := b.Marks(b.ctx, d.Shard)
	b.must(err)
	b.same("Marks", marks, []store.Mark(nil))
	b.tallied(1, store.Tally{Owed: 1})
}

func ringBounded(b *bench) {
	d := b.join(store.Dest{Chat: 1})
	for i := range store.RingSize + 7 {
		b.must(b.Finish(b.ctx, b.mark(fmt.Sprint("t", i), d, 1), store.Outcome{Fate: store.Delivered, MessageID: int64(i)}, at(2)))
	}
	got := b.sent(d.Dest)
	if len(got) != store.RingSize || got[0].MessageID != store.RingSize+6 || got[store.RingSize-1].MessageID != 7 {
		b.Errorf("Sent = %d messages, %d to %d; want %d, %d to 7", len(got), got[0].MessageID, got[len(got)-1].MessageID, store.RingSize, store.RingSize+6)
	}
}

func afterForget(b *bench) {
	d := b.join(store.Dest{Chat: 1})
	b.owe(1, store.Normal, d)
	m := b.mark("t", d, 1)
	b.must(b.Begin(b.ctx, m))
	b.must(b.Forget(b.ctx, 1, at(2)))
	b.must(b.Finish(b.ctx, m, store.Outcome{Fate: store.Delivered, MessageID: 1}, at(3)))
	b.must(b.Release(b.ctx, m, at(60)))
	b.tallied(1, store.Tally{Dropped: 1})
	b.want("Begin", b.Begin(b.ctx, b.mark("u", d, 1)), store.ErrSettled)
	back := b.join(d.Dest)
	if back.Ordinal == d.Ordinal || len(b.sent(d.Dest)) != 0 {
		b.Errorf("after Forget the chat came back as %+v with %d sent; want a new place and none", back.Place, len(b.sent(d.Dest)))
	}
	added, err := b.Dispatch(b.ctx, store.Dispatch{Shard: d.Shard, Item: 9, Owed: [store.Classes][]uint32{{d.Ordinal}}}, b.epoch)
	if added || err != nil {
		b.Errorf("Dispatch to a forgotten place = %v, %v; want false, nil", added, err)
	}
}
