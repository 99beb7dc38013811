package markup

import (
	"fmt"
	"rasid/sandbox/wire"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// errSurrogate is what text with half a surrogate pair is refused with.
const errSurrogate = parseError("Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units")

// A reader walks over HTML. Bytes behind the end read as 0, as in the server.
type reader struct {
	in       string
	i        int
	out      []byte
	units    int // UTF-16 units in out
	open     []tag
	entities []wire.Entity
}

// A tag is one that was opened.
type tag struct {
	name, arg string
	date      int64
	start     int // in UTF-16 units
	startByte int // in out
}

// ParseHTML reads HTML parse mode. The error is worded as the server words it,
// without its prefix; offsets in it count bytes of s.
func ParseHTML(s string) (string, []wire.Entity, error) {
	r := &reader{in: s}
	for r.i < len(s) {
		if err := r.step(); err != nil {
			return "", nil, err
		}
	}
	if n := len(r.open); n > 0 {
		return "", nil, failf("Can't find end tag corresponding to start tag %q", r.open[n-1].name)
	}
	if !utf8.Valid(r.out) {
		return "", nil, errSurrogate
	}
	return string(r.out), normalise(r.entities), nil
}

func (r *reader) step() error {
	switch c := r.peek(); c {
	case '&':
		code := r.charRef()
		if code == 0 {
			r.copyRune()
			return nil
		}
		r.units += units(rune(code))
		r.out = appendCode(r.out, code)
		return nil
	case '<':
		if r.at(r.i+1) == '/' {
			return r.endTag()
		}
		return r.startTag()
	default:
		r.copyRune()
		return nil
	}
}

func (r *reader) copyRune() {
	c, n := utf8.DecodeRuneInString(r.in[r.i:])
	r.out = append(r.out, r.in[r.i:r.i+n]...)
	r.units += units(c)
	r.i += n
}

func (r *reader) at(i int) byte {
	if i < len(r.in) {
		return r.in[i]
	}
	return 0
}

func (r *reader) peek() byte { return r.at(r.i) }

// appendCode writes a code point, half a surrogate pair too, which is then
// found not to be UTF-8.
func appendCode(b []byte, code uint32) []byte {
	if code >= 0xd800 && code <= 0xdfff {
		return append(b, byte(0xe0|code>>12), byte(0x80|code>>6&0x3f), byte(0x80|code&0x3f))
	}
	return utf8.AppendRune(b, rune(code))
}

// maxRefLen is how long a numeric reference may be, in bytes.
const maxRefLen = 10

// charRef reads a character reference and moves behind it. It returns 0 and
// moves nowhere when there is none it knows.
func (r *reader) charRef() uint32 {
	i := r.i + 1
	var code uint32
	if r.at(i) == '#' {
		code, i = r.numericRef(i + 1)
		if code == 0 || code >= 0x10ffff || i-r.i >= maxRefLen {
			return 0
		}
	} else {
		start := i
		for isAlpha(r.at(i)) {
			i++
		}
		switch r.in[start:i] {
		case "lt":
			code = '<'
		case "gt":
			code = '>'
		case "amp":
			code = '&'
		case "quot":
			code = '"'
		default:
			return 0
		}
	}
	if r.at(i) == ';' {
		i++
	}
	r.i = i
	return code
}

func (r *reader) numericRef(i int) (code uint32, next int) {
	base := 10
	if r.at(i) == 'x' {
		base = 16
		i++
	}
	start := i
	for isDigit(r.at(i)) || base == 16 && isHex(r.at(i)) {
		i++
	}
	n, err := strconv.ParseUint(r.in[start:i], base, 32)
	if err != nil {
		return 0, i
	}
	return uint32(n), i
}

func (r *reader) startTag() error {
	begin := r.i
	r.i++
	for !isSpace(r.peek()) && r.peek() != '>' && r.i < len(r.in) {
		r.i++
	}
	if r.i >= len(r.in) {
		return failf("Unclosed start tag at byte offset %d", begin)
	}
	t := tag{name: strings.ToLower(r.in[begin+1 : r.i]), start: r.units, startByte: len(r.out)}
	if !slices.Contains(knownTags(), t.name) {
		return failf("Unsupported start tag \"%s\" at byte offset %d", t.name, begin)
	}
	if err := r.attributes(&t, begin); err != nil {
		return err
	}
	r.i++ // the >
	if t.name == "span" && t.arg != "spoiler" {
		return failf(`Tag "span" must have class "tg-spoiler" at byte offset %d`, begin)
	}
	r.open = append(r.open, t)
	return nil
}

// A parseError is a refusal in the server's words, which begin with a capital.
type parseError string

// Error returns the words.
func (f parseError) Error() string { return string(f) }

func failf(format string, args ...any) error { return parseError(fmt.Sprintf(format, args...)) }

func knownTags() []string {
	return []string{
		"a", "b", "strong", "i", "em", "s", "strike", "del", "u", "ins", "tg-spoiler", "tg-emoji", "tg-time",
		"span", "pre", "code", "blockquote",
	}
}

func (r *reader) endTag() error {
	begin := r.i
	n := len(r.open)
	if n == 0 {
		return failf("Unexpected end tag at byte offset %d", begin)
	}
	r.i += 2
	start := r.i
	for !isSpace(r.peek()) && r.peek() != '>' && r.i < len(r.in) {
		r.i++
	}
	name := strings.ToLower(r.in[start:r.i])
	r.skipSpace()
	if r.peek() != '>' {
		return failf("Unclosed end tag at byte offset %d", begin)
	}
	r.i++
	t := r.open[n-1]
	if name != "" && name != t.name {
		return failf("Unmatched end tag at byte offset %d, expected \"</%s>\", found \"</%s>\"", begin, t.name, name)
	}
	r.open = r.open[:n-1]
	if r.units == t.start {
		return nil
	}
	return r.close(t)
}

func (r *reader) skipSpace() {
	for isSpace(r.peek()) {
		r.i++
	}
}

func isSpace(c byte) bool { return strings.IndexByte(" \t\r\n\x00\v", c) >= 0 && c != 0 }
func isAlpha(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isHex(c byte) bool   { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }
