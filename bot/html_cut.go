package bot

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ellipsis stands where text was cut.
const ellipsis = "…"

// wordSlack is how far back, in UTF-16 units, a cut looks for the end of a
// word.
const wordSlack = 24

// Cut returns r with at most limit UTF-16 units, the ellipsis and the marks
// that close isolates counted. It cuts at the end of a word where one is near,
// and never inside a grapheme.
func (r *Rich) Cut(limit int) *Rich {
	f := r.final()
	if units(string(f.text)) <= limit {
		return f
	}
	at := cutPoint(string(f.text), limit)
	out := &Rich{}
	start := 0
	for _, u := range f.runs {
		end := min(u.end, at)
		if start < end {
			out.add(string(f.text[start:end]), u.style, u.href)
		}
		start = u.end
	}
	if limit >= 1 {
		out.add(ellipsis, out.lastStyle()&(Quote|Folded), "")
	}
	return out.final()
}

func (r *Rich) lastStyle() Style {
	if len(r.runs) == 0 {
		return 0
	}
	return r.runs[len(r.runs)-1].style
}

// cutPoint returns the byte offset at which to cut s so that what is left, the
// ellipsis and the closing marks take at most limit units. The isolates of s
// are balanced.
func cutPoint(s string, limit int) int {
	best, bestWord := 0, -1
	used, open, wordUsed := 0, 0, 0
	g := graphemes{}
	for i, c := range s {
		if g.breaks(c) && used+open+1 <= limit {
			best = i
			if unicode.IsSpace(c) {
				bestWord, wordUsed = i, used
			}
		}
		if used > limit {
			break
		}
		used += units(string(c))
		open += depth(c)
		if c == '\n' {
			open = 0
		}
	}
	if bestWord > 0 && units(s[:best])-wordUsed <= wordSlack {
		best = bestWord
	}
	return len(strings.TrimRightFunc(s[:best], unicode.IsSpace))
}

// maxCluster bounds how many combining characters one visible character
// keeps; a text that piles up more is not a text.
const maxCluster = 16

// final returns r as it will be seen: isolates balanced in every line (a
// paragraph's end ends them anyhow, so what is open is closed there, and what
// closes nothing is dropped), and piled up combining characters bounded.
func (r *Rich) final() *Rich {
	out := &Rich{text: make([]byte, 0, len(r.text)+8)}
	open, cluster := 0, 0
	start := 0
	for _, u := range r.runs {
		from := len(out.text)
		for _, c := range string(r.text[start:u.end]) {
			if cluster = nextCluster(cluster, c); cluster > maxCluster {
				continue
			}
			open = out.balance(c, open)
		}
		start = u.end
		if len(out.text) > from {
			out.runs = append(out.runs, run{len(out.text), u.style, u.href})
		}
	}
	if n := len(out.runs); open > 0 && n > 0 {
		out.close(open)
		out.runs[n-1].end = len(out.text)
	}
	return out
}

func nextCluster(n int, c rune) int {
	if unicode.In(c, unicode.Mn, unicode.Me) {
		return n + 1
	}
	return 0
}

// balance appends c with open isolates open, and returns how many are then.
func (r *Rich) balance(c rune, open int) int {
	switch d := depth(c); {
	case c == '\n':
		r.close(open)
		open = 0
	case d < 0 && open == 0, d > 0 && open == maxDepth:
		return open
	default:
		open += d
	}
	r.text = utf8.AppendRune(r.text, c)
	return open
}

// maxDepth bounds nested isolates. Telegram's clients know 125; nobody means
// more than a few.
const maxDepth = 8

func (r *Rich) close(open int) {
	for range open {
		r.text = utf8.AppendRune(r.text, pdi)
	}
}

// depth is +1 for what opens an isolate, -1 for what closes one.
func depth(c rune) int {
	switch c {
	case lri, rli, fsi:
		return 1
	case pdi:
		return -1
	default:
		return 0
	}
}

// graphemes tells where a text may be cut: a careful reading of UAX #29, which
// joins all that the annex joins and a little more, so a cut is never inside
// what a person sees as one character.
type graphemes struct {
	prev  rune
	flags int // regional indicators in a row before the present character
	begun bool
}

// breaks reports whether a cut before c is allowed, and moves past c.
func (g *graphemes) breaks(c rune) bool {
	joined := !g.begun || g.joins(c)
	g.begun = true
	g.flags++
	if !regional(c) {
		g.flags = 0
	}
	g.prev = c
	return !joined
}

func (g *graphemes) joins(c rune) bool {
	switch {
	case c == '\n' || g.prev == '\n':
		return false
	case extends(c), g.prev == zwj:
		return true
	case depth(g.prev) > 0 || c == pdi:
		return true // an isolate with nothing in it helps nobody
	case regional(c) && regional(g.prev):
		return g.flags%2 == 1
	case unicode.In(g.prev, unicode.Prepended_Concatenation_Mark):
		return true
	case virama(g.prev) && unicode.IsLetter(c):
		return true
	default:
		return hangul(g.prev, c)
	}
}

// zwj is the zero width joiner.
const zwj = '\u200D'

func extends(c rune) bool {
	return unicode.In(c, unicode.Mn, unicode.Me, unicode.Mc) || c == zwj || c == '\u200C' ||
		c >= 0x1F3FB && c <= 0x1F3FF || c >= 0xE0020 && c <= 0xE007F || c >= 0xFF9E && c <= 0xFF9F
}

func regional(c rune) bool { return c >= 0x1F1E6 && c <= 0x1F1FF }

// virama reports whether c binds the next consonant, in the Indic scripts
// whose conjuncts are one character.
func virama(c rune) bool {
	return slices.Contains([]rune{0x94D, 0x9CD, 0xACD, 0xB4D, 0xC4D, 0xD4D, 0x1039, 0x17D2, 0x1A60, 0xABF6}, c)
}

// hangul reports whether two jamo belong to one syllable.
func hangul(prev, c rune) bool {
	follows := c >= 0x1160 && c <= 0x11FF || c >= 0xD7B0 && c <= 0xD7FB
	leads := prev >= 0x1100 && prev <= 0x115F || prev >= 0xA960 && prev <= 0xA97C
	part := c >= 0x1100 && c <= 0x11FF || c >= 0xAC00 && c <= 0xD7FB || c >= 0xA960 && c <= 0xA97C
	return follows || leads && part
}
