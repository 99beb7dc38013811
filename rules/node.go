package rules

import "rasid/news"

// An op says what a node of a query does.
type op uint8

const (
	opAnd op = iota
	opOr
	opNot
	opTerm    // words side by side
	opAlias   // @name
	opLang    // lang:
	opSite    // site:
	opCountry // @country:
	opNear    // terms near each other
	opSome    // at least some of the kids
)

// A node is a part of a query. Nodes are never changed once parsed.
type node struct {
	op         op
	kids       []*node // of opAnd, opOr, opNear, opSome, and the one of opNot
	field      field   // opTerm, opAlias, opCountry: where to look
	exact      bool    // opTerm: as written
	star       bool    // opTerm: the last word is the beginning of one
	fuzzy      bool    // opTerm: one slip away
	slop       int     // opTerm: so many words may be between; 0: side by side
	count      int     // opTerm: so many times at least; 0: once
	need       int     // opSome: so many kids at least
	steps      []int   // opNear: so many words at most between a kid and the next
	words      []word  // opTerm: at least one
	value      string  // opAlias, opLang, opSite, opCountry
	start, end int     // byte offsets in the source
}

// A word of a term, as written.
type word struct {
	text  string
	glued bool // follows the word before it with nothing between
}

// A field restricts where a term looks. Its zero value is the fields that
// words look in when they name none.
type field uint8

const (
	anywhere field = iota
	inTitle
	inBody
	inTags
	inSource
	inAuthor
)

// mask returns the news fields that f looks in, one bit for each.
func (f field) mask() uint16 {
	switch f {
	case inTitle:
		return 1 << news.FieldTitle
	case inBody:
		return 1<<news.FieldBody | 1<<news.FieldSummary
	case inTags:
		return 1 << news.FieldTags
	case inSource:
		return 1 << news.FieldSource
	case inAuthor:
		return 1 << news.FieldAuthor
	}
	return 1<<news.FieldTitle | 1<<news.FieldSummary | 1<<news.FieldBody | 1<<news.FieldTags
}

// flat joins nodes under one operator, taking in those that have the same.
func flat(o op, nodes ...*node) *node { return new(room).flat(o, nodes...) }

func (in *room) flat(o op, nodes ...*node) *node {
	if len(nodes) == 1 {
		return nodes[0]
	}
	n := in.nodes.one()
	n.op, n.start, n.end = o, nodes[0].start, nodes[len(nodes)-1].end
	n.kids = in.branches.some(len(nodes))[:0]
	for _, k := range nodes {
		if k.op == o {
			n.kids = append(n.kids, k.kids...)
			continue
		}
		n.kids = append(n.kids, k)
	}
	return n
}

// not negates k; two negations cancel out.
func not(k *node) *node { return new(room).not(k) }

func (in *room) not(k *node) *node {
	if k.op == opNot {
		return k.kids[0]
	}
	n := in.nodes.one()
	n.op, n.kids, n.start, n.end = opNot, in.branches.some(1), k.start, k.end
	n.kids[0] = k
	return n
}

// walk calls f for n and all below it, and tells f what is negated.
func (n *node) walk(negated bool, f func(n *node, negated bool)) {
	f(n, negated)
	if n.op == opNot {
		negated = !negated
	}
	for _, k := range n.kids {
		k.walk(negated, f)
	}
}

// idle reports whether n is true of an article without words.
func (n *node) idle() bool {
	switch n.op {
	case opNot:
		return !n.kids[0].idle()
	case opAnd:
		for _, k := range n.kids {
			if !k.idle() {
				return false
			}
		}
		return true
	case opOr, opSome:
		idle := 0
		for _, k := range n.kids {
			if k.idle() {
				idle++
			}
		}
		return idle >= max(n.need, 1)
	}
	return false
}
