package rules

import (
	"fmt"
	"math/rand/v2"
	"rasid/news"
	"strings"
	"testing"
)

// The benchmarks read generated news: words drawn as in language, where the
// n-th commonest word is n times rarer than the commonest.
func benchWords() []string {
	rng := rand.New(rand.NewPCG(1, 2))
	letters := []rune("ابتثجحخدذرزسشصضطظعغفقكلمنهوي")
	words := make([]string, 50_000)
	for i := range words {
		var b strings.Builder
		for range 5 + rng.IntN(3) {
			b.WriteRune(letters[rng.IntN(len(letters))])
		}
		words[i] = b.String()
	}
	return words
}

func benchArticles(words []string, n int) []*news.Article {
	rng := rand.New(rand.NewPCG(3, 4))
	zipf := rand.NewZipf(rng, 1.1, 4, uint64(len(words)-1))
	articles := make([]*news.Article, n)
	for i := range articles {
		body := make([]string, 400)
		for k := range body {
			body[k] = words[zipf.Uint64()]
		}
		articles[i] = &news.Article{Title: strings.Join(body[:10], " "), Body: strings.Join(body, " "), Lang: "ar"}
	}
	return articles
}

func benchSet(b *testing.B, words []string, n int) *Set {
	rng := rand.New(rand.NewPCG(5, 6))
	w := func() string { return words[200+rng.IntN(len(words)-200)] } // nobody watches the commonest words
	set := NewSet()
	for i := range n {
		var s string
		switch k := rng.IntN(100); {
		case k < 45:
			s = w()
		case k < 65:
			s = w() + " " + w()
		case k < 80:
			s = `"` + w() + " " + w() + `"`
		case k < 90:
			s = w() + " | " + w()
		default:
			s = w() + " -" + w()
		}
		set.Put(ID(i), mustCompile(b, s, Env{Lang: "ar"}))
	}
	return set
}

func BenchmarkRead(b *testing.B) {
	articles := benchArticles(benchWords(), 200)
	doc := new(Doc)
	for _, a := range articles {
		doc.Reset(a)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		doc.Reset(articles[i%len(articles)])
	}
}

func BenchmarkSetMatch(b *testing.B) {
	words := benchWords()
	articles := benchArticles(words, 50)
	docs := make([]*Doc, len(articles))
	for i, a := range articles {
		docs[i] = Read(a)
	}
	for _, n := range []int{1_000, 10_000, 100_000} {
		set := benchSet(b, words, n)
		b.Run(fmt.Sprintf("rules=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			var ids []ID
			total := 0
			i := 0
			for b.Loop() {
				ids = set.Match(docs[i%len(docs)], ids[:0])
				total += len(ids)
				i++
			}
			b.ReportMetric(float64(total)/float64(i), "hits/op")
		})
	}
}

func BenchmarkSetPut(b *testing.B) {
	words := benchWords()
	set := NewSet()
	rule := make([]*Rule, len(words))
	for i, w := range words {
		rule[i] = mustCompile(b, w, Env{Lang: "ar"})
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		set.Put(ID(i), rule[i%len(rule)])
	}
}
