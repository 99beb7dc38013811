package text

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestEveryLexiconIsRead: a mistake in a file is found here, and not when a
// program meets the language for the first time.
func TestEveryLexiconIsRead(t *testing.T) {
	files, err := filepath.Glob("lexicon/*.txt")
	if err != nil || len(files) < 11 {
		t.Fatalf("found %d files: %v", len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lang := strings.TrimSuffix(filepath.Base(file), ".txt")
		f, err := parseInflection(lang, string(data))
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if len(f.own) < 50 || len(f.levels) == 0 {
			t.Errorf("%s: %d words that are themselves", file, len(f.own))
		}
	}
	w, err := parseArabicWords(arabicWordsFile)
	if err != nil || len(w.kind) < 7000 || len(w.forms) < 1900 {
		t.Errorf("arabic.words: %d words, %d forms, %v", len(w.kind), len(w.forms), err)
	}
}

func TestALexiconLineThatIsWrong(t *testing.T) {
	for _, line := range []string{"mice", "-s/x: -es"} {
		if _, err := parseInflection("en", "\n"+line); err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%q: %v; want an error that names line 2", line, err)
		}
	}
}

// TestWordsThatAreTheSame holds what readers of each language expect: a keyword
// finds the words before the bar, and none of those behind it.
func TestWordsThatAreTheSame(t *testing.T) {
	files, err := filepath.Glob("testdata/pairs/*.txt")
	if err != nil || len(files) < 11 {
		t.Fatalf("Glob = %v, %v", files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lang := strings.TrimSuffix(filepath.Base(file), ".txt")
		pairs := 0
		a := For(lang)
		for row := range strings.Lines(string(data)) {
			if strings.HasPrefix(row, "#") {
				continue
			}
			keyword, words, _ := strings.Cut(row, ": ")
			yes, no, ok := strings.Cut(words, " | ")
			if !ok {
				t.Fatalf("%s: %q is no row", file, row)
			}
			terms := a.Keyword(nil, keyword)
			for want, list := range map[bool]string{true: yes, false: no} {
				for word := range strings.FieldsSeq(list) {
					pairs++
					if got := meet(terms, a.Article(nil, word)); got != want {
						t.Errorf("%s: keyword %s, word %s: match = %v, want %v (%q, %q)", lang, keyword, word, got, want, terms, a.Article(nil, word))
					}
				}
			}
		}
		if pairs < 40 {
			t.Errorf("%s has %d pairs, want 40", file, pairs)
		}
	}
}

// FuzzTerms: any word in any language gives terms, in bounds, and finds
// itself.
func FuzzTerms(f *testing.F) {
	for _, s := range []string{"وبالجيش", "running", "Türkiye'de", "'s", "ها", "gegangen", "می\u200cرود", "ъ", "ו", "食べる", "", "a\u0301", "\xff", "ÀÉ", "ge", "ممم", "-"} {
		f.Add(s)
	}
	langs := []string{"ar", "en", "fr", "de", "es", "tr", "fa", "he", "ru", "id", "hi", "ur", "zh", "ja", "xx"}
	f.Fuzz(func(t *testing.T, s string) {
		for _, tok := range Tokens(nil, s) {
			word := s[tok.Start:tok.End]
			for _, lang := range langs {
				a := For(lang)
				terms := a.Article(nil, word)
				if len(terms) == 0 || len(terms) > 4*maxHypotheses {
					t.Fatalf("%s: %q has %d terms", lang, word, len(terms))
				}
				keyword := a.Keyword(nil, word)
				if len(keyword) == 0 {
					t.Fatalf("%s: keyword %q has no terms", lang, word)
				}
				if !meet(keyword, terms) {
					t.Errorf("%s: %q does not find itself: %q, %q", lang, word, keyword, terms)
				}
			}
		}
	})
}

// TestLexiconsAreSmall: all lexicons together keep less than 20 MB.
func TestLexiconsAreSmall(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	arabic, err := parseArabicWords(arabicWordsFile)
	if err != nil {
		t.Fatal(err)
	}
	var others []*inflection
	for lang := range inflections {
		others = append(others, mustRead(lang))
	}
	names := parseNames(namesFile)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if kept := int64(after.HeapAlloc) - int64(before.HeapAlloc); kept > 20<<20 {
		t.Errorf("the lexicons keep %d MB", kept>>20)
	} else {
		t.Logf("the lexicons keep %.1f MB; Arabic has %d words and %d forms", float64(kept)/1e6, len(arabic.kind), len(arabic.forms))
	}
	runtime.KeepAlive(arabic)
	runtime.KeepAlive(others)
	runtime.KeepAlive(names)
}
