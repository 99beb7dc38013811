package text

import "unicode/utf8"

// shadda doubles the letter it stands on.
const shadda = 'ّ'

// Marked reports whether a keyword says by a shadda which of the words that
// are written alike it means: عمّان.
func Marked(keyword string) bool {
	for _, r := range keyword {
		if r == shadda {
			return true
		}
	}
	return false
}

// Clash reports whether word, which is written with marks, lacks a shadda
// that a Marked keyword has: عُمان and عمّان. A word without marks may be
// either, and clashes with nothing.
func Clash(keyword, word string) bool {
	have, marked := letters(word)
	if !marked {
		return false
	}
	want, _ := letters(keyword)
	if len(want) > 4 && want[0].r == 'ا' && want[1].r == 'ل' {
		want = want[2:]
	}
	for at := range have {
		if !spells(have[at:], want) {
			continue
		}
		for i, l := range want[1:] {
			if l.double && !have[at+1+i].double {
				return true
			}
		}
		return false
	}
	return false
}

type markedLetter struct {
	r      rune
	double bool
}

// letters returns the folded letters of an Arabic word, and whether it bears
// marks other than a tanwin at its end.
func letters(s string) (out []markedLetter, marked bool) {
	for i, r := range s {
		switch {
		case r >= 0x064B && r <= 0x0652:
			if r == shadda && len(out) > 0 {
				out[len(out)-1].double = true
			}
			marked = marked || r > 0x064D || i+2*letterLen < len(s)
		default:
			for _, f := range Fold(string(r)) {
				out = append(out, markedLetter{r: f})
			}
		}
	}
	return out, marked
}

func spells(have, want []markedLetter) bool {
	if len(want) == 0 || len(have) < len(want) {
		return false
	}
	for i := range want {
		if have[i].r != want[i].r {
			return false
		}
	}
	return true
}

// firstRune returns the first character of s.
func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}
