package alert

import (
	"rasid/store"
	"slices"
)

// A crowd is a set of destinations. Most rules are one reader's, who is kept
// here; a few more are a list, and many a map.
type crowd struct {
	one    store.Place // no ordinal: nobody
	others *others
}

type others struct {
	few  []store.Place
	many map[store.Place]struct{}
}

const crowdFew = 16

func (c *crowd) add(p store.Place) {
	switch {
	case c.one == p:
	case c.others != nil:
		c.others.add(p)
	case c.one.Ordinal == 0:
		c.one = p
	default:
		c.others = &others{few: []store.Place{p}}
	}
}

func (o *others) add(p store.Place) {
	switch {
	case o.many != nil:
		o.many[p] = struct{}{}
	case slices.Contains(o.few, p):
	case len(o.few) < crowdFew:
		o.few = append(o.few, p)
	default:
		o.many = make(map[store.Place]struct{}, 2*crowdFew)
		for _, q := range append(o.few, p) {
			o.many[q] = struct{}{}
		}
		o.few = nil
	}
}

func (c *crowd) remove(p store.Place) {
	if c.one == p {
		c.one = store.Place{}
	}
	if c.others != nil {
		c.others.remove(p)
	}
}

func (o *others) remove(p store.Place) {
	if o.many != nil {
		delete(o.many, p)
		return
	}
	if i := slices.Index(o.few, p); i >= 0 {
		o.few[i] = o.few[len(o.few)-1]
		o.few = o.few[:len(o.few)-1]
	}
}

func (c *crowd) len() int {
	n := 0
	if c.one.Ordinal != 0 {
		n = 1
	}
	if c.others != nil {
		n += len(c.others.few) + len(c.others.many)
	}
	return n
}

// each calls f for everyone.
func (c *crowd) each(f func(store.Place)) {
	if c.one.Ordinal != 0 {
		f(c.one)
	}
	if c.others == nil {
		return
	}
	for _, p := range c.others.few {
		f(p)
	}
	for p := range c.others.many {
		f(p)
	}
}
