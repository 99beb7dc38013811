package storetest

import (
	"fmt"
	"rasid/store"
	"time"
)

func jobPromises() []promise {
	return []promise{
		{"a job is dispatched once, also after it was settled", dispatchedOnce},
		{"jobs come oldest first and louder classes before quieter ones", jobOrder},
		{"a set of many ordinals comes back whole", manyOwed},
		{"ordinals that do not ascend or are owed twice are refused", badDispatch},
		{"a stale owner cannot dispatch, begin or withdraw but can finish and release", fenced},
		{"what is withdrawn is counted, and as suspended when the chat is", withdrawn},
		{"cancel withdraws all that is left of an item in a shard", cancelled},
		{"what was cancelled in a shard is not dispatched there afterwards", cancelledFirst},
		{"dead letters are bounded and come newest first", deadBounded},
	}
}

func dispatchedOnce(b *bench) {
	d := b.join(store.Dest{Chat: 1})
	b.owe(1, store.Normal, d)
	x := store.Dispatch{Shard: d.Shard, Item: 1, Owed: [store.Classes][]uint32{{d.Ordinal}}}
	again := func(when string) {
		b.Helper()
		if added, err := b.Dispatch(b.ctx, x, b.epoch); added || err != nil {
			b.Errorf("Dispatch %s = %v, %v; want false, nil", when, added, err)
		}
	}
	again("again")
	b.finish(b.mark("t", d, 1), store.Outcome{Fate: store.Delivered, MessageID: 5})
	again("after it was settled")
	b.same("Owed", b.owed(d.Shard), []string(nil))
}

func jobOrder(b *bench) {
	d := b.join(store.Dest{Chat: 1})
	for _, item := range []uint64{3, 300, 20} {
		b.owe(item, store.Low, d)
	}
	x := store.Dispatch{Shard: d.Shard, Item: 4, Created: at(1), Expires: at(2), Matcher: "v"}
	x.Owed[store.Normal], x.Owed[store.Urgent] = []uint32{1, 2}, []uint32{3}
	_, err := b.Dispatch(b.ctx, x, b.epoch)
	b.must(err)
	b.same("Owed", b.owed(d.Shard), []string{"3/2 [1]", "4/0 [3]", "4/1 [1 2]", "20/2 [1]", "300/2 [1]"})
	jobs, err := b.Owed(b.ctx, d.Shard, 3)
	b.must(err)
	b.same("the first job after 3", jobs[0], store.Job{
		Shard: d.Shard, Item: 4, Class: store.Urgent, Owed: []uint32{3}, Created: at(1), Expires: at(2), Matcher: "v",
	})
}

func manyOwed(b *bench) {
	x := store.Dispatch{Shard: 7, Item: 1}
	for o := uint32(1); o <= 4000; o++ {
		if o%3 != 0 {
			x.Owed[store.Normal] = append(x.Owed[store.Normal], o)
		}
	}
	_, err := b.Dispatch(b.ctx, x, b.epoch)
	b.must(err)
	b.must(b.Withdraw(b.ctx, store.Place{Shard: 7, Ordinal: 4}, []uint64{1}, b.epoch))
	b.must(b.Withdraw(b.ctx, store.Place{Shard: 7, Ordinal: 3}, []uint64{1}, b.epoch))
	jobs, err := b.Owed(b.ctx, 7, 0)
	b.must(err)
	want := append(append([]uint32{}, x.Owed[store.Normal][:2]...), x.Owed[store.Normal][3:]...)
	if len(jobs) != 1 {
		b.Fatalf("Owed = %d jobs; want 1", len(jobs))
	}
	b.same("Owed", jobs[0].Owed, want)
	b.tallied(1, store.Tally{Owed: len(want), Dropped: 1})
}

func badDispatch(b *bench) {
	for _, owed := range [][store.Classes][]uint32{{{2, 1}}, {{1, 1}}, {{0}}, {{1, 2}, {2}}} {
		if _, err := b.Dispatch(b.ctx, store.Dispatch{Shard: 1, Item: 1, Owed: owed}, 0); err == nil {
			b.Errorf("Dispatch(%v) = nil; want it refused", owed)
		}
	}
	if _, err := b.Dispatch(b.ctx, store.Dispatch{Shard: store.Shards, Item: 1, Owed: [store.Classes][]uint32{{1}}}, 0); err == nil {
		b.Error("a shard that does not exist was dispatched to")
	}
}

func fenced(b *bench) {
	d := b.join(store.Dest{Chat: 1})
	roles := []store.Role{store.Intake, d.Shard.Role()}
	take := func(name string) uint64 {
		epochs, err := b.Take(b.ctx, name, roles, time.Hour, time.Now())
		b.must(err)
		if len(epochs) != 2 || epochs[0] != epochs[1] || epochs[0] == 0 {
			b.Fatalf("Take = %v; want the same epoch twice", epochs)
		}
		return epochs[0]
	}
	old := take("a")
	b.epoch = old
	b.owe(1, store.Normal, d)
	m, taken := b.mark("t1", d, 1), b.mark("t3", d, 1)
	b.must(b.Begin(b.ctx, m))
	b.must(b.Begin(b.ctx, taken))
	b.must(b.Leave(b.ctx, "a", roles))
	b.epoch = take("b")
	_, err := b.Dispatch(b.ctx, store.Dispatch{Shard: d.Shard, Item: 2, Owed: [store.Classes][]uint32{{1}}}, old)
	b.want("Dispatch", err, store.ErrFenced)
	m2 := m
	m2.Token = "t2"
	b.want("Begin", b.Begin(b.ctx, m2), store.ErrFenced)
	b.want("Withdraw", b.Withdraw(b.ctx, d.Place, []uint64{1}, old), store.ErrFenced)
	b.must(b.Release(b.ctx, taken, time.Time{}))
	marks, err := b.Marks(b.ctx, d.Shard)
	b.must(err)
	b.same("Marks after Release", marks, []store.Mark{m})
	b.must(b.Finish(b.ctx, m, store.Outcome{Fate: store.Delivered, MessageID: 9}, at(2)))
	b.tallied(1, store.Tally{Delivered: 1})
}

func withdrawn(b *bench) {
	d := b.join(store.Dest{Chat: 1})
	b.owe(1, store.Normal, d)
	b.owe(2, store.Normal, d)
	b.must(b.Withdraw(b.ctx, d.Place, []uint64{1}, b.epoch))
	b.must(b.Withdraw(b.ctx, d.Place, []uint64{1}, b.epoch))
	b.tallied(1, store.Tally{Dropped: 1})
	b.join(d.Dest, store.Edit{Op: store.Suspend, Text: string(store.Blocked)})
	b.must(b.Withdraw(b.ctx, d.Place, []uint64{2, 99}, b.epoch))
	b.tallied(2, store.Tally{Suspended: 1})
}

func cancelled(b *bench) {
	x := store.Dispatch{Shard: 3, Item: 1}
	x.Owed[store.Broadcast] = []uint32{1, 2, 3}
	_, err := b.Dispatch(b.ctx, x, b.epoch)
	b.must(err)
	b.must(b.Cancel(b.ctx, 3, 1))
	b.must(b.Cancel(b.ctx, 3, 1))
	b.must(b.Cancel(b.ctx, 4, 1))
	b.tallied(1, store.Tally{Dropped: 3})
	b.same("Owed", b.owed(3), []string(nil))
}

func cancelledFirst(b *bench) {
	b.accept(1, article("a", "x"))
	d, other := b.join(store.Dest{Chat: 1}), b.join(store.Dest{Chat: 2})
	if d.Shard == other.Shard {
		b.Fatal("the chats of this test lie in one shard; choose others")
	}
	b.must(b.Cancel(b.ctx, d.Shard, 1))
	x := store.Dispatch{Shard: d.Shard, Item: 1}
	x.Owed[store.Broadcast] = []uint32{d.Ordinal}
	if added, err := b.Dispatch(b.ctx, x, b.epoch); added || err != nil {
		b.Errorf("Dispatch = %v, %v of what was cancelled; want false, nil", added, err)
	}
	b.same("Owed", b.owed(d.Shard), []string(nil))
	b.want("Begin", b.Begin(b.ctx, b.mark("t", d, 1)), store.ErrSettled)
	b.tallied(1, store.Tally{})
	b.owe(1, store.Broadcast, other) // which was not
	b.tallied(1, store.Tally{Owed: 1})
	b.must(b.Cancel(b.ctx, other.Shard, 1))
	b.must(b.Advance(b.ctx, store.Reach{To: 1}, b.epoch))
	n, err := b.Trim(b.ctx, at(10), at(10), 10)
	b.must(err)
	if n != 1 {
		b.Errorf("Trim = %d; want the article gone", n)
	}
	b.owe(1, store.Normal, d) // nothing is remembered of what was trimmed
}

func deadBounded(b *bench) {
	d := b.join(store.Dest{Chat: 1})
	const n = store.DeadKeep + 3
	for i := range uint64(n) {
		b.owe(i+1, store.Normal, d)
		m := b.mark(fmt.Sprint("t", i), d, i+1)
		b.must(b.Finish(b.ctx, m, store.Outcome{Fate: store.Dead, Reason: "chat not found"}, at(2)))
	}
	got, err := b.Dead(b.ctx, d.Shard, 2*n)
	b.must(err)
	if len(got) != store.DeadKeep {
		b.Fatalf("Dead = %d letters; want %d", len(got), store.DeadKeep)
	}
	b.same("the newest", got[0], store.DeadLetter{Place: d.Place, Items: []uint64{n}, Reason: "chat not found", At: at(2)})
}
