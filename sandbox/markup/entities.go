package markup

import (
	"bytes"
	"encoding/json"
	"rasid/sandbox/wire"
)

// ParseEntities reads the entities parameter of a call for a text. JSON null,
// and whatever is no array, is no entities.
func ParseEntities(text, list string) ([]wire.Entity, error) {
	raw := bytes.TrimSpace([]byte(list))
	if len(raw) == 0 || raw[0] != '[' {
		return nil, nil
	}
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		return nil, wire.Bad("Can't parse entities JSON object")
	}
	var found []wire.Entity
	for _, item := range items {
		e, err := parseEntity(item)
		if err != nil {
			return nil, wire.Bad("Can't parse MessageEntity: %s", err)
		}
		if userMade(e.Type) {
			found = append(found, e)
		}
	}
	sortEntities(found)
	if err := checkEdges(text, found); err != nil {
		return nil, err
	}
	return normalise(found), nil
}

func parseEntity(item json.RawMessage) (wire.Entity, error) {
	var e struct {
		wire.Entity

		Type   *string `json:"type"`
		Offset *int    `json:"offset"`
		Length *int    `json:"length"`
	}
	if len(item) == 0 || item[0] != '{' {
		return wire.Entity{}, failf("expected an Object")
	}
	if err := json.Unmarshal(item, &e); err != nil {
		return wire.Entity{}, failf("a field has the wrong type")
	}
	for _, f := range []struct {
		name   string
		absent bool
	}{{"offset", e.Offset == nil}, {"length", e.Length == nil}, {"type", e.Type == nil}} {
		if f.absent {
			return wire.Entity{}, failf("Can't find field %q", f.name)
		}
	}
	if *e.Type == "" {
		return wire.Entity{}, failf("Type is not specified")
	}
	e.Entity.Type, e.Entity.Offset, e.Entity.Length = *e.Type, *e.Offset, *e.Length
	if *e.Type == "text_link" && !linkEntity(&e.Entity, e.URL, "") {
		return wire.Entity{}, failf("Entity URL '%s' is invalid", e.URL)
	}
	if *e.Type == "text_mention" && e.User == nil {
		return wire.Entity{}, failf("Can't find field %q", "user")
	}
	return e.Entity, nil
}

// userMade reports whether a sender may mark text with this kind; the others
// are found by the server itself.
func userMade(kind string) bool {
	switch kind {
	case "bold", "italic", "underline", "strikethrough", "spoiler", "code", "pre", "text_link", "text_mention",
		"custom_emoji", "blockquote", "expandable_blockquote", "date_time":
		return true
	default:
		return false
	}
}

// checkEdges refuses entities that begin or end inside a character or behind
// the text. list is sorted.
func checkEdges(text string, list []wire.Entity) error {
	bytesAt := map[int]int{} // UTF-16 offset of a character -> its byte offset
	n := 0
	for i, r := range text {
		bytesAt[n] = i
		n += units(r)
	}
	bytesAt[n] = len(text)
	for _, e := range list {
		if e.Length < 0 || e.Offset < 0 {
			return wire.Bad("Entity has a negative offset or length")
		}
		if e.Offset >= n {
			return wire.Bad("Entity begins after the end of the text at UTF-16 offset %d", e.Offset)
		}
		if _, ok := bytesAt[e.Offset]; !ok {
			return wire.Bad("Entity begins in a middle of a UTF-16 symbol at byte offset %d", bytesAt[e.Offset+1])
		}
		if end(e) > n {
			return wire.Bad("Entity beginning at UTF-16 offset %d ends after the end of the text at UTF-16 offset %d", e.Offset, end(e))
		}
		if _, ok := bytesAt[end(e)]; !ok {
			return wire.Bad("Entity beginning at UTF-16 offset %d ends in a middle of a UTF-16 symbol at byte offset %d", e.Offset, bytesAt[end(e)+1])
		}
	}
	return nil
}
