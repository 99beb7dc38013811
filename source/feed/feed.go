// Package feed turns a feed's bytes into entries: RSS 0.9x to 2.0, RDF, Atom
// 0.3 and 1.0, and JSON Feed. It reads what is broken as far as it goes, and
// gives the entries that are whole. It touches no network, disk or clock.
package feed

import (
	"bytes"
	"errors"
	"fmt"
	"rasid/news"
	"strings"
	"time"
)

// Limits of one document.
const (
	MaxBytes   = 10 << 20
	MaxDepth   = 256
	MaxEntries = 1000
)

// ErrNotFeed reports that the bytes are no feed.
var ErrNotFeed = errors.New("not a feed (RSS, Atom or JSON Feed)")

// Options say what is known of a feed beside its bytes. The zero value is
// ready to use.
type Options struct {
	ContentType string         // of the HTTP answer
	URL         string         // where it came from; relative links are relative to it
	Zone        *time.Location // of dates without a zone; default UTC
}

// A Document is what a feed holds. Texts are plain text.
type Document struct {
	Title   string
	Link    string
	Summary string
	Lang    string
	Entries []Entry
}

// An Entry is one item of a feed. Title, Summary and Content are plain text.
type Entry struct {
	ID        string // guid or id, as it stands
	Link      string // absolute
	Title     string
	Summary   string
	Content   string
	Author    string
	Lang      string
	Tags      []string
	Image     string
	Published time.Time
	Updated   time.Time
}

// Parse reads a feed. The error says what is wrong; entries read before that
// are returned with a nil error.
func Parse(data []byte, o Options) (*Document, error) {
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("larger than %d MB", MaxBytes>>20)
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	text := decode(data, o.ContentType)
	if head := bytes.TrimLeft(text, " \t\r\n"); len(head) > 0 && head[0] == '{' {
		return parseJSON(text, o)
	}
	return parseXML(text, o)
}

// Article makes an article of an entry of the feed at feedURL. Its id is scoped
// to the feed.
func (d *Document) Article(e Entry, feedURL string) news.Article {
	a := news.Article{
		URL: e.Link, Title: e.Title, Summary: e.Summary, Body: e.Content, Author: e.Author, Tags: e.Tags, Image: e.Image,
		Lang: e.Lang, Published: e.Published, Updated: e.Updated, Source: d.Title,
	}
	if a.Lang == "" {
		a.Lang = d.Lang
	}
	if a.Summary == a.Body {
		a.Summary = ""
	}
	if e.ID != "" {
		a.ID = "feed:" + news.CanonicalLink(feedURL) + "#" + strings.TrimSpace(e.ID)
	}
	return a
}
