// Package markup reads, checks, cleans and writes the text of messages the way
// Telegram's servers do: HTML parse mode, entities in UTF-16 units, the
// characters that are dropped, and the limits. It is pure. The rules were read
// from MessageEntity.cpp of the public tdlib sources.
package markup

import (
	"cmp"
	"rasid/sandbox/wire"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of a message, see https://core.telegram.org/bots/api#sendmessage.
const (
	MaxText     = 4096    // code points of a text once entities are parsed
	MaxCaption  = 1024    // code points of a caption
	MaxRaw      = 1 << 15 // bytes of a text before parsing
	MaxEntities = 100     // further ones are ignored
	MaxLinks    = 9500    // bytes of link addresses in one message
)

// Format reads a text in a parse mode ("" or "none" for plain), or with a JSON
// array of entities when there is no mode.
func Format(text, mode, entities string) (string, []wire.Entity, error) {
	if text == "" {
		return "", nil, wire.Bad("message text is empty")
	}
	if len(text) > MaxRaw {
		return "", nil, wire.Bad("text is too long")
	}
	switch strings.ToLower(mode) {
	case "html":
		plain, found, err := ParseHTML(text)
		if err != nil {
			return "", nil, wire.Bad("can't parse entities: %s", err)
		}
		return plain, found, nil
	case "markdown", "markdownv2":
		return "", nil, &wire.Error{Code: 501, Description: "Not Implemented: the sandbox reads no Markdown; use HTML"}
	case "", "none":
		found, err := ParseEntities(text, entities)
		return text, found, err
	default:
		return "", nil, wire.Bad("unsupported parse_mode")
	}
}

// Finish cleans a text that Format returned, checks its limits and adds the
// entities a server finds by itself.
func Finish(text string, entities []wire.Entity) (string, []wire.Entity, error) {
	text, entities = Clean(text, entities)
	if text == "" {
		return "", nil, wire.Bad("text must be non-empty")
	}
	if utf8.RuneCountInString(text) > MaxText {
		return "", nil, wire.Bad("message is too long")
	}
	entities = normalise(entities)
	entities = entities[:min(len(entities), MaxEntities)]
	links := 0
	for _, e := range entities {
		links += len(e.URL)
	}
	if links > MaxLinks {
		return "", nil, wire.Bad("ENTITIES_TOO_LONG")
	}
	return text, addAuto(text, entities), nil
}

// units returns how many UTF-16 units r takes.
func units(r rune) int {
	if r > 0xffff {
		return 2
	}
	return 1
}

// Length returns the length of s in UTF-16 units.
func Length(s string) int {
	n := 0
	for _, r := range s {
		n += units(r)
	}
	return n
}

// Slice returns the part of s between two offsets in UTF-16 units. Offsets
// outside s are moved to its ends.
func Slice(s string, from, to int) string {
	return s[ByteOffset(s, from):ByteOffset(s, to)]
}

// ByteOffset turns an offset in UTF-16 units into one in bytes. One in the
// middle of a character is moved behind it.
func ByteOffset(s string, offset int) int {
	n := 0
	for i, r := range s {
		if n >= offset {
			return i
		}
		n += units(r)
	}
	return len(s)
}

// sortEntities orders by offset, the longer first, then by what must be
// outside.
func sortEntities(list []wire.Entity) {
	slices.SortStableFunc(list, func(a, b wire.Entity) int {
		return cmp.Or(cmp.Compare(a.Offset, b.Offset), cmp.Compare(b.Length, a.Length), cmp.Compare(depth(a.Type), depth(b.Type)))
	})
}

// depth says how far inside a kind of entity stands when several mark the same
// text.
func depth(kind string) int {
	order := []string{"blockquote", "expandable_blockquote", "pre", "code", "text_link", "text_mention", "date_time", "custom_emoji", "bold", "italic", "underline", "strikethrough", "spoiler"}
	if i := slices.Index(order, kind); i >= 0 {
		return i
	}
	return len(order)
}

// style reports whether a kind may be split and joined freely.
func style(kind string) bool {
	switch kind {
	case "bold", "italic", "underline", "strikethrough", "spoiler":
		return true
	default:
		return false
	}
}

func verbatim(kind string) bool { return kind == "pre" || kind == "code" }

func quote(kind string) bool { return kind == "blockquote" || kind == "expandable_blockquote" }

func end(e wire.Entity) int { return e.Offset + e.Length }

func overlap(a, b wire.Entity) bool { return a.Offset < end(b) && b.Offset < end(a) }
