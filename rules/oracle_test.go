package rules

import (
	"rasid/news"
	"slices"
	"strings"
)

// The oracle says what a rule means in the plainest way: it goes through the
// tree of the query for every word of the article, with strings and no index.
// It shares the tokeniser and the analysers with the engine and nothing else.

// oracle evaluates queries on one article.
type oracle struct {
	words []oracleWord
	lang  string
	host  string
	text  map[news.Field]string
	env   Env
	kept  map[oracleKey][]string // see terms
}

func newOracle(a *news.Article, env Env) *oracle {
	o := &oracle{text: oracleFields(a), env: env, host: hostOf(a.URL), kept: map[oracleKey][]string{}}
	o.words, o.lang = oracleRead(a)
	return o
}

// match reports whether q is true and where.
func (o *oracle) match(q *Query) ([]Span, bool) {
	if !o.holds(q.root) {
		return nil, false
	}
	var bytes [][]bool // marked bytes by field
	for f := range fieldCount {
		bytes = append(bytes, make([]bool, len(o.text[news.Field(f)])+1))
	}
	spans := o.spans(q.root, false)
	slices.SortFunc(spans, func(a, b Span) int {
		if a.Field != b.Field {
			return int(a.Field) - int(b.Field)
		}
		if a.Start != b.Start {
			return a.Start - b.Start
		}
		return a.End - b.End
	})
	var out []Span
	for _, s := range spans {
		if n := len(out); n > 0 && out[n-1].Field == s.Field && bytes[s.Field][s.Start] {
			out[n-1].End = max(out[n-1].End, s.End)
		} else {
			out = append(out, s)
		}
		for i := s.Start; i < s.End; i++ {
			bytes[s.Field][i] = true
		}
	}
	for i := range out {
		out[i].Term = o.text[out[i].Field][out[i].Start:out[i].End]
	}
	return out, true
}

func (o *oracle) holds(n *node) bool {
	switch n.op {
	case opNot:
		return !o.holds(n.kids[0])
	case opAnd:
		return !slices.ContainsFunc(n.kids, func(k *node) bool { return !o.holds(k) })
	case opOr:
		return slices.ContainsFunc(n.kids, o.holds)
	case opLang:
		return o.lang == n.value || strings.HasPrefix(o.lang, n.value+"-")
	case opSite:
		return o.host == n.value || strings.HasSuffix(o.host, "."+n.value)
	case opAlias:
		return slices.ContainsFunc(o.expand(n), o.holds)
	case opCountry:
		return len(o.countrySpans(n)) > 0
	case opSome:
		holding := 0
		for _, k := range n.kids {
			if o.holds(k) {
				holding++
			}
		}
		return holding >= n.need
	case opNear:
		return len(o.nearSpans(n)) > 0
	}
	return len(o.runs(n)) >= max(n.count, 1)
}

// expand returns the terms that an alias stands for.
func (o *oracle) expand(n *node) []*node {
	entries, ok := o.env.Aliases[n.value]
	if !ok {
		return []*node{{op: opTerm, words: handleWords(n.value), field: n.field}}
	}
	var out []*node
	for _, e := range entries {
		if name, ok := strings.CutPrefix(e, "@"); ok {
			out = append(out, o.expand(&node{op: opAlias, value: name, field: n.field})...)
			continue
		}
		out = append(out, &node{op: opTerm, words: wordsOf(e), field: n.field})
	}
	return out
}

// spans returns the places of the leaves that make n true, or false when
// negated.
func (o *oracle) spans(n *node, negated bool) (all []Span) {
	if o.holds(n) == negated {
		return nil
	}
	switch n.op {
	case opNot:
		return o.spans(n.kids[0], !negated)
	case opAnd, opOr, opSome:
		for _, k := range n.kids {
			all = append(all, o.spans(k, negated)...)
		}
	case opNear:
		if !negated {
			return o.nearSpans(n)
		}
	case opCountry:
		if !negated {
			return o.countrySpans(n)
		}
	case opAlias:
		for _, k := range o.expand(n) {
			all = append(all, o.spans(k, negated)...)
		}
	case opTerm:
		if !negated {
			return o.places(n)
		}
	}
	return all
}

// places returns what is to be seen of a term.
func (o *oracle) places(n *node) (all []Span) {
	for _, run := range o.runs(n) {
		all = append(all, o.shown(n, run)...)
	}
	return all
}

// shown is a run in one span, or its words when others may be between.
func (o *oracle) shown(n *node, run []int) (all []Span) {
	if n.slop == 0 {
		run = []int{run[0], run[len(run)-1]}
		return []Span{{Field: o.words[run[0]].field, Start: o.words[run[0]].start, End: o.words[run[1]].end}}
	}
	for _, i := range run {
		all = append(all, Span{Field: o.words[i].field, Start: o.words[i].start, End: o.words[i].end})
	}
	return all
}

// runs returns where the words of n stand, as the numbers of words: for each
// beginning the first run there is.
func (o *oracle) runs(n *node) (all [][]int) {
	for i := range o.words {
		if run := o.run(n, []int{i}); run != nil {
			all = append(all, run)
		}
	}
	return all
}

// run goes on with a run that has begun, trying every word for the next.
func (o *oracle) run(n *node, run []int) []int {
	k := len(run) - 1
	w := o.words[run[k]]
	first := o.words[run[0]]
	if n.field.mask()&(1<<w.field) == 0 || w.field != first.field || !o.same(n, k, w) {
		return nil
	}
	if k > 0 && n.slop == 0 {
		wantApart := isRune(n.words[k].text) && isRune(n.words[k-1].text) && !n.words[k].glued
		if w.apart != wantApart {
			return nil
		}
	}
	if o.distance(run[0], run[k])-k > n.slop && n.slop > 0 {
		return nil
	}
	if len(run) == len(n.words) {
		return run
	}
	for next := run[k] + 1; next < len(o.words); next++ {
		if n.slop == 0 && next > run[k]+1 {
			break
		}
		if whole := o.run(n, append(slices.Clone(run), next)); whole != nil {
			return whole
		}
	}
	return nil
}

// distance is how many places word b is after word a.
func (o *oracle) distance(a, b int) int {
	d := 0
	for i := a + 1; i <= b; i++ {
		if d++; o.words[i].apart {
			d++
		}
	}
	return d
}

// countrySpans are those of the names in the language of the article, of the
// doubtful ones with their signs.
func (o *oracle) countrySpans(n *node) (all []Span) {
	for _, of := range countries().byCode[n.value].names {
		if o.lang != of.lang && !strings.HasPrefix(o.lang, of.lang+"-") {
			continue
		}
		in := *o
		in.env = Env{Lang: of.lang}
		find := func(names []string, f field) (spans []Span) {
			for _, name := range names {
				spans = append(spans, in.places(nameTerm(name, f, n))...)
			}
			return spans
		}
		all = append(all, find(of.names, n.field)...)
		doubtful, signs := find(of.doubtful, n.field), find(of.signs, anywhere)
		if len(doubtful) > 0 && len(signs) > 0 {
			all = append(append(all, doubtful...), signs...)
		}
	}
	return all
}
