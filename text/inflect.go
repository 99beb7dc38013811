package text

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// An inflection knows how the words of a language change. It says of a word
// of an article which dictionary forms it may come from: hypotheses, of which
// most are no words at all and so meet no keyword. It is read from a file of
// lexicon, one for each language, which people who know the language can
// check; lexicon/README.md says how they are written.
type inflection struct {
	forms   map[string][]string // of whole words
	own     map[string]bool     // words that are a dictionary form, and hardly ever a form of another
	levels  []level
	longest int // bytes of the longest beginning or end
}

// A level holds the changes of one layer of a word, the outermost first. What
// a change leaves may be changed again by later levels only.
type level struct {
	suffix map[string][]change
	prefix map[string][]change
}

// A change puts base in place of a beginning or an end.
type change struct {
	base string
	min  int // characters that must be left besides
}

// Bounds of the search for hypotheses.
const (
	maxHypotheses = 48
	minStem       = 2
)

// tilde begins the terms of hypotheses, so that only keywords that may be
// inflected meet them.
const tilde = "~"

//go:embed lexicon/*.txt
var lexicon embed.FS

// inflections holds those that were asked for.
var inflections sync.Map // language -> func() *inflection

// inflectionOf returns the language's inflection, nil when it has no file. A
// file is read once, when it is first needed.
func inflectionOf(lang string) *inflection {
	load, ok := inflections.Load(lang)
	if !ok {
		load, _ = inflections.LoadOrStore(lang, sync.OnceValue(func() *inflection {
			data, err := lexicon.ReadFile("lexicon/" + lang + ".txt")
			if err != nil {
				return nil
			}
			f, err := parseInflection(string(data))
			if err != nil {
				panic("text: lexicon/" + lang + ".txt: " + err.Error()) // a test reads every file
			}
			return f
		}))
	}
	return load.(func() *inflection)()
}

// parseInflection reads a file of lexicon.
func parseInflection(data string) (*inflection, error) {
	f := &inflection{forms: map[string][]string{}, own: map[string]bool{}, levels: []level{{map[string][]change{}, map[string][]change{}}}}
	n := 0
	for line := range strings.Lines(data) {
		n++
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		switch {
		case line == "":
		case line == "[then]":
			f.levels = append(f.levels, level{map[string][]change{}, map[string][]change{}})
		default:
			for _, one := range expand(line) {
				if err := f.add(one); err != nil {
					return nil, fmt.Errorf("line %d: %w", n, err)
				}
			}
		}
	}
	return f, nil
}

// expand writes out a line with <abc>: the line once for each of the letters,
// which stand where <abc> and <> stand.
func expand(line string) []string {
	before, rest, ok := strings.Cut(line, "<")
	if !ok {
		return []string{line}
	}
	letters, rest, ok := strings.Cut(rest, ">")
	if !ok || letters == "" {
		return []string{line}
	}
	var all []string
	for _, r := range letters {
		all = append(all, before+string(r)+strings.ReplaceAll(rest, "<>", string(r)))
	}
	return all
}

// add reads "base: form form ..." where both may be whole words, -endings or
// beginnings-; /N after the base asks for N characters besides.
func (f *inflection) add(line string) error {
	if words, ok := strings.CutPrefix(line, "="); ok {
		for _, w := range strings.Fields(words) {
			f.own[keepFold(w)] = true
		}
		return nil
	}
	base, forms, ok := strings.Cut(line, ":")
	if !ok {
		return fmt.Errorf("%q has no colon", line)
	}
	base, least, _ := strings.Cut(strings.TrimSpace(base), "/")
	min := minStem
	if least != "" {
		if _, err := fmt.Sscan(least, &min); err != nil {
			return fmt.Errorf("%q: %w", line, err)
		}
	}
	last := &f.levels[len(f.levels)-1]
	for _, form := range strings.Fields(forms) {
		form, base := keepFold(strings.ReplaceAll(form, "_", "")), keepFold(base)
		suffix, isSuffix := strings.CutPrefix(form, "-")
		prefix, isPrefix := strings.CutSuffix(form, "-")
		switch {
		case isSuffix:
			last.suffix[suffix] = append(last.suffix[suffix], change{strings.TrimPrefix(base, "-"), min})
			f.longest = max(f.longest, len(suffix))
		case isPrefix:
			last.prefix[prefix] = append(last.prefix[prefix], change{strings.TrimSuffix(base, "-"), min})
			f.longest = max(f.longest, len(prefix))
		default:
			f.forms[form] = append(f.forms[form], base)
		}
	}
	return nil
}

// hypotheses appends the dictionary forms that word, which is folded but for
// its diacritics, may come from.
func (f *inflection) hypotheses(dst []string, word string) []string {
	if f.own[word] {
		for _, base := range f.forms[word] {
			dst = append(dst, base)
		}
		return dst
	}
	from := len(dst)
	dst = f.search(dst, from, word, 0)
	if !slices.ContainsFunc(dst[from:], f.known) {
		return dst
	}
	kept := dst[:from]
	for _, h := range dst[from:] {
		if f.known(h) || slices.Contains(f.forms[word], h) {
			kept = append(kept, h)
		}
	}
	return kept
}

func (f *inflection) known(word string) bool { return f.own[word] }

func (f *inflection) search(dst []string, from int, word string, depth int) []string {
	for _, base := range f.forms[word] {
		dst = add(dst, from, base)
	}
	for n := depth; n < len(f.levels); n++ {
		l := &f.levels[n]
		for cut := range word {
			if len(dst)-from >= maxHypotheses {
				return dst
			}
			if len(word)-cut <= f.longest {
				dst = f.apply(dst, from, n, l.suffix[word[cut:]], word[:cut], true)
			}
			if cut > 0 && cut <= f.longest {
				dst = f.apply(dst, from, n, l.prefix[word[:cut]], word[cut:], false)
			}
		}
		dst = f.apply(dst, from, n, l.suffix[""], word, true)
	}
	return dst
}

// apply puts the bases of changes to what was left of a word.
func (f *inflection) apply(dst []string, from, n int, changes []change, left string, atEnd bool) []string {
	for _, c := range changes {
		if utf8.RuneCountInString(left) < c.min {
			continue
		}
		base := left + c.base
		if !atEnd {
			base = c.base + left
		}
		before := len(dst)
		dst = add(dst, from, base)
		if len(dst) > before {
			dst = f.search(dst, from, base, n+1)
		}
	}
	return dst
}
