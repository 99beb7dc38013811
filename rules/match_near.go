package rules

import (
	"cmp"
	"slices"
	"sort"
)

// chain returns the places of the last of c's kids that end a chain: each kid
// near the one before it. It is nil when there is no chain. The rooms are
// memory to use.
func (c *clause) chain(t *trial, a, b []spot) []spot {
	a = c.kids[0].places(t, a)
	for i, steps := range c.steps {
		if len(a) == 0 {
			return nil
		}
		b = c.kids[i+1].places(t, b[:0])
		a, b = t.near(b, a, steps), a
	}
	if len(a) == 0 {
		return nil
	}
	return a
}

// places appends the places of a kid of NEAR: a pattern, or several of which
// any will do. They are in order, each once.
func (c *clause) places(t *trial, dst []spot) []spot {
	dst = c.eachPlaces(t, dst)
	slices.SortFunc(dst, spot.compare)
	return slices.Compact(dst)
}

func (s spot) compare(t spot) int {
	return cmp.Or(cmp.Compare(s.first, t.first), cmp.Compare(s.last, t.last))
}

func (c *clause) eachPlaces(t *trial, dst []spot) []spot {
	if c.op == opTerm {
		return c.leaf.places(t, dst, every)
	}
	for _, k := range c.kids {
		dst = k.eachPlaces(t, dst)
	}
	return dst
}

// near keeps the places, in order, that have one of others, which are in
// order, too, in the same field with at most steps words between. They may not
// overlap.
func (t *trial) near(places, others []spot, steps int32) []spot {
	kept := places[:0]
	for _, p := range places {
		if t.step(stepsOfTrial) && t.hasNear(p, others, steps) {
			kept = append(kept, p)
		}
	}
	return kept
}

// hasNear looks around p. What begins after p's end is nearest when it begins
// first. What ends before p's beginning need not be the last that begins there,
// for places have lengths: those within reach are gone through, and a pattern
// has at most MaxTerms words and MaxNear between.
func (t *trial) hasNear(p spot, others []spot, steps int32) bool {
	field := t.tokens[p.first].field
	i := sort.Search(len(others), func(i int) bool { return others[i].first > p.last })
	if i < len(others) && t.tokens[others[i].first].field == field && t.tokens[others[i].first].pos-t.tokens[p.last].pos-1 <= steps {
		return true
	}
	reach := t.tokens[p.first].pos - steps - 1 - reachOfPlace
	for i := sort.Search(len(others), func(i int) bool { return others[i].first >= p.first }) - 1; i >= 0 && t.step(1); i-- {
		o := others[i]
		if t.tokens[o.first].field != field || t.tokens[o.first].pos < reach {
			return false
		}
		if o.last < p.first && t.tokens[p.first].pos-t.tokens[o.last].pos-1 <= steps {
			return true
		}
	}
	return false
}

// reachOfPlace bounds how many positions a place spans: each character of a
// rule may be a word, with steps of two.
const reachOfPlace = 2*MaxChars + MaxNear

// nearSpans appends the spans of all places that are part of a chain.
func (c *clause) nearSpans(t *trial, spans *[]Span) {
	sets := make([][]spot, len(c.kids))
	for i, k := range c.kids {
		sets[i] = k.places(t, nil)
		if i > 0 {
			sets[i] = t.near(sets[i], sets[i-1], c.steps[i-1])
		}
	}
	for i := len(sets) - 2; i >= 0; i-- {
		sets[i] = t.near(sets[i], sets[i+1], c.steps[i])
	}
	for i, k := range c.kids {
		k.spansAt(t, sets[i], spans)
	}
}

// spansAt appends what is to be seen of c at those of its places that are in
// kept, which is in order.
func (c *clause) spansAt(t *trial, kept []spot, spans *[]Span) {
	if c.op != opTerm {
		for _, k := range c.kids {
			k.spansAt(t, kept, spans)
		}
		return
	}
	for _, at := range c.leaf.places(t, nil, every) {
		if _, ok := slices.BinarySearchFunc(kept, at, spot.compare); ok {
			c.leaf.span(t, at, spans)
		}
	}
}
