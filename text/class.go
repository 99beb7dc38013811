package text

import (
	"unicode"
	"unicode/utf8"
)

// A class says how a character behaves at the edge of words, after UAX #29.
type class uint8

const (
	other   class = iota // ends a word: spaces, punctuation, symbols, underscore
	letter               // of a script without a case of its own below
	arabic               // a letter of the Arabic script
	hebrew               // a letter of the Hebrew script
	digit                // decimal digits of any script
	run                  // a letter of a script that writes no spaces
	extend               // marks, which belong to what they follow
	ignored              // invisible: belongs to a word when a word goes on after it
)

// next decodes the first character of s with its class.
func next(s string) (r rune, size int, c class) {
	if ch, n := charAt(s); n == 1 {
		return rune(s[0]), 1, ch.class
	} else if n == 2 {
		return rune(s[0]&0x1F)<<6 | rune(s[1]&0x3F), 2, ch.class
	}
	r, size = utf8.DecodeRuneInString(s)
	return r, size, classOf(r)
}

func asciiClass(b byte) class {
	switch {
	case b|0x20 >= 'a' && b|0x20 <= 'z':
		return letter
	case b >= '0' && b <= '9':
		return digit
	}
	return other
}

func classOf(r rune) class {
	switch {
	case r >= 0x0621 && r <= 0x064A && r != 0x0640:
		return arabic
	case r == 0x0640, r >= 0x064B && r <= 0x065F, r == 0x0670:
		return extend
	case r >= 0x0660 && r <= 0x0669, r >= 0x06F0 && r <= 0x06F9:
		return digit
	case r >= 0x05D0 && r <= 0x05F2:
		return hebrew
	case r == 0x30FC || r == 0x3005 || r == 0xFF70:
		return run // marks of length and repetition
	}
	return rareClass(r)
}

func rareClass(r rune) class {
	switch {
	case unicode.IsLetter(r) || unicode.Is(unicode.Nl, r):
		switch {
		case unicode.In(r, runScripts...):
			return run
		case unicode.Is(unicode.Arabic, r):
			return arabic
		}
		return letter
	case unicode.IsDigit(r):
		return digit
	case unicode.In(r, marks...):
		return extend
	case unicode.Is(unicode.Cf, r):
		return ignored
	}
	return other
}

// isLetter reports whether c is a letter of a script that writes words apart.
func (c class) isLetter() bool { return c == letter || c == arabic || c == hebrew }
