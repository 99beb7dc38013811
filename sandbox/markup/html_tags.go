package markup

import (
	"rasid/sandbox/wire"
	"strconv"
	"strings"
)

// attributes reads up to the > of a start tag.
func (r *reader) attributes(t *tag, begin int) error {
	for {
		r.skipSpace()
		if r.peek() == '>' {
			return nil
		}
		start := r.i
		for r.i < len(r.in) && !isSpace(r.peek()) && r.peek() != '=' && r.peek() != '>' && r.peek() != '/' && r.peek() != '"' && r.peek() != '\'' {
			r.i++
		}
		name := r.in[start:r.i]
		if name == "" {
			return failf("Empty attribute name in the tag \"%s\" at byte offset %d", t.name, begin)
		}
		r.skipSpace()
		if r.peek() != '=' {
			if r.i >= len(r.in) {
				return unclosed(t, begin)
			}
			t.set(name, "1", true)
			continue
		}
		r.i++
		r.skipSpace()
		if r.i >= len(r.in) {
			return unclosed(t, begin)
		}
		value, err := r.value(begin)
		if err != nil {
			return err
		}
		t.set(name, value, false)
	}
}

func unclosed(t *tag, begin int) error {
	return failf("Unclosed start tag \"%s\" at byte offset %d", t.name, begin)
}

// value reads an attribute's value, quoted or a bare token.
func (r *reader) value(begin int) (string, error) {
	q := r.peek()
	if q != '"' && q != '\'' {
		start := r.i
		for isAlpha(r.peek()) || isDigit(r.peek()) || r.peek() == '.' || r.peek() == '-' {
			r.i++
		}
		if !isSpace(r.peek()) && r.peek() != '>' {
			return "", failf("Unexpected end of name token at byte offset %d", start)
		}
		return strings.ToLower(r.in[start:r.i]), nil
	}
	r.i++
	var b []byte
	for r.i < len(r.in) && r.peek() != q {
		if r.peek() == '&' {
			if code := r.charRef(); code != 0 {
				b = appendCode(b, code)
				continue
			}
		}
		b = append(b, r.peek())
		r.i++
	}
	if r.i < len(r.in) {
		r.i++
	}
	if r.i >= len(r.in) {
		return "", failf("Unclosed start tag at byte offset %d", begin)
	}
	return strings.ToValidUTF8(string(b), ""), nil
}

// set keeps an attribute that means something for its tag.
func (t *tag) set(name, value string, bare bool) {
	switch {
	case t.name == "blockquote" && name == "expandable":
		t.arg = "1"
	case bare:
	case t.name == "a" && name == "href", t.name == "tg-emoji" && name == "emoji-id", t.name == "tg-time" && name == "format":
		t.arg = value
	case t.name == "code" && name == "class":
		if lang, ok := strings.CutPrefix(value, "language-"); ok {
			t.arg = lang
		}
	case t.name == "span" && name == "class":
		if class, ok := strings.CutPrefix(value, "tg-"); ok {
			t.arg = class
		}
	case t.name == "tg-time" && name == "unix":
		// What is no number is 0, and 0 makes no entity.
		t.date, _ = strconv.ParseInt(value, 10, 32)
	}
}

// close adds the entity of a tag that ended.
func (r *reader) close(t tag) error {
	e := wire.Entity{Type: styleOf(t.name), Offset: t.start, Length: r.units - t.start}
	switch t.name {
	case "tg-emoji":
		if n, err := strconv.ParseInt(t.arg, 10, 64); err != nil || n == 0 {
			return failf("Invalid custom emoji identifier specified")
		}
		e.CustomEmojiID = t.arg
	case "tg-time":
		if t.date <= 0 {
			return nil
		}
		e.UnixTime, e.TimeFormat = t.date, t.arg
	case "a":
		if !linkEntity(&e, t.arg, string(r.out[t.startByte:])) {
			return nil
		}
	case "pre", "code":
		if r.codeInPre(t, e) {
			return nil
		}
		e.Language = t.arg // of code: dropped unless a pre follows
	case "blockquote":
		if t.arg != "" {
			e.Type = "expandable_blockquote"
		}
	}
	r.entities = append(r.entities, e)
	return nil
}

// codeInPre makes one entity of a code that fills a pre, which is how a
// language is given.
func (r *reader) codeInPre(t tag, e wire.Entity) bool {
	if len(r.entities) == 0 {
		return false
	}
	last := &r.entities[len(r.entities)-1]
	if last.Offset != e.Offset || last.Length != e.Length {
		return false
	}
	if t.name == "pre" && last.Type == "code" && last.Language != "" {
		last.Type = "pre"
		return true
	}
	if t.name == "code" && last.Type == "pre" && t.arg != "" {
		last.Language = t.arg
		return true
	}
	return false
}

// styleOf names the entity of a tag.
func styleOf(name string) string {
	switch name {
	case "b", "strong":
		return "bold"
	case "i", "em":
		return "italic"
	case "s", "strike", "del":
		return "strikethrough"
	case "u", "ins":
		return "underline"
	case "tg-spoiler", "span":
		return "spoiler"
	case "tg-emoji":
		return "custom_emoji"
	case "tg-time":
		return "date_time"
	case "a":
		return "text_link"
	default:
		return name
	}
}
