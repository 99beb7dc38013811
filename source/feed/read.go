package feed

import (
	"strings"
)

// A reader turns nodes into a document.
type reader struct {
	o   Options
	doc *Document
}

func (r *reader) root(root *node) {
	r.doc.Lang = lower(root.attrs["xml:lang"])
	r.channel(root)
}

// channel reads a feed's own fields, and its entries wherever they stand.
func (r *reader) channel(n *node) {
	for _, k := range n.kids {
		switch k.name {
		case "channel":
			r.channel(k)
		case "item", "entry":
			if len(r.doc.Entries) < MaxEntries && (k.whole || hasTitle(k)) {
				r.doc.Entries = append(r.doc.Entries, r.entry(k))
			}
		case "title":
			keep(&r.doc.Title, k.plain(), k.space == "")
		case "link":
			keep(&r.doc.Link, link(k), true)
		case "description", "subtitle", "tagline":
			keep(&r.doc.Summary, k.plain(), k.space == "")
		case "language":
			keep(&r.doc.Lang, lower(k.text.String()), true)
		}
	}
}

// hasTitle lets an entry of a file that was cut off pass when there is
// something to tell.
func hasTitle(n *node) bool {
	for _, k := range n.kids {
		if k.name == "title" && k.whole {
			return true
		}
	}
	return false
}

func keep(to *string, v string, plain bool) {
	if v = strings.TrimSpace(v); v != "" && plain && *to == "" {
		*to = v
	}
}

func lower(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func (r *reader) entry(n *node) Entry {
	e := Entry{Lang: lower(n.attrs["xml:lang"])}
	permalink := ""
	for _, k := range n.kids {
		r.entryText(&e, k)
		r.entryFacts(&e, k)
		if k.name == "guid" && k.attrs["ispermalink"] != "false" {
			permalink = strings.TrimSpace(k.text.String())
		}
	}
	if e.Link == "" && strings.HasPrefix(permalink, "http") {
		e.Link = permalink
	}
	if e.ID == "" {
		e.ID = n.attrs["about"]
	}
	return e
}

func (r *reader) entryText(e *Entry, k *node) {
	switch {
	case k.name == "title" && k.space != "media":
		keep(&e.Title, strings.Join(strings.Fields(k.plain()), " "), true)
	case k.name == "encoded", k.name == "content" && k.space == "", k.name == "body":
		keep(&e.Content, k.plain(), true)
	case k.name == "description" && k.space != "media", k.name == "summary" && k.space != "itunes", k.name == "abstract":
		keep(&e.Summary, k.plain(), true)
	}
}

func (r *reader) entryFacts(e *Entry, k *node) {
	text := strings.TrimSpace(k.text.String())
	switch k.name {
	case "guid", "id":
		keep(&e.ID, text, true)
	case "link":
		if rel := k.attrs["rel"]; rel == "" || rel == "alternate" {
			keep(&e.Link, link(k), true)
		}
	case "author", "creator":
		keep(&e.Author, author(k), true)
	case "category", "subject":
		if tag := strings.TrimSpace(first(k.attrs["label"], text, k.attrs["term"])); tag != "" {
			e.Tags = append(e.Tags, tag)
		}
	case "language":
		keep(&e.Lang, lower(text), true)
	case "pubdate", "published", "issued", "date", "created":
		if t, ok := Date(text, r.o.Zone); ok && e.Published.IsZero() {
			e.Published = t
		}
	case "updated", "modified":
		if t, ok := Date(text, r.o.Zone); ok && e.Updated.IsZero() {
			e.Updated = t
		}
	case "enclosure", "thumbnail", "content", "image":
		r.image(e, k)
	case "group":
		for _, inner := range k.kids {
			r.image(e, inner)
		}
	}
}

// image keeps the first picture of an entry.
func (r *reader) image(e *Entry, k *node) {
	src := first(k.attrs["url"], k.attrs["href"])
	picture := strings.HasPrefix(k.attrs["type"], "image/") || k.attrs["medium"] == "image" || k.name == "thumbnail" || k.space == "itunes"
	if src != "" && picture {
		keep(&e.Image, resolve(k.base, src), true)
	}
}

func link(k *node) string {
	if href := first(k.attrs["href"], strings.TrimSpace(k.text.String())); href != "" {
		return resolve(k.base, href)
	}
	return ""
}

func author(k *node) string {
	for _, inner := range k.kids {
		if inner.name == "name" {
			return inner.plain()
		}
	}
	return k.plain()
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
