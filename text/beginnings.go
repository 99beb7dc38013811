package text

import "strings"

// Beginnings appends the folded spellings of a word of an article that a
// keyword with a star may begin, or one with a slip may be: its own, and in
// Arabic those without و ف, ب ك ل س and ال, of which three letters or more are
// left.
func Beginnings(dst []string, word string) []string {
	from := len(dst)
	fold := Fold(word)
	dst = add(dst, from, fold)
	if c := firstRune(fold); c < 0x0600 || c > 0x06FF {
		return dst
	}
	rest := fold
	for _, clitics := range []string{"وف", "بكلس"} {
		if r := firstRune(rest); len(rest) >= 4*letterLen && strings.ContainsRune(clitics, r) {
			dst = appendBare(dst, from, rest)
			rest = rest[letterLen:]
			dst = add(dst, from, rest)
		}
	}
	return appendBare(dst, from, rest)
}

// appendBare appends s without ال, or without the لل that it becomes after ل.
func appendBare(dst []string, from int, s string) []string {
	for _, article := range []string{"ال", "لل"} {
		if bare, ok := strings.CutPrefix(s, article); ok && len(bare) >= 3*letterLen {
			dst = add(dst, from, bare)
		}
	}
	return dst
}

// OneSlip reports whether a and b are equal but for one letter that is
// another, is missing, is too many, or stands in the place of its neighbour.
func OneSlip(a, b string) bool {
	x, y := []rune(a), []rune(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	i := 0
	for i < len(x) && x[i] == y[i] {
		i++
	}
	switch len(y) - len(x) {
	case 0:
		switch {
		case i == len(x):
			return true
		case same(x[i+1:], y[i+1:]):
			return true
		}
		return i+1 < len(x) && x[i] == y[i+1] && x[i+1] == y[i] && same(x[i+2:], y[i+2:])
	case 1:
		return same(x[i:], y[i+1:])
	}
	return false
}

func same(a, b []rune) bool { return string(a) == string(b) }
