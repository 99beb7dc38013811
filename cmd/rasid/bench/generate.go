// Package bench makes rules and articles like those of the world, always the
// same for a seed, and measures with them what the engine does.
package bench

import (
	"fmt"
	"math/rand/v2"
	"rasid/internal/hyperscan"
	"rasid/news"
	"rasid/text"
	"strings"
)

// articleWords is the length of a made article.
const articleWords = 400

// A Generator makes words, articles and rules. The n-th commonest word of the
// articles is about n times rarer than the commonest, as in language. Rules
// look for any but the commonest words. With a vocabulary of 200,000, of a
// million rules 23 % repeat others, as 20 to 27 % of people's do.
type Generator struct {
	rng   *rand.Rand
	words []string
	zipf  *rand.Zipf // of articles
}

// commonest are words that no rule looks for.
const commonest = 300

// NewGenerator returns one with a vocabulary of n words.
func NewGenerator(seed uint64, n int) *Generator {
	g := &Generator{rng: rand.New(rand.NewPCG(seed, 1))} //nolint:gosec // to be repeated, not to be guessed
	seen := map[string]bool{}
	for len(g.words) < n {
		if w := g.word(); !seen[w] && !text.Stop("ar", w) && !text.Stop("en", w) {
			seen[w] = true
			g.words = append(g.words, w)
		}
	}
	g.zipf = rand.NewZipf(g.rng, 1.1, 4, uint64(n-1))
	return g
}

// word makes one of four to eight letters, two in three Arabic.
func (g *Generator) word() string {
	letters := []rune("ابتثجحخدذرزسشصضطظعغفقكلمنهوي")
	if g.rng.IntN(3) == 0 {
		letters = []rune("abcdefghiklmnoprstuvwyz")
	}
	var b strings.Builder
	for range 4 + g.rng.IntN(5) {
		b.WriteRune(letters[g.rng.IntN(len(letters))])
	}
	return b.String()
}

// A Text is a made article.
type Text struct {
	Article *news.Article
	Plain   string // its words without what is attached to them, between spaces
}

// Text makes an article.
func (g *Generator) Text() Text {
	words, plain := make([]string, articleWords), make([]string, articleWords)
	for i := range words {
		plain[i] = g.words[g.zipf.Uint64()]
		if words[i] = plain[i]; g.rng.IntN(4) == 0 && words[i][0] >= 0xD8 {
			words[i] = []string{"و", "ال", "ب", "وال"}[g.rng.IntN(4)] + words[i]
		}
	}
	return Text{
		Article: &news.Article{Title: strings.Join(words[:10], " "), Body: strings.Join(words[10:], " "), Lang: "ar", Source: "Wire", URL: "https://example.org/a"},
		Plain:   " " + strings.Join(plain, " ") + " ",
	}
}

func (g *Generator) wanted() string { return g.words[commonest+g.rng.IntN(len(g.words)-commonest)] }

// A Rule is a made rule.
type Rule struct {
	Text  string
	Plain hyperscan.Rule // what comes nearest to it among literals: NEAR is AND, a slip is none, twice is once
}

// Rule makes a rule: of a hundred, 40 are a word, 20 are two, 15 are phrases,
// 10 have alternatives, 10 exclude, and 5 have the other operators.
func (g *Generator) Rule() Rule {
	a, b := g.wanted(), g.wanted()
	switch k := g.rng.IntN(100); {
	case k < 40:
		return Rule{a, all(a)}
	case k < 60:
		return Rule{a + " " + b, all(a, b)}
	case k < 75:
		return Rule{`"` + a + " " + b + `"`, all(a + " " + b)}
	case k < 85:
		return Rule{a + " | " + b, hyperscan.Rule{Want: 1, Has: []string{" " + a + " ", " " + b + " "}}}
	case k < 95:
		return Rule{a + " -" + b, hyperscan.Rule{Want: 1, Has: []string{" " + a + " "}, Not: []string{" " + b + " "}}}
	}
	return g.rare(a, b)
}

// all is a rule of literals that must all be there.
func all(words ...string) hyperscan.Rule {
	r := hyperscan.Rule{Want: len(words)}
	for _, w := range words {
		r.Has = append(r.Has, " "+w+" ")
	}
	return r
}

func (g *Generator) rare(a, b string) Rule {
	switch g.rng.IntN(9) {
	case 0:
		return Rule{a + " NEAR/5 " + b, all(a, b)}
	case 1:
		return Rule{fmt.Sprintf(`"%s %s"~3`, a, b), all(a, b)}
	case 2:
		c := g.wanted()
		r := all(a, b, c)
		r.Want = 2
		return Rule{fmt.Sprintf("2 of (%s, %s, %s)", a, b, c), r}
	case 3:
		return Rule{"title:" + a, all(a)}
	case 4:
		return Rule{a + "#2", all(a)}
	case 5:
		if len([]rune(a)) > 4 {
			return Rule{a + "~", all(a)}
		}
		return Rule{a + "*", hyperscan.Rule{Want: 1, Has: []string{" " + a}}}
	}
	r := []rune(a)
	a = string(r[:max(3, len(r)-2)])
	return Rule{a + "*", hyperscan.Rule{Want: 1, Has: []string{" " + a}}}
}

// Rules makes n rules.
func (g *Generator) Rules(n int) []Rule {
	rules := make([]Rule, n)
	for i := range rules {
		rules[i] = g.Rule()
	}
	return rules
}
