package rules

import (
	"rasid/text"
	"strings"
	"unicode/utf8"
)

// Of how names are written elsewhere, a rule is offered so many.
const (
	spellingsOfName = 2
	spellingsOfRule = 4
)

// Spellings tells how other scripts write the names that q looks for, and
// gives the query that looks for those, too: @country:LY in place of ليبيا,
// (Erdogan | أردوغان) in place of Erdogan. There is none when no name is known
// to be written otherwise, or the wider rule would be too long. It is meant to
// be offered: a reader may have had reasons.
func Spellings(q *Query, env Env) (names []string, wider *Query) {
	have := map[string]bool{}
	q.root.walk(false, func(n *node, _ bool) {
		if n.op == opTerm {
			have[text.Fold(n.joined())] = true
		}
	})
	root := q.root.widened(func(n *node) *node {
		if len(names) >= spellingsOfRule {
			return n
		}
		if len(env.spellings(n)) > 1 {
			return n // looked for already
		}
		more := n.otherSpellings(have)
		if len(more) == 0 {
			return n
		}
		for _, k := range more {
			names = append(names, k.shown())
		}
		if more[0].op == opCountry {
			return more[0]
		}
		return flat(opOr, append([]*node{n}, more...)...)
	})
	if len(names) == 0 {
		return nil, nil
	}
	wider = &Query{root: root}
	if check(wider.String(), root) != nil || utf8.RuneCountInString(wider.String()) > MaxChars {
		return nil, nil
	}
	return names, wider
}

// CountryName returns the name of the country that a name given by Spellings
// stands for, in lang where that is known; "" when it stands for none.
func CountryName(spelling, lang string) string {
	name, ok := strings.CutPrefix(spelling, "@")
	if !ok {
		return ""
	}
	code, _ := countryOf(name)
	if c := countries().byCode[code]; c != nil {
		return c.shown(lang)[0]
	}
	return ""
}

// shown is a term as it is offered, without its field.
func (n *node) shown() string {
	k := *n
	k.field = anywhere
	return (&Query{root: &k}).String()
}

// widened returns n with change made of the terms that are wanted.
func (n *node) widened(change func(*node) *node) *node {
	switch n.op {
	case opTerm:
		return change(n)
	case opAnd, opOr:
		kids := make([]*node, len(n.kids))
		for i, k := range n.kids {
			kids[i] = k.widened(change)
		}
		return flat(n.op, kids...)
	}
	return n
}

// otherSpellings returns what else a term may be looked for as: the country,
// where it is the name of one, else its spellings that are not had.
func (n *node) otherSpellings(have map[string]bool) []*node {
	if n.exact || n.star || n.fuzzy || n.slop > 0 || n.count > 0 {
		return nil
	}
	name := n.joined()
	if c := countries().byName[text.Fold(name)]; c != nil {
		if !c.sure(name) {
			return nil
		}
		return []*node{{op: opCountry, field: n.field, value: c.code, start: n.start, end: n.end}}
	}
	var more []*node
	for _, other := range text.Spellings(name, spellingsOfName) {
		if words := wordsOf(other); len(words) > 0 && !have[text.Fold(other)] {
			more = append(more, &node{op: opTerm, field: n.field, words: words, start: n.start, end: n.end})
		}
	}
	return more
}

// sure reports whether name is no other word in any language.
func (c *country) sure(name string) bool {
	for _, of := range c.names {
		for _, other := range of.doubtful {
			if text.Fold(other) == text.Fold(name) {
				return false
			}
		}
	}
	return true
}
