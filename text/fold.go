package text

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold rewrites s so that spellings of the same letters become equal. Letter
// case, Latin and Greek diacritics, Arabic tashkeel, tatweel and invisible
// characters go; presentation forms, ligatures and full-width forms become
// plain letters (NFKC); Arabic-Indic and Persian digits become ASCII; Persian
// and Urdu letters become the Arabic ones they stand for; أإآٱ become ا,
// ى ی ے become ي, ة becomes ه, ؤ becomes و, and ئ becomes ي. Devanagari,
// Thai and other scripts keep their marks. Fold(Fold(s)) == Fold(s).
func Fold(s string) string {
	if folded(s) {
		return s
	}
	return string(appendFold(make([]byte, 0, len(s)), s, false))
}

// keepFold folds s but for its Latin and Greek diacritics.
func keepFold(s string) string {
	if folded(s) {
		return s
	}
	return string(appendFold(make([]byte, 0, len(s)), norm.NFC.String(s), true))
}

// folded reports whether s is ASCII that folding does not change.
func folded(s string) bool {
	for i := range len(s) {
		if b := s[i]; b >= utf8.RuneSelf || b >= 'A' && b <= 'Z' {
			return false
		}
	}
	return true
}

// appendFold appends the folded s; with keep, letters keep their diacritics.
func appendFold(dst []byte, s string, keep bool) []byte {
	for i := 0; i < len(s); {
		b := s[i]
		if b < utf8.RuneSelf {
			if b >= 'A' && b <= 'Z' {
				b |= 0x20
			}
			dst = append(dst, b)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		if r >= 0x0600 && r <= 0x06FF {
			dst = appendArabic(dst, r)
			continue
		}
		dst = appendOther(dst, r, keep)
	}
	return dst
}

// appendArabic appends the folded r of the Arabic block.
func appendArabic(dst []byte, r rune) []byte {
	switch {
	case r >= 0x0660 && r <= 0x0669:
		return append(dst, byte('0'+r-0x0660))
	case r >= 0x06F0 && r <= 0x06F9:
		return append(dst, byte('0'+r-0x06F0))
	case r >= 0x064B && r <= 0x065F, r == 0x0670, r == 0x0640, r >= 0x06D6 && r <= 0x06ED && r != 0x06E5 && r != 0x06E6 && r != 0x06DE && r != 0x06E9, r <= 0x0605, r == 0x061C:
		return dst
	}
	switch r {
	case 'أ', 'إ', 'آ', 'ٱ', 'ٲ', 'ٳ':
		r = 'ا'
	case 'ى', 'ی', 'ې', 'ے', 'ۓ', 'ئ', 'ۍ':
		r = 'ي'
	case 'ة', 'ہ', 'ە', 'ۀ', 'ھ', 'ۃ', 'ۂ':
		r = 'ه'
	case 'ؤ':
		r = 'و'
	case 'ک', 'ڪ':
		r = 'ك'
	case 'ڤ':
		r = 'ف'
	case '٫':
		r = '.'
	case '٬':
		r = ','
	}
	return utf8.AppendRune(dst, r)
}

// appendOther appends the folded r of any other block.
func appendOther(dst []byte, r rune, keep bool) []byte {
	if plain, ok := foldTable[r]; ok && (!keep || r != 'ı') {
		return append(dst, plain...)
	}
	if dropped(r, keep) {
		return dst
	}
	if r >= 0xAC00 && r <= 0xD7A3 || unicode.In(r, runScripts...) && r < 0xF900 {
		return utf8.AppendRune(dst, r)
	}
	var buf [utf8.UTFMax]byte
	part := norm.NFKD.Properties(buf[:utf8.EncodeRune(buf[:], r)]).Decomposition()
	if part == nil || keep && letterWithMark(r) || unicode.Is(unicode.Cyrillic, r) {
		return appendLower(dst, r)
	}
	for len(part) > 0 {
		p, n := utf8.DecodeRune(part)
		part = part[n:]
		plain, special := foldTable[p]
		switch {
		case p == ' ' && unicode.IsLetter(r): // a mark shown alone
		case special:
			dst = append(dst, plain...)
		case p < utf8.RuneSelf || p >= 0x0600 && p <= 0x06FF:
			dst = appendFold(dst, string(p), keep)
		case !dropped(p, keep):
			dst = appendLower(dst, p)
		}
	}
	return dst
}

func appendLower(dst []byte, r rune) []byte {
	return utf8.AppendRune(dst, unicode.ToLower(r))
}

// letterWithMark reports whether r is a composed Latin or Greek letter.
func letterWithMark(r rune) bool {
	return r >= 0xC0 && r <= 0x24F || r >= 0x370 && r <= 0x3FF || r >= 0x1E00 && r <= 0x1FFF
}

// dropped reports whether folding removes r: combining diacritics, Hebrew
// points and invisible characters.
func dropped(r rune, keep bool) bool {
	switch {
	case r >= 0x0300 && r <= 0x036F:
		return !keep
	case r >= 0x0591 && r <= 0x05C7:
		return r != 0x05BE && r != 0x05C0 && r != 0x05C3 && r != 0x05C6
	}
	return r >= 0xFE00 && r <= 0xFE0F || unicode.Is(unicode.Cf, r)
}
