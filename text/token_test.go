package text

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// show prints tokens apart by "|", particles in brackets, and what continues a
// written word after "+".
func show(s string) string {
	var b strings.Builder
	for i, t := range Tokens(nil, s) {
		w := s[t.Start:t.End]
		switch {
		case t.Joined:
			b.WriteByte('+')
		case i > 0:
			b.WriteByte('|')
		}
		if t.Kind == Particle {
			w = "[" + w + "]"
		}
		b.WriteString(w)
	}
	return b.String()
}

func TestTokens(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"spaces and signs part words", "one, two; (three) four/five!", "one|two|three|four|five"},
		{"Arabic signs part words", "ليبيا، تونس؛ «مصر»؟", "ليبيا|تونس|مصر"},
		{"an apostrophe joins letters", "don't O’Brien 'tis", "don't|O’Brien|tis"},
		{"a gershayim joins Hebrew", `צה"ל "צה"`, `צה"ל|צה`},
		{"a point joins digits", "3.5% 1,000 10.30.", "3.5|1,000|10.30"},
		{"a point joins single letters", "U.S. e.g. J.K.Rowling أ.ف.ب", "U.S|e.g|J.K|Rowling|أ.ف.ب"},
		{"a point parts words", "النار.وقال end.Next example.org", "النار|وقال|end|Next|example|org"},
		{"a hashtag is its words", "#وقف_إطلاق_النار", "وقف|إطلاق|النار"},
		{"a hyphen parts", "COVID-19 al-Qaeda", "COVID|19|al|Qaeda"},
		{"an ampersand joins", "AT&T R&D a & b", "AT&T|R&D|a|b"},
		{"plus signs and a hash belong to one letter", "C++ C# a+b AB++ F#x", "C++|C#|a|b|AB|F|x"},
		{"a dollar sign belongs to a ticker", "$TSLA $5 5$ US$", "$TSLA|5|5|US"},
		{"an address is its words", "sam.lee@example.org @lna", "sam|lee|example|org|lna"},
		{"Arabic parts from digits and Latin", "عام2011 الـBBC", "عام|2011|[الـ]|BBC"},
		{"Latin does not part from digits", "G20 covid19 5G", "G20|covid19|5G"},
		{"a lone clitic is a particle", "ليبيا و تونس لـ«حماس» ل\"غزة\" بـ17", "ليبيا|[و]|تونس|[لـ]|حماس|[ل]|غزة|[بـ]|17"},
		{"a clitic letter in a list is a word", "ب التالي", "ب|التالي"},
		{"joined names part", "عبدالله وعبدالرحمن بأبوظبي نورالدين أبوظبي", "عبد+الله|وعبد+الرحمن|بأبو+ظبي|نور+الدين|أبو+ظبي"},
		{"words that look like joined names do not part", "الوالدين أبواب عبدة أبوة", "الوالدين|أبواب|عبدة|أبوة"},
		{"marks belong to their letters", "مُحَمَّدٌ e\u0301te\u0301", "مُحَمَّدٌ|e\u0301te\u0301"},
		{"characters of unspaced scripts stand alone", "日本語カナ กิน iPhone手机", "日|本|語|カ|ナ|กิ|น|iPhone|手|机"},
		{"invisible marks end no word and end up in none", "\u200fليبيا\u200f می\u200cروم", "ليبيا|می\u200cروم"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := show(tt.text); got != tt.want {
				t.Errorf("Tokens(%q) = %s, want %s", tt.text, got, tt.want)
			}
		})
	}
}

func FuzzTokens(f *testing.F) {
	for _, s := range []string{"", "a.b.c", "لـ«حماس» و", "عبدالله$TSLA C++", "日本\xff語", "1,2.3'4\"", "צה\"ל", "\u200f\u0301a\u00ad", "عـ\u064b\u0640بدالله"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		last := 0
		for _, tok := range Tokens(nil, s) {
			if tok.Start < last || tok.End <= tok.Start || tok.End > len(s) || tok.Joined && tok.Start != last {
				t.Fatalf("Tokens(%q) has %+v after byte %d", s, tok, last)
			}
			w := s[tok.Start:tok.End]
			if utf8.ValidString(s) && !utf8.ValidString(w) {
				t.Fatalf("Tokens(%q) cuts a character: %q", s, w)
			}
			for _, lang := range []string{"ar", "en", "fr", ""} {
				checkTerms(t, For(lang), w)
			}
			if tok.Hash != Hash(Fold(w)) {
				t.Fatalf("Tokens(%q) has another hash for %q than its folding has", s, w)
			}
			last = tok.End
		}
		if got, want := spans(Tokens(nil, s)), spans(slowTokens(s)); got != want {
			t.Fatalf("Tokens(%q) has %s, and character by character %s", s, got, want)
		}
	})
}

func checkTerms(t *testing.T, a Analyzer, w string) {
	terms := append(a.Article(nil, w), a.Keyword(nil, w)...)
	for _, term := range terms {
		if strings.ContainsAny(term, " \t|") {
			t.Fatalf("%s: the terms of %q are %q; none may hold a space, tab or bar", a.Lang(), w, terms)
		}
	}
	if !meet(a.Keyword(nil, w), a.Article(nil, w)) {
		t.Fatalf("%s: %q does not match itself: %q, %q", a.Lang(), w, a.Keyword(nil, w), a.Article(nil, w))
	}
}

func TestFold(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"letter case goes", "LibyA ÉTÉ", "libya ete"},
		{"diacritics go", "Müller Łódź straße Ærø Erdoğan", "muller lodz strasse aero erdogan"},
		{"a composed letter equals its parts", "cafe\u0301", "cafe"},
		{"tashkeel and tatweel go", "مُحَمَّدٌ أردوغـان", "محمد اردوغان"},
		{"hamza seats are one", "أإآٱ مسؤول لاجئ", "اااا مسوول لاجي"},
		{"final ya and ha are one", "الوطنى مصراتة", "الوطني مصراته"},
		{"Persian and Urdu letters become Arabic", "یک کتاب ہے", "يك كتاب هي"},
		{"digits become ASCII", "٢٠١١ ۲۰۱۱ ٣٫٥", "2011 2011 3.5"},
		{"presentation forms become letters", "ﻟﻴﺒﻴﺎ ﷲ ﻻ", "ليبيا الله لا"},
		{"full width becomes plain", "ＡＢＣ１２", "abc12"},
		{"Cyrillic keeps its letters", "Йод Ёлка", "йод елка"},
		{"other scripts keep their marks", "हिन्दी กิน 가", "हिन्दी กิน 가"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Fold(tt.text); got != tt.want {
				t.Errorf("Fold(%q) = %q, want %q", tt.text, got, tt.want)
			}
		})
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"Müller", "ﷲ", "ﱞ", "İıẞ", "e\u0301\u0323", "ｶﾞ", "ǆ", "가힣", "\xff", "ΰ", "㎏"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Fold(s)
		if twice := Fold(once); utf8.ValidString(s) && twice != once {
			t.Errorf("Fold(Fold(%q)) = %q, want %q", s, twice, once)
		}
	})
}

func TestDetect(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"Arabic", "أعلنت الحكومة اليوم عن خطة جديدة في العاصمة", "ar"},
		{"Persian", "دولت امروز اعلام کرد که این طرح را از فردا اجرا می کند", "fa"},
		{"Urdu", "حکومت نے آج اعلان کیا ہے کہ یہ منصوبہ کل سے شروع ہو گا", "ur"},
		{"English", "The government said on Monday that it was ready", "en"},
		{"French", "Le gouvernement a dit lundi que la loi est dans les mains du parlement", "fr"},
		{"German", "Die Regierung hat am Montag das Gesetz auf den Weg gebracht und ist nicht besorgt", "de"},
		{"Spanish", "El gobierno dijo el lunes que la ley está en las manos del parlamento", "es"},
		{"Turkish", "Hükümet pazartesi günü bu yasa için çok çalıştı ve daha sonra bir açıklama yaptı", "tr"},
		{"Russian", "Правительство в понедельник сообщило, что это не так", "ru"},
		{"Hebrew", "הממשלה הודיעה היום", "he"},
		{"Chinese", "政府今天宣布了新的计划", "zh"},
		{"Japanese", "政府は今日新しい計画を発表した", "ja"},
		{"an Arabic text with Latin names", "أعلنت BBC و CNN الخبر في ليبيا اليوم", "ar"},
		{"no letters", "123 !?", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Detect(tt.text); got != tt.want {
				t.Errorf("Detect(%q) = %q, want %q", tt.text, got, tt.want)
			}
		})
	}
}

// slowTokens cuts with the scanner alone, which knows every character.
func slowTokens(s string) []Token {
	var dst []Token
	for i := 0; i < len(s); {
		r, n, c := next(s[i:])
		switch {
		case c.isLetter() || c == digit:
			w := scanner{s: s, start: i}
			dst, i = w.word(dst), w.end
		case r == '$' && tickerFollows(s[i+1:]):
			w := scanner{s: s, start: i, end: i + 1}
			dst, i = w.word(dst), w.end
		default:
			if c == run {
				n += extension(s[i+n:])
				dst = append(dst, Token{Start: i, End: i + n})
			}
			i += n
		}
	}
	return dst
}
