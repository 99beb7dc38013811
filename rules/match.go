package rules

import (
	"cmp"
	"rasid/news"
	"rasid/text"
	"slices"
)

// An ID names a rule in a Set.
type ID uint64

// A Span is a place where a rule hit.
type Span struct {
	Field      news.Field
	Start, End int    // byte offsets in the field's stored text; tags are joined by newline
	Term       string // the surface word or words there
}

// A Hit is a rule that is true of an article. Spans are sorted by field and
// start and do not overlap; a phrase is one span.
type Hit struct {
	ID    ID
	Spans []Span
}

// holds reports whether c is true of d.
func (c *clause) holds(d *Doc) bool {
	switch c.op {
	case opAnd:
		for _, k := range c.kids {
			if !k.holds(d) {
				return false
			}
		}
		return true
	case opOr:
		for _, k := range c.kids {
			if k.holds(d) {
				return true
			}
		}
		return false
	}
	return c.leaf.in(d, nil) != c.negated
}

// hits appends the spans of c, which holds, in order and without overlaps.
func (c *clause) hits(d *Doc, spans []Span) []Span {
	c.collect(d, &spans)
	return merge(d, spans)
}

// collect appends the spans of the leaves that make c true.
func (c *clause) collect(d *Doc, spans *[]Span) {
	if c.op == opTerm {
		if !c.negated && !c.leaf.mute {
			c.leaf.in(d, spans)
		}
		return
	}
	for _, k := range c.kids {
		if k.holds(d) {
			k.collect(d, spans)
		}
	}
}

// in reports whether p is in d. With spans it appends every place.
func (p *pattern) in(d *Doc, spans *[]Span) bool {
	found := false
	pivot := &p.parts[p.pivot]
	for i := range pivot.terms {
		t := d.lookup(&pivot.terms[i])
		if t == nil {
			continue
		}
		for l := t.head; l >= 0; l = d.links[l].next {
			w := &d.words[d.links[l].word]
			if w.fields&p.mask == 0 || pivot.clashes(w) {
				continue
			}
			found = p.at(d, w, spans) || found
			if found && spans == nil {
				return true
			}
		}
	}
	return found
}

func (pt *part) clashes(w *docWord) bool {
	return pt.marked != "" && text.Clash(pt.marked, w.text)
}

// at looks for p around each place of w, which is its pivot.
func (p *pattern) at(d *Doc, w *docWord, spans *[]Span) bool {
	found := false
	for i := w.first; i >= 0; i = d.tokens[i].next {
		t := &d.tokens[i]
		if p.mask&(1<<t.field) == 0 || !p.around(d, int(i)) {
			continue
		}
		if spans == nil {
			return true
		}
		found = true
		first := int(i) - p.pivot
		*spans = append(*spans, Span{
			Field: t.field, Start: int(d.tokens[first].start), End: int(d.tokens[first+len(p.parts)-1].end),
		})
	}
	return found
}

// around reports whether the other parts of p are beside token i, its pivot.
func (p *pattern) around(d *Doc, i int) bool {
	first := i - p.pivot
	if first < 0 || first+len(p.parts) > len(d.tokens) {
		return false
	}
	for k := range p.parts {
		t := &d.tokens[first+k]
		if t.field != d.tokens[i].field || k > 0 && t.pos-d.tokens[first+k-1].pos != p.parts[k].step {
			return false
		}
		if k != p.pivot && !p.parts[k].is(d, &d.words[t.word]) {
			return false
		}
	}
	return true
}

// is reports whether w is a form of the part's word.
func (pt *part) is(d *Doc, w *docWord) bool {
	for _, id := range w.terms {
		have := &d.terms[id].term
		for i := range pt.terms {
			if have.hash == pt.terms[i].hash && have.text == pt.terms[i].text {
				return !pt.clashes(w)
			}
		}
	}
	return false
}

// merge sorts spans, joins those that overlap, and fills in their words.
func merge(d *Doc, spans []Span) []Span {
	slices.SortFunc(spans, func(a, b Span) int {
		return cmp.Or(cmp.Compare(a.Field, b.Field), cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
	})
	out := spans[:0]
	for _, s := range spans {
		if n := len(out); n > 0 && out[n-1].Field == s.Field && s.Start < out[n-1].End {
			out[n-1].End = max(out[n-1].End, s.End)
			continue
		}
		out = append(out, s)
	}
	for i := range out {
		out[i].Term = d.fields[out[i].Field][out[i].Start:out[i].End]
	}
	return out
}
