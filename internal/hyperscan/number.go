//go:build hyperscan

package hyperscan

import "slices"

// lists says which rules have a literal; see driver.h.
type lists struct{ starts, rules []uint32 }

// number gives each literal a number.
func number(all []Rule) (literals []string, has, hasnt lists, want []uint8) {
	numbers := map[string]int{}
	var hasBy, notBy [][]uint32
	of := func(s string) int {
		n, ok := numbers[s]
		if !ok {
			n = len(literals)
			numbers[s] = n
			literals, hasBy, notBy = append(literals, s), append(hasBy, nil), append(notBy, nil)
		}
		return n
	}
	for i, r := range all {
		rule := uint32(i) //nolint:gosec // fewer
		for _, s := range slices.Compact(slices.Sorted(slices.Values(r.Has))) {
			n := of(s)
			hasBy[n] = append(hasBy[n], rule)
		}
		for _, s := range r.Not {
			n := of(s)
			notBy[n] = append(notBy[n], rule)
		}
		want = append(want, uint8(r.Want)) //nolint:gosec // a few
	}
	return literals, listed(hasBy), listed(notBy), want
}

func listed(by [][]uint32) lists {
	l := lists{starts: make([]uint32, 1, len(by)+1)}
	for _, rules := range by {
		l.rules = append(l.rules, rules...)
		l.starts = append(l.starts, uint32(len(l.rules))) //nolint:gosec // fewer
	}
	return l
}
