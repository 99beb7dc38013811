package text

import (
	"strings"
	"unicode/utf8"
)

// A Kind says what a token is.
type Kind uint8

// The kinds.
const (
	Word     Kind = iota // letters, or letters and digits
	Number               // digits
	Rune                 // one character of a script that writes no spaces, with its marks
	Particle             // an Arabic clitic that stands alone: و, or لـ before a quote; see Tokens
)

// A Token is a word of a text.
type Token struct {
	Start, End int    // byte offsets in the text
	Hash       uint64 // of the folded token: Hash(Fold(text[Start:End]))
	Kind       Kind
	Joined     bool // continues the written word of the token before it: الله in عبدالله
}

// Tokens appends the words of s to dst, in order, in one pass. Words are those
// of Unicode's UAX #29, with these exceptions, each for the sake of finding:
//
//   - "_" and ":" part words, so that hashtags match their words; "." joins
//     digits (3.5) and single letters (U.S, أ.ف.ب), and parts longer words;
//     "&" joins letters (AT&T); "," joins digits, and "'" and ";" do not.
//   - A sign with a mark of its own joins nothing; an invisible character or a
//     Hebrew geresh at the end of a word is no part of it.
//   - A letter with ++ or # is one word (C++, C#), and so is $ with a name
//     ($TSLA).
//   - Arabic letters part from digits and from letters of other scripts.
//   - Han, kana, Thai, Lao, Khmer and Burmese give one token a character.
//   - Arabic names written as one word part: عبدالله is عبد and الله.
//   - An Arabic clitic that stands alone is a Particle: و always, and ف ب ك ل
//     ال with a tatweel, or directly before a quote.
func Tokens(dst []Token, s string) []Token {
	for i := 0; i < len(s); {
		if s[i] <= ' ' {
			i++
			continue
		}
		n, c := classAt(s[i:])
		switch c {
		case arabic:
			dst, i = appendWord(dst, s, i, arabicWord)
		case letter, hebrew, digit:
			dst, i = appendWord(dst, s, i, otherWord)
		case run:
			end := i + n
			end += extension(s[end:])
			dst = append(dst, Token{Start: i, End: end, Kind: Rune, Hash: Hash(Fold(s[i:end]))})
			i = end
		default:
			if s[i] == '$' && tickerFollows(s[i+1:]) {
				w := scanner{s: s, start: i, end: i + 1}
				dst, n = w.word(dst), w.end-i
			}
			i += n
		}
	}
	return dst
}

// appendWord appends the tokens of the word that begins at start, and returns
// its end.
func appendWord(dst []Token, s string, start int, word set) ([]Token, int) {
	t, ok := plainWord(s, start, word)
	if !ok {
		w := scanner{s: s, start: start}
		dst = w.word(dst)
		return dst, w.end
	}
	if word == arabicWord {
		return appendArabicWord(dst, s, t), t.End
	}
	return append(dst, t), t.End
}

// appendArabicWord appends an Arabic word, a clitic on its own, or the two
// parts of a joined name.
func appendArabicWord(dst []Token, s string, t Token) []Token {
	word := s[t.Start:t.End]
	if particle(word, s[t.End:]) {
		t.Kind = Particle
		return append(dst, t)
	}
	n := joinedName(word)
	if n == 0 {
		return append(dst, t)
	}
	at := t.Start + n
	return append(dst,
		Token{Start: t.Start, End: at, Hash: Hash(Fold(word[:n]))},
		Token{Start: at, End: t.End, Hash: Hash(Fold(word[n:])), Joined: true})
}

func tickerFollows(s string) bool {
	return s != "" && asciiClass(s[0]) == letter
}

// extension returns the length of the marks that s begins with.
func extension(s string) int {
	n := 0
	for n < len(s) {
		_, size, c := next(s[n:])
		if c != extend {
			break
		}
		n += size
	}
	return n
}

// A scanner reads one word.
type scanner struct {
	s          string
	start, end int   // of the word so far
	last       class // of its last letter or digit
	first      class // of its first
	single     bool  // one letter since the start or the last dot
}

// word reads the word at w.start and appends its tokens.
func (w *scanner) word(dst []Token) []Token {
	i := max(w.start, w.end)
	for i < len(w.s) {
		r, n, c := next(w.s[i:])
		switch {
		case c == extend:
			w.end = i + n
		case c == ignored:
		case (c.isLetter() || c == digit) && w.takes(c):
			w.single = w.last == other
			w.last, w.end = c, i+n
		case c == other && w.joins(r, w.s[i+n:]):
			w.last = other
			w.single = false
			w.end = i + n
		default:
			return w.finish(dst)
		}
		i += n
	}
	return w.finish(dst)
}

// takes reports whether the word goes on with a character of class c.
func (w *scanner) takes(c class) bool {
	if w.first == other {
		w.first = c
		return true
	}
	return (w.first == arabic) == (c == arabic)
}

// joins reports whether r, which is no letter, stands inside a word that goes
// on with rest.
func (w *scanner) joins(r rune, rest string) bool {
	if rest == "" || w.last == other {
		return false
	}
	_, n, c := next(rest)
	if (w.first == arabic) != (c == arabic) {
		return false
	}
	switch r {
	case '\'', '’', '‘', '＇', '·', '״', '׳':
		return w.last.isLetter() && c.isLetter()
	case '"':
		return w.last == hebrew && c == hebrew
	case '.', '．':
		return w.last == digit && c == digit || w.single && w.last.isLetter() && c.isLetter() && !letterFollows(rest[n:])
	case ',', '٫', '٬':
		return w.last == digit && c == digit
	case '&':
		return w.last.isLetter() && c.isLetter()
	}
	return false
}

func letterFollows(s string) bool {
	s = s[extension(s):]
	if s == "" {
		return false
	}
	_, _, c := next(s)
	return c.isLetter() || c == digit
}

// finish appends the tokens of the word that was read.
func (w *scanner) finish(dst []Token) []Token {
	rest := w.s[w.end:]
	if w.single && w.last == letter && w.end-w.start == 1 {
		w.end += programming(rest)
	}
	t := Token{Start: w.start, End: w.end, Hash: Hash(Fold(w.s[w.start:w.end]))}
	switch {
	case w.first == arabic:
		return appendArabicWord(dst, w.s, t)
	case w.first == digit && w.last == digit:
		t.Kind = Number
	}
	return append(dst, t)
}

// programming returns the length of the ++ or # of C++ and C#.
func programming(rest string) int {
	n := 0
	switch {
	case strings.HasPrefix(rest, "++"):
		n = 2
	case strings.HasPrefix(rest, "#"):
		n = 1
	}
	if n == 0 || letterFollows(rest[n:]) {
		return 0
	}
	return n
}

// particle reports whether word, followed by rest, is a clitic on its own.
func particle(word, rest string) bool {
	const tatweel = "ـ"
	if len(word) > 5*letterLen {
		return false
	}
	if word == "و" {
		return true
	}
	drawn := strings.HasSuffix(word, tatweel)
	if ch, n := charAt(word[len(word)-letterLen:]); (n == 0 || ch.class != extend) && !quoteFollows(rest) {
		return false
	}
	switch strings.TrimRight(strings.TrimRight(word, tatweel), "ًٌٍَُِّْ") {
	case "و":
		return true
	case "ف", "ب", "ك", "ل", "ال", "لل", "وال", "بال", "ول", "وب":
		return drawn || quoteFollows(rest)
	}
	return false
}

func quoteFollows(s string) bool {
	if s == "" || s[0] == ' ' {
		return false
	}
	r, _ := utf8.DecodeRuneInString(s)
	return strings.ContainsRune("\"«»“”„‹›'‘’", r)
}
