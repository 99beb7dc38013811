package alert

import (
	"rasid/store"
	"slices"
)

// A crowd is a set of destinations. Most rules are one reader's, so a few are
// a list and only many become a map.
type crowd struct {
	few  []store.Place
	many map[store.Place]struct{}
}

const crowdFew = 16

func (c *crowd) add(p store.Place) {
	switch {
	case c.many != nil:
		c.many[p] = struct{}{}
	case slices.Contains(c.few, p):
	case len(c.few) < crowdFew:
		c.few = append(c.few, p)
	default:
		c.many = make(map[store.Place]struct{}, 2*crowdFew)
		for _, q := range append(c.few, p) {
			c.many[q] = struct{}{}
		}
		c.few = nil
	}
}

func (c *crowd) remove(p store.Place) {
	if c.many != nil {
		delete(c.many, p)
		return
	}
	if i := slices.Index(c.few, p); i >= 0 {
		c.few[i] = c.few[len(c.few)-1]
		c.few = c.few[:len(c.few)-1]
	}
}

func (c *crowd) len() int { return len(c.few) + len(c.many) }

// each calls f for everyone.
func (c *crowd) each(f func(store.Place)) {
	for _, p := range c.few {
		f(p)
	}
	for p := range c.many {
		f(p)
	}
}
