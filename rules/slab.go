package rules

import "bytes"

// A room is where a Loader makes what it reads: many things in one piece of
// memory, which is used again for the next. What of a rule stays in a set is
// copied.
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
	lexemes  []lexeme // of what was read last
	text     bytes.Buffer
}

// newRoom returns a room for many rules. That of the zero value is for one.
func newRoom() *room {
	return &room{
		queries: slab[Query]{size: slabSize}, nodes: slab[node]{size: slabSize}, branches: slab[*node]{size: slabSize},
		words: slab[word]{size: slabSize}, rules: slab[Rule]{size: slabSize}, clauses: slab[clause]{size: slabSize},
		kids: slab[*clause]{size: slabSize}, patterns: slab[pattern]{size: slabSize}, parts: slab[part]{size: slabSize},
	}
}

// clear takes back all that was given out.
func (r *room) clear() {
	r.queries.clear()
	r.nodes.clear()
	r.branches.clear()
	r.words.clear()
	r.rules.clear()
	r.clauses.clear()
	r.kids.clear()
	r.patterns.clear()
	r.parts.clear()
}

// slabSize is how many pieces an array of a slab has.
const slabSize = 128

// A slab gives out pieces of arrays. One without a size gives out what was asked
// for and no more.
type slab[T any] struct {
	size   int
	arrays [][]T
	used   int // of arrays
	free   []T // of the last used
}

// some returns n zero values, with no capacity for more.
func (s *slab[T]) some(n int) []T {
	if n > len(s.free) {
		if n > s.size {
			return make([]T, n)
		}
		if s.used == len(s.arrays) {
			s.arrays = append(s.arrays, make([]T, s.size))
		}
		s.free = s.arrays[s.used]
		s.used++
	}
	got := s.free[:n:n]
	s.free = s.free[n:]
	return got
}

func (s *slab[T]) one() *T { return &s.some(1)[0] }

func (s *slab[T]) clear() {
	for _, a := range s.arrays[:s.used] {
		clear(a)
	}
	s.used, s.free = 0, nil
}
