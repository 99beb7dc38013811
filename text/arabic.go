package text

import (
	"strings"
	"unicode/utf8"
)

// letterLen is the length in bytes of an Arabic letter.
const letterLen = 2

// arabicAnalyzer knows the spelling and the frequent clitics of Arabic, and
// no words but those of closed classes. Words of the open classes come with
// its lexicon.
type arabicAnalyzer struct{}

// Lang returns "ar".
func (arabicAnalyzer) Lang() string { return "ar" }

// Version returns the version of the analyser.
func (arabicAnalyzer) Version() string { return "ar2" }

// Article appends every reading of word: with and without و ف, ب ك ل س, ال,
// and the endings. Where the lexicon knows a reading, those that are no words
// are left out.
func (a arabicAnalyzer) Article(dst []string, word string) []string {
	if len(word) > maxInflected {
		return add(appendExact(dst, word), len(dst), arabicFold(word))
	}
	return append(dst, words().seen.of(word, a.terms)...)
}

func (arabicAnalyzer) terms(word string) []string {
	from := 0
	dst := appendExact(nil, word)
	if c, ok := closedWord(word); ok {
		return add(dst, from, "="+c)
	}
	fold := arabicFold(word)
	r := readings{terms: dst, from: from, tail: endingOf(word), words: words()}
	r.split(fold)
	if strings.Contains(fold, ".") {
		r.stem(strings.ReplaceAll(fold, ".", ""), false)
	}
	r.choose(fold)
	return r.terms
}

// Keyword appends the folded spelling of word, without ال where it has it.
func (arabicAnalyzer) Keyword(dst []string, word string) []string {
	from := len(dst)
	switch c, ok := closedWord(word); {
	case ok && c == bareWord(word):
		return add(dst, from, "="+c)
	case ok: // وعلى, but فان may be a name, and is not أن
		dst = append(dst, Exact(word))
		if fold := arabicFold(word); words().has(fold, aName) {
			dst = add(dst, from, fold)
		}
		return dst
	}
	fold := arabicFold(word)
	if fold == "" { // an invisible letter
		return append(dst, Exact(word))
	}
	if v, ok := variants[fold]; ok {
		fold = v
	}
	dst = add(dst, from, fold)
	stem := keywordStem(fold)
	if v, ok := variants[stem]; ok {
		stem = v
	}
	dst = add(dst, from, stem)
	w := words()
	if w.has(stem, aName) && !w.has(stem, aNoun|anAdjective|aVerb) {
		return dst
	}
	dst = add(dst, from, tilde+stem)
	if w.has(stem, aNoun|anAdjective|aVerb|aName) {
		return dst
	}
	for _, base := range w.singulars(stem, endingOf(word)) {
		dst = add(dst, from, tilde+base)
	}
	return dst
}

// keywordStem returns fold without the ال, لل or و before it, but for verbs.
func keywordStem(fold string) string {
	switch {
	case words().has(fold, aVerb): // التقى
		return fold
	case strings.HasPrefix(fold, "ال") && len(fold) >= 4*letterLen && fold != "الله":
		return fold[2*letterLen:]
	case strings.HasPrefix(fold, "لل") && len(fold) >= 5*letterLen:
		return fold[2*letterLen:]
	case strings.HasPrefix(fold, "و") && len(fold) >= 5*letterLen && !startsWithWaw[fold]:
		return fold[letterLen:]
	}
	return fold
}

// arabicFold folds word, and ء after the ي that it sits on: لاجىء is لاجئ.
func arabicFold(word string) string {
	fold := Fold(word)
	if strings.HasSuffix(fold, "يء") {
		return fold[:len(fold)-letterLen]
	}
	return fold
}

// closedWord returns the closed-class word that word is, as it is listed, if
// need be without و or ف before it.
func closedWord(word string) (string, bool) {
	if len(word) > 16*letterLen {
		return "", false
	}
	bare := bareWord(word)
	for _, w := range []string{bare, strings.TrimPrefix(bare, "و"), strings.TrimPrefix(bare, "ف")} {
		if closed[w] {
			return w, true
		}
	}
	return "", false
}

// bareWord returns word as it is spelled, without tashkeel and tatweel.
func bareWord(word string) string {
	if isArabicLetters(word) {
		return word
	}
	return strings.Map(func(r rune) rune {
		if r >= 0x064B && r <= 0x0652 || r == 0x0640 {
			return -1
		}
		return r
	}, Written(word))
}

// endings says which of the letters that folding makes equal ended a word.
type endings struct {
	taMarbuta bool // ة, which is no pronoun ه
	tanwin    bool // اً, which is no part of the stem
}

func endingOf(word string) endings {
	return endings{
		taMarbuta: strings.HasSuffix(strings.TrimRight(word, "ًٌٍَُِّْـ"), "ة"),
		tanwin:    strings.HasSuffix(word, "اً") || strings.HasSuffix(word, "ًا"),
	}
}

// readings collects the terms of one word.
type readings struct {
	terms []string
	from  int
	tail  endings
	words *arabicWords
	all   []reading
}

func (r *readings) add(term string) {
	r.terms = add(r.terms, r.from, term)
	if v, ok := variants[term]; ok {
		r.terms = add(r.terms, r.from, v)
	}
}

// split adds the readings of fold, those without proclitics first.
func (r *readings) split(fold string) {
	for _, and := range []string{"", "و", "ف"} {
		rest, ok := strings.CutPrefix(fold, and)
		if !ok || and != "" && len(rest) < 3*letterLen && r.words.kind[rest] == 0 {
			continue
		}
		r.stem(rest, false)
		r.article(rest)
		r.prepositions(rest)
	}
}

// article adds fold without ال.
func (r *readings) article(fold string) {
	if rest, ok := strings.CutPrefix(fold, "ال"); ok && len(rest) >= 2*letterLen && fold != "الله" {
		r.stem(rest, true)
	}
}

// prepositions adds fold without ب ك ل س, and ال after them.
func (r *readings) prepositions(fold string) {
	first, n := utf8.DecodeRuneInString(fold)
	rest := fold[n:]
	if len(rest) < 3*letterLen && r.words.kind[rest] == 0 {
		return
	}
	switch first {
	case 'ب', 'ك':
		r.stem(rest, true)
		r.article(rest)
	case 'ل':
		r.stem(rest, false)
		if stem, ok := strings.CutPrefix(rest, "ل"); ok {
			r.stem(stem, true)
		}
	case 'س':
		if second, _ := utf8.DecodeRuneInString(rest); strings.ContainsRune("يتنا", second) {
			r.stem(rest, false)
		}
	}
}

// stem adds a reading of a word without proclitics. After ال and most
// prepositions it is no verb.
func (r *readings) stem(s string, noun bool) {
	r.all = append(r.all, r.words.read(s, r.tail, noun))
}

// choose adds the terms of the readings. A word that is known as it stands, or
// after ال, is not taken apart further; else what is known comes before what is
// not. The spelling without proclitics is always a term, for names.
func (r *readings) choose(fold string) {
	known := false
	for _, x := range r.all {
		known = known || x.known
	}
	whole := r.words.kind[fold] != 0 || r.words.kind[strings.TrimPrefix(fold, "ال")] != 0 && strings.HasPrefix(fold, "ال")
	for i, x := range r.all {
		if i > 0 && whole && !strings.HasSuffix("ال"+x.stem, fold) {
			continue
		}
		if known && !x.known {
			if i == 0 || len(x.stem) >= 4*letterLen || "ال"+x.stem == fold {
				r.add(x.stem)
			}
			continue
		}
		r.reading(x)
	}
}

// reading adds the terms of one reading.
func (r *readings) reading(x reading) {
	for _, base := range x.plain {
		r.add(base)
		r.terms = add(r.terms, r.from, tilde+base)
	}
	for _, base := range x.forms {
		if r.words.has(base, aName) { // سورية is سوريا
			r.add(base)
		}
		r.terms = add(r.terms, r.from, tilde+base)
		if v, ok := variants[base]; ok {
			r.terms = add(r.terms, r.from, tilde+v)
		}
	}
}

// cut takes suffix off s where at least three letters remain.
func cut(s, suffix string) (string, bool) {
	base, ok := strings.CutSuffix(s, suffix)
	return base, ok && len(base) >= 3*letterLen
}

// appendArabicFold appends the folding of a word, if all of it is of the Arabic
// block, and does not allocate.
func appendArabicFold(dst []byte, word string) ([]byte, bool) {
	for _, r := range word {
		if r < 0x0600 || r > 0x06FF {
			return dst, false
		}
		dst = appendArabic(dst, r)
	}
	return dst, true
}

// joinedName returns where in word, in bytes, the second part of a name
// begins that is written as one word, or 0: 6 for عبدالله.
func joinedName(word string) int {
	if len(word) < 5*letterLen || len(word) > 32*letterLen || !mayJoin(word) {
		return 0
	}
	var room [32 * letterLen]byte
	fold, ok := appendArabicFold(room[:0], word)
	if !ok { // with an invisible character
		fold = []byte(Fold(word))
	}
	for skip := 0; skip <= 2*letterLen && skip < len(fold); skip += letterLen {
		if n := firstPart(fold[skip:]); n > 0 {
			return unfolded(word, skip+n)
		}
		if r, _ := utf8.DecodeRune(fold[skip:]); !isProclitic(r) {
			return 0
		}
	}
	return 0
}

func isProclitic(r rune) bool {
	return r == 'و' || r == 'ف' || r == 'ب' || r == 'ل' || r == 'ك'
}

// mayJoin is a cheap first look, for nearly every word is none of these.
func mayJoin(word string) bool {
	switch word[len(word)-1] {
	case 0x87, 0x86: // the last byte of ه and of ن
		if strings.HasSuffix(word, "الله") || strings.HasSuffix(word, "الدين") {
			return true
		}
	}
	for range 3 {
		if len(word) < 2*letterLen {
			return false
		}
		first, rest := word[:letterLen], word[letterLen:]
		switch first {
		case "ع":
			return strings.Contains(word, "ال")
		case "أ", "ا":
			return strings.HasPrefix(rest, "بو") || strings.HasPrefix(rest, "م")
		case "ب", "ذ", "س", "ش", "ز":
			for _, name := range joinedFirsts {
				if strings.HasPrefix(word, name) {
					return true
				}
			}
		}
		if first != "و" && first != "ف" && first != "ب" && first != "ل" && first != "ك" {
			return false
		}
		word = rest
	}
	return false
}

// firstPart returns the length of the first part of a folded joined name.
func firstPart(fold []byte) int {
	const abd, whose = "عبد", "عبدال"
	if len(fold) >= len(whose)+2*letterLen && string(fold[:len(whose)]) == whose {
		return len(abd)
	}
	return joinedNames[string(fold)]
}

// unfolded returns the offset in word of what is at byte n of its folding,
// marks and tatweel before it included.
func unfolded(word string, n int) int {
	var room [4 * utf8.UTFMax]byte
	got := 0
	for i := 0; i < len(word); {
		_, width := utf8.DecodeRuneInString(word[i:])
		fold, ok := appendArabicFold(room[:0], word[i:i+width])
		size := len(fold)
		if !ok {
			size = len(Fold(word[i : i+width]))
		}
		if got >= n && size > 0 {
			return i
		}
		got += size
		i += width
	}
	return 0
}
