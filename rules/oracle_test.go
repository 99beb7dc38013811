package rules

import (
	"rasid/news"
	"rasid/text"
	"slices"
	"strings"
)

// The oracle says what a rule means in the plainest way: it goes through the
// tree of the query for every word of the article, with strings and no index.
// It shares the tokeniser and the analysers with the engine and nothing else.

// oracleWord is a word of an article, or of a term.
type oracleWord struct {
	field      news.Field
	start, end int // of the written word
	text       string
	terms      []string
	apart      bool // not a neighbour of the word before
}

func oracleRead(a *news.Article) (words []oracleWord, lang string) {
	lang = strings.ToLower(a.Lang)
	for _, s := range []string{a.Body, a.Summary, a.Title} {
		if lang == "" {
			lang = text.Detect(s)
		}
	}
	fields := oracleFields(a)
	for f := news.FieldTitle; f <= news.FieldAuthor; f++ {
		tokens := text.Tokens(nil, fields[f])
		words = append(words, oracleField(f, fields[f], tokens, lang)...)
	}
	return words, lang
}

func oracleFields(a *news.Article) map[news.Field]string {
	return map[news.Field]string{
		news.FieldTitle: a.Title, news.FieldSummary: a.Summary, news.FieldBody: a.Body,
		news.FieldTags: strings.Join(a.Tags, "\n"), news.FieldSource: a.Source, news.FieldAuthor: a.Author,
	}
}

func oracleField(f news.Field, s string, tokens []text.Token, lang string) (words []oracleWord) {
	var particle string
	var last *text.Token
	for i := range tokens {
		t := &tokens[i]
		if t.Kind == text.Particle {
			particle = s[t.Start:t.End]
			continue
		}
		w := oracleWord{field: f, start: t.Start, end: t.End, text: s[t.Start:t.End]}
		if t.Joined {
			w.start = tokens[i-1].Start
		}
		if i+1 < len(tokens) && tokens[i+1].Joined {
			w.end = tokens[i+1].End
		}
		a := text.For(analyzerLang(lang, w.text))
		w.terms = a.Article(nil, w.text)
		if particle != "" {
			w.terms = append(w.terms, a.Article(nil, text.Written(particle)+w.text)...)
		}
		w.apart = last == nil || f == news.FieldTags && strings.Contains(s[last.End:t.Start], "\n") ||
			last.Kind == text.Rune && t.Kind == text.Rune && last.End != t.Start
		words, particle, last = append(words, w), "", t
	}
	return words
}

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

// An oracleRun is a run with the term that it is of.
type oracleRun struct {
	n   *node
	run []int
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

// allRuns are those of a term, an alias, or any of several.
func (o *oracle) allRuns(n *node) (all []oracleRun) {
	switch n.op {
	case opOr:
		for _, k := range n.kids {
			all = append(all, o.allRuns(k)...)
		}
	case opAlias:
		for _, k := range o.expand(n) {
			all = append(all, o.allRuns(k)...)
		}
	default:
		for _, run := range o.runs(n) {
			all = append(all, oracleRun{n, run})
		}
	}
	return all
}

// nearSpans tries every choice of one run of each kid.
func (o *oracle) nearSpans(n *node) (all []Span) {
	kids := make([][]oracleRun, len(n.kids))
	for i, k := range n.kids {
		kids[i] = o.allRuns(k)
	}
	var choose func(chosen []oracleRun)
	choose = func(chosen []oracleRun) {
		i := len(chosen)
		if i == len(kids) {
			for _, c := range chosen {
				all = append(all, o.shown(c.n, c.run)...)
			}
			return
		}
		for _, c := range kids[i] {
			if i == 0 || o.areNear(chosen[i-1].run, c.run, n.steps[i-1]) {
				choose(append(slices.Clone(chosen), c))
			}
		}
	}
	choose(nil)
	return all
}

func (o *oracle) areNear(a, b []int, steps int) bool {
	if b[0] < a[0] {
		a, b = b, a
	}
	end, start := a[len(a)-1], b[0]
	return end < start && o.words[end].field == o.words[start].field && o.distance(end, start)-1 <= steps
}

// oneSlip compares letter by letter, in a table.
func oneSlip(a, b string) bool {
	x, y := []rune(a), []rune(b)
	table := make([][]int, len(x)+1)
	for i := range table {
		table[i] = make([]int, len(y)+1)
		for k := range table[i] {
			switch {
			case i == 0 || k == 0:
				table[i][k] = i + k
				continue
			case x[i-1] == y[k-1]:
				table[i][k] = table[i-1][k-1]
			default:
				table[i][k] = 1 + min(table[i-1][k-1], table[i-1][k], table[i][k-1])
			}
			if i > 1 && k > 1 && x[i-1] == y[k-2] && x[i-2] == y[k-1] {
				table[i][k] = min(table[i][k], table[i-2][k-2]+1)
			}
		}
	}
	return table[len(x)][len(y)] <= 1
}

// same reports whether an article's word is a form of a term's k-th word.
func (o *oracle) same(n *node, k int, w oracleWord) bool {
	keyword := n.words[k].text
	last := k == len(n.words)-1
	switch {
	case last && n.star && n.exact:
		written := text.Written(w.text)
		return strings.HasPrefix(written, keyword) || keyword == strings.ToLower(keyword) && strings.HasPrefix(strings.ToLower(written), keyword)
	case last && n.star:
		return slices.ContainsFunc(text.Beginnings(nil, w.text), func(s string) bool { return strings.HasPrefix(s, text.Fold(keyword)) })
	case last && n.fuzzy:
		return slices.ContainsFunc(text.Beginnings(nil, w.text), func(s string) bool { return oneSlip(s, text.Fold(keyword)) })
	}
	if !n.exact && text.Marked(keyword) && text.Clash(keyword, w.text) {
		return false
	}
	want := o.terms(n, k)
	return slices.ContainsFunc(want, func(t string) bool { return slices.Contains(w.terms, t) })
}

// terms are those of which a word must have one, for a term's k-th word. They
// are kept, for a term is asked for at every word of an article.
func (o *oracle) terms(n *node, k int) []string {
	key := oracleKey{n, k}
	want, ok := o.kept[key]
	if ok {
		return want
	}
	a := text.For(analyzerLang(o.env.Lang, n.words[k].text))
	switch {
	case n.exact:
		want = []string{text.Exact(n.words[k].text)}
	case len(n.words) > 1:
		want = text.InPhrase(a, nil, n.words[k].text)
	default:
		want = a.Keyword(nil, n.words[k].text)
	}
	o.kept[key] = want
	return want
}

type oracleKey struct {
	n *node
	k int
}
