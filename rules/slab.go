package rules

// A room is where a Loader makes what it reads: many things in one piece of
// memory, which goes as one. What of a rule stays in a set is copied.
type room struct {
	queries  slab[Query]
	nodes    slab[node]
	branches slab[*node]
	words    slab[word]
	rules    slab[Rule]
	clauses  slab[clause]
	kids     slab[*clause]
	patterns slab[pattern]
	parts    slab[part]
}

// A slab gives out pieces of an array. Its zero value, and one that is used for
// one rule, give out what was asked for and no more.
type slab[T any] struct {
	free []T
	size int // of the next array; 0: none is made
}

// slabSize is how many pieces an array has.
const slabSize = 128

// newRoom returns a room for many rules.
func newRoom() *room {
	r := new(room)
	for _, size := range []*int{
		&r.queries.size, &r.nodes.size, &r.branches.size, &r.words.size, &r.rules.size, &r.clauses.size, &r.kids.size, &r.patterns.size, &r.parts.size,
	} {
		*size = slabSize
	}
	return r
}

// some returns n new ones, with no capacity for more.
func (s *slab[T]) some(n int) []T {
	if n > len(s.free) {
		if n > s.size {
			return make([]T, n)
		}
		s.free = make([]T, s.size)
	}
	got := s.free[:n:n]
	s.free = s.free[n:]
	return got
}

func (s *slab[T]) one() *T { return &s.some(1)[0] }
