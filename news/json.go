package news

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// A FieldError says which field of an article's JSON cannot be read.
type FieldError struct {
	Name   string
	Reason string
}

// Error names the field and what is wrong with it.
func (e *FieldError) Error() string { return fmt.Sprintf("field %s: %s", e.Name, e.Reason) }

// UnmarshalJSON reads the exchange format. "text" is taken for "body" where
// there is no body; an id may be a number; unknown fields are passed over.
// The error is a *FieldError where one field is to blame.
func (a *Article) UnmarshalJSON(data []byte) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return fmt.Errorf("an article is a JSON object: %w", err)
	}
	if raw == nil {
		return errors.New("an article is a JSON object, not null")
	}
	if _, ok := raw["body"]; !ok {
		raw["body"] = raw["text"]
	}
	*a = Article{}
	var id json.RawMessage
	for _, f := range []struct {
		name, want string
		to         any
	}{
		{"id", "a string or a number", &id},
		{"url", "a string", &a.URL},
		{"title", "a string", &a.Title},
		{"summary", "a string", &a.Summary},
		{"body", "a string", &a.Body},
		{"lang", "a string", &a.Lang},
		{"published", "a time as in RFC 3339", &a.Published},
		{"updated", "a time as in RFC 3339", &a.Updated},
		{"source", "a string", &a.Source},
		{"author", "a string", &a.Author},
		{"tags", "a list of strings", &a.Tags},
		{"image", "a string", &a.Image},
	} {
		v := raw[f.name]
		if len(v) == 0 || string(v) == "null" || emptyTime(v, f.to) {
			continue
		}
		if err := json.Unmarshal(v, f.to); err != nil {
			return &FieldError{f.name, "must be " + f.want}
		}
	}
	return a.readID(id)
}

func emptyTime(v json.RawMessage, to any) bool {
	_, isTime := to.(*time.Time)
	return isTime && string(v) == `""`
}

func (a *Article) readID(id json.RawMessage) error {
	id = bytes.TrimSpace(id)
	switch {
	case len(id) == 0:
		return nil
	case id[0] == '"':
		return json.Unmarshal(id, &a.ID)
	case id[0] == '-' || id[0] >= '0' && id[0] <= '9':
		a.ID = string(id)
		return nil
	}
	return &FieldError{"id", "must be a string or a number"}
}

// Check reports what keeps a, cleaned, from being taken in: nil, or a
// *FieldError.
func Check(a *Article) error {
	switch {
	case a.Title == "" && a.Body == "" && a.Summary == "":
		return &FieldError{"title", "is missing: an article needs a title or a body"}
	case a.URL != "" && CanonicalLink(a.URL) == "":
		return &FieldError{"url", "must be an http or https link"}
	case strings.ContainsAny(a.ID, "\n"):
		return &FieldError{"id", "must be one line"}
	}
	return nil
}
