package bot

import (
	"cmp"
	"rasid/alert"
	"rasid/news"
	"rasid/rules"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxSnippet is how many characters of an article's text an alert shows, the
// ellipses counted.
const maxSnippet = 240

// spansOf returns the hits of all reasons in one field, sorted, none
// overlapping.
func spansOf(reasons []alert.Reason, f news.Field) []rules.Span {
	var all []rules.Span
	for _, r := range reasons {
		for _, s := range r.Spans {
			if s.Field == f {
				all = append(all, s)
			}
		}
	}
	slices.SortFunc(all, func(a, b rules.Span) int { return cmp.Or(a.Start-b.Start, b.End-a.End) })
	var merged []rules.Span
	for _, s := range all {
		if n := len(merged); n > 0 && s.Start < merged[n-1].End {
			merged[n-1].End = max(merged[n-1].End, s.End)
			continue
		}
		merged = append(merged, s)
	}
	return merged
}

// fitting drops spans that do not lie on whole characters of s: what is shown
// may be a newer text than what was matched.
func fitting(s string, spans []rules.Span) []rules.Span {
	return slices.DeleteFunc(slices.Clone(spans), func(p rules.Span) bool {
		return p.Start < 0 || p.End > len(s) || p.Start >= p.End || !boundary(s, p.Start) || !boundary(s, p.End)
	})
}

func boundary(s string, i int) bool { return i == len(s) || utf8.RuneStart(s[i]) }

// marked returns s in one line with its hits bold.
func marked(s string, spans []rules.Span) *Rich { return excerpt(s, spans, 0, len(s)) }

// excerpt returns s[start:end] in one line with its hits bold.
func excerpt(s string, spans []rules.Span, start, end int) *Rich {
	out := &Rich{}
	at := start
	for _, p := range fitting(s, spans) {
		from, to := max(p.Start, start), min(p.End, end)
		if from >= to {
			continue
		}
		out.Text(squash(s[at:from])).Styled(Bold, unmark(squash(s[from:to])))
		at = to
	}
	return out.Text(squash(s[at:end])).trimmed()
}

// squash makes every run of white space one space.
func squash(s string) string {
	var out strings.Builder
	space := false
	for _, c := range s {
		if unicode.IsSpace(c) {
			if !space {
				out.WriteByte(' ')
			}
			space = true
			continue
		}
		space = false
		out.WriteRune(c)
	}
	return out.String()
}

// unmark drops the marks that only steer direction.
func unmark(s string) string {
	return strings.Map(func(c rune) rune {
		if isMark(c) {
			return -1
		}
		return c
	}, s)
}

// trimmed returns r without white space at its ends.
func (r *Rich) trimmed() *Rich {
	s := string(r.text)
	from := len(s) - len(strings.TrimLeftFunc(s, unicode.IsSpace))
	to := len(strings.TrimRightFunc(s, unicode.IsSpace))
	out := &Rich{}
	start := 0
	for _, u := range r.runs {
		if lo, hi := max(start, from), min(u.end, to); lo < hi {
			out.add(s[lo:hi], u.style, u.href)
		}
		start = u.end
	}
	return out
}

// linked returns r with all of it leading to href.
func (r *Rich) linked(href string) *Rich {
	if href = cleanLink(href); href == "" {
		return r
	}
	out := &Rich{}
	start := 0
	for _, u := range r.runs {
		out.add(string(r.text[start:u.end]), u.style, href)
		start = u.end
	}
	return out
}

// snippet returns the piece of the summary or body, at most maxSnippet
// characters, that holds the most different surface forms of the hits; the
// earliest on a tie, the summary before the body. Without a hit in either it
// is the beginning.
func snippet(a *news.Article, reasons []alert.Reason) *Rich {
	best := window{}
	for _, f := range []struct {
		field news.Field
		text  string
	}{{news.FieldSummary, a.Summary}, {news.FieldBody, a.Body}} {
		w := densest(f.text, fitting(f.text, spansOf(reasons, f.field)))
		if w.forms > best.forms || best.text == "" {
			best = w
		}
	}
	return best.rich()
}

// A window is a piece of a text around its hits.
type window struct {
	text       string
	spans      []rules.Span
	start, end int // what must be seen
	forms      int // different surface forms in it
}

// densest finds the window with the most different forms. The hits of one
// window lie within room characters, so that context fits around them.
func densest(text string, spans []rules.Span) window {
	const room = maxSnippet - 2 // for an ellipsis at either end
	best := window{text: text, spans: spans}
	for i := range spans {
		forms := map[string]bool{}
		long := 0
		at := spans[i].Start
		for _, s := range spans[i:] {
			if long += units(text[at:s.End]); long > room {
				break
			}
			at = s.End
			forms[text[s.Start:s.End]] = true
			if len(forms) > best.forms {
				best.start, best.end, best.forms = spans[i].Start, s.End, len(forms)
			}
		}
	}
	return best
}

// rich adds context before and after the window and marks the hits.
func (w window) rich() *Rich {
	left := maxSnippet - 2 - units(w.text[w.start:w.end])
	start := w.before(left / 3)
	left -= units(w.text[start:w.start])
	end := w.after(left)
	if end == len(w.text) {
		left -= units(w.text[w.end:end])
		start = w.before(left + units(w.text[start:w.start]))
	}
	r := excerpt(w.text, w.spans, start, end)
	if r.Empty() {
		return r
	}
	out := &Rich{}
	if strings.TrimSpace(w.text[:start]) != "" {
		out.Text(ellipsis)
	}
	out.Append(r)
	if strings.TrimSpace(w.text[end:]) != "" {
		out.Text(ellipsis)
	}
	return out.Cut(maxSnippet) // composing may have made it longer
}

// before returns where to begin so that at most n characters come before the
// window: at the beginning of a sentence if there is one, else of a word.
func (w window) before(n int) int {
	start := w.start
	for n > 0 && start > 0 {
		c, size := utf8.DecodeLastRuneInString(w.text[:start])
		start -= size
		n -= units(string(c))
	}
	if start == 0 {
		return 0
	}
	lead := w.text[start:w.start]
	if i := sentence(lead); i >= 0 {
		return start + i
	}
	if i := strings.IndexFunc(lead, unicode.IsSpace); i >= 0 && units(lead[:i]) <= wordSlack {
		return start + i
	}
	return start + firstBreak(lead)
}

// firstBreak returns the first place in s where a cut is allowed: s may begin
// inside a character, or inside a word that never ends.
func firstBreak(s string) int {
	if i := strings.IndexFunc(s, unicode.IsSpace); i >= 0 && i <= wordSlack {
		return i
	}
	if units(s) <= wordSlack {
		return len(s)
	}
	g := graphemes{}
	for i, c := range s {
		if g.breaks(c) {
			return i
		}
	}
	return len(s)
}

// sentence returns where the first sentence that begins in s begins, or -1.
func sentence(s string) int {
	ended := false
	for i, c := range s {
		if ended && unicode.IsSpace(c) {
			return i
		}
		ended = strings.ContainsRune(".!?؟\n", c)
	}
	return -1
}

// after returns where to end so that at most n characters come after the
// window: at the end of a word if one is near, else of a character.
func (w window) after(n int) int {
	end, word := w.end, w.end
	g := graphemes{}
	for i, c := range w.text[w.end:] {
		if g.breaks(c) {
			end = w.end + i
		}
		if unicode.IsSpace(c) {
			word = w.end + i
		}
		if n -= units(string(c)); n < 0 {
			if units(w.text[word:end]) <= wordSlack {
				return word
			}
			return end
		}
	}
	return len(w.text)
}
