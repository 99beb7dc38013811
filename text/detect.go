package text

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// detectBytes is how much of a text Detect reads.
const detectBytes = 4096

// A script is a writing system, with the language that a text in it is taken
// for when no stop words say otherwise.
type script struct {
	table *unicode.RangeTable
	lang  string
}

// Detect returns the language of s, BCP 47, or "" when it cannot tell. It
// goes by the script of most letters, and among languages of one script by
// their commonest words.
func Detect(s string) string {
	s = s[:min(len(s), detectBytes)]
	lang := scriptLang(s)
	switch lang {
	case "ja", "zh":
		return hanLang(s, lang)
	case "en", "ar", "ru":
		return commonest(s, lang)
	}
	return lang
}

// ScriptLang returns the language that a text in the script of word's first
// letter is taken for: "ar", "en", "ru", "he" and so on, or "".
func ScriptLang(word string) string {
	for _, r := range word {
		if unicode.IsLetter(r) {
			return runeLang(r)
		}
	}
	return ""
}

// SameScript reports whether words of language lang are written in the script
// of scriptLang, which ScriptLang returned.
func SameScript(lang, scriptLang string) bool {
	switch base := Base(lang); base {
	case "fa", "ur", "ar", "ps", "ckb", "sd", "ug":
		return scriptLang == "ar"
	case "ru", "uk", "bg", "sr", "be", "mk", "kk", "ky", "mn", "tg":
		return scriptLang == "ru"
	case "hi", "mr", "ne":
		return scriptLang == "hi"
	case "zh", "ja":
		return scriptLang == "zh" || scriptLang == "ja"
	case "he", "yi":
		return scriptLang == "he"
	case "el", "ko", "th", "lo", "km", "my", "hy", "ka", "am", "bn", "ta":
		return scriptLang == base
	}
	return lang != "" && scriptLang == "en"
}

func runeLang(r rune) string {
	switch {
	case r < 0x250 || r >= 0x1E00 && r < 0x1F00:
		return "en"
	case r >= 0x0600 && r <= 0x06FF:
		return "ar"
	}
	for _, s := range scripts {
		if unicode.Is(s.table, r) {
			return s.lang
		}
	}
	return ""
}

// scriptLang returns the language of the script that has most letters in s.
func scriptLang(s string) string {
	count := map[string]int{}
	best := ""
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		if r < utf8.RuneSelf && asciiClass(byte(r)) != letter || !unicode.IsLetter(r) {
			continue
		}
		lang := runeLang(r)
		weight := 1
		if lang == "zh" || lang == "ja" {
			weight = 3 // a character is a word
		}
		if count[lang] += weight; lang != "" && (best == "" || count[lang] > count[best]) {
			best = lang
		}
	}
	return best
}

// hanLang tells Japanese, which has kana among its characters, from Chinese.
func hanLang(s, lang string) string {
	kana, han := 0, 0
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Hiragana, unicode.Katakana):
			kana++
		case unicode.Is(unicode.Han, r):
			han++
		}
	}
	if kana*20 > han {
		return "ja"
	}
	if han > 0 {
		return "zh"
	}
	return lang
}

// What tells languages of one script apart: their commonest words, words that
// are known, forms of them, and letters.
const (
	stopVote   = 6
	knownVote  = 3
	formVote   = 1
	letterVote = 3

	detectMost  = 80 // words that are looked at
	detectShort = 25 // words of a text in which their forms are looked at, too
)

// commonest returns the language of the script of lang whose words and letters
// are most frequent in s; lang when none is.
func commonest(s, lang string) string {
	votes := map[string]int{}
	tokens := Tokens(nil, s)
	short := len(tokens) <= detectShort
	for _, t := range tokens[:min(len(tokens), detectMost)] {
		word := s[t.Start:t.End]
		for _, l := range scriptMates[lang] {
			votes[l] += votesOf(l, word, short)
		}
	}
	best := lang
	for _, l := range scriptMates[lang] {
		if votes[l] > votes[best] {
			best = l
		}
	}
	return best
}

// votesOf says how much word looks like a word of lang, or like a form of one.
func votesOf(lang, word string, forms bool) int {
	n := 0
	for _, r := range word {
		if strings.ContainsRune(ownLetters[lang], r) {
			n = letterVote
			break
		}
	}
	kept := keepFold(word)
	if stopWords[lang][kept] {
		return n + stopVote
	}
	if lang == "ar" {
		if k := words().kind; k[kept] != 0 || k[strings.TrimPrefix(kept, "ال")] != 0 && strings.HasPrefix(kept, "ال") {
			return n + knownVote
		}
		if strings.HasPrefix(kept, "ال") || strings.HasPrefix(kept, "وال") {
			n += formVote
		}
		return n
	}
	f := inflectionOf(lang)
	if f == nil || utf8.RuneCountInString(kept) < 3 {
		return n
	}
	kept = langFold(lang, word)
	if f.own[kept] {
		return n + knownVote
	}
	if !forms {
		return n
	}
	var room [maxHypotheses]string
	if slices.ContainsFunc(f.hypotheses(room[:0], kept), f.known) {
		return n + formVote
	}
	return n
}

// Stop reports whether word is so common in lang that it finds most articles.
func Stop(lang, word string) bool {
	if Base(lang) == "ar" { // by spelling: على, but not the name علي
		return closed[bareWord(word)] || common[bareWord(word)]
	}
	return stopWords[Base(lang)][keepFold(word)]
}
