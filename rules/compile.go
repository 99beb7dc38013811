package rules

import (
	"rasid/news"
	"rasid/text"
	"slices"
	"strings"
)

// A compilation turns the nodes of a rule into clauses.
type compilation struct {
	env   Env
	words *lookups
	room  *room
	open  []string // aliases being looked into
}

// clause compiles n; negations move down to the leaves.
func (c *compilation) clause(n *node, negated bool) (*clause, error) {
	switch n.op {
	case opNot:
		return c.clause(n.kids[0], !negated)
	case opAnd, opOr:
		return c.join(n.op, n.kids, negated)
	case opSome:
		return c.some(n, negated)
	case opNear:
		return c.near(n, negated)
	case opAlias:
		return c.alias(n, negated)
	case opCountry:
		return c.country(n, negated)
	case opLang:
		return mark(news.FieldLang, langTerm+n.value, negated), nil
	case opSite:
		return mark(news.FieldSite, siteTerm+n.value, negated), nil
	}
	return c.term(n, negated), nil
}

// term compiles words, and with those of a name its other spellings.
func (c *compilation) term(n *node, negated bool) *clause {
	group := c.env.spellings(n)
	if len(group) < 2 {
		return c.leaf(c.pattern(n), negated)
	}
	all := &clause{op: opOr, kids: make([]*clause, len(group))}
	if negated {
		all.op = opAnd
	}
	for i, name := range group {
		all.kids[i] = c.leaf(c.pattern(nameTerm(name, n.field, n)), negated)
	}
	return all
}

func (c *compilation) leaf(p *pattern, negated bool) *clause {
	k := c.room.clauses.one()
	k.op, k.leaf, k.negated = opTerm, p, negated
	return k
}

// spellings returns how a term's words are written, if they are a name that
// has several spellings.
func (e Env) spellings(n *node) []string {
	if n.exact || len(e.Names) == 0 {
		return nil
	}
	return e.Names[text.Fold(n.joined())]
}

func (c *compilation) join(o op, kids []*node, negated bool) (*clause, error) {
	if negated { // not (a or b) is (not a) and (not b)
		o = opAnd + opOr - o // opSome and opNear are turned by those who join them
	}
	all := c.room.clauses.one()
	all.op, all.kids = o, c.room.kids.some(len(kids))
	for i, k := range kids {
		kid, err := c.clause(k, negated)
		if err != nil {
			return nil, err
		}
		all.kids[i] = kid
	}
	return all, nil
}

// some compiles "n of": when fewer hold, of len-n+1 none does.
func (c *compilation) some(n *node, negated bool) (*clause, error) {
	all, err := c.join(opOr, n.kids, negated)
	if err != nil {
		return nil, err
	}
	all.op, all.need = opSome, n.need
	if negated {
		all.need = len(n.kids) - n.need + 1
	}
	return all, nil
}

// near compiles NEAR, whose kids are compiled as they stand.
func (c *compilation) near(n *node, negated bool) (*clause, error) {
	all, err := c.join(opOr, n.kids, false)
	if err != nil {
		return nil, err
	}
	all.op, all.negated = opNear, negated
	for _, s := range n.steps {
		all.steps = append(all.steps, int32(s))
	}
	return all, nil
}

// alias compiles what a name stands for; a name that is none is a word.
func (c *compilation) alias(n *node, negated bool) (*clause, error) {
	entries, ok := c.entries(n.value)
	if !ok {
		return c.clause(&node{op: opTerm, field: n.field, words: handleWords(n.value)}, negated)
	}
	if slices.Contains(c.open, n.value) {
		return nil, &Error{Code: CodeAliasCycle, Pos: n.start, End: n.end, Args: []string{n.value}}
	}
	c.open = append(c.open, n.value)
	defer func() { c.open = c.open[:len(c.open)-1] }()
	var kids []*node
	for _, e := range entries {
		k := &node{op: opTerm, field: n.field, start: n.start, end: n.end}
		if name, ok := strings.CutPrefix(e, "@"); ok && name != "" {
			k.op, k.value = opAlias, name
			if of, ok := countryOf(name); ok && countries().find(of) != nil {
				k.op, k.value = opCountry, countries().find(of).code
			}
		} else if k.words = wordsOf(e); len(k.words) == 0 {
			continue
		}
		kids = append(kids, k)
	}
	return c.join(opOr, kids, negated)
}

func handleWords(name string) []word {
	if words := wordsOf(name); len(words) > 0 {
		return words
	}
	return []word{{text: name}}
}

// entries returns what an alias stands for. Letter case and spelling of its
// name do not matter.
func (c *compilation) entries(name string) ([]string, bool) {
	if e, ok := c.env.Aliases[name]; ok {
		return e, true
	}
	fold := text.Fold(name)
	var found string
	for k := range c.env.Aliases {
		if text.Fold(k) == fold && (found == "" || k < found) {
			found = k
		}
	}
	return c.env.Aliases[found], found != ""
}

// mark is a clause for a term that is no word.
func mark(f news.Field, name string, negated bool) *clause {
	weight := 1
	if f == news.FieldLang {
		weight = 0
	}
	p := part{lookup: &lookup{terms: []term{termOf(name)}, weight: weight}}
	return &clause{op: opTerm, leaf: &pattern{mask: 1 << f, parts: []part{p}, mute: true}, negated: negated}
}

// pattern compiles the words of a term.
func (c *compilation) pattern(n *node) *pattern {
	p := c.room.patterns.one()
	*p = pattern{mask: n.field.mask(), parts: c.room.parts.some(len(n.words))[:0], slop: n.slop, count: n.count}
	for i := 0; i < len(n.words); {
		end := i + 1
		for end < len(n.words) && n.words[end].glued && isRune(n.words[end].text) && isRune(n.words[i].text) {
			end++
		}
		at := len(p.parts)
		p.parts = c.parts(p.parts, n.words[i:end], n.exact || end < len(n.words) && end > i+1, n.exact, len(n.words) > 1)
		if i > 0 && at < len(p.parts) && isRune(n.words[i].text) && isRune(n.words[i-1].text) {
			p.parts[at].step = 2
		}
		i = end
	}
	if last := &p.parts[len(p.parts)-1]; n.star || n.fuzzy {
		last.liken(n.words[len(n.words)-1].text, n)
	}
	for i := range p.parts {
		if p.parts[i].weight > p.parts[p.pivot].weight {
			p.pivot = i
		}
	}
	return p
}

// parts appends one word, or the characters of one in a script without
// spaces, of which the last may be left open unless they are fixed.
func (c *compilation) parts(dst []part, words []word, fixed, exact, phrase bool) []part {
	if fixed || len(words) == 1 {
		for _, w := range words {
			u := use{word: w.text, lang: analyzerLang(c.env.Lang, w.text), exact: exact, phrase: phrase}
			dst = append(dst, part{lookup: c.words.of(u), step: 1})
		}
		return dst
	}
	run := make([]string, len(words))
	for i, w := range words {
		run[i] = w.text
	}
	for _, terms := range text.KeywordRun(analyzerLang(c.env.Lang, run[0]), run) {
		p := &lookup{weight: 1}
		for _, t := range terms {
			p.terms = append(p.terms, termOf(t))
		}
		dst = append(dst, part{lookup: p, step: 1})
	}
	return dst
}

// liken makes a part one that is found by its beginning, or with a slip. Words
// of terms are rarer than what either finds.
func (pt *part) liken(word string, n *node) {
	p := &lookup{kind: partStart, like: text.Fold(word), weight: min(pt.weight, minPrefix)}
	switch {
	case n.fuzzy:
		p.kind = partSlip
	case n.exact:
		p.kind, p.like = partWritten, text.Written(word)
	}
	pt.lookup = p
}

func isRune(s string) bool {
	var room [tokensOfWord]text.Token
	tokens := text.Tokens(room[:0], s)
	return len(tokens) > 0 && tokens[0].Kind == text.Rune
}
