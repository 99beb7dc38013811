package rules

import (
	"fmt"
	"maps"
	"os"
	"rasid/news"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
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
		read := func(n int) *Doc {
			return Read(&news.Article{Body: strings.Repeat("aaaa bbbb cccc aaaa aaaa dddd ", n), Lang: "en"})
		}
		four, one := []*Doc{read(4_000), read(4_000), read(4_000), read(4_000)}, []*Doc{read(16_000)}
		cost := func(all []*Doc) time.Duration {
			return processorTime(t, func() {
				for _, d := range all {
					r.Match(d)
				}
			})
		}
		short, long := time.Hour, time.Hour // in turns, so that both meet the same machine
		for range 5 {
			short, long = min(short, cost(four)/4), min(long, cost(one))
		}
		t.Logf("%s: %v, and %v for four times as much", s, short, long)
		if long > 10*short+10*time.Millisecond {
			t.Errorf("%s: %v, and %v for four times as much", s, short, long)
		}
	}
}

// TestNoSetCostsMoreThanItsBudget searches for the worst: families of rules
// that all wait for what stands everywhere, each tried on long articles made of
// it. make hostile does it with a million rules and five megabytes.
func TestNoSetCostsMoreThanItsBudget(t *testing.T) {
	n, size, steps := 1_000, 30_000, 1<<19
	if s := os.Getenv("RASID_HOSTILE_RULES"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
		size, steps = 5<<20, articleSteps
	}
	articles := map[string]string{
		"one word":      strings.Repeat("aaaa ", size/5),
		"six words":     strings.Repeat("aaaa bbbb cccc aaaa aaaa dddd ", size/30),
		"many slips":    hostileSlips(size),
		"all different": hostileWords(size),
	}
	families := hostileRules()
	for _, name := range slices.Sorted(maps.Keys(families)) {
		rule := families[name]
		debug.FreeOSMemory() // of the family before
		set, begun, n := NewSet(), time.Now(), n
		if name == allCapitals {
			n = min(n, 100_000)
		}
		set.Edit(func(e Edit) {
			for i := range n {
				if q, err := Parse(rule(i)); err == nil {
					e.Put(ID(i), mustCompileQuery(t, q))
				}
			}
		})
		if n > 1000 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			t.Logf("%-28s %4d MB, %v", name, m.HeapAlloc>>20, time.Since(begun).Round(time.Millisecond))
		}
		for what, body := range articles {
			d := Read(&news.Article{Body: body, Lang: "en"})
			d.steps = steps
			for range 2 { // the second time it knows the words
				start := time.Now()
				ids := set.Match(d, nil)
				took := time.Since(start)
				t.Logf("%-28s %-14s %8d rules: %8d true, %6d left out, %9d steps, %v", name, what, set.Len(), len(ids), d.Skipped(), steps-d.pass.budget.left, took)
				if most := 20 * time.Second; took > most { // with the race detector
					t.Errorf("%s: %s takes %v, want less than %v", name, what, took, most)
				}
				if left := d.pass.budget.left; left < -maxSteps-stepsOfTrial {
					t.Errorf("%s: %s takes %d steps more than there are", name, what, -left)
				}
			}
		}
	}
}

// allCapitals is the family whose rules differ in capitals only. They stand in
// one place of the table, so each costs more to put in force than the one
// before: a million would take an hour, and nothing more to match.
const allCapitals = "as written, all capitals"

// hostileRules are families of rules, by number.
func hostileRules() map[string]func(i int) string {
	return map[string]func(i int) string{
		"the commonest word":        func(int) string { return "aaaa" },
		"and what is not there":     func(i int) string { return fmt.Sprintf("aaaa x%d", i) },
		"and not what is not there": func(i int) string { return fmt.Sprintf("aaaa -x%d", i) },
		"not what is there":         func(i int) string { return fmt.Sprintf("aaaa -bbbb -x%d", i) },
		"a phrase of it":            func(i int) string { return fmt.Sprintf(`"aaaa aaaa aaaa%s"`, strings.Repeat(" aaaa", i%8)) },
		"a phrase that is never":    func(i int) string { return fmt.Sprintf(`"aaaa bbbb bbbb%s"`, strings.Repeat(" aaaa", i%8)) },
		"near itself, long": func(i int) string {
			return "aaaa" + strings.Repeat(" NEAR/50 aaaa", 1+i%10) + " NEAR/0 dddd NEAR/0 dddd"
		},
		"a loose phrase":         func(i int) string { return fmt.Sprintf(`"aaaa aaaa aaaa bbbb bbbb bbbb"~%d`, 1+i%50) },
		"so often":               func(i int) string { return fmt.Sprintf("aaaa#%d bbbb#%d", 50+i%49, 99-i%9) },
		"all beginnings":         func(i int) string { return fmt.Sprintf("%c%c%c*", 'a'+i%26, 'a'+i/26%26, 'a'+i/676%26) },
		allCapitals:              func(i int) string { return "=" + hostileCase(i) + "*" },
		"all slips of one word":  func(i int) string { return fmt.Sprintf("aaaa%c~", 0x4E00+i%20_000) },
		"slips of all its forms": func(i int) string { return fmt.Sprintf("%c%caaaa~", 'a'+i%26, 'b'+i/26%25) },
		"some of many":           func(i int) string { return fmt.Sprintf("4 of (aaaa, bbbb, cccc, x%d, y%d, z%d, w%d)", i, i, i, i) },
		"alternatives": func(i int) string {
			return fmt.Sprintf("(aaaa | bbbb | cccc) (dddd | x%d) (aaaa NEAR/3 zzzz | y%d)", i, i)
		},
		"without near": func(i int) string {
			return fmt.Sprintf("aaaa -(bbbb NEAR/%d zzzz) -(aaaa NEAR/0 dddd NEAR/0 bbbb)", i%50)
		},
	}
}

// hostileCase writes a word in one of its many cases.
func hostileCase(i int) string {
	b := []byte("aaaabbbbccccddddeeee")
	for k := range b {
		if i>>k&1 != 0 {
			b[k] -= 'a' - 'A'
		}
	}
	return string(b)
}

func hostileSlips(size int) string {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, "aaaa%c %c%caaaa ", 'a'+i%26, 'a'+i%26, 'b'+i/26%25)
	}
	return b.String()
}

func hostileWords(size int) string {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, "aaaa w%dx ", i)
	}
	return b.String()
}

func mustCompileQuery(t *testing.T, q *Query) *Rule {
	t.Helper()
	r, err := Compile(q, Env{Lang: "en"})
	if err != nil {
		t.Fatal(err)
	}
	return r
}
