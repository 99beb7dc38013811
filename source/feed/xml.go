package feed

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"net/url"
	"rasid/news"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// A node is an element as a tree: what feeds need of it.
type node struct {
	name  string // local name, lower case
	space string // short name of its namespace: "", media, content, dc, ...
	attrs map[string]string
	text  strings.Builder
	inner strings.Builder // of xhtml content: tags and all
	kids  []*node
	base  string
	whole bool // its end was read
}

var (
	bareAmp  = regexp.MustCompile(`&([^#a-zA-Z]|#[^0-9xX]|[a-zA-Z0-9]{1,31}[^a-zA-Z0-9;])`)
	rootMark = regexp.MustCompile(`<(\?xml|rss|feed|rdf:RDF|RDF|channel|atom:feed|[a-zA-Z0-9]+:RDF)[\s>]`)
	doctype  = regexp.MustCompile(`(?is)<!DOCTYPE(?:[^\[>]*\[.*?\]\s*>|[^>]*>)`)
)

// parseXML reads RSS, RDF and Atom.
func parseXML(data []byte, o Options) (*Document, error) {
	start := rootMark.FindIndex(data)
	if start == nil {
		return nil, ErrNotFeed
	}
	data = doctype.ReplaceAll(data[start[0]:], nil)
	root, err := tree(data, o.URL)
	if root == nil {
		return nil, err
	}
	r := reader{o: o, doc: &Document{}}
	r.root(root)
	if len(r.doc.Entries) == 0 && err != nil {
		return nil, err
	}
	return r.doc, nil
}

// tree reads elements into nodes, at most MaxDepth deep. The error is why it
// ended early; what was read until then is returned too.
func tree(data []byte, base string) (*node, error) {
	d := xml.NewDecoder(bytes.NewReader(clean(data)))
	d.Strict = false
	d.AutoClose = []string{"br", "hr", "img"} // not link, which is void in HTML only
	d.Entity = xml.HTMLEntity
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // it is UTF-8 by now
	g := grower{base: base}
	for !g.done {
		t, err := d.Token()
		if errors.Is(err, io.EOF) && len(g.stack) == 0 {
			break
		}
		if err != nil {
			return g.root, err
		}
		if err = g.take(t); err != nil {
			return g.root, err
		}
	}
	return g.root, nil
}

// A grower builds the tree, token by token.
type grower struct {
	base    string
	root    *node
	stack   []*node // the elements that are open
	entries int
	done    bool // the root was closed, or there are entries enough
}

func (g *grower) take(t xml.Token) error {
	switch t := t.(type) {
	case xml.StartElement:
		if len(g.stack) >= MaxDepth {
			return errors.New("elements are nested too deep")
		}
		n := open(t, g.stack, g.base)
		if n.name == "item" || n.name == "entry" {
			g.entries++
		}
		if g.root == nil {
			g.root = n
		}
		g.stack = append(g.stack, n)
	case xml.EndElement:
		g.stack = pop(g.stack, strings.ToLower(t.Name.Local))
		g.done = len(g.stack) == 0 && g.root != nil || g.entries > MaxEntries
	case xml.CharData:
		if len(g.stack) > 0 {
			n := g.stack[len(g.stack)-1]
			n.text.Write(t)
			n.inner.WriteString(html.EscapeString(string(t)))
		}
	}
	return nil
}

func open(t xml.StartElement, stack []*node, base string) *node {
	n := &node{name: strings.ToLower(t.Name.Local), space: short(t.Name.Space), attrs: map[string]string{}, base: base}
	if len(stack) > 0 {
		up := stack[len(stack)-1]
		up.kids = append(up.kids, n)
		n.base = up.base
	}
	for _, a := range t.Attr {
		name := strings.ToLower(a.Name.Local)
		if a.Name.Space == "xml" || strings.HasSuffix(a.Name.Space, "/namespace") {
			name = "xml:" + name
		}
		n.attrs[name] = a.Value
	}
	if b := n.attrs["xml:base"]; b != "" {
		n.base = resolve(n.base, b)
	}
	return n
}

// pop closes the innermost element called name and all within it; an end
// without a beginning closes nothing.
func pop(stack []*node, name string) []*node {
	for i, s := range slices.Backward(stack) {
		if s.name != name {
			continue
		}
		for _, n := range stack[i:] {
			n.whole = true
		}
		if i > 0 {
			n, up := s, stack[i-1]
			up.inner.WriteString("<" + n.name + ">" + n.inner.String() + "</" + n.name + ">")
		}
		return stack[:i]
	}
	return stack
}

// clean mends what an XML parser stops at: control characters and bare
// ampersands.
func clean(data []byte) []byte {
	data = bytes.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, data)
	return bareAmp.ReplaceAllFunc(data, func(m []byte) []byte { return append([]byte("&amp;"), m[1:]...) })
}

func short(space string) string {
	for part, name := range map[string]string{
		"search.yahoo.com/mrss": "media", "purl.org/rss/1.0/modules/content": "content", "purl.org/dc": "dc",
		"itunes": "itunes", "w3.org/1999/xhtml": "xhtml",
	} {
		if strings.Contains(space, part) {
			return name
		}
	}
	switch space {
	case "media", "content", "dc", "itunes", "xhtml", "dcterms":
		return space
	}
	return ""
}

func resolve(base, ref string) string {
	ref = strings.TrimSpace(ref)
	u, err := url.Parse(ref)
	if err != nil {
		return ref
	}
	b, err := url.Parse(base)
	if err != nil || base == "" {
		return ref
	}
	return b.ResolveReference(u).String()
}

// plain is an element's text for a person.
func (n *node) plain() string {
	switch kind := strings.ToLower(n.attrs["type"]); {
	case strings.Contains(kind, "xhtml"):
		return news.PlainText(n.inner.String())
	case n.attrs["mode"] == "base64" || kind != "" && !strings.HasPrefix(kind, "text") && kind != "html" && kind != "application/xhtml+xml":
		if data, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(n.text.String()), "")); err == nil {
			return news.PlainText(string(data))
		}
	case kind == "text" || kind == "text/plain":
		return strings.TrimSpace(n.text.String())
	}
	if len(n.kids) > 0 && strings.TrimSpace(n.text.String()) == "" {
		return news.PlainText(n.inner.String())
	}
	return news.PlainText(n.text.String())
}
