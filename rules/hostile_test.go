package rules

import (
	"rasid/news"
	"strings"
	"testing"
	"time"
)

// TestLongArticlesCostInProportion: an article four times as long, made to be
// hard for a rule, takes nowhere near sixteen times as long.
func TestLongArticlesCostInProportion(t *testing.T) {
	rules := []string{
		"aaaa NEAR/50 bbbb",
		"aaaa NEAR/0 aaaa NEAR/0 aaaa",
		`(aaaa | "aaaa aaaa"~5 | "aaaa aaaa aaaa"~50) NEAR/1 (bbbb | cccc)`,
		`"aaaa aaaa aaaa aaaa zzzz"~50`,
		"2 of (aaaa NEAR/1 bbbb, aaaa NEAR/1 cccc, zzzz)",
		"aaaa#99 aab* aaab~",
	}
	for _, s := range rules {
		r := mustCompile(t, s, Env{Lang: "en"})
		cost := func(n int) time.Duration {
			d := Read(&news.Article{Body: strings.Repeat("aaaa bbbb cccc aaaa aaaa dddd ", n), Lang: "en"})
			least := time.Hour
			for range 3 {
				start := time.Now()
				r.Match(d)
				least = min(least, time.Since(start))
			}
			return least
		}
		short, long := cost(4_000), cost(16_000)
		if long > 10*short+10*time.Millisecond {
			t.Errorf("%s: %v, and %v for four times as much", s, short, long)
		}
	}
}
