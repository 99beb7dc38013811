package rules

// numbers gives rules numbers, and finds them by their IDs: chains that grow by
// one head at a time, as those of a vocabulary, so that no single rule waits for
// all. Only the writer reads it, so its vectors have but one owner.
type numbers struct {
	heads vector[uint32] // numbers plus one
	seats vector[seat]   // by number
	free  []uint32
	used  int
}

// A seat is what the writer knows of a rule.
type seat struct {
	id    ID
	filed uint32 // the group it is filed under; or, if there are several, severally and the first of shelves
	next  uint32 // number plus one of the next in the chain
}

// headsBeside is how many heads fill a line of memory, 64 bytes.
const headsBeside = 16

// theWriter owns what no reader reads.
const theWriter = 0

func newNumbers() numbers {
	var s numbers
	s.heads.push(0, theWriter)
	return s
}

// head returns where the chain of an ID begins.
func (s *numbers) head(id ID) *uint32 {
	// IDs that follow each other have heads beside each other: most callers
	// count, and what is in the same line of memory is not waited for twice.
	block := mixed(uint64(id)/headsBeside*fnvPrime ^ startSeed)
	tag := uint32(block)&^(headsBeside-1) | uint32(block>>32^uint64(id))&(headsBeside-1) //nolint:gosec // parts of them
	return s.heads.at(headOf(tag, s.heads.n))
}

// find returns the number of id.
func (s *numbers) find(id ID) (n uint32, ok bool) {
	for i := *s.head(id); i != 0; {
		x := s.seats.at(i - 1)
		if x.id == id {
			return i - 1, true
		}
		i = x.next
	}
	return 0, false
}

// add gives id, which has none, a number, and tells whether it is one that
// never was.
func (s *numbers) add(id ID) (n uint32, made bool) {
	if s.used++; s.used > s.heads.n {
		s.split()
	}
	head := s.head(id)
	x := seat{id: id, next: *head}
	if k := len(s.free); k > 0 {
		n = s.free[k-1]
		s.free = s.free[:k-1]
		*s.seats.at(n) = x
	} else {
		n, made = s.seats.push(x, theWriter), true
	}
	*head = n + 1
	return n, made
}

// split adds a head, and moves those chains to it that belong there now.
func (s *numbers) split() {
	made := s.heads.push(0, theWriter)
	from := s.heads.at(headOf(made, int(made)))
	i := *from
	*from = 0
	for i != 0 {
		x := s.seats.at(i - 1)
		next, head := x.next, s.head(x.id)
		x.next, *head = *head, i
		i = next
	}
}

// remove takes a number out of its chain. It is not free before its last filing
// has gone.
func (s *numbers) remove(n uint32) {
	gone := s.seats.at(n)
	at := s.head(gone.id)
	for *at != n+1 {
		at = &s.seats.at(*at - 1).next
	}
	*at = gone.next
	s.used--
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
