package bot

import (
	"strings"

	"golang.org/x/text/unicode/bidi"
)

// The marks that survive Telegram's cleaning.
const (
	lrm = '\u200E'
	rlm = '\u200F'
	lri = '\u2066'
	rli = '\u2067'
	fsi = '\u2068'
	pdi = '\u2069'
)

// A Dir is a reading direction.
type Dir uint8

// The directions.
const (
	Neutral Dir = iota
	LTR
	RTL
)

// DirOf returns the direction in which a language is written.
func DirOf(lang string) Dir {
	base, _, _ := strings.Cut(strings.ToLower(lang), "-")
	switch base {
	case "ar", "fa", "ur", "he", "iw", "ps", "sd", "ug", "yi", "dv", "ckb", "syr", "arc", "nqo", "rhg", "bal", "lrc", "mzn":
		return RTL
	default:
		return LTR
	}
}

// FirstDir returns the direction of the first letter that has one, which is
// how Telegram's apps lay out a line.
func FirstDir(s string) Dir {
	for _, c := range s {
		if d := dirOf(c); d != Neutral {
			return d
		}
	}
	return Neutral
}

func dirOf(c rune) Dir {
	p, _ := bidi.LookupRune(c)
	switch p.Class() {
	case bidi.L:
		return LTR
	case bidi.R, bidi.AL:
		return RTL
	default:
		return Neutral
	}
}

// Value adds a stranger's words to a line that reads in direction base. They
// keep no marks of their own that could reach beyond them, and stand in an
// isolate when anything in them reads the other way.
func (r *Rich) Value(base Dir, s string) *Rich { return r.Piece(base, (&Rich{}).Text(s)) }

// Piece is Value for words with styles. The isolate is around the whole, so a
// bold phrase has no mark inside.
func (r *Rich) Piece(base Dir, p *Rich) *Rich {
	p = p.unmarked()
	if !needsIsolate(base, string(p.text)) {
		return r.Append(p)
	}
	return r.Text(string(fsi)).Append(p).Text(string(pdi))
}

// Lead begins a line that reads in direction base and whose first words are a
// stranger's: where those read the other way, or no way, a mark goes first.
func (r *Rich) Lead(base Dir, p *Rich) *Rich {
	return r.Text(leadMark(base, p.Plain())).Piece(base, p)
}

// leadMark returns what goes before a line in direction base that begins with
// s, so that apps which look at the first letter lay it out right.
func leadMark(base Dir, s string) string {
	switch d := FirstDir(s); {
	case base == RTL && d != RTL:
		return string(rlm)
	case base == LTR && d == RTL:
		return string(lrm)
	default:
		return ""
	}
}

// needsIsolate reports whether s would mix with a line in direction base: any
// letter of the other direction, or, in a right-to-left line, words without a
// direction (dates, amounts), whose parts would change places.
func needsIsolate(base Dir, s string) bool {
	own := false
	for _, c := range s {
		switch dirOf(c) {
		case Neutral:
		case base:
			own = true
		default:
			return true
		}
	}
	return !own && base == RTL && s != ""
}

// unmarked returns r without line breaks and without the marks that change the
// direction of what follows. The joiners stay: words are spelt with them.
func (r *Rich) unmarked() *Rich {
	out := &Rich{}
	start := 0
	for _, u := range r.runs {
		words := strings.Map(func(c rune) rune {
			if c == '\n' {
				return ' '
			}
			if isMark(c) {
				return -1
			}
			return c
		}, string(r.text[start:u.end]))
		out.add(words, u.style, u.href)
		start = u.end
	}
	return out
}

// isMark reports whether c only steers direction.
func isMark(c rune) bool { return c == lrm || c == rlm || c == 0x61C || c >= lri && c <= pdi }
