// Package news says what an article is: its fields, how it is cleaned, what
// identifies it, and when two links are the same link.
//
// Everything here is pure: no network, no disk, no clock.
package news

import "time"

// An Article is one piece of news, however it arrived. Its JSON form is the
// project's stable exchange format: POST /v1/articles, JSON Lines and the
// store use it. Only a title or a body is required.
type Article struct {
	ID        string    `json:"id,omitempty"`       // unique over all sources; ID fills it when empty
	URL       string    `json:"url,omitempty"`      // canonical link, absolute http or https
	Title     string    `json:"title,omitempty"`    // plain text, one line
	Summary   string    `json:"summary,omitempty"`  // plain text
	Body      string    `json:"body,omitempty"`     // plain text; "text" is accepted when read
	Lang      string    `json:"lang,omitempty"`     // BCP 47 as declared, lower case; empty: unknown
	Published time.Time `json:"published,omitzero"` // zero: unknown, which is better than wrong
	Updated   time.Time `json:"updated,omitzero"`   // zero: unknown
	Source    string    `json:"source,omitempty"`   // the outlet's name as people know it
	Author    string    `json:"author,omitempty"`   // names, joined by ", "
	Tags      []string  `json:"tags,omitempty"`     // categories, in the feed's order
	Image     string    `json:"image,omitempty"`    // absolute http or https link
}

// A Field names a part of an article that a rule can look into. Spans and
// rules use these names.
type Field uint8

// The fields. Words of a rule that name no field look in FieldTitle,
// FieldSummary, FieldBody and FieldTags.
const (
	FieldTitle Field = iota
	FieldSummary
	FieldBody
	FieldTags // the tags joined by newline
	FieldSource
	FieldAuthor
	FieldLang
	FieldSite // the host of URL
)
