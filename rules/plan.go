package rules

import (
	"cmp"
	"slices"
)

// A branch is one of the ways in which a rule can be true: if all its literals
// are. A rule is true if and only if one of its branches is, unless that one is
// loose: then the literals only tell when to ask the whole rule.
type branch struct {
	lits  []literal
	next  bool // lits[1] directly after lits[0]
	loose bool
}

// maxProduct bounds how many ways are made of several alternatives: beyond it
// a rule is tried by itself.
const maxProduct = 16

// branches returns in which ways c can be true. Each rule that Parse takes has in
// each of its branches a word that must be there.
func (c *clause) branches() []branch {
	switch c.op {
	case opAnd:
		return c.together()
	case opNear:
		if c.negated {
			return []branch{{loose: true}}
		}
		return loosened(c.together())
	case opOr:
		var all []branch
		for _, k := range c.kids {
			all = append(all, k.branches()...)
		}
		return all
	case opSome:
		return c.someBranches()
	}
	return c.leaf.branches(c.negated)
}

// branches of a pattern are one: all its words.
func (p *pattern) branches(negated bool) []branch {
	return []branch{p.branch(make([]literal, 0, len(p.parts)), negated)}
}

// branch is the one way in which a pattern is true, after others that must be,
// too.
func (p *pattern) branch(lits []literal, negated bool) branch {
	simple := len(p.parts) == 1 && p.count < 2
	if negated && !simple {
		return branch{lits: lits, loose: true}
	}
	for i := range p.parts {
		lits = append(lits, literal{word: p.parts[i].lookup, mask: p.mask, not: negated})
	}
	next := len(p.parts) == 2 && p.count < 2 && p.slop == 0 && p.parts[1].step == 1
	return branch{lits: lits, next: next, loose: !simple && !next}
}

// plainly returns the one way in which c can be true, if it is a pattern or such
// that all must be true, as most rules. It appends the literals to lits.
func (c *clause) plainly(lits []literal) (one branch, ok bool) {
	switch c.op {
	case opTerm:
		return c.leaf.branch(lits, c.negated), true
	case opAnd:
	default:
		return branch{}, false
	}
	one.lits = lits
	for _, k := range c.kids {
		if k.op != opTerm {
			return branch{}, false
		}
		b := k.leaf.branch(one.lits, k.negated)
		one.lits = b.lits
		one.loose = one.loose || b.loose || b.next // the whole rule is asked for what stands side by side
	}
	return one, true
}

// together joins the ways of c's kids, each with each. Where that would be too
// many, the ways of the kid that is the best to wait for stand for all.
func (c *clause) together() []branch {
	if one, ok := c.plainly(make([]literal, 0, len(c.kids))); ok {
		return []branch{one}
	}
	all, best := []branch{{}}, -1
	var kids [][]branch
	for i, k := range c.kids {
		kids = append(kids, k.branches())
		if best < 0 || rarity(kids[i]) > rarity(kids[best]) {
			best = i
		}
	}
	for i, ways := range kids {
		if len(all)*len(ways) > maxProduct {
			return loosened(kids[best])
		}
		if i == 0 {
			all = ways
			continue
		}
		all = product(all, ways)
	}
	return all
}

func product(a, b []branch) []branch {
	all := make([]branch, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			all = append(all, branch{
				lits:  slices.Concat(x.lits, y.lits),
				loose: x.loose || y.loose || x.next || y.next,
			})
		}
	}
	return all
}

// loosened returns copies of ways after which the whole rule is asked.
func loosened(ways []branch) []branch {
	ways = slices.Clone(ways)
	for i := range ways {
		ways[i].next, ways[i].loose = false, true
	}
	return ways
}

// someBranches joins each selection of so many of c's kids. Where that would be
// too many, it leaves out those of the kids that others need not wait for: of
// three kids of which two are true, one is among any two.
func (c *clause) someBranches() []branch {
	kids := make([][]branch, len(c.kids))
	for i, k := range c.kids {
		kids[i] = k.branches()
	}
	if choices(len(kids), c.need) <= maxProduct {
		if all := selections(kids, c.need); all != nil {
			return all
		}
	}
	slices.SortStableFunc(kids, func(a, b []branch) int { return cmp.Compare(rarity(b), rarity(a)) })
	return loosened(slices.Concat(kids[:len(kids)-c.need+1]...))
}

// choices returns in how many ways n of so many can be chosen, or a number
// greater than maxProduct.
func choices(of, n int) int {
	all := 1
	for i := range min(n, of-n) {
		if all = all * (of - i) / (i + 1); all > maxProduct {
			return all
		}
	}
	return all
}

// selections joins each n of several; nil: that would be too many.
func selections(kids [][]branch, n int) []branch {
	switch {
	case n == 0:
		return []branch{{}}
	case n > len(kids):
		return []branch{}
	}
	with, without := selections(kids[1:], n-1), selections(kids[1:], n)
	if with == nil || without == nil || len(kids[0])*len(with)+len(without) > maxProduct {
		return nil
	}
	return append(product(kids[0], with), without...)
}

// exclude makes one of two words exclude the other, so that a rule that wants
// either comes up once. It reports whether branches are such a rule's.
func exclude(branches []branch) bool {
	if len(branches) != 2 {
		return false
	}
	for i := range branches {
		if b := &branches[i]; b.loose || len(b.lits) != 1 {
			return false
		}
	}
	not := branches[0].lits[0]
	not.not = true
	branches[1].lits = append(branches[1].lits[:1:1], not)
	return true
}

// rarity tells how rare the commonest of several ways is thought to be: -1
// when one needs no word.
func rarity(ways []branch) int {
	least := 1 << 10
	for i := range ways {
		if a := ways[i].anchor(); a < 0 {
			least = -1
		} else {
			least = min(least, ways[i].lits[a].word.weight)
		}
	}
	return least
}

// anchor returns which literal is best to wait for: the rarest word, as far as
// its length tells; -1 when there is none.
func (b *branch) anchor() int { return b.rarest(-1) }

// rarest returns the rarest word that must be there, except one; -1: none.
func (b *branch) rarest(except int) int {
	best := -1
	for i := range b.lits {
		if !b.lits[i].not && i != except && (best < 0 || b.lits[i].word.weight > b.lits[best].word.weight) {
			best = i
		}
	}
	return best
}

// second returns the literal to look at before all others but the anchor: a
// word that must be there, or else one that must not; -1: none.
func (b *branch) second(anchor int) int {
	if i := b.rarest(anchor); i >= 0 {
		return i
	}
	return slices.IndexFunc(b.lits, func(l literal) bool { return l.not })
}
