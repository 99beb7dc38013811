package bot

import (
	"net/url"
	"slices"
	"strings"
)

// maxHref is the longest address worth linking, in bytes.
const maxHref = 2048

// tag is how one style is written.
type tag struct {
	style Style
	name  string
}

// tags lists the styles as they are nested, outermost first.
func tags() []tag {
	return []tag{
		{Quote, "blockquote"},
		{Pre, "pre"},
		{link, "a"},
		{Bold, "b"},
		{Italic, "i"},
		{Underline, "u"},
		{Strike, "s"},
		{Code, "code"},
	}
}

// HTML writes r for Telegram's HTML parse mode. It never passes the limits of
// a message: text beyond MaxText is cut with an ellipsis, styles and links
// beyond theirs are left out.
func (r *Rich) HTML() string {
	f := r.Cut(MaxText)
	w := writer{tags: tags()}
	start := 0
	for _, u := range f.runs {
		w.run(u, string(f.text[start:u.end]))
		start = u.end
	}
	w.closeTo(0)
	return w.out.String()
}

// writer turns runs into tags.
type writer struct {
	out      strings.Builder
	tags     []tag
	open     []Style
	href     string
	quote    Style
	entities int
	links    int
}

func (w *writer) run(u run, text string) {
	keep := 0
	for keep < len(w.open) && w.stays(w.open[keep], u) {
		keep++
	}
	w.closeTo(keep)
	for _, t := range w.tags {
		if u.style&t.style != 0 && !w.has(t.style) {
			w.start(t, u)
		}
	}
	w.out.WriteString(escape(text))
}

func (w *writer) stays(st Style, u run) bool {
	switch {
	case u.style&st == 0:
		return false
	case st == link:
		return w.href == u.href
	case st == Quote:
		return w.quote == u.style&Folded
	default:
		return true
	}
}

func (w *writer) has(st Style) bool {
	return slices.Contains(w.open, st)
}

// start opens a tag if the limits allow. Every style in it must be opened
// after it, so tags come outermost first and what is open stays in order.
func (w *writer) start(t tag, u run) {
	href := ""
	if t.style == link {
		href = escapeValue(u.href)
	}
	if w.entities == MaxEntities || w.links+len(href) > MaxLinks {
		return
	}
	w.entities++
	w.links += len(href)
	w.out.WriteString("<" + t.name)
	switch t.style {
	case link:
		w.href = u.href
		w.out.WriteString(` href="` + href + `"`)
	case Quote:
		if w.quote = u.style & Folded; w.quote != 0 {
			w.out.WriteString(" expandable")
		}
	}
	w.out.WriteString(">")
	w.open = append(w.open, t.style)
}

func (w *writer) closeTo(n int) {
	for i := len(w.open) - 1; i >= n; i-- {
		for _, t := range w.tags {
			if t.style == w.open[i] {
				w.out.WriteString("</" + t.name + ">")
			}
		}
	}
	w.open = w.open[:n]
}

// escape writes text for between tags.
func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// escapeValue writes text for an attribute.
func escapeValue(s string) string { return strings.ReplaceAll(escape(s), `"`, "&quot;") }

// cleanLink returns href as Telegram takes it, or nothing. Other schemes than
// the web's and Telegram's own are left out, also because a stranger chose
// them.
func cleanLink(href string) string {
	u, err := url.Parse(strings.TrimSpace(href))
	if err != nil || len(href) > maxHref {
		return ""
	}
	switch u.Scheme {
	case "http", "https":
		if u.Hostname() == "" || u.User != nil {
			return ""
		}
	case "tg":
	default:
		return ""
	}
	if s := u.String(); len(s) <= maxHref && !strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' }) {
		return s
	}
	return ""
}
