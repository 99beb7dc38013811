package storetest

import (
	"rasid/store"
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
		{"the cursor only moves forward and not for a stale owner", cursorForward},
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
	b.must(b.Advance(b.ctx, 5, old))
	b.must(b.Advance(b.ctx, 3, old))
	b.must(b.Leave(b.ctx, "a", []store.Role{store.Intake}))
	b.take("b", store.Intake, time.Hour)
	b.want("Advance by the old owner", b.Advance(b.ctx, 9, old), store.ErrFenced)
	got, err := b.Cursor(b.ctx)
	b.must(err)
	if got != 5 {
		b.Errorf("Cursor = %d; want 5", got)
	}
}

func trimKeeps(b *bench) {
	b.accept(0, article("owed", ""), article("free", ""), article("ahead", ""))
	b.accept(100, article("young", ""))
	b.owe(1, store.Normal, b.join(store.Dest{Chat: 1}))
	b.must(b.Advance(b.ctx, 2, 0))
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
}

func idsOutlive(b *bench) {
	b.accept(0, article("a", "x"))
	b.must(b.Advance(b.ctx, 1, 0))
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
