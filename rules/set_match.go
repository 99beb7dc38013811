package rules

import "cmp"

// Match appends the IDs of the rules that are true of d to ids, each once, in
// no order. Rule.Match tells which words made one true. It allocates nothing
// that it does not keep in d for the next article, so d is for one Set.Match
// at a time. Doc.Skipped tells whether anything was left out because the
// article would have cost too much.
func (s *Set) Match(d *Doc, ids []ID) []ID {
	v := s.now.Load()
	p := &d.pass
	p.begin(d, v)
	p.touched = p.members.touch()
	for i := range d.occurs {
		p.meet(int32(i)) //nolint:gosec // fewer than tokens
	}
	p.look()
	p.ids = ids
	for i := range p.active {
		p.file(&p.active[i], p.posts[i])
	}
	d.skipped = p.budget.skipped
	ids, p.ids, p.version = p.ids, nil, nil
	return ids
}

// A pass is one article's way through a set. What it needs stays for the next
// article: the groups of each word too, as long as the groups are the same.
type pass struct {
	*version
	doc     *Doc
	members members
	present []uint64 // groups that are there, a bit for each
	active  []active // groups that are there
	posts   []block  // what is filed under each
	place   []uint32 // of a group that is there in active
	words   []groupWord
	ids     []ID // those found
	seen    seen
	budget  budget
	touched uint32 // of no meaning: it keeps what only touches memory from being left out
	trial   trial
}

// An active group is one that is there.
type active struct {
	group uint32
	words int32 // the last of those in pass.words
}

// A groupWord lists the words of the article that are of a group.
type groupWord struct{ occurs, next int32 }

// begin makes p ready for an article and a version.
func (p *pass) begin(d *Doc, v *version) {
	for i := range p.active {
		p.present[p.active[i].group/64] = 0
	}
	p.active, p.words = p.active[:0], p.words[:0]
	p.version, p.doc = v, d
	p.budget = budget{left: cmp.Or(d.steps, articleSteps)}
	p.members.begin(d, &v.vocabulary, &p.budget)
	if n := v.groups.n; n > len(p.place) {
		n += n/4 + 64
		p.present, p.place = make([]uint64, n/64+1), make([]uint32, n)
	}
	p.present[noGroup] |= 1 << noGroup // what needs no group has it
	p.seen.begin()
}

// meet notes the groups of a word.
func (p *pass) meet(i int32) {
	o := &p.doc.occurs[i]
	all := p.members.of(o)
	if !p.budget.spend(len(all)) {
		return
	}
	for _, m := range all {
		if m.mask&o.fields == 0 {
			continue
		}
		bit := uint64(1) << (m.group % 64)
		next := int32(-1)
		if p.present[m.group/64]&bit == 0 {
			p.present[m.group/64] |= bit
			p.place[m.group] = uint32(len(p.active)) //nolint:gosec // fewer than groups
			p.active = append(p.active, active{group: m.group, words: -1})
		} else {
			next = p.active[p.place[m.group]].words
		}
		p.active[p.place[m.group]].words = int32(len(p.words)) //nolint:gosec // bounded by members
		p.words = append(p.words, groupWord{occurs: i, next: next})
	}
}

// look fetches what is filed under the groups that are there. It does nothing
// else, so that the memory is waited for at once and not by one after the
// other.
func (p *pass) look() {
	p.posts = p.posts[:0]
	for i := range p.active {
		p.posts = append(p.posts, *p.version.posts.at(p.active[i].group))
	}
	sum := uint32(0)
	for _, b := range p.posts {
		for i := 0; i < min(len(b), touchedWords); i += lineWords {
			sum += b[i]
		}
	}
	p.touched = sum
}

const (
	lineWords    = 16             // a line of the processor's cache
	touchedWords = 16 * lineWords // what is longer than that is fetched ahead by the processor itself
)

// has reports whether a group is there.
func (p *pass) has(group uint32) bool { return p.present[group/64]>>(group%64)&1 != 0 }

// wordsOf returns the first of a group's words in p.words; -1: there is none.
func (p *pass) wordsOf(group uint32) int32 {
	if !p.has(group) {
		return -1
	}
	return p.active[p.place[group]].words
}

// file finds those rules that are filed under a group and are true.
func (p *pass) file(a *active, b block) {
	dead := len(b) > 0 && b[blockDead] > 0
	for len(b) > 0 && p.budget.spend(int(b[blockYes]+b[blockTests])) {
		needs, yes, tests := b.parts()
		for i := 0; i+entrySize <= len(yes); i += entrySize {
			if e := yes[i : i+entrySize]; e[2] < severally && !dead || p.find(e[2], dead) {
				p.ids = append(p.ids, idOf(e))
			}
		}
		p.test(a, needs, tests, dead)
		next := b[blockNext]
		if next == 0 {
			return
		}
		b = *p.spills.at(next - 1)
	}
}

// test finds those of tests that are true.
func (p *pass) test(a *active, needs, tests []uint32, dead bool) {
	for i, need := range needs {
		if p.has(need&^absent) == (need >= absent) {
			continue
		}
		t := tests[testSize*i : testSize*(i+1)]
		if t[3] != nothing && !p.try(a, need, t) {
			continue
		}
		if t[2] < severally && !dead || p.find(t[2], dead) {
			p.ids = append(p.ids, idOf(t))
		}
	}
}

// find reports whether a rule is found for the first time, and is not gone.
func (p *pass) find(rule uint32, dead bool) bool {
	if dead && p.isGone(rule) {
		return false
	}
	return rule < severally || p.seen.add(rule)
}

// try reports whether what a test asks for beside its groups is true.
func (p *pass) try(a *active, need uint32, t []uint32) bool {
	rule, check := t[2], t[3]
	switch {
	case check == after:
		return p.beside(a, need, 1)
	case check == before:
		return p.beside(a, need, -1)
	case rule >= severally && p.seen.has(rule):
		return false // it was found
	}
	return p.tryWhole(*p.checks.at(check - wholeRule))
}

// tryWhole tries a rule that no test tells all of.
func (p *pass) tryWhole(c *clause) bool {
	if p.budget.left <= 0 {
		p.budget.skipped++
		return false
	}
	steps := min(maxSteps, p.budget.left)
	p.trial = trial{Doc: p.doc, pass: p, left: steps}
	ok := c.tried(&p.trial)
	if p.trial.left < 0 {
		p.budget.skipped++
	}
	p.budget.left -= stepsOfTrial + steps - p.trial.left
	return ok
}

// beside reports whether a word of a has one of need directly after or before
// it.
func (p *pass) beside(a *active, need uint32, step int32) bool {
	d := p.doc
	mask := (*p.groups.at(a.group)).mask
	for w := a.words; w >= 0; w = p.words[w].next {
		p.budget.left -= stepsOfTrial
		for i := d.occurs[p.words[w].occurs].first; i >= 0; i = d.tokens[i].next {
			p.budget.left--
			k := i + step
			if k < 0 || int(k) >= len(d.tokens) || mask>>d.tokens[i].field&1 == 0 {
				continue
			}
			x, y := &d.tokens[i], &d.tokens[k]
			if x.field == y.field && y.pos-x.pos == step && p.members.has(&d.occurs[y.occurs], need) {
				return true
			}
		}
	}
	return false
}
