package text

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Families returns at most limit other forms of word that a matches with it,
// the likeliest first. Each was tried: its terms as a word of an article meet
// the keyword's.
func Families(a Analyzer, word string, limit int) []string {
	keyword := a.Keyword(nil, word)
	var forms []string
	for _, form := range candidates(a, word) {
		if len(forms) < limit && form != word && meet(keyword, a.Article(nil, form)) {
			forms = add(forms, 0, form)
		}
	}
	return forms
}

// meet reports whether two sets of terms have one in common.
func meet(a, b []string) bool {
	for _, x := range a {
		if slices.Contains(b, x) {
			return true
		}
	}
	return false
}

// candidates returns forms that word may have.
func candidates(a Analyzer, word string) []string {
	switch {
	case a.Lang() == "ar":
		return arabicForms(word)
	}
	var forms []string
	p, _ := a.(plain)
	if p.inflection != nil && (p.capitals || !capital(word)) {
		lower := strings.ToLower(word)
		if base := p.lang; base == "tr" {
			lower = langFold(base, word)
		}
		forms = p.inflection.formsOf(forms, lower)
		forms = append(forms, p.inflection.singulars(nil, p.kept(word))...)
		for i := range forms {
			forms[i] = usualLetters(p.lang, forms[i])
		}
		if capital(word) { // German nouns
			for i := range forms {
				r, n := utf8.DecodeRuneInString(forms[i])
				forms[i] = string(unicode.ToUpper(r)) + forms[i][n:]
			}
		}
	}
	switch a.Lang() {
	case "en":
		return append(forms, word+"'s")
	case "fr":
		if strings.ContainsRune("aeiouhéèêàâîôœ", unicode.ToLower(firstRune(word))) {
			return append(forms, "l'"+word, "d'"+word)
		}
		return forms
	}
	if capital(word) || p.letters {
		return forms
	}
	return append(forms, Fold(word))
}

// usualLetters puts the letters of Persian and Urdu in the place of those that
// folding leaves.
func usualLetters(lang, s string) string {
	switch lang {
	case "fa":
		return strings.NewReplacer("ي", "ی", "ك", "ک").Replace(s)
	case "ur":
		return strings.NewReplacer("ي", "ی", "ك", "ک", "ه", "ہ", "ێ", "ے", "ۿ", "ھ", "ۇ", "آ").Replace(s)
	}
	return s
}

// arabicForms says how word is met: as verbs change, or as nouns do with the
// article, their plurals, and the clitics that are frequent. The order is how
// frequent that is in news.
func arabicForms(word string) []string {
	w := words()
	if fold := arabicFold(word); w.has(fold, aVerb) && !w.has(fold, aNoun|anAdjective) {
		return verbForms(word, w.verbs[fold])
	}
	if word == "الله" {
		return []string{"والله", "بالله", "لله"}
	}
	stem := strings.TrimPrefix(word, "ال")
	if len(stem) < 2*letterLen {
		stem = word
	}
	if w.has(arabicFold(word), aName) && stem != word { // القاهرة
		return append([]string{"و" + word, "ب" + word, "ل" + word[letterLen:]}, spelledOtherwise(word)...)
	}
	return append(nounForms(word, stem), spelledOtherwise(word)...)
}

// nounForms says how a noun is met whose stem is without ال.
func nounForms(word, stem string) (forms []string) {
	to := "لل" + stem
	if strings.HasPrefix(stem, "ل") {
		to = "ل" + stem
	}
	w := words()
	switch fold := arabicFold(stem); {
	case stem == word && (w.has(fold, aName) && !w.has(fold, aNoun|anAdjective) || strings.HasSuffix(word, "ا")): // ليبيا takes no ال
		forms = append(forms, "و"+word, "ب"+word, "ل"+word)
	case stem == word:
		forms = append(forms, "ال"+stem)
		for _, plural := range w.shown[fold] {
			forms = append(forms, plural, "ال"+plural)
		}
		if len(w.shown[fold]) == 0 {
			forms = append(forms, femininePlural(stem)...)
		}
		forms = append(forms, to, "بال"+stem, "وال"+stem)
	default:
		forms = append(forms, stem)
		for _, plural := range w.shown[fold] {
			forms = append(forms, "ال"+plural)
		}
		forms = append(forms, to, "بال"+stem, "وال"+stem)
	}
	return forms
}

// femininePlural returns حكومات of حكومة.
func femininePlural(stem string) []string {
	if base, ok := strings.CutSuffix(stem, "ة"); ok {
		return []string{base + "ات", "ال" + base + "ات"}
	}
	return nil
}

// verbForms are those listed, then those by rule.
func verbForms(word string, listed []string) []string {
	forms := append([]string(nil), listed...)
	if len(listed) > 0 {
		return append(forms, word+"ت", word+"وا")
	}
	r := []rune(word)
	present := word
	switch n := len(r); {
	case n > 3 && (r[0] == 'ا' || r[0] == 'أ' || r[0] == 'إ'): // استقال يستقيل, أعلن يعلن
		present = string(r[1:])
		fallthrough
	case n > 3 && r[n-2] == 'ا':
		p := []rune(present)
		if k := len(p); k > 2 && p[k-2] == 'ا' {
			p[k-2] = 'ي'
			present = string(p)
		}
	case n == 3 && r[1] == 'ا':
		present = string([]rune{r[0], 'و', r[2]})
	}
	if base, ok := strings.CutSuffix(present, "ى"); ok { // التقى
		past := strings.TrimSuffix(word, "ى")
		return append(forms, past+"ت", "ي"+base+"ي", "ت"+base+"ي", past+"وا", "ي"+base+"ون")
	}
	return append(forms, word+"ت", "ي"+present, "ت"+present, word+"وا", "ي"+present+"ون")
}

// spelledOtherwise changes the spelling of word as writers do.
func spelledOtherwise(word string) []string {
	var forms []string
	for _, spelling := range []struct{ from, to string }{{"ة", "ه"}, {"ى", "ي"}, {"ي", "ى"}, {"ه", "ة"}} {
		if base, ok := strings.CutSuffix(word, spelling.from); ok {
			forms = append(forms, base+spelling.to)
		}
	}
	return append(forms, strings.NewReplacer("أ", "ا", "إ", "ا", "آ", "ا").Replace(word))
}
