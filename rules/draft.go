package rules

import "slices"

// A version is all that Match needs of a set, at one time. It never changes.
type version struct {
	vocabulary
	posts  vector[block]   // by group: what is filed under it
	spills vector[block]   // what the first blocks have no room for
	gone   vector[uint64]  // rules that are gone but filed, a bit for each number
	checks vector[*clause] // whole rules, for filings that ask them
	rules  int
}

// A draft is the next version while it is being made, and what the writer
// alone needs to know.
type draft struct {
	version
	owner uint64 // of what this draft may change in place

	numbers numbers
	shelves shelves
	uses    []uint32 // by group: filings that name it
	sizes   []uint32 // by group: filings under it
	spare   []uint32 // groups
	slots   []uint32 // free indices of checks
	asked   []uint32 // by index of checks: filings that ask it
	copied  uint32   // the check of the rule that is being put, which its branches share; nothing: not made yet
	spilled []uint32 // free indices of spills
	links   []uint32 // free chains
	key     []byte
	hashes  []uint64
	lits    []literal
	ways    []branch
}

func newDraft() *draft {
	d := &draft{owner: 1, numbers: newNumbers(), shelves: shelves{{}}}
	d.stamp = new(stamp)
	d.heads.push(0, d.owner)
	d.chains.push(chain{}, d.owner)
	d.groups.push(nil, d.owner)
	d.posts.push(nil, d.owner)
	d.uses, d.sizes = []uint32{0}, []uint32{0}
	return d
}

// publish returns d as a version and begins the next. What rules of a Loader
// shared is not held any longer.
func (d *draft) publish() *version {
	clear(d.lits[:cap(d.lits)])
	clear(d.ways[:cap(d.ways)])
	v := d.version
	d.owner++
	return &v
}

// put files a rule under a number of its own. There is none of that id.
func (d *draft) put(id ID, r *Rule) {
	n, made := d.numbers.add(id)
	if made && n%64 == 0 {
		d.gone.push(0, d.owner)
	}
	d.rules++
	branches := d.branches(r.root)
	e := entry{id: id, rule: n}
	if len(branches) > 1 && !exclude(branches) {
		e.rule |= severally
	}
	d.copied = nothing
	for i := range branches {
		g := d.file(e, &branches[i], r.root)
		if len(branches) > 1 {
			g = d.shelves.add(g, d.numbers.seats.at(n).filed)
		}
		d.numbers.seats.at(n).filed = g
	}
}

// branches returns the ways in which a rule can be true of an article that has
// words. They are void with the next rule.
func (d *draft) branches(root *clause) []branch {
	d.lits, d.ways = d.lits[:0], d.ways[:0]
	if root.op != opOr {
		if !d.way(root) {
			return anchored(root.branches())
		}
		return d.ways
	}
	for _, k := range root.kids {
		if !d.way(k) {
			return anchored(root.branches())
		}
	}
	return d.ways
}

// way adds the one way in which c can be true to d's, if it is plain that there is
// one. One that has no word to wait for is left out.
func (d *draft) way(c *clause) (plain bool) {
	from := len(d.lits)
	one, plain := c.plainly(d.lits)
	if !plain {
		return false
	}
	d.lits = one.lits
	one.lits = slices.Clip(one.lits[from:])
	if one.anchor() >= 0 {
		d.ways = append(d.ways, one)
	}
	return true
}

// anchored returns those that have a word to wait for.
func anchored(all []branch) []branch {
	return slices.DeleteFunc(all, func(b branch) bool { return b.anchor() < 0 })
}

// file files a rule under the rarest word of a branch, whose group it returns.
func (d *draft) file(e entry, w *branch, root *clause) uint32 {
	a := w.anchor()
	b := w.second(a)
	g := d.group(&w.lits[a])
	t := test{entry: e}
	if b >= 0 {
		if t.need = d.group(&w.lits[b]); w.lits[b].not {
			t.need |= absent
		}
	}
	switch {
	case w.loose || len(w.lits) > 2:
		t.check = d.check(root)
	case w.next && a == 0:
		t.check = after
	case w.next:
		t.check = before
	}
	d.add(g, &t)
	return g
}

// add files a test, or a rule that asks for nothing more, under a group.
func (d *draft) add(g uint32, t *test) {
	d.sizes[g]++
	b := d.posts.edit(g, d.owner)
	if (*b).filed() >= blockMost {
		*b = block{blockNext: d.spill(*b), blockDead: (*b)[blockDead], blockTests: 0}
	}
	*b = (*b).with(t)
}

// spill moves a block behind the first of its group, and returns its index plus
// one.
func (d *draft) spill(b block) uint32 {
	if k := len(d.spilled); k > 0 {
		i := d.spilled[k-1]
		d.spilled = d.spilled[:k-1]
		*d.spills.edit(i, d.owner) = b
		return i + 1
	}
	return d.spills.push(b, d.owner) + 1
}

// check keeps a copy of a whole rule for a test. The branches of a rule share
// one.
func (d *draft) check(c *clause) uint32 {
	if d.copied != nothing {
		d.asked[d.copied-wholeRule]++
		return d.copied
	}
	c = d.adopt(c)
	var i uint32
	if k := len(d.slots); k > 0 {
		i = d.slots[k-1]
		d.slots = d.slots[:k-1]
		*d.checks.edit(i, d.owner) = c
		d.asked[i] = 1
	} else {
		i = d.checks.push(c, d.owner)
		d.asked = append(d.asked, 1)
	}
	d.copied = i + wholeRule
	return d.copied
}

// uncheck is for a test that asks no more.
func (d *draft) uncheck(i uint32) {
	if d.asked[i]--; d.asked[i] > 0 {
		return
	}
	whole := d.checks.edit(i, d.owner)
	d.disown(*whole)
	*whole = nil
	d.slots = append(d.slots, i)
}

// remove makes id's rule gone. Its filings stay until half of those beside
// them are of rules that are gone, so that it costs little under any word.
func (d *draft) remove(id ID) {
	n, ok := d.numbers.find(id)
	if !ok {
		return
	}
	d.numbers.remove(n)
	d.rules--
	*d.gone.edit(n/64, d.owner) |= 1 << (n % 64)
	switch at := d.numbers.seats.at(n).filed; {
	case at == noGroup: // a rule that is true of no article
		d.vacant(n)
	case at < severally:
		d.bury(at)
	default:
		var groups []uint32
		for i := at &^ severally; i != 0; i = d.shelves[i].next {
			groups = append(groups, d.shelves[i].group)
		}
		for _, g := range groups {
			d.bury(g)
		}
	}
}

// alwaysPurged is up to how many filings it costs less to take one away than to
// step over it.
const alwaysPurged = 128

// bury counts one filing under g more that is of a rule that is gone.
func (d *draft) bury(g uint32) {
	b := d.posts.edit(g, d.owner)
	if len(*b) == 0 { // both of two filings under g went with the first
		return
	}
	dead := (*b)[blockDead] + 1
	if d.sizes[g] <= alwaysPurged || 2*dead >= d.sizes[g] {
		d.purge(g)
		return
	}
	*b = slices.Clone(*b)
	(*b)[blockDead] = dead
}
