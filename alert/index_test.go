package alert_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"rasid/alert"
	"rasid/news"
	"rasid/rules"
	"rasid/store"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const topicsFile = `
aliases:
  money: [tax, budget]
topics:
  - {id: economy, title: {en: Economy}, match: "@money", priority: urgent}
  - {id: sport, title: {en: Sport}, match: football, priority: low}
`

func reasonNames(x *alert.Index, d store.Destination, title string) []string {
	var names []string
	for _, r := range x.Reasons(d, rules.Read(&news.Article{Title: title, Lang: "en"})) {
		names = append(names, fmt.Sprintf("%d%s %s routed=%v", r.Rule, r.Topic, alert.ClassName(r.Class), r.Routed))
	}
	return names
}

func TestReasons(t *testing.T) {
	r := newRig(t)
	r.change(nil, store.Dest{Chat: 1}, store.Private,
		store.Edit{Op: store.AddRule, Text: "vote", Lang: "en"},
		store.Edit{Op: store.AddRule, Text: "@money vote", Lang: "en"},
		store.Edit{Op: store.AddRule, Text: `"never closed`, Lang: "en"},
		store.Edit{Op: store.Subscribe, Text: "economy"}, store.Edit{Op: store.Subscribe, Text: "no-such-topic"},
		store.Edit{Op: store.SetRoutes, Topics: []string{"sport", "economy"}})
	x := alert.NewIndex(alert.IndexOptions{Logger: quiet()})
	x.SetFile(ruleFile(t, topicsFile))
	if err := x.Sync(t.Context(), r.store); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, title string
		want        []string
	}{
		{"rules come by number", "the vote", []string{"1 normal routed=false"}},
		{"the loudest comes first", "tax vote", []string{"0economy urgent routed=false", "1 normal routed=false", "2 normal routed=false"}},
		{"a route alone is a reason", "football", []string{"0sport low routed=true"}},
		{"what nothing asks for has none", "weather", nil},
	}
	suspended := r.change(nil, store.Dest{Chat: 1}, "", store.Edit{Op: store.Suspend, Text: string(store.Blocked)})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, _ := x.Find(store.Dest{Chat: 1})
			if diff := cmp.Diff(tt.want, reasonNames(x, d, tt.title)); diff != "" {
				t.Errorf("Reasons (-want +got):\n%s", diff)
			}
			y := alert.NewIndex(alert.IndexOptions{Logger: quiet()})
			y.SetFile(ruleFile(t, topicsFile))
			if diff := cmp.Diff(tt.want, reasonNames(y, suspended, tt.title)); diff != "" {
				t.Errorf("Reasons of who the index does not match (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSetFileChangesWhatRulesMean(t *testing.T) {
	r := newRig(t)
	r.watch(nil, 1, "@money")
	var log bytes.Buffer
	x := alert.NewIndex(alert.IndexOptions{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	x.SetFile(ruleFile(t, topicsFile))
	if err := x.Sync(t.Context(), r.store); err != nil {
		t.Fatal(err)
	}
	d, _ := x.Find(store.Dest{Chat: 1})
	if got := reasonNames(x, d, "budget"); len(got) != 1 {
		t.Errorf("Reasons(budget) = %v, want the rule", got)
	}
	x.SetFile(ruleFile(t, strings.ReplaceAll(topicsFile, "budget", "salary")))
	if got := reasonNames(x, d, "budget"); len(got) != 0 {
		t.Errorf("Reasons(budget) = %v after the alias changed, want none", got)
	}
	if got := reasonNames(x, d, "salary"); len(got) != 1 {
		t.Errorf("Reasons(salary) = %v after the alias changed, want the rule", got)
	}
	x.SetFile(nil)
	if got := reasonNames(x, d, "salary"); len(got) != 0 {
		t.Errorf("Reasons(salary) = %v without a file, want none", got)
	}
}

func TestABrokenRuleIsSaidOnceAndStopsNoOther(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.watch(nil, 1, `"never closed`)
		r.watch(nil, 1, "tax")
		var log bytes.Buffer
		x := alert.NewIndex(alert.IndexOptions{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		for range 3 {
			x.SetFile(ruleFile(t, topicsFile))
			r.change(nil, store.Dest{Chat: 1}, "", store.Edit{Op: store.SetLang, Lang: "en"})
			if err := x.Sync(t.Context(), r.store); err != nil {
				t.Fatal(err)
			}
			pass(time.Second)
		}
		if n := strings.Count(log.String(), "rule"); n == 0 || strings.Count(log.String(), "\n") != 1 {
			t.Errorf("log:\n%swant one line", &log)
		}
		d, _ := x.Find(store.Dest{Chat: 1})
		if got := reasonNames(x, d, "tax"); len(got) != 1 {
			t.Errorf("Reasons(tax) = %v, want the whole rule's", got)
		}
	})
}

func TestDistinctRulesAreMatchedOnce(t *testing.T) {
	r := newRig(t)
	for chat := range int64(50) {
		r.watch(nil, chat+1, []string{"tax  vote", "tax vote", " tax vote "}[chat%3])
	}
	r.watch(nil, 1, "tax AND vote")
	x := alert.NewIndex(alert.IndexOptions{Logger: quiet()})
	sync := func() alert.Counts {
		if err := x.Sync(t.Context(), r.store); err != nil {
			t.Fatal(err)
		}
		return x.Counts()
	}
	if got, want := sync(), (alert.Counts{Destinations: 50, Rules: 51, Distinct: 1}); got != want {
		t.Errorf("Counts = %+v, want %+v", got, want)
	}
	for chat := range int64(48) {
		r.change(nil, store.Dest{Chat: chat + 1}, "", store.Edit{Op: store.RemoveRule, N: 1})
	}
	if got, want := sync(), (alert.Counts{Destinations: 50, Rules: 3, Distinct: 1}); got != want {
		t.Errorf("Counts = %+v, want %+v", got, want)
	}
	r.change(nil, store.Dest{Chat: 1}, "", store.Edit{Op: store.RemoveRule, N: 2})
	r.change(nil, store.Dest{Chat: 49}, "", store.Edit{Op: store.Suspend, Text: string(store.Blocked)})
	if err := r.store.Forget(t.Context(), 50, time.Now()); err != nil {
		t.Fatal(err)
	}
	if got, want := sync(), (alert.Counts{Destinations: 49, Rules: 1, Suspended: 1}); got != want {
		t.Errorf("Counts = %+v, want %+v", got, want)
	}
}

func TestAudience(t *testing.T) {
	r := newRig(t)
	touch := store.Edit{Op: store.Touch}
	r.change(nil, store.Dest{Chat: 1}, store.Private, touch)
	r.change(nil, store.Dest{Chat: 2}, store.Private, store.Edit{Op: store.SetLang, Lang: "en"})
	r.change(nil, store.Dest{Chat: 3}, store.Private, store.Edit{Op: store.Subscribe, Text: "sport"}, store.Edit{Op: store.Pause})
	r.change(nil, store.Dest{Chat: 4}, store.Private, store.Edit{Op: store.Suspend, Text: string(store.Blocked)})
	r.change(nil, store.Dest{Chat: -5}, store.Supergroup, touch)
	r.change(nil, store.Dest{Chat: -5, Thread: 7}, store.Supergroup, store.Edit{Op: store.Subscribe, Text: "sport"})
	r.change(nil, store.Dest{Chat: -6, Thread: 1}, store.Supergroup, touch)
	r.change(nil, store.Dest{Chat: -6, Thread: 2}, store.Supergroup, touch)
	x := alert.NewIndex(alert.IndexOptions{Logger: quiet()})
	if err := x.Sync(t.Context(), r.store); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		note store.BroadcastNote
		want int
	}{
		{"everyone once, but who is suspended", store.BroadcastNote{}, 5},
		{"only some kinds of chat", store.BroadcastNote{Kinds: []store.Kind{store.Private}}, 3},
		{"who chose no language has the operator's", store.BroadcastNote{Lang: "ar"}, 4},
		{"only who chose a language", store.BroadcastNote{Lang: "en"}, 1},
		{"only who subscribed to a topic, in the thread where they did", store.BroadcastNote{Topic: "sport"}, 2},
		{"only who was there before", store.BroadcastNote{Before: time.Now().Add(-time.Hour)}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := x.Audience(tt.note); got != tt.want {
				t.Errorf("Audience(%+v) = %d, want %d", tt.note, got, tt.want)
			}
		})
	}
}

// TestAnArticleSeesAFileWhole lets articles match while the rule file is
// swapped: both rules of a file hit, or none.
func TestAnArticleSeesAFileWhole(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.rate = -1
		r.change(nil, store.Dest{Chat: 1}, store.Private, store.Edit{Op: store.Subscribe, Text: "economy"}, store.Edit{Op: store.Subscribe, Text: "sport"})
		r.file = ruleFile(t, topicsFile)
		other := ruleFile(t, strings.NewReplacer("tax", "moon", "football", "moon").Replace(topicsFile))
		l := r.start(nil)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			for ctx.Err() == nil {
				l.index.SetFile(other)
				time.Sleep(time.Millisecond)
				l.index.SetFile(r.file)
				time.Sleep(time.Millisecond)
			}
		}()
		for range 50 {
			r.accept(l, "tax and football")
			pass(1500 * time.Microsecond)
		}
		cancel()
		<-done
		pass(time.Second)
		for _, m := range r.chats.all() {
			if len(m.Rules) == 1 {
				t.Errorf("item %d came for %v only, want both topics or none", m.Item, m.Rules)
			}
		}
		l.stop()
	})
}

// TestARuleThatGoesFromOneChatToAnother: one chat gives up a rule that it alone
// had, and others take it up in the same reading of the change feed.
func TestARuleThatGoesFromOneChatToAnother(t *testing.T) {
	x := alert.NewIndex(alert.IndexOptions{Logger: quiet()})
	chat := func(n int, texts ...string) store.Destination {
		d := store.Destination{Dest: store.Dest{Chat: int64(n)}, Place: store.Place{Shard: 1, Ordinal: uint32(n)}}
		for i, text := range texts {
			d.Rules = append(d.Rules, store.Rule{N: i + 1, Text: text, Lang: "en"})
		}
		return d
	}
	sync := func(all ...store.Destination) {
		t.Helper()
		if err := x.Sync(t.Context(), &stubChanges{all}); err != nil {
			t.Fatal(err)
		}
	}
	sync(chat(1, "vote"))
	all := []store.Destination{chat(1, "tax"), chat(2, "vote")}
	for n := 3; n <= 1000; n++ { // more than are prepared at a time
		all = append(all, chat(n, fmt.Sprint("rule", n)))
	}
	sync(append(all, chat(1001, "vote"))...)
	owed := alert.Dispatcher(x)
	if got := owed(&store.Item{Seq: 1, Article: news.Article{Title: "the vote", Lang: "en"}}); got != 2 {
		t.Errorf("an article is owed to %d of the 2 chats that have the rule now", got)
	}
}

func TestRoutes(t *testing.T) {
	r := newRig(t)
	route := func(chat int64, topics ...string) {
		r.change(nil, store.Dest{Chat: chat}, store.Private, store.Edit{Op: store.SetRoutes, Topics: topics})
	}
	route(1, "sport")
	route(2, "sport", "economy")
	r.watch(nil, 3, "vote")
	x := alert.NewIndex(alert.IndexOptions{Logger: quiet()})
	sync := func(want map[store.Dest][]string) {
		t.Helper()
		if err := x.Sync(t.Context(), r.store); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, x.Routes()); diff != "" {
			t.Errorf("Routes (-want +got):\n%s", diff)
		}
	}
	sync(map[store.Dest][]string{{Chat: 1}: {"sport"}, {Chat: 2}: {"economy", "sport"}})
	route(1)
	if err := r.store.Forget(t.Context(), 2, time.Now()); err != nil {
		t.Fatal(err)
	}
	sync(map[store.Dest][]string{})
}

// A destination may have two rules that mean the same. When it goes, others'
// rules are not mistaken for each other.
func TestRulesThatMeanTheSameGoTogether(t *testing.T) {
	r := newRig(t)
	x := alert.NewIndex(alert.IndexOptions{Logger: quiet()})
	owed := alert.Dispatcher(x)
	expect := func(title string, want int) {
		t.Helper()
		if err := x.Sync(t.Context(), r.store); err != nil {
			t.Fatal(err)
		}
		if got := owed(&store.Item{Article: news.Article{Title: title, Lang: "en"}}); got != want {
			t.Errorf("%q is owed to %d, want %d", title, got, want)
		}
	}
	r.change(nil, store.Dest{Chat: 1}, store.Private,
		store.Edit{Op: store.AddRule, Text: "tax", Lang: "en"}, store.Edit{Op: store.AddRule, Text: `"tax"`, Lang: "en"})
	expect("tax", 1)
	if err := r.store.Forget(t.Context(), 1, time.Now()); err != nil {
		t.Fatal(err)
	}
	expect("tax", 0)
	r.watch(nil, 2, "vote")
	r.watch(nil, 3, "weather")
	r.watch(nil, 4, "weather")
	expect("vote", 1)
	expect("weather", 2)
}
