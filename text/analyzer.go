package text

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// For returns the analyser for a language tag such as "ar" or "en-GB".
// Languages without one of their own get a default that folds.
func For(lang string) Analyzer {
	base := Base(lang)
	switch base {
	case "ar":
		return arabicAnalyzer{}
	case "en":
		return plain{lang: "en", english: true, inflection: inflectionOf(base)}
	case "fr", "it", "ca":
		return plain{lang: base, elision: true, inflection: inflectionOf(base)}
	}
	return plain{lang: base, inflection: inflectionOf(base), capitals: base == "de" || base == "ru", letters: base == "tr" || base == "az" || base == "ur"}
}

// InPhrase appends the terms of a word that a reader looks for among others, in
// quotes. There words stand as they are inflected, and their neighbours guard
// them: so what a word may be a form of counts, too.
func InPhrase(a Analyzer, dst []string, word string) []string {
	from := len(dst)
	dst = a.Keyword(dst, word)
	p, ok := a.(plain)
	if !ok || p.inflection == nil || p.inflection.names[p.kept(word)] || !p.capitals && capital(word) {
		return dst
	}
	for _, h := range p.inflection.hypotheses(nil, p.kept(word)) {
		dst = add(dst, from, tilde+h)
	}
	return dst
}

// Base returns the language of a tag, in lower case: "ar" of "ar-EG".
func Base(lang string) string {
	if i := strings.IndexAny(lang, "-_"); i >= 0 {
		lang = lang[:i]
	}
	return strings.ToLower(lang)
}

// Exact returns the term of word exactly as written: "=" and the word without
// tatweel and invisible characters, its letters in Unicode's composed form.
func Exact(word string) string {
	return "=" + Written(word)
}

// Written returns word without tatweel and invisible characters, in Unicode's
// NFKC, so that what looks equal is equal.
func Written(word string) string {
	if isASCII(word) || isArabicLetters(word) {
		return word
	}
	return strings.Map(func(r rune) rune {
		if r == 'ـ' || r == ' ' || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, norm.NFKC.String(word))
}

// isArabicLetters reports whether s is of the letters ء to ي alone, without
// tatweel and marks: so are nearly all Arabic words.
func isArabicLetters(s string) bool {
	if len(s)%letterLen != 0 {
		return false
	}
	for i := 0; i < len(s); i += letterLen {
		switch a, b := s[i], s[i+1]; {
		case a == 0xD8 && b >= 0xA1 && b <= 0xBA: // ء to غ
		case a == 0xD9 && b >= 0x81 && b <= 0x8A: // ف to ي
		default:
			return false
		}
	}
	return true
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// appendExact appends the exact terms of a word of an article: as written,
// and in lower case for keywords without a capital.
func appendExact(dst []string, word string) []string {
	exact := Exact(word)
	dst = append(dst, exact)
	if lower := strings.ToLower(exact); lower != exact {
		dst = append(dst, lower)
	}
	return dst
}

// add appends term to the terms that were appended since from, unless it is
// among them.
func add(dst []string, from int, term string) []string {
	if term == "" || slices.Contains(dst[from:], term) {
		return dst
	}
	return append(dst, term)
}

// plain is the analyser of languages without their own: it folds. Article
// words with diacritics also give the term with them, and a keyword with
// diacritics only that.
type plain struct {
	lang    string
	english bool // 's, and what readers expect of English plurals and capitals
	elision bool // French l' and its like

	inflection *inflection // nil: not known
	letters    bool        // letters with diacritics are others than those without
	capitals   bool        // words with a capital change too: all nouns of German, names in Russian
}

// Lang returns the language.
func (p plain) Lang() string { return p.lang }

// Version returns the version of the analyser.
func (p plain) Version() string { return "plain2" }

// Article appends the terms of a word of an article.
func (p plain) Article(dst []string, word string) []string {
	if p.inflection == nil || len(word) > maxInflected {
		return p.article(dst, word)
	}
	return append(dst, p.inflection.seen.of(word, func(word string) []string { return p.article(nil, word) })...)
}

func (p plain) article(dst []string, word string) []string {
	from := len(dst)
	dst = appendExact(dst, word)
	fold := Fold(word)
	if p.letters && !isASCII(word) && !capital(word) {
		fold = p.kept(word) // su is not şu
	}
	dst = add(dst, from, fold)
	dst = add(dst, from, ungrouped(fold))
	if !isASCII(word) || p.letters {
		kept := p.kept(word)
		dst = add(dst, from, kept)
		kept, _ = p.bare(ungrouped(kept))
		dst = add(dst, from, kept)
	}
	dst = p.stems(dst, from, fold)
	dst = p.inflected(dst, from, word)
	return acronym(dst, from, word, fold)
}

// inflected appends the dictionary forms that a word of an article may come
// from.
func (p plain) inflected(dst []string, from int, word string) []string {
	if p.inflection == nil {
		return dst
	}
	kept := p.kept(word)
	if stem, ok := p.bare(kept); ok {
		kept = stem
	}
	for _, term := range p.hypotheses(kept) {
		dst = add(dst, from, term)
	}
	return dst
}

// hypotheses are the terms of the dictionary forms that a folded word may come
// from.
func (p plain) hypotheses(kept string) []string {
	var terms []string
	for _, h := range p.inflection.hypotheses(nil, kept) {
		fold := Fold(h)
		if !p.letters {
			terms = add(terms, 0, tilde+fold)
		}
		if h != fold || p.letters {
			terms = add(terms, 0, tilde+h)
		}
	}
	return terms
}

// Keyword appends the terms of a word that a reader looks for.
func (p plain) Keyword(dst []string, word string) []string {
	from := len(dst)
	fold := ungrouped(p.kept(word))
	if fold == "" { // an invisible letter
		return append(dst, Exact(word))
	}
	if short := acronymOf(word); short != "" && (Stop(p.lang, short) || p.inflection != nil && p.inflection.own[short]) {
		return append(dst, capitals+short) // US, and not us
	}
	if stem, ok := p.bare(fold); ok {
		fold = stem
	}
	dst = add(dst, from, fold)
	if p.english && word == fold && !p.inflection.own[fold] {
		dst = add(dst, from, singular(fold))
	}
	return p.inflectedKeyword(dst, from, word, fold)
}

// inflectedKeyword appends what meets the forms of a keyword: of itself, and
// when it is a form of a known word itself, of that. A keyword with a capital
// is a name, and has no forms but those of its people.
func (p plain) inflectedKeyword(dst []string, from int, word, fold string) []string {
	switch {
	case p.inflection == nil, p.inflection.names[fold]:
		return dst
	case !p.capitals && capital(word) && (!p.english || !demonym(fold)):
		return dst
	}
	dst = add(dst, from, tilde+fold)
	if p.inflection.own[fold] {
		return dst
	}
	for _, h := range p.inflection.singulars(nil, fold) {
		dst = add(dst, from, h)
		dst = add(dst, from, tilde+h)
	}
	return dst
}

// demonym reports whether a folded English name is that of people, who are
// also many: Iraqi, American, Chinese.
func demonym(fold string) bool {
	return len(fold) > 4 && (strings.HasSuffix(fold, "an") || strings.HasSuffix(fold, "i") || strings.HasSuffix(fold, "ist") || strings.HasSuffix(fold, "crat"))
}

// kept folds a word but for what tells letters of its language apart.
func (p plain) kept(word string) string {
	if !p.letters {
		return keepFold(word)
	}
	return langFold(p.lang, word)
}

// langFold folds a word but for its diacritics, and for the letters that
// folding makes equal although they are not in lang: Turkish has two letters
// i, Urdu two letters ye and two letters he.
func langFold(lang, word string) string {
	switch {
	case (lang == "tr" || lang == "az") && strings.ContainsAny(word, "Iİ"):
		word = strings.ReplaceAll(strings.ReplaceAll(word, "I", "ı"), "İ", "i")
	case lang == "ur":
		// letters that Urdu has not, and folding keeps
		word = strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(word, "ے", "ێ"), "ھ", "ۿ"), "آ", "ۇ")
	}
	return keepFold(word)
}

// capital reports whether a word begins with a capital letter: a name, in most
// languages that have them.
func capital(word string) bool { return unicode.IsUpper(firstRune(word)) }

// stems appends what an article's word is without its endings.
func (p plain) stems(dst []string, from int, fold string) []string {
	if stem, ok := p.bare(fold); ok {
		dst = add(dst, from, stem)
		fold = stem
	}
	if strings.HasPrefix(fold, "$") {
		dst = add(dst, from, fold[1:])
	}
	return dst
}

// bare takes the possessive 's, or the elided article, off a folded word.
func (p plain) bare(fold string) (string, bool) {
	if p.elision {
		if i := strings.IndexByte(fold, '\''); i > 0 && utf8.RuneCountInString(fold[:i]) <= 2 && i+2 < len(fold) {
			return fold[i+1:], true
		}
		return fold, false
	}
	if p.lang == "tr" { // Ankara'da
		if i := strings.IndexByte(fold, '\''); i > 1 {
			return fold[:i], true
		}
	}
	if stem, ok := strings.CutSuffix(fold, "'s"); ok && stem != "" {
		return stem, true
	}
	return fold, false
}

// singular returns the singular of a folded English plural, or "" where there
// is none that is safe.
func singular(fold string) string {
	n := len(fold)
	if n < 4 || !isASCII(fold) || fold[n-1] != 's' {
		return ""
	}
	switch {
	case strings.HasSuffix(fold, "ss"), strings.HasSuffix(fold, "us"), strings.HasSuffix(fold, "is"):
		return ""
	case strings.HasSuffix(fold, "ies") && n > 4:
		return fold[:n-3] + "y"
	case strings.HasSuffix(fold, "sses"), strings.HasSuffix(fold, "xes"), strings.HasSuffix(fold, "ches"), strings.HasSuffix(fold, "shes"):
		return fold[:n-2]
	}
	return fold[:n-1]
}

// capitals begins the term of an acronym, with its dots or without.
const capitals = "^"

// acronymOf returns the letters of U.S. or US in lower case; "" where word is
// no acronym.
func acronymOf(word string) string {
	var letters []byte
	for i := range len(word) {
		switch b := word[i]; {
		case b >= 'A' && b <= 'Z':
			letters = append(letters, b|0x20)
		case b != '.' || i%2 == 0:
			return ""
		}
	}
	if len(letters) < 2 || len(letters) > 5 {
		return ""
	}
	return string(letters)
}

// acronym lets US meet U.S.: capitals without dots also give the dotted
// term, and dotted ones the plain. A keyword "u.s" gives the dotted one only.
func acronym(dst []string, from int, word, fold string) []string {
	if short := acronymOf(word); short != "" {
		dst = add(dst, from, capitals+short)
	}
	if i := strings.IndexByte(fold, '.'); i > 0 && (fold[0] < '0' || fold[0] > '9') {
		return add(dst, from, strings.ReplaceAll(fold, ".", ""))
	}
	if n := len(word); n < 2 || n > 4 {
		return dst
	}
	for i := range len(word) {
		if word[i] < 'A' || word[i] > 'Z' {
			return dst
		}
	}
	return add(dst, from, strings.Join(strings.Split(fold, ""), "."))
}

// ungrouped takes the commas out of a number: 1,000 is 1000.
func ungrouped(fold string) string {
	if fold == "" || fold[0] < '0' || fold[0] > '9' || !strings.Contains(fold, ",") {
		return fold
	}
	return strings.ReplaceAll(fold, ",", "")
}
