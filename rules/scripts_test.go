package rules

import (
	"os"
	"path/filepath"
	"rasid/news"
	"strings"
	"testing"
)

// TestScriptsWithoutSpaces holds what readers expect where words are not
// written apart: a keyword is found as a run of characters.
func TestScriptsWithoutSpaces(t *testing.T) {
	files, err := filepath.Glob("testdata/scripts/*.txt")
	if err != nil || len(files) < 6 {
		t.Fatalf("Glob = %v, %v", files, err)
	}
	pairs := map[string]int{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lang := strings.TrimSuffix(filepath.Base(file), ".txt")
		for row := range strings.Lines(string(data)) {
			if strings.HasPrefix(row, "#") {
				continue
			}
			keyword, texts, _ := strings.Cut(strings.TrimSpace(row), ": ")
			yes, no, ok := strings.Cut(texts, " | ")
			if !ok {
				t.Fatalf("%s: %q is no row", file, row)
			}
			rule := mustCompile(t, keyword, Env{Lang: lang})
			for want, list := range map[bool]string{true: yes, false: no} {
				for s := range strings.SplitSeq(list, "; ") {
					pairs[lang]++
					if _, got := rule.Match(Read(&news.Article{Title: s, Lang: lang})); got != want {
						t.Errorf("%s: %s in %q: %v, want %v", lang, keyword, s, got, want)
					}
				}
			}
		}
	}
	for _, lang := range []string{"zh", "ja", "th", "km"} {
		if pairs[lang] < 40 {
			t.Errorf("%s has %d pairs, want 40", lang, pairs[lang])
		}
	}
}
