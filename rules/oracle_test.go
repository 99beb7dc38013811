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
}

func newOracle(a *news.Article, env Env) *oracle {
	o := &oracle{text: oracleFields(a), env: env, host: hostOf(a.URL)}
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
	}
	return len(o.places(n)) > 0
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
	case opAnd, opOr:
		for _, k := range n.kids {
			all = append(all, o.spans(k, negated)...)
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

// places returns where the words of n stand side by side.
func (o *oracle) places(n *node) (all []Span) {
	for i := range o.words {
		if i+len(n.words) > len(o.words) {
			break
		}
		run := o.words[i : i+len(n.words)]
		ok := true
		for k, w := range n.words {
			ok = ok && n.field.mask()&(1<<run[k].field) != 0 && run[k].field == run[0].field && o.same(n, w.text, run[k])
			if k > 0 {
				wantApart := isRune(w.text) && isRune(n.words[k-1].text) && !w.glued
				ok = ok && run[k].apart == wantApart
			}
		}
		if ok {
			all = append(all, Span{Field: run[0].field, Start: run[0].start, End: run[len(run)-1].end})
		}
	}
	return all
}

// same reports whether an article's word is a form of a term's word.
func (o *oracle) same(n *node, keyword string, w oracleWord) bool {
	want := []string{text.Exact(keyword)}
	if !n.exact {
		want = text.For(analyzerLang(o.env.Lang, keyword)).Keyword(nil, keyword)
		if text.Marked(keyword) && text.Clash(keyword, w.text) {
			return false
		}
	}
	return slices.ContainsFunc(want, func(t string) bool { return slices.Contains(w.terms, t) })
}
