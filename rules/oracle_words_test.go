package rules

import (
	"rasid/news"
	"rasid/text"
	"slices"
	"strings"
)

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
