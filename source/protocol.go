package source

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"rasid/source/feed"
	"time"
)

// A protocolCase is one line of a question: a file of raw bytes, and how it was
// served.
type protocolCase struct {
	ID      string            `json:"id"`
	File    string            `json:"file"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
}

type protocolAnswer struct {
	ID      string          `json:"id"`
	Error   string          `json:"error,omitempty"`
	Feed    *protocolFeed   `json:"feed,omitempty"`
	Entries []protocolEntry `json:"entries"`
}

type protocolFeed struct {
	Title       string   `json:"title"`
	Link        string   `json:"link"`
	Description string   `json:"description"`
	Language    string   `json:"language"`
	ID          string   `json:"id"`
	Author      string   `json:"author"`
	Copyright   string   `json:"copyright"`
	Updated     string   `json:"updated"`
	Published   string   `json:"published"`
	Image       string   `json:"image"`
	Categories  []string `json:"categories"`
}

type protocolEntry struct {
	Title      string              `json:"title"`
	Link       string              `json:"link"`
	ID         string              `json:"id"`
	Summary    string              `json:"summary"`
	Content    string              `json:"content"`
	Author     string              `json:"author"`
	Language   string              `json:"language"`
	Published  string              `json:"published"`
	Updated    string              `json:"updated"`
	Comments   string              `json:"comments"`
	Image      string              `json:"image"`
	Categories []string            `json:"categories"`
	Enclosures []protocolEnclosure `json:"enclosures"`
}

type protocolEnclosure struct {
	URL    string `json:"url"`
	Type   string `json:"type"`
	Length string `json:"length"`
}

// Protocol answers questions, one JSON object a line, until r ends: each names
// a file and the URL and headers it was served with, and is answered by what
// feed.Parse makes of it. A feed that cannot be read is an answer with an error; the
// returned error is one of r or w.
func Protocol(r io.Reader, w io.Writer) error {
	in := json.NewDecoder(bufio.NewReader(r))
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for {
		var c protocolCase
		err := in.Decode(&c)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read a question: %w", err)
		}
		if err := out.Encode(c.answer()); err != nil {
			return fmt.Errorf("write an answer: %w", err)
		}
	}
}

func (c protocolCase) answer() protocolAnswer {
	a := protocolAnswer{ID: c.ID, Entries: []protocolEntry{}}
	data, err := readCase(c.File)
	if err != nil {
		a.Error = err.Error()
		return a
	}
	header := http.Header{}
	for name, value := range c.Headers {
		header.Set(name, value)
	}
	d, err := feed.Parse(data, feed.Options{ContentType: header.Get("Content-Type"), URL: c.URL})
	if err != nil {
		a.Error = err.Error()
		return a
	}
	a.Feed = feedAnswer(d)
	for i := range d.Entries {
		a.Entries = append(a.Entries, entryAnswer(&d.Entries[i]))
	}
	return a
}

func readCase(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	return io.ReadAll(io.LimitReader(f, feed.MaxBytes+1))
}

func feedAnswer(d *feed.Document) *protocolFeed {
	return &protocolFeed{Title: d.Title, Link: d.Link, Description: d.Summary, Language: d.Lang}
}

func entryAnswer(e *feed.Entry) protocolEntry {
	return protocolEntry{
		Title: e.Title, Link: e.Link, ID: e.ID, Summary: e.Summary, Content: e.Content, Author: e.Author, Language: e.Lang,
		Published: stamp(e.Published), Updated: stamp(e.Updated), Image: e.Image, Categories: e.Tags,
	}
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}
