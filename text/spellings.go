package text

import (
	"strings"
	"unicode/utf8"
)

// A nameTable knows how names are written in Latin and in Arabic letters.
type nameTable struct {
	others map[string][]string // by nameKey: the spellings in the other script
	listed map[string]bool     // by Fold: with the article, or without
}

// parseNames reads lines of "Latin, Latin = Arabic, Arabic".
func parseNames(data string) *nameTable {
	t := &nameTable{others: map[string][]string{}, listed: map[string]bool{}}
	for line := range strings.Lines(data) {
		line, _, _ = strings.Cut(line, "#")
		latin, arabic, ok := strings.Cut(line, "=")
		if !ok {
			continue
		}
		a, b := names(latin), names(arabic)
		t.add(a, b)
		t.add(b, a)
	}
	return t
}

func names(list string) []string {
	parts := strings.Split(list, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

func (t *nameTable) add(from, to []string) {
	for _, name := range from {
		t.listed[Fold(name)] = true
		key := nameKey(name)
		for _, other := range to {
			t.others[key] = add(t.others[key], 0, other)
		}
	}
}

// spellings are those of a name. The article makes no difference, unless the name
// is a word, too, and listed the other way: سيول is Seoul, السيول are the floods.
func (t *nameTable) spellings(name string) []string {
	bare := strings.TrimPrefix(arabicFold(name), "ال")
	if !t.listed[Fold(name)] && words().has(bare, aNoun|anAdjective|aVerb|aForm) {
		return nil
	}
	return t.others[nameKey(name)]
}

// nameKey is a name without what its spellings differ in: case, diacritics,
// hyphens, spaces, and the article.
func nameKey(name string) string {
	fold := strings.ReplaceAll(Fold(name), "-", " ")
	for _, article := range []string{"al ", "el ", "ال"} {
		if rest, ok := strings.CutPrefix(fold, article); ok && utf8.RuneCountInString(rest) > 2 {
			fold = rest
			break
		}
	}
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '\'' {
			return -1
		}
		return r
	}, fold)
}

// Spellings returns at most limit spellings that name usually has in Arabic
// letters when it is in Latin ones, and the other way round, the most usual
// first: those that are listed, put together from those of its words if need
// be, else Arabic names that it sounds like. What is no name, as far as can be
// told, has none.
func Spellings(name string, limit int) []string {
	words := strings.Fields(name)
	out := knownSpellings(words)
	if len(out) == 0 && len(words) == 1 && isLatinName(name) {
		out = namesLike(name)
	}
	return out[:min(limit, len(out))]
}

// knownSpellings looks a name up as a whole, or else puts together those of
// its words.
func knownSpellings(words []string) []string {
	t := nameSpellings()
	if whole := t.spellings(strings.Join(words, " ")); len(whole) > 0 || len(words) < 2 {
		return whole
	}
	all := make([]string, len(words))
	for i, w := range words {
		known := t.spellings(w)
		if len(known) == 0 {
			return nil
		}
		all[i] = known[0]
	}
	return []string{strings.Join(all, " ")}
}

// isLatinName reports whether a word begins with a capital, and only that is
// one, is made of plain letters and no common word.
func isLatinName(word string) bool {
	fold := Fold(word)
	if !capital(word) || len(fold)-strings.Count(strings.Map(vowel, fold), "a") < 3 || strings.ToUpper(word) == word || Stop("en", fold) || inflectionOf("en").own[fold] {
		return false
	}
	return !strings.ContainsFunc(fold, func(r rune) bool { return (r < 'a' || r > 'z') && r != '-' && r != '\'' })
}

// vowel makes every Latin vowel an a.
func vowel(r rune) rune {
	if strings.ContainsRune(latinVowels, r) {
		return 'a'
	}
	return r
}

// namesLike returns the Arabic names of the lexicon that a Latin one sounds
// like.
func namesLike(latin string) []string {
	var out []string
	for _, arabic := range words().names {
		if SoundsLike(latin, arabic) {
			out = append(out, arabic)
		}
	}
	return out
}

// SoundsLike reports whether arabic may be how a Latin name is written in
// Arabic letters: consonants must agree; vowels, which Arabic writes or not,
// may. It is a guess, to be offered and not to be acted upon.
func SoundsLike(latin, arabic string) bool {
	l, a := nameKey(latin), nameKey(arabic)
	if utf8.RuneCountInString(a) < 3 || len(l) < 3 || len(l) > 40 || len(a) > 40*letterLen {
		return false
	}
	return sounds(l, []rune(a), true)
}

const (
	latinVowels  = "aeiouy"
	arabicVowels = "اويعء"
)

// sounds matches what is left of both; first: nothing was matched yet. Each
// step leaves less of the Latin name, and each sound has few letters, so the
// search stays small.
func sounds(l string, a []rune, first bool) bool {
	if l == "" {
		return len(a) == 0
	}
	if strings.IndexByte(latinVowels, l[0]) >= 0 && vowels(l, a, first) {
		return true
	}
	for n := min(3, len(l)); n > 0; n-- {
		letters, ok := consonants[l[:n]]
		if !ok || n == 1 && len(l) > 1 && l[1] == 'h' && consonants[l[:2]] != nil {
			continue // ch is one sound
		}
		rest := l[n:]
		for _, letter := range letters {
			left, ok := after(a, letter)
			if ok && (sounds(rest, left, false) || n == 1 && rest != "" && rest[0] == l[0] && sounds(rest[1:], left, false)) { // tt is written once
				return true
			}
		}
	}
	return false
}

// vowels matches the vowels that l begins with, with or without Arabic ones.
func vowels(l string, a []rune, first bool) bool {
	n := len(l) - len(strings.TrimLeft(l, latinVowels))
	rest := l[n:]
	for k := 0; k <= min(n+1, 3, len(a)); k++ {
		if k > 0 && !strings.ContainsRune(arabicVowels, a[k-1]) && (a[k-1] != 'ه' || k != len(a)) {
			return false
		}
		if (k > 0 || !first) && sounds(rest, a[k:], false) {
			return true
		}
	}
	return false
}

// after returns what is left of a after a letter, or letters.
func after(a []rune, letters string) ([]rune, bool) {
	n := 0
	for _, r := range letters {
		if n >= len(a) || a[n] != r {
			return nil, false
		}
		n++
	}
	return a[n:], true
}
