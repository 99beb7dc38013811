package rules

import "slices"

// group returns the group of a literal, new or known, and counts one more use.
func (d *draft) group(l *literal) uint32 {
	g := l.word.known.Load()
	if g == nil || g.mask != l.mask || !d.has(g) {
		g = d.find(l)
		l.word.known.Store(g)
	}
	d.uses[g.index]++
	return g.index
}

// has reports whether g is a group of d, and not one that was.
func (d *draft) has(g *group) bool {
	return int(g.index) < d.groups.n && *d.groups.at(g.index) == g
}

// find returns the group of a literal by its key, new or known.
func (d *draft) find(l *literal) *group {
	d.key = l.word.appendKey(d.key[:0])
	probe := group{key: string(d.key), kind: l.word.kind, mask: l.mask}
	d.hashes = probe.hashes(d.hashes[:0])
	tag := tagOf(d.hashes[0])
	for i := d.first(tag); i != 0; {
		c := d.chains.at(i)
		if c.tag == tag {
			if g := *d.groups.at(c.group); g.key == probe.key && g.kind == probe.kind && g.mask == probe.mask {
				return g
			}
		}
		i = c.next
	}
	d.newGroup(&probe)
	return &probe
}

// newGroup takes a group in that was not there, and gives it its index.
func (d *draft) newGroup(made *group) {
	var g uint32
	if k := len(d.spare); k > 0 {
		g = d.spare[k-1]
		d.spare = d.spare[:k-1]
		*d.groups.edit(g, d.owner) = made
	} else {
		g = d.groups.push(made, d.owner)
		d.posts.push(nil, d.owner)
		d.uses, d.sizes = append(d.uses, 0), append(d.sizes, 0)
	}
	made.index = g
	d.stamp = new(stamp)
	d.note(made)
	for _, h := range d.hashes {
		d.link(tagOf(h), g)
	}
}

// release counts one use less, and drops a group that has none left.
func (d *draft) release(g uint32) {
	if d.uses[g]--; d.uses[g] > 0 {
		return
	}
	d.stamp = new(stamp)
	at := d.groups.edit(g, d.owner)
	gone := *at
	*at = nil
	d.hashes = gone.hashes(d.hashes[:0])
	for _, h := range d.hashes {
		d.unlink(tagOf(h), g)
	}
	d.spare = append(d.spare, g)
}

// adopt returns a copy of a rule whose patterns know the groups that they start
// from.
func (d *draft) adopt(c *clause) *clause {
	own := *c
	own.kids = make([]*clause, len(c.kids))
	for i, k := range c.kids {
		own.kids[i] = d.adopt(k)
	}
	if c.leaf != nil {
		leaf := *c.leaf
		leaf.parts = slices.Clone(leaf.parts) // what rules of a Loader share goes with it
		for i := range leaf.parts {
			leaf.parts[i].lookup = leaf.parts[i].kept()
		}
		leaf.group = d.group(leaf.pivotal())
		own.leaf = &leaf
	}
	return &own
}

// disown releases what adopt took.
func (d *draft) disown(c *clause) {
	for _, k := range c.kids {
		d.disown(k)
	}
	if c.leaf != nil {
		d.release(c.leaf.group)
	}
}

// pivotal is the word that p starts from.
func (p *pattern) pivotal() *literal { return &literal{word: p.parts[p.start()].lookup, mask: p.mask} }

// link files a group under a tag.
func (d *draft) link(tag, g uint32) {
	if d.chains.n-len(d.links) > d.heads.n {
		d.split()
	}
	at := d.heads.edit(headOf(tag, d.heads.n), d.owner)
	made := chain{tag: tag, group: g, next: *at}
	if k := len(d.links); k > 0 {
		*at = d.links[k-1]
		d.links = d.links[:k-1]
		*d.chains.edit(*at, d.owner) = made
		return
	}
	*at = d.chains.push(made, d.owner)
}

// split adds a head, and moves those chains to it that belong there now.
func (d *draft) split() {
	made := d.heads.push(0, d.owner)
	from := headOf(made, int(made)) // where its tags were
	i := *d.heads.at(from)
	var kept, moved uint32
	for i != 0 {
		c := d.chains.edit(i, d.owner)
		next := c.next
		if headOf(c.tag, d.heads.n) == from {
			c.next, kept = kept, i
		} else {
			c.next, moved = moved, i
		}
		i = next
	}
	*d.heads.edit(from, d.owner), *d.heads.edit(made, d.owner) = kept, moved
}

// unlink takes one filing of a group under a tag away.
func (d *draft) unlink(tag, g uint32) {
	at := d.heads.edit(headOf(tag, d.heads.n), d.owner)
	for *at != 0 {
		c := d.chains.at(*at)
		if c.tag == tag && c.group == g {
			d.links = append(d.links, *at)
			*at = c.next
			return
		}
		at = &d.chains.edit(*at, d.owner).next
	}
}

// purge takes the filings under g of rules that are gone away, and with them
// the groups, numbers and whole rules that nothing else uses.
func (d *draft) purge(g uint32) {
	first := d.posts.edit(g, d.owner)
	b := *first
	*first = nil
	size := d.sizes[g]
	d.sizes[g] = 0
	var kept []test
	for b != nil {
		yes, tests := b.filings(nil, nil)
		for _, e := range yes {
			tests = append(tests, test{entry: e})
		}
		for _, t := range tests {
			if d.isGone(t.rule) {
				d.drop(&t, g)
			} else {
				kept = append(kept, t)
			}
		}
		next := b[blockNext]
		b = nil
		if next != 0 {
			b = *d.spills.at(next - 1)
			*d.spills.edit(next-1, d.owner) = nil
			d.spilled = append(d.spilled, next-1)
		}
	}
	for i := range kept {
		d.add(g, &kept[i])
	}
	for range size - d.sizes[g] {
		d.release(g)
	}
}

// drop lets go of what a filing under g took.
func (d *draft) drop(t *test, g uint32) {
	if t.check >= wholeRule {
		d.uncheck(t.check - wholeRule)
	}
	d.vacate(t.rule, g)
	if need := t.need &^ absent; need != noGroup {
		d.release(need)
	}
}

// isGone reports whether a rule, by its number, is gone.
func (v *version) isGone(rule uint32) bool {
	n := rule &^ severally
	return *v.gone.at(n / 64)>>(n%64)&1 != 0
}

// vacate counts one filing of a gone rule less, and frees its number when it
// was the last.
func (d *draft) vacate(rule, g uint32) {
	n := rule &^ severally
	x := d.numbers.seats.at(n)
	if x.filed = d.shelves.remove(x.filed, g); x.filed == noGroup {
		d.vacant(n)
	}
}

// vacant frees a number.
func (d *draft) vacant(n uint32) {
	*d.gone.edit(n/64, d.owner) &^= 1 << (n % 64)
	d.numbers.free = append(d.numbers.free, n)
}
