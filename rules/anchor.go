package rules

import "slices"

// anchors returns the hashes of terms of which every article has one that c is
// true of. They are those of the rarest word c needs, as far as its length
// tells; alternatives give those of each.
func (c *clause) anchors() []uint64 {
	hashes, _ := c.anchor()
	slices.Sort(hashes)
	return slices.Compact(hashes)
}

// anchor returns anchors and how rare they are thought to be; -1 when c is
// true of articles without words, and none will do.
func (c *clause) anchor() (hashes []uint64, weight int) {
	switch c.op {
	case opAnd:
		weight = -1
		for _, k := range c.kids {
			if h, w := k.anchor(); w > weight {
				hashes, weight = h, w
			}
		}
		return hashes, weight
	case opOr:
		weight = 1 << 10
		for _, k := range c.kids {
			h, w := k.anchor()
			hashes = append(hashes, h...)
			weight = min(weight, w)
		}
		return hashes, weight
	}
	if c.negated {
		return nil, -1
	}
	p := &c.leaf.parts[c.leaf.pivot]
	for i := range p.terms {
		hashes = append(hashes, p.terms[i].hash)
	}
	return hashes, p.weight
}
