package rules

import "slices"

// How far from each other words may stand, in words between them.
const (
	MaxNear   = 50 // the most that NEAR and ~ take
	usualNear = 5  // where the rule says no number
)

// near reads NEAR/5 and what follows it, as often as it stands there.
func (p *descent) near(depth int, first *node) (*node, *Error) {
	n := &node{op: opNear, kids: []*node{first}, start: first.start}
	for p.peek().kind == kindNear {
		x := p.take()
		sign := p.src[x.start:x.end]
		steps, err := p.number(x, 0, MaxNear)
		if err != nil {
			return nil, err
		}
		switch p.peek().kind {
		case kindEnd, kindClose, kindOr, kindAnd, kindNear:
			return nil, p.fail(CodeMissingOperand, x, sign)
		}
		k, err := p.term(depth)
		switch {
		case err != nil:
			return nil, err
		case k == nil:
			return nil, p.fail(CodeMissingOperand, x, sign)
		case !n.kids[len(n.kids)-1].hasPlaces() || !k.hasPlaces():
			return nil, p.fail(CodeMisplaced, x, sign)
		}
		n.kids, n.steps, n.end = append(n.kids, k), append(n.steps, steps), k.end
	}
	return n, nil
}

// hasPlaces reports whether n is found at places: words, or one of several.
func (n *node) hasPlaces() bool {
	switch n.op {
	case opTerm:
		return n.count == 0
	case opAlias:
		return true
	case opOr:
		return !slices.ContainsFunc(n.kids, func(k *node) bool { return !k.hasPlaces() })
	}
	return false
}
