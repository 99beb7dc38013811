package rules

import (
	"slices"
)

// An oracleRun is a run with the term that it is of.
type oracleRun struct {
	n   *node
	run []int
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
