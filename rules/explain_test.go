package rules

import (
	"fmt"
	"rasid/news"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func ExampleExplain() {
	query, err := Parse(`ليبيا (هدنة | حوار) -"كرة القدم"`)
	if err != nil {
		panic(err)
	}
	article := Read(&news.Article{Title: "وليبيا تفتح باب الحوار", Body: "وقف في كرة القدم"})
	why, err := Explain(query, Env{Lang: "ar"}, article)
	if err != nil {
		panic(err)
	}
	var show func(e *Explanation, indent string)
	show = func(e *Explanation, indent string) {
		fmt.Print(indent, e.True, " ", e.Op, " ", e.Text)
		for _, s := range e.Spans {
			fmt.Print(" «", s.Term, "»")
		}
		fmt.Println()
		for _, arg := range e.Args {
			show(arg, indent+"  ")
		}
	}
	show(why, "")
	for _, m := range why.Missing() {
		fmt.Println("but for", m.Text)
	}
	// Output:
	// false and ليبيا (هدنة | حوار) -"كرة القدم"
	//   true term ليبيا «وليبيا»
	//   true or هدنة | حوار
	//     false term هدنة
	//     true term حوار «الحوار»
	//   false not -"كرة القدم"
	//     true term "كرة القدم" «كرة القدم»
	// but for -"كرة القدم"
}

// TestExplainAgrees: the tree's root is what Match says, each inner part is what
// its parts make it, and the spans of the parts that count are those of the hit.
func TestExplainAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q, err := Parse(genRule(3).Draw(t, "rule"))
		if err != nil {
			return
		}
		r, err := Compile(q, agreeEnv)
		if err != nil {
			t.Fatal(err)
		}
		d := Read(genArticle().Draw(t, "article"))
		hit, ok := r.Match(d)
		e, err := Explain(q, agreeEnv, d)
		if err != nil {
			t.Fatal(err)
		}
		if e.True != ok || (len(e.Missing()) == 0) != ok {
			t.Fatalf("%s: Explain says %v (missing %d), Match %v", q, e.True, len(e.Missing()), ok)
		}
		consistent(t, e)
		var spans []Span
		counted(e, &spans)
		if got, want := fmt.Sprint(merge(d, spans)), fmt.Sprint(hit.Spans); ok && got != want {
			t.Fatalf("%s: the parts have %s, the hit has %s", q, got, want)
		}
	})
}

func consistent(t *rapid.T, e *Explanation) {
	yes := 0
	for _, arg := range e.Args {
		consistent(t, arg)
		if arg.True {
			yes++
		}
	}
	want := e.True
	switch e.Op {
	case "and":
		want = yes == len(e.Args)
	case "or":
		want = yes > 0
	case "not":
		want = yes == 0
	case "some":
		need, _, _ := strings.Cut(e.Text, " ")
		want = fmt.Sprint(yes) >= need
	}
	if want != e.True {
		t.Fatalf("%s %s: %v, but its parts make it %v", e.Op, e.Text, e.True, want)
	}
}

// counted collects the spans of the parts that make e true.
func counted(e *Explanation, spans *[]Span) {
	if !e.True || e.Op == "not" {
		if e.Op == "not" && e.True {
			uncounted(e.Args[0], spans)
		}
		return
	}
	if len(e.Args) == 0 || e.Op == "near" {
		*spans = append(*spans, e.Spans...)
		return
	}
	for _, arg := range e.Args {
		counted(arg, spans)
	}
}

// uncounted collects those that make a denied part false.
func uncounted(e *Explanation, spans *[]Span) {
	switch {
	case e.True:
	case e.Op == "not":
		counted(e.Args[0], spans)
	default:
		for _, arg := range e.Args {
			if e.Op != "near" {
				uncounted(arg, spans)
			}
		}
	}
}
