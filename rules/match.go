package rules

import (
	"cmp"
	"rasid/news"
	"rasid/text"
	"slices"
	"strings"
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
	case opOr, opSome:
		need := max(c.need, 1)
		for i, k := range c.kids {
			if k.holds(d) {
				need--
			}
			if need == 0 || need > len(c.kids)-1-i {
				return need == 0
			}
		}
		return false
	case opNear:
		var room [2][16]spot
		return (c.chain(d, room[0][:0], room[1][:0]) != nil) != c.negated
	}
	return c.leaf.in(d) != c.negated
}

// hits appends the spans of c, which holds, in order and without overlaps.
func (c *clause) hits(d *Doc, spans []Span) []Span {
	c.collect(d, &spans)
	return merge(d, spans)
}

// collect appends the spans of the leaves that make c true.
func (c *clause) collect(d *Doc, spans *[]Span) {
	switch {
	case c.op == opNear && !c.negated:
		c.nearSpans(d, spans)
	case c.op == opNear:
	case c.op == opTerm:
		if !c.negated && !c.leaf.mute {
			c.leaf.spans(d, spans)
		}
	default:
		for _, k := range c.kids {
			if k.holds(d) {
				k.collect(d, spans)
			}
		}
	}
}

// in reports whether p is in d, as often as it asks for.
func (p *pattern) in(d *Doc) bool {
	var room [16]spot
	if p.count < 2 {
		return len(p.places(d, room[:0], true)) > 0
	}
	return len(p.places(d, room[:0], false)) >= p.count
}

// spans appends every place of p.
func (p *pattern) spans(d *Doc, spans *[]Span) {
	var room [16]spot
	for _, at := range p.places(d, room[:0], false) {
		p.span(d, at, spans)
	}
}

// span appends what is to be seen of p at a place: all of it, or each word
// when others may be between.
func (p *pattern) span(d *Doc, at spot, spans *[]Span) {
	if p.slop == 0 {
		*spans = append(*spans, d.spanOf(at.first, at.last))
		return
	}
	p.loose(d, at.first, func(i int32) { *spans = append(*spans, d.spanOf(i, i)) })
}

func (d *Doc) spanOf(first, last int32) Span {
	return Span{Field: d.tokens[first].field, Start: int(d.tokens[first].start), End: int(d.tokens[last].end)}
}

// A spot is the first and the last token of a pattern that was found.
type spot struct{ first, last int32 }

// places appends where p is in d, each place once; with one, the first that
// comes up.
func (p *pattern) places(d *Doc, dst []spot, one bool) []spot {
	pivot := &p.parts[p.start()]
	if pivot.kind != partTerms {
		return p.placesLike(d, dst, one)
	}
	for i := range pivot.terms {
		t := d.lookup(&pivot.terms[i])
		if t == nil {
			continue
		}
		for l := t.head; l >= 0; l = d.links[l].next {
			w := &d.words[d.links[l].word]
			if w.fields&p.mask == 0 || pivot.clashes(w) || i > 0 && pivot.has(d, w, i) {
				continue
			}
			dst = p.at(d, w, dst, one)
			if one && len(dst) > 0 {
				return dst
			}
		}
	}
	return dst
}

// placesLike is places where every word must be tried.
func (p *pattern) placesLike(d *Doc, dst []spot, one bool) []spot {
	pivot := &p.parts[p.start()]
	for _, id := range d.present {
		if w := &d.words[id]; w.fields&p.mask != 0 && pivot.is(d, w) {
			dst = p.at(d, w, dst, one)
			if one && len(dst) > 0 {
				return dst
			}
		}
	}
	return dst
}

// start is the part to look for first: the rarest, or the first when others may
// be far from it.
func (p *pattern) start() int {
	if p.slop > 0 {
		return 0
	}
	return p.pivot
}

func (pt *part) clashes(w *docWord) bool {
	return pt.marked != "" && text.Clash(pt.marked, w.text)
}

// at appends the places of p around each place of w, which is its start.
func (p *pattern) at(d *Doc, w *docWord, dst []spot, one bool) []spot {
	for i := w.first; i >= 0; i = d.tokens[i].next {
		if p.mask&(1<<d.tokens[i].field) == 0 {
			continue
		}
		first, last := i-int32(p.pivot), int32(-1)
		if p.slop > 0 {
			first = i
			last = p.loose(d, i, nil)
		} else if p.around(d, int(i)) {
			last = first + int32(len(p.parts)) - 1
		}
		if last < 0 {
			continue
		}
		dst = append(dst, spot{first, last})
		if one {
			return dst
		}
	}
	return dst
}

// loose returns the last token of p when its first word is token i and the
// others follow in order, each as soon as it comes, with no more words between
// than are allowed; else -1. It tells found each token, if the whole is found.
func (p *pattern) loose(d *Doc, i int32, found func(int32)) int32 {
	most := d.tokens[i].pos + int32(len(p.parts)-1+p.slop)
	at := i
	var path [MaxTerms]int32
	n := 0
	for k := 1; k < len(p.parts); k++ {
		for at++; ; at++ {
			if int(at) >= len(d.tokens) || d.tokens[at].field != d.tokens[i].field || d.tokens[at].pos > most {
				return -1
			}
			if p.parts[k].is(d, &d.words[d.tokens[at].word]) {
				break
			}
		}
		if found != nil && n < len(path) {
			path[n] = at
			n++
		}
	}
	if found != nil {
		found(i)
		for _, t := range path[:n] {
			found(t)
		}
	}
	return at
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
	switch pt.kind {
	case partTerms:
		return pt.has(d, w, len(pt.terms)) && !pt.clashes(w)
	case partWritten:
		return startsAsWritten(text.Written(w.text), pt.like)
	}
	for _, s := range w.starts {
		if pt.kind == partSlip && text.OneSlip(s, pt.like) || pt.kind == partStart && strings.HasPrefix(s, pt.like) {
			return true
		}
	}
	return false
}

// startsAsWritten reports whether s begins with like, whose capitals count if
// it has any.
func startsAsWritten(s, like string) bool {
	return strings.HasPrefix(s, like) || strings.ToLower(like) == like && strings.HasPrefix(strings.ToLower(s), like)
}

// has reports whether w has one of the first n terms.
func (pt *part) has(d *Doc, w *docWord, n int) bool {
	for _, id := range w.terms {
		have := &d.terms[id].term
		for i := range pt.terms[:n] {
			if have.hash == pt.terms[i].hash && have.text == pt.terms[i].text {
				return true
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
