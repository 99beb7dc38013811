package rules

import (
	"cmp"
	"math"
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

// A trial is a rule's way through an article.
type trial struct {
	*Doc
	pass *pass // of the set that asks, which knows where the rule's words are; nil: none does
	left int   // steps that it may yet take
}

// step counts n steps, and reports whether there may be more.
func (t *trial) step(n int) bool {
	t.left -= n
	return t.left >= 0
}

// tried reports whether c is true of d, and no if that would take too long.
func (c *clause) tried(t *trial) bool { return c.holds(t) && t.left >= 0 }

// holds reports whether c is true, or anything when t has no steps left.
func (c *clause) holds(t *trial) bool {
	switch c.op {
	case opAnd:
		for _, k := range c.kids {
			if !k.holds(t) {
				return false
			}
		}
		return true
	case opOr, opSome:
		need := max(c.need, 1)
		for i, k := range c.kids {
			if k.holds(t) {
				need--
			}
			if need == 0 || need > len(c.kids)-1-i {
				return need == 0
			}
		}
		return false
	case opNear:
		var room [2][16]spot
		return (c.chain(t, room[0][:0], room[1][:0]) != nil) != c.negated
	}
	return c.leaf.in(t) != c.negated
}

// hits appends the spans of c, which holds, in order and without overlaps.
func (c *clause) hits(t *trial, spans []Span) []Span {
	c.collect(t, &spans)
	return merge(t.Doc, spans)
}

// collect appends the spans of the leaves that make c true.
func (c *clause) collect(t *trial, spans *[]Span) {
	switch {
	case c.op == opNear && !c.negated:
		c.nearSpans(t, spans)
	case c.op == opNear:
	case c.op == opTerm:
		if !c.negated && !c.leaf.mute {
			c.leaf.spans(t, spans)
		}
	default:
		for _, k := range c.kids {
			if k.holds(t) {
				k.collect(t, spans)
			}
		}
	}
}

// in reports whether p is in the article, as often as it asks for.
func (p *pattern) in(t *trial) bool {
	var room [16]spot
	switch {
	case p.count > 1:
		return len(p.places(t, room[:0], p.count)) >= p.count
	case t.pass != nil && p.group != noGroup && len(p.parts) == 1:
		return t.pass.has(p.group)
	}
	return len(p.places(t, room[:0], 1)) > 0
}

// spans appends every place of p.
func (p *pattern) spans(t *trial, spans *[]Span) {
	var room [16]spot
	for _, at := range p.places(t, room[:0], every) {
		p.span(t, at, spans)
	}
}

// span appends what is to be seen of p at a place: all of it, or each word
// when others may be between.
func (p *pattern) span(t *trial, at spot, spans *[]Span) {
	if p.slop == 0 {
		*spans = append(*spans, t.spanOf(at.first, at.last))
		return
	}
	p.loose(t, at.first, func(i int32) { *spans = append(*spans, t.spanOf(i, i)) })
}

func (d *Doc) spanOf(first, last int32) Span {
	return Span{Field: d.tokens[first].field, Start: int(d.tokens[first].start), End: int(d.tokens[last].end)}
}

// A spot is the first and the last token of a pattern that was found.
type spot struct{ first, last int32 }

// every place is wanted.
const every = math.MaxInt

// places appends where p is in the article, each place once, and stops when
// there are most.
func (p *pattern) places(t *trial, dst []spot, most int) []spot {
	pivot := &p.parts[p.start()]
	switch {
	case t.pass != nil && p.group != noGroup:
		return p.placesIn(t, dst, most)
	case pivot.kind != partTerms:
		return p.placesLike(t, dst, most)
	}
	for i := range pivot.terms {
		for l := t.withTerm(&pivot.terms[i]); l >= 0; l = t.links.links[l].next {
			o := &t.occurs[t.links.links[l].occurs]
			w := &t.words[o.word]
			if o.fields&p.mask == 0 || pivot.clashes(w) || i > 0 && pivot.has(t.Doc, w, i) {
				continue
			}
			dst = p.at(t, o, dst, most)
			if len(dst) >= most {
				return dst
			}
		}
	}
	return dst
}

// placesIn is places where a set knows the words.
func (p *pattern) placesIn(t *trial, dst []spot, most int) []spot {
	for i := t.pass.wordsOf(p.group); i >= 0; i = t.pass.words[i].next {
		dst = p.at(t, &t.occurs[t.pass.words[i].occurs], dst, most)
		if len(dst) >= most {
			break
		}
	}
	return dst
}

// placesLike is places where every word must be tried.
func (p *pattern) placesLike(t *trial, dst []spot, most int) []spot {
	pivot := &p.parts[p.start()]
	if !t.step(len(t.occurs)) {
		return dst
	}
	for i := range t.occurs {
		if o := &t.occurs[i]; o.fields&p.mask != 0 && pivot.is(t.Doc, &t.words[o.word]) {
			dst = p.at(t, o, dst, most)
			if len(dst) >= most {
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

func (k *lookup) clashes(w *docWord) bool {
	return k.marked != "" && text.Clash(k.marked, w.text)
}

// at appends the places of p around each place of a word, which is its start.
func (p *pattern) at(t *trial, o *occurrence, dst []spot, most int) []spot {
	for i := o.first; i >= 0 && t.step(1); i = t.tokens[i].next {
		if p.mask&(1<<t.tokens[i].field) == 0 {
			continue
		}
		first, last := i-int32(p.pivot), int32(-1)
		if p.slop > 0 {
			first = i
			last = p.loose(t, i, nil)
		} else if p.around(t.Doc, int(i)) {
			last = first + int32(len(p.parts)) - 1
		}
		if last < 0 {
			continue
		}
		dst = append(dst, spot{first, last})
		if len(dst) >= most {
			return dst
		}
	}
	return dst
}

// loose returns the last token of p when its first word is token i and the
// others follow in order, each as soon as it comes, with no more words between
// than are allowed; else -1. It tells found each token, if the whole is found.
func (p *pattern) loose(t *trial, i int32, found func(int32)) int32 {
	most := t.tokens[i].pos + int32(len(p.parts)-1+p.slop)
	at := i
	var path [MaxTerms]int32
	n := 0
	for k := 1; k < len(p.parts); k++ {
		for at++; ; at++ {
			if int(at) >= len(t.tokens) || !t.step(1) || t.tokens[at].field != t.tokens[i].field || t.tokens[at].pos > most {
				return -1
			}
			if p.parts[k].is(t.Doc, t.wordAt(at)) {
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
		for _, k := range path[:n] {
			found(k)
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
		if k != p.pivot && !p.parts[k].is(d, d.wordAt(int32(first+k))) {
			return false
		}
	}
	return true
}

// is reports whether w is a form of the part's word.
func (k *lookup) is(d *Doc, w *docWord) bool {
	switch k.kind {
	case partTerms:
		return k.has(d, w, len(k.terms)) && !k.clashes(w)
	case partWritten:
		return startsAsWritten(text.Written(w.text), k.like)
	}
	for _, s := range w.starts {
		if k.kind == partSlip && text.OneSlip(s, k.like) || k.kind == partStart && strings.HasPrefix(s, k.like) {
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
func (k *lookup) has(d *Doc, w *docWord, n int) bool {
	for _, id := range w.terms {
		have := &d.terms.all[id]
		for i := range k.terms[:n] {
			if have.hash == k.terms[i].hash && have.text == k.terms[i].text {
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
