package text

import (
	"hash/maphash"
	"unicode"
	"unicode/utf8"
)

// A char is what the first pass over a text needs to know of a character.
type char struct {
	class class
	in    set    // the class as a set, and the signs that may join words
	fold  uint16 // its folding where that is one character, gone or many
}

// A set holds classes, a bit for each, and joiner.
type set uint16

// joiner marks the signs that may stand inside a word: see scanner.joins.
const (
	joiner    set = 1 << 15
	mayJoinOn     = joiner | 1<<ignored
)

// The words that the first pass reads itself: of letters and digits with their
// marks, Arabic or not.
const (
	arabicWord set = 1<<arabic | 1<<extend
	otherWord  set = 1<<letter | 1<<hebrew | 1<<digit | 1<<extend
)

// Values of char.fold that are no character.
const (
	gone = 0      // folding drops it
	many = 0xFFFF // it folds to more than one
)

// charAt returns the first character of s when it has one or two bytes, and
// its size, 0 when it has more.
func charAt(s string) (ch *char, size int) {
	b := s[0]
	if b < utf8.RuneSelf {
		return &chars[b], 1
	}
	if b >= 0xC2 && b <= 0xDF && len(s) > 1 && s[1]&0xC0 == 0x80 {
		return &chars[int(b&0x1F)<<6|int(s[1]&0x3F)], 2
	}
	return nil, 0
}

// classAt returns the size and the class of the first character of s.
func classAt(s string) (size int, c class) {
	if ch, n := charAt(s); n > 0 {
		return n, ch.class
	}
	r, n := utf8.DecodeRuneInString(s)
	return n, classOf(r)
}

// The hash of folded words is FNV-1a over characters in place of bytes. It
// starts from a key that is another in each process, so that nobody can write
// articles whose words all meet in one place of a table.
var hashStart = maphash.String(maphash.MakeSeed(), "words") //nolint:gochecknoglobals // a key, never changed

const hashPrime = 1099511628211

// Hash returns the hash of a folded word, as in Token.Hash: another in each
// process. Words of equal hash may differ.
func Hash(folded string) uint64 {
	h := hashStart
	for _, r := range folded {
		h = (h ^ uint64(r)) * hashPrime
	}
	return h
}

// plainWord reads the word that begins at start in one loop, as nearly every
// word can be: letters and digits of one or two bytes, and nothing after them
// that could join on. For others it returns false.
func plainWord(s string, start int, word set) (t Token, ok bool) {
	h, i := hashStart, start
	exact := true
	for i < len(s) {
		ch, n := charAt(s[i:])
		if n == 0 {
			return t, false
		}
		if ch.in&word == 0 {
			if ch.in&mayJoinOn != 0 && (s[i] == '#' || i+n < len(s) && s[i+n] > ' ') {
				return t, false
			}
			break
		}
		i += n
		if ch.fold == gone {
			continue
		}
		exact = exact && ch.fold != many
		h = (h ^ uint64(ch.fold)) * hashPrime
	}
	t = Token{Start: start, End: i, Hash: h}
	if !exact {
		t.Hash = Hash(Fold(s[start:i]))
	}
	if _, c := classAt(s[start:]); c == digit && numberEnds(s[start:i]) {
		t.Kind = Number
	}
	return t, true
}

// numberEnds reports whether the last letter or digit of a word is a digit.
func numberEnds(word string) bool {
	for word != "" {
		r, n := utf8.DecodeLastRuneInString(word)
		if classOf(r) == extend {
			word = word[:len(word)-n]
			continue
		}
		return unicode.IsDigit(r)
	}
	return false
}
