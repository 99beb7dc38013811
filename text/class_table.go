package text

import "unicode"

// runScripts are the scripts that write no spaces.
var runScripts = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
}

// marks are the characters that belong to what they follow.
var marks = []*unicode.RangeTable{unicode.Mn, unicode.Me, unicode.Mc}
