package storetest

import (
	"rasid/store"
	"rasid/store/audit"
	"slices"
	"strconv"
	"time"
)

func articlePromises() []promise {
	return []promise{
		{"new items are numbered from one in the order they came", numbered},
		{"an item seen before is same, and changed when its content differs", sameOrChanged},
		{"an item without an id is refused and nothing of its batch is kept", allOrNone},
		{"a broadcast comes back as it was accepted", broadcastKept},
		{"what is quiet stays quiet", quietKept},
		{"what is quiet silences nothing that is to be told", quietSilencesNothing},
		{"what one feed held quietly is new when another brings it", quietElsewhere},
		{"what several feeds held quietly stays quiet", quietEverywhere},
		{"the cursor only moves forward and not for a stale owner", cursorForward},
		{"what was dispatched beyond an item that cannot be read is remembered", reachKept},
		{"what was dispatched beyond many that cannot be read is remembered", manyUnread},
		{"trim keeps what is young, owed or not yet dispatched", trimKeeps},
		{"an id outlives its article and is forgotten after 30 days", idsOutlive},
		{"feeds and the rule file are remembered", notesKept},
	}
}

func numbered(b *bench) {
	got := b.accept(5, article("a", "واحد"), article("b", "two"))
	b.same("Accept", got, []store.Accepted{{Verdict: store.New, Seq: 1}, {Verdict: store.New, Seq: 2}})
	log, err := b.Log(b.ctx, 1, 10)
	b.must(err)
	want := article("b", "two")
	want.Seq, want.At = 2, at(5)
	b.same("Log(1)", log, []store.Item{want})
	byID, err := b.ItemByID(b.ctx, "b")
	b.must(err)
	b.same("ItemByID", byID, want)
	_, err = b.Item(b.ctx, 3)
	b.want("Item(3)", err, store.ErrUnknown)
	_, err = b.ItemByID(b.ctx, "c")
	b.want("ItemByID(c)", err, store.ErrUnknown)
}

func sameOrChanged(b *bench) {
	got := b.accept(1, article("a", "x"), article("a", "x"), article("a", "y"))
	b.same("Accept", got, []store.Accepted{{Verdict: store.New, Seq: 1}, {Verdict: store.Same, Seq: 1}, {Verdict: store.Changed, Seq: 1}})
	it, err := b.Item(b.ctx, 1)
	b.must(err)
	if it.Article.Title != "y" || !it.At.Equal(at(1)) {
		b.Errorf("a changed item reads %q of %s; want its newest content and its first time", it.Article.Title, it.At)
	}
}

func allOrNone(b *bench) {
	if _, err := b.Accept(b.ctx, []store.Item{article("a", "x"), article("", "y")}, at(0)); err == nil {
		b.Error("an item without an id was accepted")
	}
	log, err := b.Log(b.ctx, 0, 10)
	b.must(err)
	b.same("Log after a refused batch", log, []store.Item(nil))
}

func quietKept(b *bench) {
	quiet := article("a", "old")
	quiet.Quiet = true
	b.accept(1, quiet, article("b", "new"))
	log, err := b.Log(b.ctx, 0, 10)
	b.must(err)
	if len(log) != 2 || !log[0].Quiet || log[1].Quiet {
		b.Errorf("Log = %+v; want the first item quiet, and the second not", log)
	}
}

// quietSilencesNothing: an article waits to be matched when a feed that was just
// added has it, too, in other words.
func quietSilencesNothing(b *bench) {
	quiet, loud := article("a", "y"), article("a", "y")
	quiet.Quiet = true
	same, changed := []store.Accepted{{Verdict: store.Same, Seq: 1}}, []store.Accepted{{Verdict: store.Changed, Seq: 1}}
	reads := func(title string, quiet bool) {
		b.Helper()
		it, err := b.Item(b.ctx, 1)
		b.must(err)
		if it.Article.Title != title || it.Quiet != quiet {
			b.Errorf("the item reads %q, quiet %v; want %q, %v", it.Article.Title, it.Quiet, title, quiet)
		}
	}
	b.accept(1, article("a", "x"))
	b.same("Accept of a quiet one", b.accept(2, quiet), same)
	reads("x", false)
	b.same("Accept of what is there", b.accept(3, article("a", "x")), same)
	b.same("Accept of one that is changed", b.accept(4, loud), changed)
	reads("y", false)
	quiet.Article.ID = "b"
	b.accept(5, quiet)
	quiet.Article.Title = "z"
	b.same("Accept of a quiet one for a quiet one", b.accept(6, quiet), []store.Accepted{{Verdict: store.Changed, Seq: 2}})
}

// brought is an article of a feed.
func brought(feed, title string, quiet bool) store.Item {
	it := article("a", title)
	it.Feed, it.Quiet = feed, quiet
	return it
}

// quietElsewhere: a feed that was just added has an article, without a date, before
// the feed does that tells of it.
func quietElsewhere(b *bench) {
	same, changed := []store.Accepted{{Verdict: store.Same, Seq: 1}}, []store.Accepted{{Verdict: store.Changed, Seq: 1}}
	b.accept(1, brought("f1", "x", true))
	b.same("Accept from the feed that held it", b.accept(2, brought("f1", "x", false)), same)
	b.same("Accept of its edit", b.accept(3, brought("f1", "y", false)), changed)
	b.same("Accept of what it holds again", b.accept(4, brought("f1", "x", true)), changed)
	fresh := []store.Accepted{{Verdict: store.New, Seq: 2}}
	b.same("Accept from another feed", b.accept(5, brought("f2", "x", false)), fresh)
	again := []store.Accepted{{Verdict: store.Same, Seq: 2}}
	b.same("Accept from that again", b.accept(6, brought("f2", "x", false)), again)
	b.same("Accept from the one that held it", b.accept(7, brought("f1", "x", false)), again)
	b.same("Accept of what a third holds", b.accept(8, brought("f3", "z", true)), again)
	log, err := b.Log(b.ctx, 0, 10)
	b.must(err)
	old, loud := brought("f1", "x", true), brought("", "x", false)
	old.Seq, old.At, loud.Seq, loud.At = 1, at(1), 2, at(5)
	b.same("Log", log, []store.Item{old, loud})
	got, err := b.ItemByID(b.ctx, "a")
	b.must(err)
	b.same("ItemByID", got, loud)

	pushed := brought("f1", "x", true)
	pushed.Article.ID = "b"
	b.accept(9, pushed)
	pushed.Feed, pushed.Quiet = "", false
	b.same("Accept of one that no feed brings", b.accept(10, pushed), []store.Accepted{{Verdict: store.New, Seq: 4}})
	if s, is := b.Store.(audit.Store); is {
		Sound(b.T, s, at(20))
	}
}

// quietEverywhere: where feeds are added together each tells at its second poll of
// what all held.
func quietEverywhere(b *bench) {
	same, changed := []store.Accepted{{Verdict: store.Same, Seq: 1}}, []store.Accepted{{Verdict: store.Changed, Seq: 1}}
	b.accept(1, brought("f1", "x", true))
	b.same("Accept of what another holds", b.accept(2, brought("f2", "x", true)), same)
	for _, feed := range []string{"f1", "f2", "f3", ""} {
		b.same("Accept from "+feed, b.accept(3, brought(feed, "x", false)), same)
	}
	b.same("Accept of an edit", b.accept(4, brought("f3", "y", false)), changed)
	b.same("Accept of another edit that one holds", b.accept(5, brought("f1", "z", true)), changed)
	b.same("Accept of that", b.accept(6, brought("f2", "z", false)), same)
	it, err := b.Item(b.ctx, 1)
	b.must(err)
	if !it.Quiet || it.Feed != "" || it.Article.Title != "z" {
		b.Errorf("the item reads %q, quiet %v, of %q; want z, quiet, of no one feed", it.Article.Title, it.Quiet, it.Feed)
	}
}

func broadcastKept(b *bench) {
	it := article("b1", "")
	it.Broadcast = &store.BroadcastNote{
		Text: "مرحبا", Texts: map[string]string{"en": "hello"}, From: 7, Kinds: []store.Kind{store.Channel},
		Lang: "ar", Topic: "libya", Before: at(9),
	}
	b.accept(1, it)
	got, err := b.Item(b.ctx, 1)
	b.must(err)
	it.Seq, it.At = 1, at(1)
	b.same("Item", got, it)
}

func cursorForward(b *bench) {
	old := b.take("a", store.Intake, time.Hour)
	b.must(b.Advance(b.ctx, store.Reach{To: 5}, old))
	b.must(b.Advance(b.ctx, store.Reach{To: 3}, old))
	b.must(b.Leave(b.ctx, "a", []store.Role{store.Intake}))
	b.take("b", store.Intake, time.Hour)
	b.want("Advance by the old owner", b.Advance(b.ctx, store.Reach{To: 9}, old), store.ErrFenced)
	got, err := b.Cursor(b.ctx)
	b.must(err)
	if got != 5 {
		b.Errorf("Cursor = %d; want 5", got)
	}
}

func reachKept(b *bench) {
	b.accept(0, article("a", ""), article("b", ""), article("c", ""), article("d", ""), article("e", ""), article("f", ""))
	old := b.take("a", store.Intake, time.Hour)
	for _, tt := range []struct {
		advance, want store.Reach
		cursor        uint64
	}{
		{store.Reach{To: 1}, store.Reach{To: 1}, 1},
		{store.Reach{To: 5, Unread: []uint64{2, 4}}, store.Reach{To: 5, Unread: []uint64{2, 4}}, 1},
		{store.Reach{To: 6, Unread: []uint64{2, 4, 6}}, store.Reach{To: 6, Unread: []uint64{2, 4, 6}}, 1},
		{store.Reach{}, store.Reach{To: 1}, 1},
		{store.Reach{To: 5, Unread: []uint64{4}}, store.Reach{To: 5, Unread: []uint64{4}}, 3},
		{store.Reach{To: 5, Unread: []uint64{2, 4}}, store.Reach{To: 5, Unread: []uint64{4}}, 3},
		{store.Reach{To: 2, Unread: []uint64{2}}, store.Reach{To: 3}, 3},
		{store.Reach{To: 77, Unread: []uint64{4}}, store.Reach{To: 3}, 3}, // there is no such item
		{store.Reach{To: 5, Unread: []uint64{5}}, store.Reach{To: 5, Unread: []uint64{5}}, 4},
	} {
		b.must(b.Advance(b.ctx, tt.advance, old))
		got, err := b.Reach(b.ctx)
		b.must(err)
		cursor, err := b.Cursor(b.ctx)
		b.must(err)
		if !got.Equal(tt.want) || cursor != tt.cursor {
			b.Errorf("after Advance(%v) Reach = %v and Cursor = %d; want %v and %d", tt.advance, got, cursor, tt.want, tt.cursor)
		}
	}
	b.must(b.Leave(b.ctx, "a", []store.Role{store.Intake}))
	b.take("b", store.Intake, time.Hour)
	b.want("Advance by the old owner", b.Advance(b.ctx, store.Reach{}, old), store.ErrFenced)
	got, err := b.Reach(b.ctx)
	b.must(err)
	b.same("Reach after that", got, store.Reach{To: 5, Unread: []uint64{5}})
}

// manyUnread has as many as an intake remembers.
func manyUnread(b *bench) {
	const n = 4096
	items := make([]store.Item, 2*n)
	want := store.Reach{To: 2 * n}
	for i := range items {
		items[i] = article(strconv.Itoa(i), "")
		if i%2 == 0 {
			want.Unread = append(want.Unread, uint64(i+1))
		}
	}
	for some := range slices.Chunk(items, 1024) { // a write for so many takes its replicas long enough
		b.accept(0, some...)
	}
	b.must(b.Advance(b.ctx, want, 0))
	got, err := b.Reach(b.ctx)
	b.must(err)
	if !got.Equal(want) {
		b.Errorf("Reach = up to %d but for %d; want up to %d but for %d", got.To, len(got.Unread), want.To, len(want.Unread))
	}
}

func trimKeeps(b *bench) {
	b.accept(0, article("owed", ""), article("free", ""), article("ahead", ""))
	b.accept(100, article("young", ""))
	b.owe(1, store.Normal, b.join(store.Dest{Chat: 1}))
	b.must(b.Advance(b.ctx, store.Reach{To: 2}, 0))
	n, err := b.Trim(b.ctx, at(50), at(200), 10)
	b.must(err)
	if n != 1 {
		b.Errorf("Trim = %d; want 1", n)
	}
	log, err := b.Log(b.ctx, 0, 10)
	b.must(err)
	var ids []string
	for _, it := range log {
		ids = append(ids, it.Article.ID)
	}
	b.same("what Trim left", ids, []string{"owed", "ahead", "young"})
	b.accept(101, article("unread", ""), article("beyond", ""))
	b.must(b.Advance(b.ctx, store.Reach{To: 6, Unread: []uint64{3, 5}}, 0))
	n, err = b.Trim(b.ctx, at(300), at(400), 10)
	b.must(err)
	if n != 2 {
		b.Errorf("Trim = %d; want 2, the young and what is beyond", n)
	}
	for _, id := range []string{"ahead", "unread"} {
		_, err = b.ItemByID(b.ctx, id)
		b.must(err)
	}
}

func idsOutlive(b *bench) {
	b.accept(0, article("a", "x"))
	b.must(b.Advance(b.ctx, store.Reach{To: 1}, 0))
	_, err := b.Trim(b.ctx, at(10), at(10), 10)
	b.must(err)
	b.same("Accept after Trim", b.accept(20, article("a", "x")), []store.Accepted{{Verdict: store.Same, Seq: 1}})
	_, err = b.ItemByID(b.ctx, "a")
	b.want("ItemByID of a trimmed article", err, store.ErrUnknown)
	_, err = b.Trim(b.ctx, at(10), at(21).Add(30*24*time.Hour), 10)
	b.must(err)
	b.same("Accept after 30 days", b.accept(30, article("a", "x")), []store.Accepted{{Verdict: store.New, Seq: 2}})
}

func notesKept(b *bench) {
	f := store.Feed{URL: "https://example.org/rss", ETag: `W/"1"`, NextCheck: at(60), Interval: time.Minute, Error: "dial: refused"}
	b.must(b.SaveFeed(b.ctx, f))
	feeds, err := b.Feeds(b.ctx)
	b.must(err)
	b.same("Feeds", feeds, []store.Feed{f})
	for _, step := range []struct {
		data string
		want uint64
	}{{"a", 1}, {"a", 1}, {"b", 2}, {"a", 3}} {
		got, inner := b.SaveRuleFile(b.ctx, []byte(step.data))
		b.must(inner)
		if got != step.want {
			b.Errorf("SaveRuleFile(%q) = %d; want %d", step.data, got, step.want)
		}
	}
	version, data, err := b.RuleFile(b.ctx)
	b.must(err)
	if version != 3 || string(data) != "a" {
		b.Errorf("RuleFile = %d, %q; want 3, a", version, data)
	}
}
