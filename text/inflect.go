package text

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// An inflection knows how the words of a language change. It says of a word
// of an article which dictionary forms it may come from: hypotheses, of which
// most are no words at all and so meet no keyword. It is read from a file of
// lexicon, one for each language, which people who know the language can
// check; lexicon/README.md says how they are written.
type inflection struct {
	lang    string
	seen    memo
	forms   map[string][]string // of whole words
	own     map[string]bool     // words that are a dictionary form, and hardly ever a form of another
	names   map[string]bool     // names, where writing does not tell them: as keywords they have no forms
	verbs   map[string]bool     // words to which the lines of shows for verbs go
	number  []ending            // how plurals are made: what a keyword may be, and what is shown of it
	shows   []shown             // what people are shown of a word, the particular before the general
	levels  []level
	longest int // bytes of the longest beginning or end
}

// A level holds the changes of one layer of a word, the outermost first. What
// a change leaves may be changed again by later levels only.
type level struct {
	suffix map[string][]change
	prefix map[string][]change
}

// An ending is a change as it is written.
type ending struct {
	base, form string
	min        int
}

// shown are the forms that people are shown of words that end in base.
type shown struct {
	base  string
	forms []string // endings in place of base, the most frequent first
	min   int
	verbs bool // of words listed as verbs only
}

// A change puts base in place of a beginning or an end.
type change struct {
	base string
	min  int // characters that must be left besides
}

// Bounds of the search for hypotheses.
const (
	maxHypotheses = 96
	minStem       = 2
	maxInflected  = 96 // bytes of a word; longer ones are no words
)

// tilde begins the terms of hypotheses, so that only keywords that may be
// inflected meet them.
const tilde = "~"

func mustRead(lang string) *inflection {
	data, err := lexicon.ReadFile("lexicon/" + lang + ".txt")
	if err != nil {
		panic(err) // it was in the list
	}
	f, err := parseInflection(lang, string(data))
	if err != nil {
		panic("text: lexicon/" + lang + ".txt: " + err.Error()) // a test reads every file
	}
	return f
}

// inflectionOf returns the language's inflection, nil when it has no file.
func inflectionOf(lang string) *inflection {
	if read, ok := inflections[lang]; ok {
		return read()
	}
	return nil
}

// parseInflection reads a file of lexicon.
func parseInflection(lang, data string) (*inflection, error) {
	f := &inflection{lang: lang, forms: map[string][]string{}, own: map[string]bool{}, names: map[string]bool{}, verbs: map[string]bool{}, levels: []level{{map[string][]change{}, map[string][]change{}}}}
	n := 0
	for line := range strings.Lines(data) {
		n++
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		switch line {
		case "":
		case "[then]":
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

// alphabet is what <^abc> stands for, less the letters named.
const alphabet = "abcdefghijklmnopqrstuvwxyzàâäáãåæçéèêëíìîïñóòôöõøœúùûüßıöğşč"

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
	if but, not := strings.CutPrefix(letters, "^"); not {
		letters = strings.Map(func(r rune) rune {
			if strings.ContainsRune(but, r) {
				return -1
			}
			return r
		}, alphabet)
	}
	var all []string
	stands := -1 // for all
	if base, _, _ := strings.Cut(rest, ":"); classBegins(base) {
		stands = 1 // the next class stands for the others
	}
	for _, r := range letters {
		fields := strings.SplitAfter(rest, " ")
		for i := range fields {
			fields[i] = strings.Replace(fields[i], "<>", string(r), stands)
		}
		all = append(all, expand(before+string(r)+strings.Join(fields, ""))...)
	}
	return all
}

// classBegins reports whether another <abc> stands in s.
func classBegins(s string) bool {
	i := strings.IndexByte(s, '<')
	return i >= 0 && !strings.HasPrefix(s[i:], "<>")
}

// add reads "base: form form ..." where both may be whole words, -endings or
// beginnings-; /N after the base asks for N characters besides.
func (f *inflection) add(line string) error {
	if words, ok := strings.CutPrefix(line, "="); ok {
		f.list(words, f.own)
		return nil
	}
	if words, ok := strings.CutPrefix(line, "@"); ok {
		f.list(words, f.own, f.names)
		return nil
	}
	if words, ok := strings.CutPrefix(line, "!"); ok {
		f.list(words, f.verbs)
		return nil
	}
	if shows, ok := strings.CutPrefix(line, "?"); ok {
		return f.addShown(shows)
	}
	line, number := strings.CutPrefix(line, "+")
	base, forms, min, err := cutLine(line)
	if err != nil {
		return err
	}
	base = langFold(f.lang, base)
	for form := range strings.FieldsSeq(forms) {
		form = langFold(f.lang, form)
		if suffix, ok := strings.CutPrefix(form, "-"); ok && number {
			f.number = append(f.number, ending{strings.TrimPrefix(base, "-"), suffix, min})
		}
		f.addForm(form, base, min)
	}
	return nil
}

// addForm notes that form comes of base.
func (f *inflection) addForm(form, base string, min int) {
	last := &f.levels[len(f.levels)-1]
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

// cutLine parts "base/N: forms".
func cutLine(line string) (base, forms string, min int, err error) {
	base, forms, ok := strings.Cut(line, ":")
	if !ok {
		return "", "", 0, fmt.Errorf("%q has no colon", line)
	}
	base, least, _ := strings.Cut(strings.TrimSpace(base), "/")
	min = minStem
	if least != "" {
		if _, err := fmt.Sscan(least, &min); err != nil {
			return "", "", 0, fmt.Errorf("%q: %w", line, err)
		}
	}
	return base, forms, min, nil
}

// addShown reads a line of what people are shown, after its "?".
func (f *inflection) addShown(line string) error {
	line, verbs := strings.CutPrefix(line, "!")
	base, forms, min, err := cutLine(line)
	if err != nil {
		return err
	}
	x := shown{base: strings.TrimPrefix(base, "-"), min: min, verbs: verbs}
	for form := range strings.FieldsSeq(forms) {
		x.forms = append(x.forms, strings.TrimPrefix(form, "-"))
	}
	f.shows = append(f.shows, x)
	return nil
}

// list enters words into sets.
func (f *inflection) list(words string, sets ...map[string]bool) {
	for w := range strings.FieldsSeq(words) {
		for _, set := range sets {
			set[langFold(f.lang, w)] = true
		}
	}
}

// hypotheses appends the dictionary forms that word, which is folded but for
// its diacritics, may come from.
func (f *inflection) hypotheses(dst []string, word string) []string {
	if len(word) > maxInflected {
		return dst
	}
	if f.own[word] {
		return append(dst, f.forms[word]...)
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

// singulars appends what word is the plural of, as far as that is known.
func (f *inflection) singulars(dst []string, word string) []string {
	from := len(dst)
	for _, e := range f.number {
		left, ok := strings.CutSuffix(word, e.form)
		if ok && utf8.RuneCountInString(left) >= e.min && f.own[left+e.base] {
			dst = add(dst, from, left+e.base)
		}
	}
	return dst
}

// formsOf appends the forms of word, in lower case, that people are shown:
// those that are whole words, and those of the first line of shows that fits
// it, or its plurals.
func (f *inflection) formsOf(dst []string, word string) []string {
	from := len(dst)
	var whole []string
	for form, bases := range f.forms {
		if slices.Contains(bases, langFold(f.lang, word)) {
			whole = append(whole, form)
		}
	}
	slices.SortFunc(whole, func(a, b string) int { return cmp.Or(len(a)-len(b), strings.Compare(a, b)) })
	dst = append(dst, whole...)
	for _, x := range f.shows {
		left, ok := strings.CutSuffix(word, x.base)
		if !ok || utf8.RuneCountInString(left) < x.min || x.verbs && !f.verbs[word] {
			continue
		}
		forms := x.forms
		if len(whole) > 0 {
			forms = forms[:min(1, len(forms))] // strikes, but not striked
		}
		for _, form := range forms {
			dst = add(dst, from, left+form)
		}
		return dst
	}
	if len(whole) > 0 {
		return dst
	}
	for _, e := range f.number {
		if left, ok := strings.CutSuffix(word, e.base); ok && utf8.RuneCountInString(left) >= e.min {
			dst = add(dst, from, left+e.form)
		}
	}
	return dst
}

func (f *inflection) known(word string) bool { return f.own[word] }

func (f *inflection) search(dst []string, from int, word string, depth int) []string {
	for _, base := range f.forms[word] {
		dst = add(dst, from, base)
	}
	for n := depth; n < len(f.levels); n++ {
		for cut := max(0, len(word)-f.longest); cut <= len(word); cut++ {
			for _, c := range f.levels[n].suffix[word[cut:]] {
				dst = f.found(dst, from, c.put(word[:cut], ""), n+1)
			}
		}
		for cut := 1; cut < len(word) && cut <= f.longest; cut++ {
			for _, c := range f.levels[n].prefix[word[:cut]] {
				dst = f.found(dst, from, c.put("", word[cut:]), n+1)
			}
		}
	}
	return dst
}

// put returns the base after or before what is left of a word; "" where too
// little is left.
func (c change) put(before, after string) string {
	if utf8.RuneCountInString(before)+utf8.RuneCountInString(after) < c.min {
		return ""
	}
	return before + c.base + after
}

// found adds a hypothesis, and what it may come from itself.
func (f *inflection) found(dst []string, from int, base string, depth int) []string {
	before := len(dst)
	if base == "" || before-from >= maxHypotheses {
		return dst
	}
	if dst = add(dst, from, base); len(dst) == before {
		return dst
	}
	return f.search(dst, from, base, depth)
}
