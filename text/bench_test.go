package text

import (
	"strings"
	"testing"
)

const benchText = "وقبل إعلان المتحدث باسم الحكومة عن الهدنة، أكد وزير الخارجية أن بلاده تريد حوارًا مع «الأطراف» كلها. " +
	"The minister said on Monday that talks would go on. "

func BenchmarkTokens(b *testing.B) {
	s := strings.Repeat(benchText, 14) // about 400 words
	tokens := Tokens(nil, s)
	b.SetBytes(int64(len(s)))
	b.ReportAllocs()
	for b.Loop() {
		tokens = Tokens(tokens[:0], s)
	}
}

func BenchmarkTokensAndFold(b *testing.B) {
	s := strings.Repeat(benchText, 14)
	tokens := Tokens(nil, s)
	var buf []byte
	b.SetBytes(int64(len(s)))
	b.ReportAllocs()
	for b.Loop() {
		tokens = Tokens(tokens[:0], s)
		for _, t := range tokens {
			buf = appendFold(buf[:0], s[t.Start:t.End], false)
		}
	}
}

func BenchmarkArabicArticle(b *testing.B) {
	var terms []string
	b.ReportAllocs()
	for b.Loop() {
		terms = For("ar").Article(terms[:0], "وبالحكومات")
	}
}

// BenchmarkHandLoop is the least that finding words can cost: one loop that
// knows ASCII and the Arabic block only, lowers, folds the alifs, and hashes. The
// others are told as multiples of it.
func BenchmarkHandLoop(b *testing.B) {
	s := strings.Repeat(benchText, 14)
	var sum uint64
	b.SetBytes(int64(len(s)))
	b.ReportAllocs()
	for b.Loop() {
		h, in := uint64(14695981039346656037), false
		for _, r := range s {
			switch {
			case r >= 'A' && r <= 'Z':
				r |= 0x20
			case r == 'أ' || r == 'إ' || r == 'آ':
				r = 'ا'
			case r == 'ى':
				r = 'ي'
			case r == 'ة':
				r = 'ه'
			case r >= 'a' && r <= 'z', r >= 'ء' && r <= 'ي', r >= '0' && r <= '9':
			case r >= 0x64B && r <= 0x652:
				continue
			default:
				if in {
					sum ^= h
				}
				h, in = 14695981039346656037, false
				continue
			}
			h, in = (h^uint64(r))*1099511628211, true
		}
	}
	_ = sum
}

// BenchmarkFoldAndHash is the whole first step: words cut by the rules of
// Unicode, folded and hashed.
func BenchmarkFoldAndHash(b *testing.B) {
	s := strings.Repeat(benchText, 14)
	tokens := Tokens(nil, s)
	var buf []byte
	var sum uint64
	b.SetBytes(int64(len(s)))
	b.ReportAllocs()
	for b.Loop() {
		tokens = Tokens(tokens[:0], s)
		for _, t := range tokens {
			buf = appendFold(buf[:0], s[t.Start:t.End], false)
			h := uint64(14695981039346656037)
			for _, c := range buf {
				h = (h ^ uint64(c)) * 1099511628211
			}
			sum ^= h
		}
	}
	_ = sum
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
