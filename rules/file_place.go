package rules

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml/token"
)

// A style is how a scalar is written.
type style uint8

const (
	stylePlain style = iota
	styleSingle
	styleDouble
	styleBlock
)

// text makes a fileText of a scalar in a line.
func (r *fileReader) text(value string, tok *token.Token) fileText {
	t := fileText{value: value, at: r.at(tok)}
	switch tok.Type {
	case token.SingleQuoteType:
		t.style = styleSingle
		t.at.col++
	case token.DoubleQuoteType:
		t.style = styleDouble
		t.at.col++
	}
	return t
}

// maxScalar is how many lines of a scalar are looked at for places.
const maxScalar = 50

// raw is the file from the scalar's first character on.
func (t fileText) raw(lines []string) string {
	n := t.at.line
	if n < 1 || n > len(lines) {
		return ""
	}
	return afterChars(strings.Join(lines[n-1:min(n+maxScalar, len(lines))], "\n"), t.at.col-1)
}

// block sets the place of a scalar whose text begins in the line below its
// | or >.
func (t fileText) block(lines []string) fileText {
	t.style = styleBlock
	for n := t.at.line; n >= 0 && n < len(lines); n++ {
		body := strings.TrimLeft(lines[n], " ")
		if body == "" {
			continue
		}
		t.at.line, t.at.col, t.at.source = n+1, len(lines[n])-len(body)+1, lines[n]
		break
	}
	return t
}

// afterChars returns s without its first n characters.
func afterChars(s string, n int) string {
	for range max(n, 0) {
		_, size := utf8.DecodeRuneInString(s)
		s = s[size:]
	}
	return s
}

// place returns where the byte pos of the value stands in the file. It walks
// through value and file together: runs of white space stand for each other
// (lines are folded), and escapes for what they mean. Where they part, it is
// the scalar's beginning.
func (t fileText) place(pos int, lines []string) place {
	at, rest := t.at, t.raw(lines)
	for i := 0; i < min(pos, len(t.value)); {
		_, size := utf8.DecodeRuneInString(t.value[i:])
		eat := t.eats(t.value[i:i+size], rest)
		if eat < 0 {
			return t.at
		}
		i += size
		at, rest = at.past(rest[:eat]), rest[eat:]
		if i < len(t.value) && !blank(t.value[i:]) {
			gap := len(rest) - len(strings.TrimLeftFunc(rest, unicode.IsSpace))
			at, rest = at.past(rest[:gap]), rest[gap:]
		}
	}
	if at.line != t.at.line {
		at.source = lines[at.line-1]
	}
	return at
}

func blank(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return s != "" && unicode.IsSpace(r)
}

// eats tells how many bytes of the file stand for one character of the value;
// -1: it is not there.
func (t fileText) eats(char, rest string) int {
	switch {
	case blank(char) && blank(rest):
		_, size := utf8.DecodeRuneInString(rest)
		return size
	case blank(char): // folded into the white space before
		return 0
	case t.style == styleSingle && char == "'" && strings.HasPrefix(rest, "''"):
		return 2
	case t.style == styleDouble && strings.HasPrefix(rest, `\`):
		return escape(rest)
	case strings.HasPrefix(rest, char):
		return len(char)
	}
	return -1
}

// escape is the length of the escape that rest begins with.
func escape(rest string) int {
	if len(rest) < 2 {
		return -1
	}
	n := 2 + map[byte]int{'x': 2, 'u': 4, 'U': 8}[rest[1]]
	if n > len(rest) {
		return -1
	}
	if n > 2 {
		if _, err := strconv.ParseUint(rest[2:n], 16, 32); err != nil {
			return -1
		}
	}
	return n
}

// past is the place after the text s.
func (p place) past(s string) place {
	if lines := strings.Count(s, "\n"); lines > 0 {
		p.line += lines
		p.col = 1
		s = s[strings.LastIndexByte(s, '\n')+1:]
	}
	p.col += utf8.RuneCountInString(s)
	return p
}

// tail returns what follows the scalar on its last line.
func (t fileText) tail(lines []string) string {
	end := t.place(len(t.value), lines)
	if end.line < 1 || end.line > len(lines) || t.style == styleBlock {
		return ""
	}
	rest := afterChars(lines[end.line-1], end.col-1)
	if t.style == styleSingle || t.style == styleDouble {
		_, rest, _ = strings.Cut(rest, map[style]string{styleSingle: "'", styleDouble: `"`}[t.style])
	}
	return rest
}
