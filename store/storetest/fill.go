package storetest

import (
	"context"
	"fmt"
	"rasid/news"
	"rasid/store"
	"testing"
	"time"
)

// Fill makes an empty store remember something of every kind: epochs, articles
// and a broadcast, chats that moved, were forgotten, wait and are suspended,
// what is owed, under way, sent, too late, given up and unknown, an article that
// could not be read, updates, feeds and rule files.
func Fill(ctx context.Context, s store.Store) error {
	f := &filler{Store: s, ctx: ctx}
	f.roles()
	f.articles()
	f.chats()
	f.jobs()
	f.notes()
	return f.err
}

// A filler fills a store until something fails.
type filler struct {
	store.Store

	ctx     context.Context //nolint:containedctx // it is one filling's, and lives as long
	err     error
	epoch   uint64
	a, b, c store.Destination
}

func (f *filler) ok(err error) {
	if f.err == nil && err != nil {
		f.err = fmt.Errorf("fill the store: %w", err)
	}
}

// roles takes every role twice and gives it back, so that epochs are 2.
func (f *filler) roles() {
	all := make([]store.Role, store.Roles)
	for i := range all {
		all[i] = store.Role(i)
	}
	for range 2 {
		_, err := f.Take(f.ctx, "filler", all, time.Minute, at(0))
		f.ok(err)
		f.ok(f.Leave(f.ctx, "filler", all))
	}
	f.epoch = 2
}

func (f *filler) articles() {
	for i := range 4 {
		it := store.Item{Article: news.Article{ID: fmt.Sprint("a", i+1), Title: fmt.Sprint("خبر رقم ", i+1), Body: "نص قصير"}}
		if i == 3 {
			it.Broadcast = &store.BroadcastNote{Text: "إعلان", From: 7}
		}
		_, err := f.Accept(f.ctx, []store.Item{it}, at(int64(i)))
		f.ok(err)
	}
}

func (f *filler) change(d store.Dest, k store.Kind, update int64, edits ...store.Edit) store.Destination {
	r, err := f.Change(f.ctx, store.Change{Dest: d, Kind: k, UpdateID: update, Edits: edits, Now: at(10)})
	f.ok(err)
	return r.After
}

func (f *filler) chats() {
	f.change(store.Dest{Chat: 7}, store.Private, 1, store.Edit{Op: store.AddRule, Text: "زلزال", Lang: "ar"}, store.Edit{Op: store.Subscribe, Text: "libya"})
	f.a = f.change(store.Dest{Chat: 7}, "", 2, store.Edit{Op: store.AddRule, Text: "quake OR flood", Lang: "en"})
	f.b = f.change(store.Dest{Chat: -300, Thread: 4}, store.Group, 3, store.Edit{Op: store.AddRule, Text: "ميناء", Lang: "ar"})
	f.change(store.Dest{Chat: -300}, store.Group, 0, store.Edit{Op: store.SetRoutes, Topics: []string{"sport"}})
	f.c = f.change(store.Dest{Chat: 8}, store.Private, 4, store.Edit{Op: store.Pause})
	f.change(store.Dest{Chat: 9}, store.Private, 5, store.Edit{Op: store.AddRule, Text: "يزول", Lang: "ar"})
	f.change(store.Dest{Chat: 10}, store.Channel, 6, store.Edit{Op: store.Suspend, Text: string(store.Kicked)})
	f.ok(f.Migrate(f.ctx, -300, -1001234567890, at(11)))
	f.ok(f.Forget(f.ctx, 9, at(12)))
}

func (f *filler) owe(item uint64, class store.Class, all ...store.Destination) {
	for _, d := range all {
		x := store.Dispatch{Shard: d.Shard, Item: item, Created: at(13), Expires: at(1e6), Matcher: "m1"}
		x.Owed[class] = []uint32{d.Ordinal}
		_, err := f.Dispatch(f.ctx, x, f.epoch)
		f.ok(err)
	}
}

func (f *filler) done(token string, d store.Destination, item uint64, o store.Outcome) {
	m := store.Mark{Place: d.Place, Epoch: f.epoch, Token: token, Items: []uint64{item}, At: at(20)}
	f.ok(f.Begin(f.ctx, m))
	f.ok(f.Finish(f.ctx, m, o, at(21)))
}

func (f *filler) jobs() {
	for item := uint64(1); item <= 4; item++ {
		f.owe(item, store.Class(item-1), f.a)
	}
	f.owe(1, store.Normal, f.b)
	f.owe(2, store.Low, f.c)
	f.owe(3, store.Low, f.b, f.c)
	f.ok(f.Advance(f.ctx, store.Reach{To: 4, Unread: []uint64{4}}, f.epoch))
	late := store.Expired{Shard: f.b.Shard, Item: 3, Class: store.Low, Owed: []uint32{f.b.Ordinal}, At: at(19)}
	_, err := f.Expire(f.ctx, late, f.epoch)
	f.ok(err)
	_, err = f.Shelve(f.ctx, store.Shelving{Place: f.c.Place, Items: []uint64{3}, Due: at(1e6), At: at(19)}, f.epoch)
	f.ok(err)
	f.owe(4, store.Low, f.b)
	_, err = f.Shelve(f.ctx, store.Shelving{Place: f.b.Place, Items: []uint64{4}, At: at(1)}, f.epoch)
	f.ok(err)
	f.ok(outlive(f.ctx, f.Store, at(2))) // leaves a count in that inbox
	f.done("t0", f.b, store.InboxCount, store.Outcome{Fate: store.Unknown})
	f.done("t1", f.a, 1, store.Outcome{Fate: store.Delivered, MessageID: 77, Rules: []string{"1"}})
	f.done("t2", f.a, 2, store.Outcome{Fate: store.Unknown})
	f.done("t3", f.c, 2, store.Outcome{Fate: store.Dead, Reason: "Bad Request: chat not found"})
	f.ok(f.Begin(f.ctx, store.Mark{Place: f.a.Place, Epoch: f.epoch, Token: "t4", Items: []uint64{2}, At: at(20)}))
}

func (f *filler) notes() {
	for _, data := range []string{"topics: []\n", "topics:\n  - id: libya\n    match: ليبيا\n"} {
		_, err := f.SaveRuleFile(f.ctx, []byte(data))
		f.ok(err)
	}
	f.ok(f.SaveFeed(f.ctx, store.Feed{URL: "https://example.org/feed", ETag: `W/"x"`, NextCheck: at(30), Items: 3}))
}

// Filled fails the test unless a store remembers what Fill made it.
func Filled(t *testing.T, s store.Store) {
	t.Helper()
	b := &bench{T: t, Store: s, ctx: t.Context()}
	log, err := b.Log(b.ctx, 0, 10)
	b.must(err)
	if len(log) != 4 || log[0].Article.ID != "a1" || log[3].Broadcast == nil || !log[1].At.Equal(at(1)) {
		t.Errorf("Log = %+v; want the four that were accepted", log)
	}
	if got := b.accept(40, store.Item{Article: log[0].Article}, article("new", "x")); got[0] != (store.Accepted{Verdict: store.Same, Seq: 1}) || got[1].Seq != 5 {
		t.Errorf("Accept of a known and a new article = %+v; want the same number 1, and 5", got)
	}
	reach, err := b.Reach(b.ctx)
	b.must(err)
	d, err := b.Destination(b.ctx, store.Dest{Chat: 7})
	b.must(err)
	if reach.To != 4 || len(d.Rules) != 2 || d.Rules[1].Text != "quake OR flood" || len(d.Topics) != 1 {
		t.Errorf("intake is at %v, chat 7 %+v; want it at 4, two rules and a topic", reach, d)
	}
	moved, err := b.Threads(b.ctx, -1001234567890)
	b.must(err)
	if len(moved) != 2 || moved[0].Shard != store.HomeShard(-300) || moved[1].Routes[0] != "sport" {
		t.Errorf("the chat that moved is %+v; want both threads where it lived before", moved)
	}
	filledJobs(b, d)
	filledNotes(b, d)
	filledEpochs(b, d)
}

func filledJobs(b *bench, d store.Destination) {
	c, err := b.Destination(b.ctx, store.Dest{Chat: 8})
	b.must(err)
	_, err = b.Destination(b.ctx, store.Dest{Chat: 9})
	b.want("the forgotten chat", err, store.ErrUnknown)
	b.tallied(1, store.Tally{Owed: 1, Delivered: 1})
	b.tallied(2, store.Tally{Owed: 1, Dead: 1, Unknown: 1})
	jobs, err := b.Owed(b.ctx, d.Shard, 0)
	b.must(err)
	if len(jobs) != 3 || jobs[0].Tries[d.Ordinal] != 1 || jobs[0].Matcher != "m1" || jobs[2].Class != store.Broadcast {
		b.Errorf("Owed to chat 7 = %+v; want items 2, 3 and 4, the first tried once", jobs)
	}
	marks, err := b.Marks(b.ctx, d.Shard)
	b.must(err)
	dead, err := b.Dead(b.ctx, c.Shard, 10)
	b.must(err)
	if sent := b.sent(d.Dest); len(marks) != 1 || marks[0].Token != "t4" || len(dead) != 1 || len(sent) != 1 || sent[0].MessageID != 77 {
		b.Errorf("attempts %+v, dead letters %+v, sent %+v; want one of each", marks, dead, sent)
	}
}

func filledNotes(b *bench, d store.Destination) {
	again, err := b.Change(b.ctx, store.Change{Dest: d.Dest, UpdateID: 2, Now: at(50), Edits: []store.Edit{{Op: store.Pause}}})
	b.must(err)
	version, data, err := b.RuleFile(b.ctx)
	b.must(err)
	known, err := b.KnownRuleFile(b.ctx, []byte("topics: []\n"))
	b.must(err)
	feeds, err := b.Feeds(b.ctx)
	b.must(err)
	if !again.Again || version != 2 || len(data) < 20 || known != 1 || len(feeds) != 1 || feeds[0].ETag != `W/"x"` {
		b.Errorf("an update again: %v; rule file %d %q, the first known as %d; feeds %+v", again.Again, version, data, known, feeds)
	}
}

func filledEpochs(b *bench, d store.Destination) {
	epochs, err := b.Take(b.ctx, "next", []store.Role{store.Intake, d.Shard.Role()}, time.Minute, at(60))
	b.must(err)
	if epochs[0] < 3 || epochs[1] < 3 {
		b.Errorf("Take = epochs %v; want them above all that were given out", epochs)
	}
	b.want("an old owner's Begin", b.Begin(b.ctx, store.Mark{Place: d.Place, Epoch: 2, Token: "t9", Items: []uint64{3}}), store.ErrFenced)
	_, err = b.Dispatch(b.ctx, store.Dispatch{Shard: d.Shard, Item: 5, Owed: [store.Classes][]uint32{{d.Ordinal}}}, 2)
	b.want("an old leader's Dispatch", err, store.ErrFenced)
}
