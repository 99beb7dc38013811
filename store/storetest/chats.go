package storetest

import (
	"errors"
	"fmt"
	"rasid/store"
	"sync"
	"time"
)

func chatPromises() []promise {
	return []promise{
		{"an unknown destination is created in its home shard", created},
		{"a change for existing destinations creates none", existingOnly},
		{"an update that comes again is answered from its result", updateAgain},
		{"an update is remembered for two days", updateForgotten},
		{"changes made at the same time are all kept", concurrentChanges},
		{"rules added at the same time are no more than the limit", limitedRules},
		{"the change feed tells each change once and forgets none", changeFeed},
		{"a reader of the feed that fails is told again", feedFails},
		{"forget erases every thread of a chat", forgotten},
		{"an unknown suspension is refused", badSuspension},
	}
}

func created(b *bench) {
	d := store.Dest{Chat: -100, Thread: 7}
	r, err := b.Change(b.ctx, store.Change{
		Dest: d, Kind: store.Supergroup, UpdateID: 1, Now: at(3),
		Edits: []store.Edit{{Op: store.AddRule, Text: "زلزال", Lang: "ar"}, {Op: store.Subscribe, Text: "libya"}, {Op: store.Pause}},
	})
	b.must(err)
	rule := store.Rule{N: 1, Text: "زلزال", Lang: "ar", Made: at(3)}
	want := store.Destination{
		Dest: d, Place: store.Place{Shard: store.HomeShard(-100), Ordinal: 1}, Kind: store.Supergroup,
		Rules: []store.Rule{rule}, NextRule: 1, Topics: []string{"libya"}, Paused: true, Joined: at(3),
	}
	b.same("Change", r, store.Result{
		Created: true, After: want, Did: []store.Did{{Changed: true, N: 1, Rule: rule}, {Changed: true}, {Changed: true}},
	})
	got, err := b.Destination(b.ctx, d)
	b.must(err)
	b.same("Destination", got, want)
	_, err = b.Destination(b.ctx, store.Dest{Chat: -100})
	b.want("Destination of another thread", err, store.ErrUnknown)
}

func existingOnly(b *bench) {
	c := store.Change{Dest: store.Dest{Chat: -5}, Kind: store.Group, UpdateID: 3, Existing: true, Edits: []store.Edit{{Op: store.Strike}}, Now: at(1)}
	_, err := b.Change(b.ctx, c)
	b.want("Change of an unknown destination", err, store.ErrUnknown)
	_, err = b.Destination(b.ctx, c.Dest)
	b.want("Destination afterwards", err, store.ErrUnknown)
	b.join(c.Dest)
	r, err := b.Change(b.ctx, c)
	b.must(err)
	if r.Again || r.Created || len(r.After.Strikes) != 1 {
		b.Errorf("Change of a known destination = %+v; want a strike", r)
	}
	b.must(b.Forget(b.ctx, -5, at(2)))
	if r, err = b.Change(b.ctx, c); err != nil || !r.Again {
		b.Errorf("the same update again, after Forget = %+v, %v; want what it did", r, err)
	}
}

func updateAgain(b *bench) {
	c := store.Change{Dest: store.Dest{Chat: 5}, UpdateID: 9, Now: at(1), Edits: []store.Edit{{Op: store.AddRule, Text: "quake"}}}
	first, err := b.Change(b.ctx, c)
	b.must(err)
	b.join(c.Dest, store.Edit{Op: store.RemoveRule, N: 1})
	again, err := b.Change(b.ctx, c)
	b.must(err)
	b.same("Did of the update that came again", again.Did, first.Did)
	if !again.Again || !again.Created || len(again.After.Rules) != 0 {
		b.Errorf("the update that came again: %+v; want Again, Created, and the rule still removed", again)
	}
	c.Dest.Thread = 1
	other, err := b.Change(b.ctx, c)
	b.must(err)
	if other.Again {
		b.Error("the same update for another destination was taken for a repeat")
	}
}

func updateForgotten(b *bench) {
	c := store.Change{Dest: store.Dest{Chat: 5}, UpdateID: 9, Now: at(0)}
	for _, step := range []struct {
		after time.Duration
		again bool
	}{{0, false}, {store.UpdateKeep, true}, {store.UpdateKeep + time.Second, false}} {
		_, err := b.Trim(b.ctx, at(0), at(0).Add(step.after), 10)
		b.must(err)
		r, err := b.Change(b.ctx, c)
		b.must(err)
		if r.Again != step.again {
			b.Errorf("%s later Again = %v; want %v", step.after, r.Again, step.again)
		}
	}
}

func concurrentChanges(b *bench) {
	const n = 20
	var wg sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		wg.Go(func() {
			_, errs[i] = b.Change(b.ctx, store.Change{
				Dest: store.Dest{Chat: 5}, UpdateID: int64(i + 1), Now: at(1),
				Edits: []store.Edit{{Op: store.AddRule, Text: fmt.Sprint("rule ", i)}},
			})
		})
	}
	wg.Wait()
	b.must(errors.Join(errs...))
	d, err := b.Destination(b.ctx, store.Dest{Chat: 5})
	b.must(err)
	if len(d.Rules) != n || d.NextRule != n {
		b.Errorf("%d rules, the last number %d; want %d", len(d.Rules), d.NextRule, n)
	}
}

func limitedRules(b *bench) {
	const n, most = 20, 7
	dest := store.Dest{Chat: 5}
	did := make([]store.Did, n)
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			r, err := b.Change(b.ctx, store.Change{
				Dest: dest, UpdateID: int64(i + 1), Now: at(1),
				Edits: []store.Edit{{Op: store.AddRule, Text: fmt.Sprint("rule ", i), Limit: most}},
			})
			if errs[i] = err; err == nil {
				did[i] = r.Did[0]
			}
		})
	}
	wg.Wait()
	b.must(errors.Join(errs...))
	added := 0
	for i, x := range did {
		if x.Changed {
			added++
		} else if x.N != 0 {
			b.Errorf("rule %d was not added, and got the number %d", i, x.N)
		}
	}
	d, err := b.Destination(b.ctx, dest)
	b.must(err)
	if added != most || len(d.Rules) != most || d.NextRule != most {
		b.Errorf("%d were added, %d are there, the last number is %d; want %d", added, len(d.Rules), d.NextRule, most)
	}
}

func changeFeed(b *bench) {
	const n = 40
	for i := range int64(n) {
		b.join(store.Dest{Chat: i + 1}, store.Edit{Op: store.AddRule, Text: "x"})
	}
	cur := new(store.Cursor)
	read := func() (got []store.Destination) {
		b.must(b.Changes(b.ctx, cur, func(d store.Destination) error {
			got = append(got, d.Clone())
			return nil
		}))
		return got
	}
	if got := read(); len(got) != n {
		b.Fatalf("from the beginning the feed told of %d destinations; want %d", len(got), n)
	}
	if got := read(); len(got) != 0 {
		b.Errorf("with nothing changed the feed told of %+v", got)
	}
	d := b.join(store.Dest{Chat: 3}, store.Edit{Op: store.Pause})
	b.join(store.Dest{Chat: 3}, store.Edit{Op: store.Pause}) // changes nothing
	b.same("the feed after one change", read(), []store.Destination{d})
	b.must(b.Forget(b.ctx, 3, at(5)))
	b.same("the feed after Forget", read(), []store.Destination{d.Tombstone()})
	*cur = store.Cursor{}
	gone := 0
	got := read()
	for _, x := range got {
		if x.Gone {
			gone++
			b.same("who is gone, from the beginning", x, d.Tombstone())
		}
	}
	if len(got) != n || gone != 1 {
		b.Errorf("from the beginning the feed now told of %d destinations, %d of them gone; want %d, and that one is gone", len(got), gone, n)
	}
	b.trim(at(6), at(6).Add(store.UpdateKeep))
	*cur = store.Cursor{}
	if got := read(); len(got) != n-1 {
		b.Errorf("without the tombstone the feed told of %d destinations from the beginning; want %d", len(got), n-1)
	}
}

func feedFails(b *bench) {
	b.join(store.Dest{Chat: 3})
	cur, broken := new(store.Cursor), errors.New("broken")
	b.want("Changes", b.Changes(b.ctx, cur, func(store.Destination) error { return broken }), broken)
	n := 0
	b.must(b.Changes(b.ctx, cur, func(store.Destination) error {
		n++
		return nil
	}))
	if n != 1 {
		b.Errorf("after a failure the feed told of %d destinations; want 1", n)
	}
}

func forgotten(b *bench) {
	c := store.Change{Dest: store.Dest{Chat: -5, Thread: 2}, UpdateID: 4, Now: at(1), Edits: []store.Edit{{Op: store.AddRule, Text: "secret"}}}
	_, err := b.Change(b.ctx, c)
	b.must(err)
	b.join(store.Dest{Chat: -5})
	b.join(store.Dest{Chat: -6})
	b.must(b.Forget(b.ctx, -5, at(2)))
	b.must(b.Forget(b.ctx, -5, at(2)))
	threads, err := b.Threads(b.ctx, -5)
	b.must(err)
	b.same("Threads", threads, []store.Destination(nil))
	r, err := b.Change(b.ctx, c)
	b.must(err)
	b.same("a forgotten chat's update that comes again", r, store.Result{
		Again: true, Created: true, Did: []store.Did{{}}, After: store.Destination{Dest: c.Dest, Gone: true},
	})
	_, err = b.Destination(b.ctx, store.Dest{Chat: -6})
	b.must(err)
}

func badSuspension(b *bench) {
	d := b.join(store.Dest{Chat: 1})
	if err := b.Finish(b.ctx, b.mark("t", d, 1), store.Outcome{Fate: store.Dead, Suspend: "bored"}, at(1)); err == nil {
		b.Error("Finish took a suspension that does not exist")
	}
}
