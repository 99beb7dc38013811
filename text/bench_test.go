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
