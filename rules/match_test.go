package rules

import (
	"errors"
	"fmt"
	"rasid/news"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestSpans(t *testing.T) {
	env := Env{Lang: "ar", Aliases: map[string][]string{"lna": {"الجيش الوطني", "LNA"}, "army": {"@LNA"}}}
	tests := []struct {
		name, rule string
		article    news.Article
		want       string
	}{
		{"a word is told with its clitics", "الوطني", news.Article{Title: "بالوطنى"}, "[{0 0 14 بالوطنى}]"},
		{"a phrase is one span", `"الجيش الوطني"`, news.Article{Title: "وقال: للجيش  الوطنى."}, "[{0 10 34 للجيش  الوطنى}]"},
		{"every place is told, in order of fields", "a1", news.Article{Title: "x a1", Summary: "a1", Body: "a1 a1"}, "[{0 2 4 a1} {1 0 2 a1} {2 0 2 a1} {2 3 5 a1}]"},
		{"tags are joined by newline", "b1", news.Article{Tags: []string{"a1", "b1"}}, "[{3 3 5 b1}]"},
		{"spans that overlap are one", `"a1 b1" | "b1 c1"`, news.Article{Title: "a1 b1 c1"}, "[{0 0 8 a1 b1 c1}]"},
		{"spans side by side stay two", `a1 b1`, news.Article{Title: "a1 b1"}, "[{0 0 2 a1} {0 3 5 b1}]"},
		{"an alternative that is not true has no spans", `(a1 b1) | c1`, news.Article{Title: "a1 c1"}, "[{0 3 5 c1}]"},
		{"what is excluded has no spans", `a1 -b1`, news.Article{Title: "a1 c1"}, "[{0 0 2 a1}]"},
		{"a part of a joined name is told as the name", "الله", news.Article{Title: "عبدالله"}, "[{0 0 14 عبدالله}]"},
		{"a joined name is one span", "عبدالله", news.Article{Title: "وعبد الله"}, "[{0 0 17 وعبد الله}]"},
		{"a run of characters is its span", "日本", news.Article{Title: "在日本人"}, "[{0 3 9 日本}]"},
		{"an alias is its phrases", "@lna", news.Article{Title: "LNA: الجيش الوطني"}, "[{0 0 3 LNA} {0 5 28 الجيش الوطني}]"},
		{"an alias of an alias, in other letters", "@Army", news.Article{Title: "lna"}, "[{0 0 3 lna}]"},
		{"lang and site have no spans", "lang:ar site:example.org", news.Article{Title: "x", Lang: "ar", URL: "https://example.org"}, "[]"},
		{"source has a span in its field", "source:rights", news.Article{Source: "Rights Watch"}, "[{4 0 6 Rights}]"},
		{"invisible marks are outside of spans", "ليبيا", news.Article{Title: "\u200fليبيا\u200f"}, "[{0 3 13 ليبيا}]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			hit, ok := mustCompile(t, tt.rule, env).Match(Read(&tt.article))
			if got := fmt.Sprint(hit.Spans); !ok || got != tt.want {
				t.Errorf("(%q).Match(%+v) = %s, %v; want %s", tt.rule, tt.article, got, ok, tt.want)
			}
		})
	}
}

func TestCompileRefusesCycles(t *testing.T) {
	env := Env{Aliases: map[string][]string{"a": {"x1", "@b"}, "b": {"@a"}}}
	_, err := Compile(mustParse(t, "libya | @b"), env)
	var e *Error
	if !errors.As(err, &e) || e.Code != CodeAliasCycle || e.Pos != 8 {
		t.Errorf("Compile = %v, want %s at byte 8", err, CodeAliasCycle)
	}
}

func TestAnyAndExcept(t *testing.T) {
	q := Any(mustParse(t, "a1"), mustParse(t, "b1 c1")).Except(mustParse(t, "d1 | e1"))
	if got, want := q.String(), "(a1 | b1 c1) -(d1 | e1)"; got != want {
		t.Errorf("Any(...).Except(...) prints %q, want %q", got, want)
	}
	if again := mustParse(t, q.String()); again.String() != q.String() {
		t.Errorf("it parses as %q, want %q", again, q)
	}
}

func TestSetForgetsWhatIsDeleted(t *testing.T) {
	set, doc := NewSet(), Read(&news.Article{Title: "libya war"})
	for i := range 5000 {
		set.Put(ID(i), mustCompile(t, []string{"libya", "war | peace", "sudan", "libya -war", "war | (libya NEAR/2 peace)", "sudan", "sud*", "war | libya"}[i%8], Env{}))
	}
	if got := len(set.Match(doc, nil)); got != 2500 || set.Len() != 5000 {
		t.Errorf("%d hits of %d rules, want 2500 of 5000", got, set.Len())
	}
	for i := range 5000 {
		set.Put(ID(i), mustCompile(t, "sudan", Env{}))
	}
	if got := len(set.Match(doc, nil)); got != 0 {
		t.Errorf("%d hits after all rules were replaced, want none", got)
	}
	for i := range 5000 {
		set.Delete(ID(i))
	}
	set.Delete(1)
	d := set.draft
	if set.Len() != 0 || len(d.spare)+1 != d.groups.n || len(d.numbers.free) != d.numbers.seats.n || len(d.slots) != d.checks.n || len(d.links)+1 != d.chains.n || len(d.spilled) != d.spills.n {
		t.Errorf("after all were deleted %d rules are left, groups %d of %d free, numbers %d of %d, whole rules %d of %d, chains %d of %d",
			set.Len(), len(d.spare), d.groups.n-1, len(d.numbers.free), d.numbers.seats.n, len(d.slots), d.checks.n, len(d.links), d.chains.n-1)
	}
}

func TestDocForgetsWhenItsCacheIsFull(t *testing.T) {
	doc, rule := new(Doc), mustCompile(t, "w12", Env{})
	for i := range cacheWords/10 + 100 {
		title := ""
		for k := range 12 {
			title += fmt.Sprintf("w%d ", 12*i+k)
		}
		doc.Reset(&news.Article{Title: title, Lang: "en"})
	}
	if len(doc.words) > cacheWords+100 {
		t.Errorf("a Doc remembers %d words, want at most about %d", len(doc.words), cacheWords)
	}
	doc.Reset(&news.Article{Title: "w12"})
	if _, ok := rule.Match(doc); !ok {
		t.Error("a Doc whose cache was emptied finds nothing")
	}
}

func TestMatchAllocatesNothing(t *testing.T) {
	set, doc := NewSet(), new(Doc)
	for i, s := range []string{"libya", `"civil war" -sudan`, "source:agency", "peace | =Libya", "site:example.org lang:en"} {
		set.Put(ID(i), mustCompile(t, s, Env{}))
	}
	a := &news.Article{Title: "Libya after the civil war", Source: "Agency", Lang: "en", URL: "https://example.org/1", Tags: []string{"world"}}
	var ids []ID
	got := testing.AllocsPerRun(100, func() {
		doc.Reset(a)
		ids = set.Match(doc, ids[:0])
	})
	if got != 0 || len(ids) != 5 {
		t.Errorf("reading and matching allocates %v times for %d hits, want 0 for 5", got, len(ids))
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("ليبيا -هدنة", "وليبيا", "لـ«حماس» و عبدالله")
	f.Add(`"a b" | title:c`, "a, b c", "日本。x")
	f.Add(`=A @lna`, "A's a", "\xff")
	f.Add(`a NEAR/2 ("b c" | @lna) NEAR/0 d`, "a x b c d", "d a b")
	f.Add(`2 of (lib*, "x y"~3, erdgan~)#2`, "Libya x z y", "Erdogan")
	f.Add(`-(2 of (a, b, =Wor*)) ليب*`, "وليبيا", "words")
	f.Fuzz(func(t *testing.T, rule, title, body string) {
		q, err := Parse(rule)
		if err != nil {
			return
		}
		env := Env{Lang: "ar", Aliases: map[string][]string{"lna": {"a b"}}}
		r, err := Compile(q, env)
		if err != nil {
			t.Fatalf("Compile(%q): %v", q, err)
		}
		a := &news.Article{Title: title, Body: body, Tags: []string{title, body}}
		set := NewSet()
		set.Put(7, r)
		doc := Read(a)
		want, yes := newOracle(a, env).match(q)
		hit, ok := r.Match(doc)
		hits := set.Match(doc, nil)
		if ok != yes || (len(hits) == 1) != yes {
			t.Fatalf("(%q).Match(%q, %q) = %v, in the set %v; the oracle says %v", q, title, body, ok, hits, yes)
		}
		if d := cmp.Diff(want, hit.Spans, cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("(%q).Match(%q, %q): spans differ from the oracle's:\n%s", q, title, body, d)
		}
		again, err := Compile(mustParse(t, q.String()), env)
		if err != nil {
			t.Fatalf("Compile(%q): %v", q, err)
		}
		if _, same := again.Match(doc); same != ok {
			t.Fatalf("%q printed as %q no longer means the same", rule, q)
		}
	})
}
