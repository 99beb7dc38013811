package text

import (
	"slices"
	"strings"
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
	if p, ok := a.(plain); ok && p.inflection != nil && (p.capitals || !capital(word)) {
		forms = p.inflection.plurals(forms, keepFold(word))
		forms = append(forms, p.inflection.singulars(nil, keepFold(word))...)
	}
	if isASCII(word) {
		return append(forms, word+"'s", "l'"+word)
	}
	return append(forms, keepFold(word), Fold(word))
}

// arabicForms puts the frequent clitics before word, and changes its spelling
// as writers do.
func arabicForms(word string) []string {
	stem := strings.TrimPrefix(word, "ال")
	if len(stem) < 2*letterLen || word == "الله" {
		stem = word
	}
	forms := append([]string{stem}, words().shown[arabicFold(stem)]...)
	for _, clitic := range []string{"ال", "و", "لل", "ب"} {
		switch {
		case stem == word && (clitic == "و" || clitic == "ب"):
			forms = append(forms, clitic+word)
		case stem == word && (clitic == "ال" || clitic == "لل") && strings.HasSuffix(word, "ا"): // ليبيا takes no ال
		case clitic == "و" || clitic == "ب":
			forms = append(forms, clitic+"ال"+stem)
		default:
			forms = append(forms, clitic+stem)
		}
	}
	for _, spelling := range []struct{ from, to string }{{"ة", "ه"}, {"ى", "ي"}, {"ي", "ى"}, {"ه", "ة"}} {
		if base, ok := strings.CutSuffix(word, spelling.from); ok {
			forms = append(forms, base+spelling.to)
		}
	}
	return append(forms, strings.NewReplacer("أ", "ا", "إ", "ا", "آ", "ا").Replace(word))
}
