// Package storetest is what a store promises, as tests. Each back end runs
// the suite and the model test on itself; a promise that is not here is none.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"rasid/news"
	"rasid/store"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Run checks every promise on stores of open's, which must be empty.
func Run(t *testing.T, open func(*testing.T) store.Store) {
	for _, promise := range promises() {
		t.Run(promise.name, func(t *testing.T) {
			promise.holds(&bench{T: t, Store: open(t), ctx: t.Context()})
		})
	}
}

// A promise is a sentence and the test of it.
type promise struct {
	name  string
	holds func(*bench)
}

func promises() []promise {
	var all []promise
	for _, some := range [][]promise{articlePromises(), jobPromises(), stopPromises(), attemptPromises(), expiryPromises(), inboxPromises(), chatPromises(), movePromises(), leasePromises()} {
		all = append(all, some...)
	}
	return all
}

// A bench is a store under test with the steps that tests share. Its steps
// end the test when they fail.
type bench struct {
	*testing.T
	store.Store
	ctx   context.Context //nolint:containedctx // it is the test's, and lives as long
	epoch uint64
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// want fails the test unless err is the given sentinel.
func (b *bench) want(what string, err, sentinel error) {
	b.Helper()
	if !errors.Is(err, sentinel) {
		b.Errorf("%s = %v; want %v", what, err, sentinel)
	}
}

// same fails the test when got is not want; empty and nil are alike.
func (b *bench) same(what string, got, want any) {
	b.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		b.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func article(id, title string) store.Item {
	return store.Item{Article: news.Article{ID: id, Title: title, Tags: []string{"ليبيا"}}}
}

// accept takes articles in with the given ids and returns the answers.
func (b *bench) accept(now int64, items ...store.Item) []store.Accepted {
	b.Helper()
	got, err := b.Accept(b.ctx, items, at(now))
	b.must(err)
	return got
}

// join makes a destination known.
func (b *bench) join(d store.Dest, edits ...store.Edit) store.Destination {
	b.Helper()
	r, err := b.Change(b.ctx, store.Change{Dest: d, Kind: store.Private, Edits: edits, Now: at(0)})
	b.must(err)
	return r.After
}

// owe dispatches an item to one destination.
func (b *bench) owe(item uint64, class store.Class, d store.Destination) {
	b.Helper()
	x := store.Dispatch{Shard: d.Shard, Item: item, Created: at(0), Expires: at(3600), Matcher: "m1"}
	x.Owed[class] = []uint32{d.Ordinal}
	added, err := b.Dispatch(b.ctx, x, b.epoch)
	b.must(err)
	if !added {
		b.Fatalf("Dispatch(item %d) was not new", item)
	}
}

// whole tells that everything up to an item was dispatched whole.
func (b *bench) whole(item uint64) {
	b.Helper()
	b.must(b.Advance(b.ctx, store.Reach{To: item}, b.epoch))
}

// trim lets go of what came before an instant, in inboxes and of articles, and
// tells how many of these.
func (b *bench) trim(before, now time.Time) int {
	b.Helper()
	b.must(outlive(b.ctx, b.Store, before))
	n, err := b.Trim(b.ctx, before, now, 10)
	b.must(err)
	return n
}

// outlive has a store go through all inboxes.
func outlive(ctx context.Context, s store.Store, before time.Time) error {
	for {
		if done, err := s.Outlive(ctx, before); done || err != nil {
			return err
		}
	}
}

// mark is an attempt to send items to d.
func (b *bench) mark(token string, d store.Destination, items ...uint64) store.Mark {
	return store.Mark{Place: d.Place, Epoch: b.epoch, Token: token, Items: items, At: at(1)}
}

// finish begins an attempt and settles it.
func (b *bench) finish(m store.Mark, o store.Outcome) {
	b.Helper()
	b.must(b.Begin(b.ctx, m))
	b.must(b.Finish(b.ctx, m, o, at(2)))
}

func (b *bench) tallied(item uint64, want store.Tally) {
	b.Helper()
	got, err := b.Tally(b.ctx, item)
	b.must(err)
	if got != want {
		b.Errorf("Tally(%d) = %+v; want %+v", item, got, want)
	}
}

// owed returns what a shard owes, as "item/class [ordinals]".
func (b *bench) owed(shard store.Shard) []string {
	b.Helper()
	jobs, err := b.Owed(b.ctx, shard, 0)
	b.must(err)
	var got []string
	for _, j := range jobs {
		got = append(got, fmt.Sprintf("%d/%d %v", j.Item, j.Class, j.Owed))
	}
	return got
}

// expired returns what came too late in a shard, as "item/class [ordinals]
// seconds".
func (b *bench) expired(shard store.Shard) []string {
	b.Helper()
	all, err := b.Expired(b.ctx, shard)
	b.must(err)
	var got []string
	for _, e := range all {
		got = append(got, fmt.Sprintf("%d/%d %v %d", e.Item, e.Class, e.Owed, int(e.At.Sub(at(0)).Seconds())))
	}
	return got
}

// expire tells that an item came too late for some.
func (b *bench) expire(e store.Expired, want int) {
	b.Helper()
	n, err := b.Expire(b.ctx, e, b.epoch)
	b.must(err)
	if n != want {
		b.Errorf("Expire(%+v) = %d; want %d", e, n, want)
	}
}

func (b *bench) sent(d store.Dest) []store.Sent {
	b.Helper()
	got, err := b.Sent(b.ctx, d)
	b.must(err)
	return got
}

func at(s int64) time.Time { return time.Unix(1_700_000_000+s, 0).UTC() }
