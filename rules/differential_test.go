package rules

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"rasid/news"
	"rasid/text"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestDifferential compares the set with the oracle on pairs of rules and
// articles: rules of every operator, of words that stand in the articles.
// RASID_DIFF_PAIRS says how many pairs (make differential: a million), and
// RASID_DIFF_ARTICLES names a .jsonl.gz of real articles; without one they are
// made.
func TestDifferential(t *testing.T) {
	pairs := 6_000
	if s := os.Getenv("RASID_DIFF_PAIRS"); s != "" {
		var err error
		if pairs, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	const rulesAtATime = 200
	g := &ruleMaker{rng: rand.New(rand.NewPCG(11, 12)), articles: differentialArticles(t)}
	doc := new(Doc)
	done, hits, ops := 0, 0, map[op]int{}
	for done < pairs {
		set, all := NewSet(), make([]*Rule, 0, rulesAtATime)
		sample := make([]*news.Article, 10)
		for i := range sample {
			sample[i] = g.articles[g.rng.IntN(len(g.articles))]
		}
		g.sample = sample
		for len(all) < rulesAtATime {
			q, err := Parse(g.rule(2))
			if err != nil {
				continue
			}
			q.root.walk(false, func(n *node, _ bool) { ops[n.op]++ })
			r, err := Compile(q, Env{Lang: "ar"})
			if err != nil {
				t.Fatal(err)
			}
			set.Put(ID(len(all)), r)
			all = append(all, r)
		}
		for _, a := range sample {
			hits += differ(t, set, all, doc, a)
			done += len(all)
		}
	}
	for _, o := range []op{opAnd, opOr, opNot, opTerm, opLang, opSite, opCountry, opNear, opSome} {
		if ops[o] == 0 {
			t.Errorf("no rule had %s", o)
		}
	}
	t.Logf("%d pairs, %d hits, no difference; operators: %v", done, hits, ops)
}

// differ fails where the set and the oracle disagree about an article, and
// returns how many rules hit.
func differ(t *testing.T, set *Set, all []*Rule, doc *Doc, a *news.Article) int {
	t.Helper()
	doc.Reset(a)
	ids := set.Match(doc, nil)
	slices.Sort(ids)
	o := newOracle(a, Env{Lang: "ar"})
	hits := 0
	for i, r := range all {
		q := r.Query()
		want, yes := o.match(q)
		hit, ok := r.Match(doc)
		if _, found := slices.BinarySearch(ids, ID(i)); ok != yes || found != yes {
			t.Fatalf("(%s).Match = %v, in the set %v, the oracle says %v, of %+v", q, ok, found, yes, *a)
		}
		if d := cmp.Diff(want, hit.Spans, cmpopts.EquateEmpty()); yes && d != "" {
			t.Fatalf("(%s): spans differ from the oracle's in %+v:\n%s", q, *a, d)
		}
		if yes {
			hits++
		}
	}
	return hits
}

// differentialArticles reads real articles, or makes some.
func differentialArticles(t *testing.T) []*news.Article {
	path := os.Getenv("RASID_DIFF_ARTICLES")
	if path == "" {
		return benchArticles(benchWords()[:3000], 40)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	var all []*news.Article
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		a := new(news.Article)
		if err := json.Unmarshal(lines.Bytes(), a); err != nil {
			t.Fatal(err)
		}
		all = append(all, a)
	}
	if len(all) == 0 {
		t.Fatalf("%s has no articles: %v", path, lines.Err())
	}
	return all
}

// A ruleMaker makes rules of words of its articles.
type ruleMaker struct {
	rng      *rand.Rand
	articles []*news.Article
	sample   []*news.Article // those that its rules will be tried on
}

// words returns n words that stand side by side, or near, in an article.
func (g *ruleMaker) words(n int) []string {
	for {
		a := g.sample[g.rng.IntN(len(g.sample))]
		s := a.Title + " " + a.Body
		tokens := text.Tokens(nil, s)
		if len(tokens) < n+8 {
			continue
		}
		at := g.rng.IntN(len(tokens) - n - 6)
		var out []string
		for i := range n {
			k := at + i
			if g.rng.IntN(3) == 0 {
				k += g.rng.IntN(6)
			}
			out = append(out, strings.Trim(s[tokens[k].Start:tokens[k].End], "$"))
		}
		return out
	}
}

func (g *ruleMaker) rule(depth int) string {
	w := g.words(3)
	sub := func() string { return g.rule(depth - 1) }
	k := g.rng.IntN(22)
	if depth == 0 {
		k %= 15
	}
	switch k {
	case 3, 4:
		return `"` + strings.Join(w[:2+g.rng.IntN(2)], " ") + `"`
	case 5:
		return fmt.Sprintf(`"%s"~%d`, strings.Join(w[:2+g.rng.IntN(2)], " "), g.rng.IntN(8))
	case 6:
		return fmt.Sprintf("%s NEAR/%d %s", w[0], g.rng.IntN(8), w[2])
	case 7:
		return fmt.Sprintf(`%s NEAR/%d ("%s %s" | %s)`, w[0], g.rng.IntN(8), w[1], w[2], g.words(1)[0])
	case 8:
		r := []rune(w[0])
		return string(r[:min(len(r), 3+g.rng.IntN(3))]) + "*"
	case 9:
		return "=" + w[0] + []string{"", "*"}[g.rng.IntN(2)]
	case 10:
		r := []rune(w[0])
		i := g.rng.IntN(len(r))
		return string(r[:i]) + "ر" + string(r[min(i+g.rng.IntN(2), len(r)):]) + "~"
	case 11:
		return fmt.Sprintf("%s#%d", w[0], 1+g.rng.IntN(4))
	case 12:
		return []string{"title:", "body:", "source:", "tag:"}[g.rng.IntN(4)] + w[0]
	case 13:
		return w[0] + []string{" lang:ar", " -lang:en", " site:example.org", " -site:org"}[g.rng.IntN(4)]
	case 14:
		return "@country:" + []string{"LY", "EG", "US", "ML"}[g.rng.IntN(4)]
	case 15, 16:
		return "(" + sub() + " " + sub() + ")"
	case 17, 18:
		return "(" + sub() + " | " + sub() + ")"
	case 19:
		return "(" + sub() + " -" + sub() + ")"
	case 20:
		return "2 of (" + sub() + ", " + sub() + ", " + sub() + ")"
	case 21:
		return "(" + sub() + " -(2 of (" + w[0] + ", " + sub() + ", " + w[1] + ")))"
	}
	return w[0]
}
