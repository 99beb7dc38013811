package rules

import (
	"rasid/news"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// The words of generated rules and articles: few, so that they meet.
var (
	ruleWords = []string{
		"ليبيا", "الجيش", "الوطني", "الوطنى", "هدنة", "حماس", "عبدالله", "الله", "عبد", "علي", "على", "عمّان", "وتونس", "تونس", "قرارات",
		"war", "War", "wars", "US", "U.S.", "COVID-19", "$TSLA", "cafe", "café", "3.5", "日本", "本", "中", "@lna", "@loop2", "@nobody", "#a_b",
	}
	textWords = []string{
		"ليبيا", "وليبيا", "للجيش", "الجيش", "الوطنى", "الوطني", "وقف", "هدنةٌ", "لـ«حماس»", "وعبدالله", "عبد الله", "على", "علي", "عُمان", "عمان", "و", "تونس", "وتونس", "قرار",
		"war", "War", "wars", "us", "US", "U.S.", "COVID-19", "COVID", "19", "$TSLA", "TSLA", "Café", "cafe", "3.5%", "日本", "中日", "本。中", "nobody", "a", "b", ".", "،",
	}
	agreeEnv = Env{Lang: "ar", Aliases: map[string][]string{"lna": {"الجيش الوطني", "war"}, "loop2": {"@lna", "تونس"}}}
)

func genRule(depth int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		word := rapid.SampledFrom(ruleWords)
		k := rapid.IntRange(0, 16).Draw(t, "kind")
		if depth == 0 && k > 5 && k < 12 {
			k %= 6
		}
		sub := func() string { return genRule(depth-1).Draw(t, "part") }
		switch k {
		case 3:
			return `"` + strings.Join(rapid.SliceOfN(rapid.SampledFrom(textWords), 1, 3).Draw(t, "phrase"), " ") + `"`
		case 4:
			return "=" + strings.TrimLeft(word.Draw(t, "exact"), "@#")
		case 5:
			return rapid.SampledFrom([]string{"title:", "body:", "tag:", "source:", "author:"}).Draw(t, "field") + word.Draw(t, "in")
		case 6:
			return "(" + sub() + " | " + sub() + ")"
		case 7:
			return "(" + sub() + " " + sub() + ")"
		case 8:
			return "(" + sub() + " -" + sub() + ")"
		case 9:
			return "(" + sub() + rapid.SampledFrom([]string{" lang:ar", " -lang:en", " site:example.org", " | site:org"}).Draw(t, "where") + ")"
		}
		return operated(t, k, word, sub)
	})
}

// operated makes rules of the operators with numbers.
func operated(t *rapid.T, k int, word *rapid.Generator[string], sub func() string) string {
	n := func(name string) string {
		return rapid.SampledFrom([]string{"0", "1", "2", "3", "7"}).Draw(t, name)
	}
	term := func() string {
		switch rapid.IntRange(0, 3).Draw(t, "near kind") {
		case 0:
			return `"` + word.Draw(t, "p") + " " + word.Draw(t, "q") + `"`
		case 1:
			return "(" + word.Draw(t, "p") + " | " + word.Draw(t, "q") + ")"
		}
		return word.Draw(t, "near")
	}
	switch k {
	case 10:
		return "2 of (" + sub() + ", " + sub() + ", " + sub() + ")"
	case 11:
		return "(" + sub() + " -(2 of (" + word.Draw(t, "a") + ", " + word.Draw(t, "b") + ", " + sub() + ")))"
	case 12:
		return `"` + strings.Join(rapid.SliceOfN(word, 2, 3).Draw(t, "phrase"), " ") + `"~` + n("slop")
	case 13:
		return term() + " NEAR/" + n("near") + " " + term()
	case 14:
		return term() + " NEAR/" + n("near") + " " + term() + " NEAR/" + n("near") + " " + term()
	case 15:
		return rapid.SampledFrom([]string{"ليب*", "وطن*", "wa*", "war*", "=war*", "=War*", "title:caf*", "covid*", "الج*", "توني~", "هدنه~", "cave~", "wers~", "=الوط*"}).Draw(t, "like")
	case 16:
		return word.Draw(t, "word") + "#" + n("count")
	}
	return word.Draw(t, "word")
}

func genArticle() *rapid.Generator[*news.Article] {
	words := func(most int) *rapid.Generator[string] {
		return rapid.Custom(func(t *rapid.T) string {
			return strings.Join(rapid.SliceOfN(rapid.SampledFrom(textWords), 0, most).Draw(t, "words"),
				rapid.SampledFrom([]string{" ", "  ", "\n", " - "}).Draw(t, "space"))
		})
	}
	return rapid.Custom(func(t *rapid.T) *news.Article {
		return &news.Article{
			Title: words(6).Draw(t, "title"), Summary: words(4).Draw(t, "summary"), Body: words(20).Draw(t, "body"),
			Tags:   rapid.SliceOfN(rapid.SampledFrom(textWords), 0, 3).Draw(t, "tags"),
			Source: words(2).Draw(t, "source"), Author: words(2).Draw(t, "author"),
			Lang: rapid.SampledFrom([]string{"", "ar", "en", "en-GB", "fa", "ja"}).Draw(t, "lang"),
			URL:  rapid.SampledFrom([]string{"", "https://news.example.org/a", "http://other.example/"}).Draw(t, "url"),
		}
	})
}

func TestSetRuleAndOracleAgree(t *testing.T) {
	doc := Read(&news.Article{}) // one for all, so that its cache is tested too
	rapid.Check(t, func(t *rapid.T) {
		set, byID := NewSet(), map[ID]*Rule{}
		for i := range rapid.IntRange(1, 8).Draw(t, "rules") {
			q, err := Parse(genRule(3).Draw(t, "rule"))
			if err != nil {
				continue // nothing positive, stop words
			}
			r, err := Compile(q, agreeEnv)
			if err != nil {
				t.Fatalf("Compile(%q): %v", q, err)
			}
			id := ID(i % 6) // some are replaced
			set.Put(id, r)
			byID[id] = r
		}
		if rapid.Bool().Draw(t, "delete") {
			set.Delete(2)
			delete(byID, 2)
		}
		for range 3 {
			agree(t, set, byID, doc, genArticle().Draw(t, "article"))
		}
		for id := range byID {
			set.Delete(id)
		}
		if ids, left := set.Match(doc, nil), set.draft.groups.n-1-len(set.draft.spare); len(ids) > 0 || left > 0 {
			t.Fatalf("after all rules were deleted %v are met, and %d words are left", ids, left)
		}
	})
}

func agree(t *rapid.T, set *Set, byID map[ID]*Rule, doc *Doc, a *news.Article) {
	doc.Reset(a)
	o := newOracle(a, agreeEnv)
	got := map[ID]bool{}
	for _, id := range set.Match(doc, nil) {
		if got[id] {
			t.Fatalf("Match tells rule %d twice, of %+v", id, *a)
		}
		got[id] = true
	}
	for id, r := range byID {
		want, yes := o.match(r.Query())
		hit, ok := r.Match(doc)
		in := got[id]
		if ok != yes || in != yes {
			t.Fatalf("(%q).Match(%+v) = %v, in the set %v; the oracle says %v", r.Query(), *a, ok, in, yes)
		}
		if d := cmp.Diff(want, hit.Spans, cmpopts.EquateEmpty()); yes && d != "" {
			t.Fatalf("(%q).Match(%+v): spans differ from the oracle's:\n%s", r.Query(), *a, d)
		}
	}
	if len(got) > len(byID) {
		t.Fatalf("the set has %d hits of %d rules", len(got), len(byID))
	}
}

func TestSetIsSafeWhileRulesChange(t *testing.T) {
	set := NewSet()
	always := mustCompile(t, "ليبيا", Env{})
	other := mustCompile(t, "تونس | ليبيا", Env{})
	set.Put(0, always)
	article := &news.Article{Title: "هدنة في ليبيا"}
	var writers, readers sync.WaitGroup
	stop := make(chan struct{})
	for w := range 2 {
		writers.Go(func() {
			for i := range 2000 {
				id := ID(1 + w + 2*(i%300))
				set.Put(id, other)
				if i%3 == 0 {
					set.Delete(id)
				}
				set.Put(0, []*Rule{always, other}[i%2]) // rule 0 is true all the time
			}
		})
	}
	for range 2 {
		readers.Go(func() {
			var ids []ID
			doc := Read(article)
			for {
				ids = set.Match(doc, ids[:0])
				if !slices.Contains(ids, 0) {
					t.Errorf("Match = %v, want rule 0 in it at all times", ids)
					return
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
	if got, want := len(set.Match(Read(article), nil)), set.Len(); got != want {
		t.Errorf("after all, %d of %d rules hit, want all", got, want)
	}
}

// TestAnEditIsSeenWholeOrNotAtAll moves rules about, of each operator, while
// articles are matched: whoever matches sees one of each pair, and never both or
// none.
func TestAnEditIsSeenWholeOrNotAtAll(t *testing.T) {
	const pairs = 40
	kinds := []string{"ليبيا", `"هدنة في"`, "هدنة ليبيا", "ليبيا | تونس", "هدن* -تونس", "ليبيا NEAR/3 هدنة", "2 of (هدنة, ليبيا, تونس)", "ليبيا#1 ليبيو~"}
	compiled := make([]*Rule, len(kinds))
	for i, s := range kinds {
		compiled[i] = mustCompile(t, s, Env{Lang: "ar"})
	}
	set := NewSet()
	set.Edit(func(e Edit) {
		for i := range pairs {
			e.Put(ID(2*i), compiled[i%len(kinds)])
		}
	})
	article := &news.Article{Title: "هدنة في ليبيا"}
	var writers, readers sync.WaitGroup
	stop := make(chan struct{})
	for w := range 2 {
		writers.Go(func() {
			for i := range 3000 {
				pair := (2*i + w) % pairs // each writer has its own
				set.Edit(func(e Edit) {
					from, to := ID(2*pair), ID(2*pair+1)
					if (i/(pairs/2))%2 != 0 {
						from, to = to, from
					}
					e.Delete(from)
					e.Put(to, compiled[(pair+i)%len(kinds)])
				})
			}
		})
	}
	for range 2 {
		readers.Go(func() {
			var ids []ID
			doc := Read(article)
			for {
				ids = set.Match(doc, ids[:0])
				var met [pairs]int
				for _, id := range ids {
					met[id/2]++
				}
				for pair, n := range met {
					if n != 1 {
						t.Errorf("pair %d is met %d times, want once", pair, n)
						return
					}
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
}
