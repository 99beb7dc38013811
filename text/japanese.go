package text

import (
	"slices"
	"strings"
	"unicode"
)

// KeywordRun returns the terms of the characters of a word that is written in
// a script without spaces, one list for each position. A Japanese verb or
// adjective in its dictionary form has all its forms: what changes at its end
// is left open or away, so 書く finds 書いた, and 食べる finds 食べない. The word
// コンピューター finds コンピュータ too.
func KeywordRun(lang string, run []string) [][]string {
	a := For(lang)
	if kana, ok := usualKana()[strings.Join(run, "")]; ok {
		run = strings.Split(kana, "")
	}
	if len(run) == 2 && run[0] == "す" && run[1] == "る" {
		return [][]string{alternatives(a, "すしさ"), alternatives(a, "るたてなまれせ")}
	}
	if n := len(run); n > 3 && run[n-2] == "す" && run[n-1] == "る" { // 発表する
		run = append(slices.Clone(run[:n-2]), "す")
	}
	keep, open := inflectRun(run)
	terms := make([][]string, 0, keep+1)
	for _, char := range run[:keep] {
		terms = append(terms, a.Keyword(nil, char))
	}
	if open == "" {
		return terms
	}
	return append(terms, alternatives(a, open))
}

// alternatives are the terms of any of the characters.
func alternatives(a Analyzer, chars string) []string {
	var terms []string
	for _, r := range chars {
		terms = a.Keyword(terms, string(r))
	}
	return terms
}

// inflectRun returns how many characters of a run stay as they are, and what
// may follow them; nothing: anything. A run that does not change stays whole.
func inflectRun(run []string) (keep int, open string) {
	n := len(run)
	if n < 2 {
		return n, ""
	}
	last, before := firstRune(run[n-1]), firstRune(run[n-2])
	switch {
	case last == 'ー' && n > 3: // written or not at the end of loanwords
		return n - 1, ""
	case !unicode.Is(unicode.Hiragana, last):
		return n, ""
	case n == 2 && before == 'い' && last == 'る':
		return 1, "るたてなまよずらさ"
	case last == 'る':
		return verbRu(n, before)
	}
	if row, ok := verbEnds()[last]; ok && (unicode.Is(unicode.Han, before) || unicode.Is(unicode.Hiragana, before)) {
		return n - 1, row
	}
	return n, ""
}

// usualKana are verbs whose dictionary form may be written with a character,
// though texts hardly ever do.
func usualKana() map[string]string {
	return map[string]string{
		"居る": "いる", "有る": "ある", "成る": "なる", "因る": "よる", "依る": "よる", "出来る": "できる", "呉れる": "くれる", "仕舞う": "しまう", "於く": "おく", "貰う": "もらう",
	}
}

// verbRu tells the two classes of verbs in る apart: by the vowel before it, or
// by the few that have one character before it.
func verbRu(n int, before rune) (keep int, open string) {
	const godan, ichidan = "るらりれろっ", "見着似煮出寝経得居射鋳干観視診"
	switch {
	case before == '来':
		return n - 1, ""
	case in(ichidan, before):
		return n - 1, "るたてなまよずらされ"
	case unicode.Is(unicode.Hiragana, before) && in("いきぎしじちにひびみりえけげせぜてでねへべめれ", before):
		return n - 1, ""
	}
	return n - 1, godan
}

func in(set string, r rune) bool {
	for _, s := range set {
		if s == r {
			return true
		}
	}
	return false
}

// verbEnds are the last characters of verbs and adjectives, with what they
// become.
func verbEnds() map[rune]string {
	return map[rune]string{
		'う': "うわいえおっ", 'く': "くかきけこいっ", 'ぐ': "ぐがぎげごい", 'す': "すさしせそ", 'つ': "つたちてとっ",
		'ぬ': "ぬなにねのん", 'ぶ': "ぶばびべぼん", 'む': "むまみめもん", 'い': "いくかけさ",
	}
}
