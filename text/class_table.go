package text

import (
	"unicode"
	"unicode/utf8"
)

// runScripts are the scripts that write no spaces.
var runScripts = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
}

// marks are the characters that belong to what they follow.
var marks = []*unicode.RangeTable{unicode.Mn, unicode.Me, unicode.Mc}

// chars holds the characters of one and of two bytes, by number: those of all
// alphabets in use but for a few.
var chars = func() (all [0x800]char) {
	for r := range rune(len(all)) {
		c := classOf(r)
		if r < utf8.RuneSelf {
			c = asciiClass(byte(r))
		}
		ch := char{class: c, in: 1 << c, fold: many}
		switch folded := []rune(Fold(string(r))); {
		case len(folded) == 0:
			ch.fold = gone
		case len(folded) == 1 && folded[0] < many:
			ch.fold = uint16(folded[0])
		}
		switch r {
		case '\'', '"', '.', ',', '&', '+', '#', '·', '״', '׳', '٫', '٬':
			ch.in |= joiner
		}
		all[r] = ch
	}
	return all
}()
