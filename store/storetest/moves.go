package storetest

import (
	"fmt"
	"rasid/store"
)

func movePromises() []promise {
	return []promise{
		{"a chat that moves to an unknown id keeps its places and what it is owed", movesAway},
		{"a chat that moves to a known id keeps its settings and gains rules", movesOver},
		{"what either chat was owed is owed once to the one they became", owedOnce},
		{"two threads owed the same item are both given over", threadsOwed},
		{"a chat that moves brings nothing to where it was cancelled", cancelledHere},
		{"a chat does not bring along what is being dispatched to others", movesWhole},
		{"a chat moves within its shard, or with nothing new, while something is dispatched", movesMeanwhile},
		{"a chat moves when what is on its way to its newer id has arrived", movesOnceArrived},
		{"a chat that moved twice is found", movesTwice},
		{"a chat that moved stays when its old id signs up again", oldIDReturns},
		{"a chat that moves once more keeps the settings and numbers it had first", movesAgain},
	}
}

// group signs up the group -1.
func group(b *bench, edits ...store.Edit) store.Destination {
	b.Helper()
	r, err := b.Change(b.ctx, store.Change{Dest: store.Dest{Chat: -1}, Kind: store.Group, Now: at(0), Edits: edits})
	b.must(err)
	return r.After
}

func movesAway(b *bench) {
	d := group(b, store.Edit{Op: store.AddRule, Text: "quake"})
	b.owe(1, store.Normal, d)
	for range 2 {
		b.must(b.Migrate(b.ctx, -1, -100, at(1)))
	}
	got, err := b.Destination(b.ctx, store.Dest{Chat: -100})
	b.must(err)
	if got.Place != d.Place || len(got.Rules) != 1 || got.Kind != store.Supergroup {
		b.Errorf("after the move: %+v; want the place %+v, the rule, a supergroup", got, d.Place)
	}
	_, err = b.Destination(b.ctx, store.Dest{Chat: -1})
	b.want("Destination of the old id", err, store.ErrUnknown)
	r := b.join(store.Dest{Chat: -100, Thread: 4})
	if r.Shard != d.Shard {
		b.Errorf("a new thread of a moved chat sits in shard %d; want %d, where the chat is", r.Shard, d.Shard)
	}
	b.finish(b.mark("t", got, 1), store.Outcome{Fate: store.Delivered, MessageID: 1})
	b.tallied(1, store.Tally{Delivered: 1})
}

func movesOver(b *bench) {
	old := group(b, store.Edit{Op: store.AddRule, Text: "quake"}, store.Edit{Op: store.SetLang, Lang: "ar"}, store.Edit{Op: store.Pause})
	newer := b.join(store.Dest{Chat: -100}, store.Edit{Op: store.AddRule, Text: "quake"}, store.Edit{Op: store.AddRule, Text: "flood"},
		store.Edit{Op: store.Subscribe, Text: "libya"}, store.Edit{Op: store.SetLang, Lang: "en"})
	thread := b.join(store.Dest{Chat: -100, Thread: 3})
	b.must(b.Migrate(b.ctx, -1, -100, at(1)))
	got, err := b.Threads(b.ctx, -100)
	b.must(err)
	if len(got) != 2 || got[0].Place != old.Place || got[0].Lang != "ar" || !got[0].Paused || got[1].Thread != thread.Thread {
		b.Fatalf("after the move: %+v; want the old place %+v and settings, and the thread", got, old.Place)
	}
	var texts []string
	for _, r := range got[0].Rules {
		texts = append(texts, r.Text)
	}
	b.same("rules", texts, []string{"quake", "flood"})
	b.same("topics", got[0].Topics, []string{"libya"})
	seen := map[store.Place]bool{}
	b.must(b.Changes(b.ctx, new(store.Cursor), func(d store.Destination) error {
		seen[d.Place] = !d.Gone
		return nil
	}))
	if seen[newer.Place] && newer.Place != old.Place {
		b.Errorf("the newer place %+v is still there", newer.Place)
	}
}

func owedOnce(b *bench) {
	old, newer := group(b), b.join(store.Dest{Chat: -100})
	b.owe(1, store.Normal, old)
	b.owe(2, store.Urgent, newer)
	if old.Shard == newer.Shard {
		b.Fatal("the chats of this test lie in one shard; choose others")
	}
	b.owe(3, store.Normal, old)
	b.owe(3, store.Normal, newer)
	b.owe(4, store.Normal, newer)
	b.must(b.Finish(b.ctx, b.mark("t", old, 4), store.Outcome{Fate: store.Delivered, MessageID: 1}, at(1)))
	b.whole(4)
	b.must(b.Migrate(b.ctx, -1, -100, at(1)))
	b.same("Owed", b.owed(old.Shard), []string{"1/1 [1]", "2/0 [1]", "3/1 [1]"})
	b.same("Owed in the shard that was left", b.owed(newer.Shard), []string(nil))
	b.tallied(2, store.Tally{Owed: 1})
	b.tallied(4, store.Tally{})
}

func threadsOwed(b *bench) {
	old := group(b)
	first, second := b.join(store.Dest{Chat: -100}), b.join(store.Dest{Chat: -100, Thread: 1})
	x := store.Dispatch{Shard: first.Shard, Item: 1}
	x.Owed[store.Normal] = []uint32{first.Ordinal, second.Ordinal, second.Ordinal + 1}
	_, err := b.Dispatch(b.ctx, x, b.epoch)
	b.must(err)
	b.whole(1)
	b.must(b.Migrate(b.ctx, -1, -100, at(1)))
	b.same("Owed", b.owed(old.Shard), []string{"1/1 [1 2]"})
	b.same("Owed in the shard that was left", b.owed(first.Shard), []string{"1/1 [3]"})
	b.tallied(1, store.Tally{Owed: 3})
}

func cancelledHere(b *bench) {
	old, newer := group(b), b.join(store.Dest{Chat: -100})
	for item := uint64(1); item <= 3; item++ {
		b.owe(item, store.Broadcast, newer)
	}
	b.owe(2, store.Broadcast, old)
	b.shelve(newer, 1, 5, 3)
	for item := uint64(1); item <= 3; item++ {
		b.must(b.Cancel(b.ctx, old.Shard, item))
	}
	b.whole(3)
	b.must(b.Migrate(b.ctx, -1, -100, at(1)))
	b.same("Owed", b.owed(old.Shard), []string(nil))
	b.same("Inbox", b.inbox(old), []string(nil))
	b.tallied(1, store.Tally{Dropped: 1})
	b.tallied(2, store.Tally{Dropped: 2})
	b.tallied(3, store.Tally{Dropped: 1})
}

// movesWhole moves a chat after an item was dispatched in the shard of its new
// id and before it is in that of the old, where others are owed it.
func movesWhole(b *bench) {
	for i, keep := range []func(d store.Destination, item uint64){
		func(store.Destination, uint64) {}, // it stays owed
		func(d store.Destination, item uint64) { b.shelve(d, 1, 5, item) },
		func(d store.Destination, item uint64) {
			b.expire(store.Expired{Shard: d.Shard, Item: item, Class: store.Normal, Owed: []uint32{d.Ordinal}, At: at(5)}, 1)
		},
	} {
		item, from, to := uint64(i+1), int64(-1-i), int64(-1001-i)
		old, newer := b.join(store.Dest{Chat: from}), b.join(store.Dest{Chat: to}, store.Edit{Op: store.AddRule, Text: "flood"})
		if old.Shard == newer.Shard {
			b.Fatalf("the chats %d and %d lie in one shard; choose others", from, to)
		}
		b.owe(item, store.Normal, newer)
		keep(newer, item)
		late, box := b.expired(newer.Shard), b.inbox(newer)
		for range 2 {
			b.want("Migrate", b.Migrate(b.ctx, from, to, at(6)), store.ErrDispatching)
		}
		b.same("Expired after a refusal", b.expired(newer.Shard), late)
		b.same("Inbox after a refusal", b.inbox(newer), box)
		for _, d := range []store.Destination{old, newer} {
			got, err := b.Destination(b.ctx, d.Dest)
			b.must(err)
			b.same("the chat after a refusal", got, d)
		}
		x := store.Dispatch{Shard: old.Shard, Item: item, Owed: [store.Classes][]uint32{{old.Ordinal, old.Ordinal + 7}}}
		added, err := b.Dispatch(b.ctx, x, b.epoch)
		b.must(err)
		if !added {
			b.Errorf("item %d is known where it was not dispatched yet", item)
		}
		b.whole(item)
		b.must(b.Migrate(b.ctx, from, to, at(7)))
		b.same("Owed", b.owed(old.Shard), []string{fmt.Sprintf("%d/0 %v", item, x.Owed[0])})
		b.same("Owed in the shard that was left", b.owed(newer.Shard), []string(nil))
		b.tallied(item, store.Tally{Owed: 2})
	}
}

// movesMeanwhile moves chats that bring nothing into another shard that was not
// dispatched whole.
func movesMeanwhile(b *bench) {
	old, newer := group(b), b.join(store.Dest{Chat: -100})
	b.owe(1, store.Normal, newer)
	b.owe(2, store.Normal, old)
	b.whole(1)
	b.must(b.Migrate(b.ctx, -1, -100, at(1)))
	b.same("Owed", b.owed(old.Shard), []string{"1/1 [1]", "2/1 [1]"})
	b.must(b.Migrate(b.ctx, -100, -200, at(2))) // to an unknown id
	near := int64(-201)
	for store.HomeShard(near) != old.Shard {
		near--
	}
	b.owe(3, store.Normal, b.join(store.Dest{Chat: near}))
	b.must(b.Migrate(b.ctx, -200, near, at(3))) // within the shard
	b.same("Owed after three moves", b.owed(old.Shard), []string{"1/1 [1]", "2/1 [1]", "3/1 [1]"})
}

// movesOnceArrived moves a chat while a message to its newer id, in another shard
// and in the same, is on its way, which arrives or is taken back.
func movesOnceArrived(b *bench) {
	from, item := int64(-1), uint64(0)
	for _, near := range []bool{false, true} {
		for _, arrives := range []bool{true, false} {
			from, item = from-1, item+1
			to := from * 1000
			for near != (store.HomeShard(to) == store.HomeShard(from)) {
				to--
			}
			old, newer := b.join(store.Dest{Chat: from}), b.join(store.Dest{Chat: to})
			b.owe(item, store.Normal, newer)
			b.whole(item)
			m := b.mark(fmt.Sprint("token", item), newer, item)
			b.must(b.Begin(b.ctx, m))
			b.want("Migrate", b.Migrate(b.ctx, from, to, at(2)), store.ErrDispatching)
			for _, d := range []store.Destination{old, newer} {
				got, err := b.Destination(b.ctx, d.Dest)
				b.must(err)
				b.same("the chat after a refusal", got, d)
			}
			want := store.Tally{Owed: 1}
			if arrives {
				b.must(b.Finish(b.ctx, m, store.Outcome{Fate: store.Delivered, MessageID: 5}, at(3)))
				want = store.Tally{Delivered: 1}
			} else {
				b.must(b.Release(b.ctx, m, at(0)))
			}
			b.must(b.Migrate(b.ctx, from, to, at(4)))
			b.tallied(item, want)
			if got := b.sent(newer.Dest); (len(got) == 1) != arrives {
				b.Errorf("Sent to the chat that moved = %+v; want what arrived: %v", got, arrives)
			}
		}
	}
}

func movesTwice(b *bench) {
	d := group(b)
	b.must(b.Migrate(b.ctx, -1, -100, at(1)))
	b.must(b.Migrate(b.ctx, -100, -200, at(2)))
	got, err := b.Destination(b.ctx, store.Dest{Chat: -200})
	b.must(err)
	if got.Place != d.Place {
		b.Errorf("after two moves it sits at %+v; want %+v", got.Place, d.Place)
	}
	b.must(b.Migrate(b.ctx, -7, -200, at(3)))
	b.must(b.Migrate(b.ctx, -200, -200, at(3)))
	b.must(b.Forget(b.ctx, -200, at(4)))
	back := b.join(store.Dest{Chat: -200})
	if want := store.HomeShard(-200); back.Shard != want {
		b.Errorf("after Forget it signs up in shard %d; want its home %d", back.Shard, want)
	}
}

func oldIDReturns(b *bench) {
	d := group(b)
	b.must(b.Migrate(b.ctx, -1, -100, at(1)))
	again := group(b)
	if again.Place == d.Place {
		b.Errorf("the old id signed up at the place %+v of the chat that moved", again.Place)
	}
	got, err := b.Destination(b.ctx, store.Dest{Chat: -100})
	b.must(err)
	if got.Place != d.Place {
		b.Errorf("the moved chat sits at %+v; want %+v", got.Place, d.Place)
	}
}

// movesAgain moves a chat whose old id signed up again after it had moved, as when
// a command is overtaken by the news of the move.
func movesAgain(b *bench) {
	group(b, store.Edit{Op: store.AddRule, Text: "quake"}, store.Edit{Op: store.Pause})
	b.must(b.Migrate(b.ctx, -1, -100, at(1)))
	late, err := b.Change(b.ctx, store.Change{
		Dest: store.Dest{Chat: -1}, Kind: store.Group, Now: at(2), Edits: []store.Edit{{Op: store.AddRule, Text: "flood"}},
	})
	b.must(err)
	for range 2 {
		b.must(b.Migrate(b.ctx, -1, -100, at(3)))
	}
	got, err := b.Destination(b.ctx, store.Dest{Chat: -100})
	b.must(err)
	var rules []string
	for _, r := range got.Rules {
		rules = append(rules, fmt.Sprint(r.N, " ", r.Text))
	}
	b.same("rules", rules, []string{"1 quake", "2 flood"})
	if !got.Paused || got.Kind != store.Supergroup || got.Place != late.After.Place {
		b.Errorf("after the second move: %+v; want it paused, a supergroup, at %+v", got, late.After.Place)
	}
}
