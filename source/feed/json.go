package feed

import (
	"encoding/json"
	"fmt"
	"rasid/news"
	"strings"
	"time"
)

// jsonFeed is JSON Feed 1.x. See https://www.jsonfeed.org/version/1.1/.
type jsonFeed struct {
	Version     string     `json:"version"`
	Title       string     `json:"title"`
	HomePage    string     `json:"home_page_url"`
	Description string     `json:"description"`
	Language    string     `json:"language"`
	Items       []jsonItem `json:"items"`
}

type jsonItem struct {
	ID        any      `json:"id"`
	URL       string   `json:"url"`
	Title     string   `json:"title"`
	HTML      string   `json:"content_html"`
	Text      string   `json:"content_text"`
	Summary   string   `json:"summary"`
	Image     string   `json:"image"`
	Published string   `json:"date_published"`
	Modified  string   `json:"date_modified"`
	Tags      []string `json:"tags"`
	Language  string   `json:"language"`
	Author    struct {
		Name string `json:"name"`
	} `json:"author"`
	Authors []struct {
		Name string `json:"name"`
	} `json:"authors"`
}

func parseJSON(data []byte, o Options) (*Document, error) {
	var f jsonFeed
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, fmt.Errorf("read JSON Feed: %w", err)
	}
	if !strings.Contains(f.Version, "jsonfeed.org") && f.Items == nil {
		return nil, ErrNotFeed
	}
	d := &Document{Title: f.Title, Link: f.HomePage, Summary: f.Description, Lang: lower(f.Language)}
	for _, it := range f.Items[:min(len(f.Items), MaxEntries)] {
		d.Entries = append(d.Entries, it.entry(o))
	}
	return d, nil
}

func (it jsonItem) entry(o Options) Entry {
	e := Entry{
		Link: resolve(o.URL, it.URL), Title: news.PlainText(it.Title), Summary: news.PlainText(it.Summary),
		Image: it.Image, Tags: it.Tags, Lang: lower(it.Language), Content: it.Text,
	}
	if it.URL == "" {
		e.Link = ""
	}
	if it.HTML != "" {
		e.Content = news.PlainText(it.HTML)
	}
	if it.ID != nil {
		e.ID = fmt.Sprint(it.ID)
	}
	names := []string{}
	for _, a := range it.Authors {
		names = append(names, a.Name)
	}
	if e.Author = strings.Join(names, ", "); e.Author == "" {
		e.Author = it.Author.Name
	}
	for _, d := range []struct {
		text string
		to   *time.Time
	}{{it.Published, &e.Published}, {it.Modified, &e.Updated}} {
		if t, ok := Date(d.text, o.Zone); ok {
			*d.to = t
		}
	}
	return e
}
