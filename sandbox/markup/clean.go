package markup

import (
	"rasid/sandbox/wire"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean does what the server does to every text: control characters become
// spaces, some characters are dropped, white space at the ends goes, and
// entities move along. Entities that mark nothing any more are dropped.
func Clean(text string, entities []wire.Entity) (string, []wire.Entity) {
	var b strings.Builder
	moved := make([]int, 0, len(text)+1) // old offset -> new offset, in UTF-16 units
	n := 0
	for _, r := range text {
		kept, ok := cleanRune(r)
		for range units(r) {
			moved = append(moved, n)
		}
		if !ok {
			continue
		}
		b.WriteRune(kept)
		n += units(r)
	}
	moved = append(moved, n)
	out := strings.TrimRightFunc(b.String(), unicode.IsSpace)
	trimmed := strings.TrimLeft(out, " \n")
	left, total := len(out)-len(trimmed), Length(trimmed)
	return trimmed, shift(entities, moved, left, total)
}

// shift moves entities to where their text went. left counts characters, all
// of one byte and one unit, that were cut in front.
func shift(entities []wire.Entity, moved []int, left, total int) []wire.Entity {
	var list []wire.Entity
	place := func(offset int) int {
		offset = min(max(offset, 0), len(moved)-1)
		return min(max(moved[offset]-left, 0), total)
	}
	for _, e := range entities {
		from, to := place(e.Offset), place(end(e))
		if to > from {
			e.Offset, e.Length = from, to-from
			list = append(list, e)
		}
	}
	return list
}

// cleanRune returns what the server keeps in place of r.
func cleanRune(r rune) (rune, bool) {
	switch {
	case r == '\r', r >= 0x2028 && r <= 0x202e, r == 0x0333, r == 0x033f, r == 0x030a:
		return 0, false
	case r < ' ' && r != '\n':
		return ' ', true
	case r == utf8.RuneError:
		return r, true
	default:
		return r, true
	}
}
