package rules

// numbers finds the numbers of rules by their IDs: chains that grow by one head
// at a time, as those of a vocabulary, so that no single rule waits for all.
type numbers struct {
	heads []uint32 // plus one
	next  []uint32 // by number, plus one
	n     int
}

func newNumbers() numbers { return numbers{heads: []uint32{0}} }

func tagOfID(id ID) uint32 { return uint32(mixed(uint64(id)*fnvPrime ^ startSeed)) } //nolint:gosec // a part of it

// find returns the number of id; ids has those of all numbers.
func (s *numbers) find(id ID, ids []ID) (n uint32, ok bool) {
	for i := s.heads[headOf(tagOfID(id), len(s.heads))]; i != 0; i = s.next[i-1] {
		if ids[i-1] == id {
			return i - 1, true
		}
	}
	return 0, false
}

// add enters a number that is not there; ids must tell of it already.
func (s *numbers) add(id ID, n uint32, ids []ID) {
	if s.n++; s.n > len(s.heads) {
		s.split(ids)
	}
	for int(n) >= len(s.next) {
		s.next = append(s.next, 0)
	}
	head := &s.heads[headOf(tagOfID(id), len(s.heads))]
	s.next[n], *head = *head, n+1
}

// split adds a head, and moves those chains to it that belong there now.
func (s *numbers) split(ids []ID) {
	made := uint32(len(s.heads)) //nolint:gosec // as many as numbers
	from := headOf(made, len(s.heads))
	s.heads = append(s.heads, 0)
	i := s.heads[from]
	s.heads[from] = 0
	for i != 0 {
		next := s.next[i-1]
		head := &s.heads[headOf(tagOfID(ids[i-1]), len(s.heads))]
		s.next[i-1], *head = *head, i
		i = next
	}
}

// remove takes a number out.
func (s *numbers) remove(id ID, n uint32) {
	at := &s.heads[headOf(tagOfID(id), len(s.heads))]
	for *at != n+1 {
		at = &s.next[*at-1]
	}
	*at = s.next[n]
	s.n--
}

// shelves lists the groups under which a rule is filed severally: chains, of
// which the first shelf is none but keeps those that are free.
type shelves []shelf

type shelf struct{ group, next uint32 }

// add puts a group before those that begin at the shelf of at, which may be
// noGroup, and returns the new at: severally and a shelf.
func (s *shelves) add(g, at uint32) uint32 {
	made := shelf{group: g, next: at &^ severally}
	i := (*s)[0].next
	if i == 0 {
		*s = append(*s, made)
		return severally | uint32(len(*s)-1) //nolint:gosec // fewer than filings
	}
	(*s)[0].next = (*s)[i].next
	(*s)[i] = made
	return severally | i
}

// remove takes one g away from what a rule is filed under, and returns what is
// left: noGroup when nothing is.
func (s shelves) remove(at, g uint32) uint32 {
	if at < severally {
		return noGroup
	}
	first := at &^ severally
	to := &first
	for s[*to].group != g {
		to = &s[*to].next
	}
	i := *to
	*to = s[i].next
	s[i] = shelf{next: s[0].next}
	s[0].next = i
	if first == 0 {
		return noGroup
	}
	return severally | first
}
