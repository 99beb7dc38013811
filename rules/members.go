package rules

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

// A member says that a word is of a group.
type member struct {
	group uint32
	mask  uint16 // of the group: the fields that count
}

// members remembers of which groups the words of a Doc are.
type members struct {
	doc        *Doc
	vocabulary *vocabulary
	budget     *budget
	stamp      *stamp
	all        []member
	epoch      uint32 // of the stamp, and of the Doc's words
	hashes     []uint64
}

// A memberSpan holds a word's members: most words have one.
type memberSpan struct {
	one   [1]member // the only one; if there are more, its group is where they begin in members.all
	n     uint32
	epoch uint32 // when it was looked up; another than that of members: it is void
}

// maxMembers bounds what is remembered.
const maxMembers = 1 << 22

// begin makes m ready for an article and a version of the vocabulary.
func (m *members) begin(d *Doc, v *vocabulary, b *budget) {
	m.doc, m.vocabulary, m.budget = d, v, b
	if m.stamp != v.stamp || len(m.all) > maxMembers {
		m.forget()
		m.stamp = v.stamp
	}
}

// forget forgets all words.
func (m *members) forget() {
	m.all = m.all[:0]
	if m.epoch++; m.epoch == 0 && m.doc != nil {
		for i := range m.doc.slots {
			m.doc.slots[i].members = memberSpan{}
		}
		m.epoch = 1
	}
}

// touch fetches what is known of the words of the article. It does nothing
// else, so that the memory is waited for at once.
func (m *members) touch() uint32 {
	sum := uint32(0)
	for i := range m.doc.occurs {
		if s := &m.doc.occurs[i].members; s.epoch == m.epoch && s.n > 1 {
			sum += m.all[s.one[0].group].group
		}
	}
	return sum
}

// of returns the groups of a word of the article, in order.
func (m *members) of(o *occurrence) []member {
	s := &o.members
	if s.epoch != m.epoch {
		if !m.find(o.word, s) {
			return nil
		}
		m.doc.slots[o.word].members = *s
	}
	if s.n < 2 {
		return s.one[:s.n]
	}
	from := s.one[0].group
	return m.all[from : from+s.n]
}

// has reports whether a word of this article is of a group.
func (m *members) has(o *occurrence, group uint32) bool {
	for _, x := range m.of(o) {
		if x.group == group {
			return true
		}
	}
	return false
}

// find looks a word up in the vocabulary. It reports whether there were the
// steps for it; without, the word is of no group in this article.
func (m *members) find(id int32, s *memberSpan) bool {
	d, v := m.doc, m.vocabulary
	if !m.budget.spend(stepsOfTrial) {
		return false
	}
	w := &d.words[id]
	from := len(m.all)
	for _, t := range w.terms {
		m.add(w, d.terms.all[t].hash)
	}
	if v.starts|v.slips != 0 {
		for _, b := range w.starts {
			m.findLike(w, b)
		}
	}
	found := m.all[from:]
	if m.budget.left <= 0 || len(m.all) > 2*maxMembers { // not to be remembered
		m.all = m.all[:from]
		m.budget.skipped++
		return false
	}
	slices.SortFunc(found, func(a, b member) int { return cmp.Compare(a.group, b.group) })
	found = slices.Compact(found)
	*s = memberSpan{n: uint32(len(found)), epoch: m.epoch} //nolint:gosec // see maxMembers
	if len(found) == 1 {
		s.one[0] = found[0]
		m.all = m.all[:from]
	} else {
		s.one[0].group = uint32(from) //nolint:gosec // see maxMembers
		m.all = m.all[:from+len(found)]
	}
	return true
}

// add adds the groups that are filed under a hash and find w.
func (m *members) add(w *docWord, hash uint64) {
	tag, v := tagOf(hash), m.vocabulary
	for i := v.first(tag); i != 0; {
		c := v.chains.at(i)
		if m.budget.left--; c.tag == tag {
			if m.budget.left -= stepsOfTrial; m.budget.left <= 0 || len(m.all) > 2*maxMembers {
				return
			}
			if g := *v.groups.at(c.group); g.is(m.doc, w) {
				m.all = append(m.all, member{group: c.group, mask: g.mask})
			}
		}
		i = c.next
	}
}

// findLike adds the groups that may find a word by its beginning or with a
// slip.
func (m *members) findLike(w *docWord, s string) {
	v := m.vocabulary
	h, n := startSeed, 0
	for i, r := range s {
		h = fnv(h, s[i:i+utf8.RuneLen(r)])
		if n++; v.starts&lengthBit(n) != 0 {
			m.add(w, mixed(h))
		}
		if n > MaxChars {
			break
		}
	}
	if n > maxFuzzy+1 || v.slips&(lengthBit(n-1)|lengthBit(n)|lengthBit(n+1)) == 0 {
		return
	}
	m.hashes = slipHashes(m.hashes[:0], s)
	for _, h := range m.hashes {
		m.add(w, h)
	}
}
