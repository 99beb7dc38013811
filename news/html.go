package news

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// PlainText returns the text of a piece of HTML as a person reads it: blocks
// and breaks begin a line, entities are decoded, scripts and styles are left
// out, runs of white space are one space.
func PlainText(s string) string {
	if !strings.ContainsAny(s, "<&") {
		return strings.TrimSpace(s)
	}
	var w plainWriter
	z := html.NewTokenizer(strings.NewReader(s))
	skip := atom.Atom(0)
	for {
		switch z.Next() {
		case html.ErrorToken:
			return strings.TrimSpace(w.b.String())
		case html.TextToken:
			if skip == 0 {
				w.text(string(z.Text()))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			a := atom.Lookup(name)
			if skip == 0 && hidden(a) {
				skip = a
			}
			w.block(a)
		case html.EndTagToken:
			name, _ := z.TagName()
			a := atom.Lookup(name)
			if a == skip {
				skip = 0
			}
			w.block(a)
		}
	}
}

func hidden(a atom.Atom) bool {
	switch a {
	case atom.Script, atom.Style, atom.Noscript, atom.Template, atom.Iframe:
		return true
	}
	return false
}

type plainWriter struct {
	b     strings.Builder
	space bool // white space is due
	line  bool // a line break is due
}

func (w *plainWriter) text(s string) {
	for _, r := range html.UnescapeString(s) {
		switch r {
		case ' ', '\n', '\t', '\r', '\f', '\u00a0':
			w.space = true
			continue
		}
		if w.b.Len() > 0 && w.line {
			w.b.WriteByte('\n')
		} else if w.b.Len() > 0 && w.space {
			w.b.WriteByte(' ')
		}
		w.space, w.line = false, false
		w.b.WriteRune(r)
	}
}

func (w *plainWriter) block(a atom.Atom) {
	switch a {
	case atom.P, atom.Br, atom.Div, atom.Li, atom.Ul, atom.Ol, atom.Tr, atom.Table, atom.Blockquote, atom.Section,
		atom.Article, atom.Figure, atom.Figcaption, atom.Hr, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Pre:
		w.line = true
	case atom.Td, atom.Th, atom.Img:
		w.space = true
	}
}
