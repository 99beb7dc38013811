package text

import (
	"strings"
	"testing"
)

const benchText = "وقبل إعلان المتحدث باسم الحكومة عن الهدنة، أكد وزير الخارجية أن بلاده تريد حوارًا مع «الأطراف» كلها. " +
	"The minister said on Monday that talks would go on. "

func BenchmarkArabicArticle(b *testing.B) {
	var terms []string
	b.ReportAllocs()
	for b.Loop() {
		terms = For("ar").Article(terms[:0], "وبالحكومات")
	}
}

// BenchmarkHandLoop is the least that finding words can cost: one loop that
// knows ASCII and the Arabic block only, lowers, folds, hashes, and notes where
// the words are. The others are told as multiples of it.
func BenchmarkHandLoop(b *testing.B) {
	s := strings.Repeat(benchText, 14)
	tokens := Tokens(nil, s)
	b.SetBytes(int64(len(s)))
	b.ReportAllocs()
	for b.Loop() {
		tokens = handLoop(tokens[:0], s)
	}
}

func handLoop(tokens []Token, s string) []Token {
	h, start := hashStart, -1
	for i, r := range s {
		switch {
		case r >= 'A' && r <= 'Z':
			r |= 0x20
		case r == 'أ' || r == 'إ' || r == 'آ':
			r = 'ا'
		case r == 'ى' || r == 'ئ':
			r = 'ي'
		case r == 'ة':
			r = 'ه'
		case r == 'ؤ':
			r = 'و'
		case r >= 'a' && r <= 'z', r >= 'ء' && r <= 'ي', r >= '0' && r <= '9':
		case r >= 0x64B && r <= 0x652:
			continue
		default:
			if start >= 0 {
				tokens = append(tokens, Token{Start: start, End: i, Hash: h})
			}
			h, start = hashStart, -1
			continue
		}
		if start < 0 {
			start = i
		}
		h = (h ^ uint64(r)) * hashPrime
	}
	return tokens
}

// BenchmarkTokens is the whole first step: words cut by the rules of Unicode,
// folded and hashed.
func BenchmarkTokens(b *testing.B) {
	s := strings.Repeat(benchText, 14)
	tokens := Tokens(nil, s)
	b.SetBytes(int64(len(s)))
	b.ReportAllocs()
	for b.Loop() {
		tokens = Tokens(tokens[:0], s)
	}
}

// BenchmarkAnalysis is the whole analysis of words that were met before.
func BenchmarkAnalysis(b *testing.B) {
	s := strings.Repeat(benchText, 14)
	tokens := Tokens(nil, s)
	ar, en := For("ar"), For("en")
	var terms []string
	b.SetBytes(int64(len(s)))
	b.ReportAllocs()
	for b.Loop() {
		tokens = Tokens(tokens[:0], s)
		for _, t := range tokens {
			a := en
			if s[t.Start] >= 0xD8 {
				a = ar
			}
			terms = a.Article(terms[:0], s[t.Start:t.End])
		}
	}
}

// BenchmarkLexicon reads all lexicons, as happens once in a program that meets
// every language. The budget is 50 ms and 20 MB.
func BenchmarkLexicon(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parseArabicWords(arabicWordsFile); err != nil {
			b.Fatal(err)
		}
		for lang := range inflections {
			mustRead(lang)
		}
		parseNames(namesFile)
	}
}
