package markup

import (
	"rasid/sandbox/wire"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A finder finds one kind of entity that servers mark by themselves. Its
// pattern's first group is the entity.
type finder struct {
	kind    string
	pattern *regexp.Regexp
	trim    bool // closing punctuation does not belong to it
}

// addAuto adds what the server finds: addresses, names, tags, commands. What
// is code or a link already is left alone.
func addAuto(text string, entities []wire.Entity) []wire.Entity {
	taken := slices.DeleteFunc(slices.Clone(entities), func(e wire.Entity) bool { return style(e.Type) || quote(e.Type) })
	all := slices.Clone(entities)
	for _, f := range finders {
		for _, e := range f.find(text) {
			if !slices.ContainsFunc(taken, func(t wire.Entity) bool { return overlap(t, e) }) {
				taken, all = append(taken, e), append(all, e)
			}
		}
	}
	sortEntities(all)
	return all
}

func (f finder) find(text string) []wire.Entity {
	var found []wire.Entity
	for _, m := range f.pattern.FindAllStringSubmatchIndex(text, -1) {
		from, to := m[2], m[3]
		if f.trim {
			to = from + len(strings.TrimRight(text[from:to], ".,;:!?'\")]}»…،؛؟"))
		}
		if to <= from || !f.fits(text, from, to) {
			continue
		}
		offset := Length(text[:from])
		found = append(found, wire.Entity{Type: f.kind, Offset: offset, Length: Length(text[from:to])})
	}
	return found
}

// fits looks at what stands around a find and, for tags, at the find itself.
func (f finder) fits(text string, from, to int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:from])
	after, _ := utf8.DecodeRuneInString(text[to:])
	if from > 0 && (wordRune(before) || before == '/' || before == '@') {
		return false
	}
	switch f.kind {
	case "bot_command":
		return !wordRune(after) && after != '/' && (from == 0 || !strings.ContainsRune("<>&", before))
	case "hashtag":
		return strings.ContainsFunc(text[from:to], unicode.IsLetter)
	case "cashtag", "mention":
		return to == len(text) || !wordRune(after)
	default:
		return true
	}
}

func wordRune(r rune) bool {
	return r != utf8.RuneError && (r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r))
}
