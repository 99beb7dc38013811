package rules

import "slices"

// A version is all that Match needs of a set, at one time. It never changes.
type version struct {
	vocabulary
	posts  vector[posting] // by group
	gone   vector[uint64]  // rules that are gone but filed, a bit for each number
	checks vector[*clause] // whole rules, for filings that ask them
	rules  int
}

// A posting lists what is filed under a group.
type posting struct {
	yes   []entry // rules that are true where the group is
	tests []test  // rules that ask for more
	dead  uint32  // so many of both are of rules that are gone
}

func (p *posting) len() int { return len(p.yes) + len(p.tests) }

// An entry is a rule where it is filed.
type entry struct {
	low, high uint32 // halves of the ID, so that an entry has 12 bytes
	rule      uint32 // its number, with severally
}

func (e *entry) id() ID { return ID(e.high)<<32 | ID(e.low) }

// A test is a rule that may be true where its group is.
type test struct {
	entry
	need  uint32 // a group that must be there, or with absent one that must not; noGroup: none
	check uint32 // what else must be true: nothing, after, before, or the whole rule in checks
}

const (
	severally = 1 << 31 // of a rule's number: it may come up twice
	absent    = 1 << 31 // of test.need
)

// Values of test.check.
const (
	nothing = iota
	after   // needs a word of the group need directly after
	before
	wholeRule // this and greater: the whole rule, from checks
)

// A draft is the next version while it is being made, and what the writer
// alone needs to know.
type draft struct {
	version
	owner uint64 // of what this draft may change in place

	numbers numbers
	ids     []ID     // by number
	filed   []uint32 // by number: the group that the rule is filed under; or, if there are several, severally and the first of shelves
	shelves shelves
	free    []uint32 // numbers
	uses    []uint32 // by group: filings that name it
	spare   []uint32 // groups
	slots   []uint32 // free indices of checks
	links   []uint32 // free chains
	key     []byte
	hashes  []uint64
}

func newDraft() *draft {
	d := &draft{owner: 1, numbers: newNumbers(), shelves: shelves{{}}}
	d.stamp = new(stamp)
	d.heads.push(0, d.owner)
	d.chains.push(chain{}, d.owner)
	d.groups.push(nil, d.owner)
	d.posts.push(posting{}, d.owner)
	d.uses = []uint32{0}
	return d
}

// publish returns d as a version and begins the next.
func (d *draft) publish() *version {
	v := d.version
	d.owner++
	return &v
}

// put files a rule under a number of its own, and what id was is gone.
func (d *draft) put(id ID, r *Rule) {
	d.remove(id)
	n := d.number(id)
	d.rules++
	branches := slices.DeleteFunc(r.root.branches(), func(b branch) bool { return b.anchor() < 0 })
	e := entry{low: uint32(id), high: uint32(id >> 32), rule: n} //nolint:gosec // halves
	if len(branches) > 1 && !exclude(branches) {
		e.rule |= severally
	}
	for i := range branches {
		g, t := d.file(e, &branches[i])
		if len(branches) == 1 {
			d.filed[n] = g
		} else {
			d.filed[n] = d.shelves.add(g, d.filed[n])
		}
		if t != nil {
			t.check = d.check(r.root)
		}
	}
}

// file files a rule under the rarest word of a branch, whose group it returns;
// and the test that shall ask the whole rule, if there is one.
func (d *draft) file(e entry, w *branch) (g uint32, whole *test) {
	a := w.anchor()
	b := w.second(a)
	g = d.group(&w.lits[a])
	t := test{entry: e}
	if b >= 0 {
		if t.need = d.group(&w.lits[b]); w.lits[b].not {
			t.need |= absent
		}
	}
	p := d.posts.edit(g, d.owner)
	ask := w.loose || len(w.lits) > 2
	switch {
	case !ask && b < 0:
		p.yes = append(roomy(p.yes), e)
		return g, nil
	case w.next && a == 0:
		t.check = after
	case w.next:
		t.check = before
	}
	p.tests = append(roomy(p.tests), t)
	if ask {
		return g, &p.tests[len(p.tests)-1]
	}
	return g, nil
}

// number gives id a number.
func (d *draft) number(id ID) uint32 {
	if k := len(d.free); k > 0 {
		n := d.free[k-1]
		d.free = d.free[:k-1]
		d.ids[n] = id
		d.numbers.add(id, n, d.ids)
		return n
	}
	n := uint32(len(d.ids)) //nolint:gosec // two billion rules have no room
	d.ids, d.filed = append(d.ids, id), append(d.filed, noGroup)
	if n%64 == 0 {
		d.gone.push(0, d.owner)
	}
	d.numbers.add(id, n, d.ids)
	return n
}

// roomy returns list with room for one more. Most lists are short, and there
// are many: so it grows by little.
func roomy[T any](list []T) []T {
	if len(list) < cap(list) {
		return list
	}
	return slices.Grow(list, 1+len(list)/8)
}

// check keeps a copy of a whole rule for a test.
func (d *draft) check(c *clause) uint32 {
	c = d.adopt(c)
	if k := len(d.slots); k > 0 {
		i := d.slots[k-1]
		d.slots = d.slots[:k-1]
		*d.checks.edit(i, d.owner) = c
		return i + wholeRule
	}
	return d.checks.push(c, d.owner) + wholeRule
}

// remove makes id's rule gone. Its filings stay until half of those beside
// them are of rules that are gone, so that it costs little under any word.
func (d *draft) remove(id ID) {
	n, ok := d.numbers.find(id, d.ids)
	if !ok {
		return
	}
	d.numbers.remove(id, n)
	d.rules--
	*d.gone.edit(n/64, d.owner) |= 1 << (n % 64)
	switch at := d.filed[n]; {
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
	p := d.posts.edit(g, d.owner)
	if p.dead++; p.len() <= alwaysPurged || 2*int(p.dead) >= p.len() {
		d.purge(g, p)
	}
}
