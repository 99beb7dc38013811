package bot

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The limits of one message. The first two are Telegram's
// (https://core.telegram.org/bots/api#sendmessage), counted in UTF-16 units,
// which is never less than in characters. The third stays below what the
// server takes for links, so that text, tags and links together also stay
// below its 32,768 raw bytes.
const (
	MaxText     = 4096 // UTF-16 units once entities are parsed
	MaxEntities = 100
	MaxLinks    = 8000 // escaped bytes of all link addresses
)

// A Style is how a piece of text looks. Styles are added with |.
type Style uint16

// The styles, outermost first. Code and Pre go with Quote only.
const (
	Quote Style = 1 << iota
	Folded
	Pre
	link // set together with an address
	Bold
	Italic
	Underline
	Strike
	Code
)

// A Rich is a text for a person, with styles and links. Everything added to it
// is plain text: Rich alone makes the HTML, so nothing a stranger wrote can
// become a tag. HTML keeps every limit of a message. The zero value is empty
// and ready to use; methods that add return their receiver.
type Rich struct {
	text []byte // clean UTF-8
	runs []run  // cover text without gaps
}

// A run is a piece of text in one style.
type run struct {
	end   int // byte offset in the text where it ends
	style Style
	href  string
}

// Text adds words of our own. Isolates in it stay; strangers' words are added
// by Value.
func (r *Rich) Text(s string) *Rich { return r.add(s, 0, "") }

// Styled adds words of our own in a style.
func (r *Rich) Styled(st Style, s string) *Rich { return r.add(s, st&^link, "") }

// Link adds words that lead to href. An address that Telegram would drop gives
// plain words.
func (r *Rich) Link(href, s string) *Rich { return r.add(s, 0, href) }

// Line ends the line.
func (r *Rich) Line() *Rich { return r.add("\n", 0, "") }

// Append adds all of o.
func (r *Rich) Append(o *Rich) *Rich {
	start := 0
	for _, u := range o.runs {
		r.add(string(o.text[start:u.end]), u.style, u.href)
		start = u.end
	}
	return r
}

// Dress adds a style to all that is there.
func (r *Rich) Dress(st Style) *Rich {
	for i := range r.runs {
		r.runs[i].style = only(r.runs[i].style | st&^link)
	}
	return r
}

// Empty reports whether a person would see nothing.
func (r *Rich) Empty() bool {
	return strings.TrimFunc(string(r.text), func(c rune) bool { return unicode.IsSpace(c) || isMark(c) }) == ""
}

// Plain returns the text without styles.
func (r *Rich) Plain() string { return string(r.final().text) }

// Units returns the length of the text in UTF-16 units, as Telegram counts
// offsets.
func (r *Rich) Units() int { return units(string(r.final().text)) }

func (r *Rich) add(s string, st Style, href string) *Rich {
	s = cleanText(s)
	if s == "" {
		return r
	}
	if st&link == 0 && href != "" {
		if href = cleanLink(href); href != "" {
			st |= link
		}
	}
	if st = only(st); st&link == 0 {
		href = ""
	}
	r.text = append(r.text, s...)
	if n := len(r.runs); n > 0 && r.runs[n-1].style == st && r.runs[n-1].href == href {
		r.runs[n-1].end = len(r.text)
		return r
	}
	r.runs = append(r.runs, run{len(r.text), st, href})
	return r
}

// only drops the styles that Telegram would not combine.
func only(st Style) Style {
	if st&Folded != 0 {
		st |= Quote
	}
	for _, alone := range []Style{Pre, Code} {
		if st&alone != 0 {
			return alone | st&(Quote|Folded)
		}
	}
	return st
}

// cleanText makes s what Telegram will keep of it, so that our offsets are
// Telegram's: valid UTF-8 in NFC, without what the server drops (td's
// clean_input_string), control characters as spaces.
func cleanText(s string) string {
	s = norm.NFC.String(strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\n':
			return c
		case c == '\r' || dropped(c):
			return -1
		case c < ' ' || c == 0x7F:
			return ' '
		default:
			return c
		}
	}, s)
}

// dropped reports whether the server removes c. Zero-width no-break space goes
// with them: it is only ever a stray byte order mark.
func dropped(c rune) bool {
	return c >= 0x2028 && c <= 0x202E || c == 0x333 || c == 0x33F || c == 0x30A || c == 0xFEFF
}

// units returns the length of s in UTF-16 units.
func units(s string) int {
	n := utf8.RuneCountInString(s)
	for _, c := range s {
		if c > 0xFFFF {
			n++
		}
	}
	return n
}
