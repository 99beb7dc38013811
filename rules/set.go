package rules

import (
	"cmp"
	"rasid/text"
	"slices"
	"sync"
	"sync/atomic"
	"unicode/utf8"
)

// A Set matches an article against many rules at a time. Its methods are safe
// for any number of goroutines, and Match never waits for Put or Delete.
//
// A rule is filed under the terms of one word that it needs, the longest it
// has; a rule with alternatives under a word of each. Match looks each term
// of the article up and tries only the rules that are filed there.
type Set struct {
	mu      sync.Mutex // held by Put and Delete
	byID    map[ID]*entry
	free    []int32 // numbers of deleted entries
	anchors int
	table   atomic.Pointer[table]
	scratch sync.Pool // of *scratch

	starts, slips atomic.Uint64 // the lengths of words with * and ~, in letters: bits, which stay set
}

// An entry is a rule's seat in a set. It becomes visible, changes and goes in
// one store to rule.
type entry struct {
	id     ID
	number int32 // small, to remember having seen it
	rule   atomic.Pointer[Rule]
}

// An anchor files an entry under a term's hash. The rule itself compares the
// term's text.
type anchor struct {
	hash  uint64
	entry *entry
}

// A table holds the anchors by hash. Its buckets are replaced, never changed.
type table struct {
	buckets []atomic.Pointer[bucket]
}

// A bucket is a list of anchors that never changes, except that the writer may
// use the array beyond its length for a longer one.
type bucket struct{ anchors []anchor }

// scratch is what one Match needs.
type scratch struct {
	seen []uint32 // by an entry's number: the run in which it was last met
	run  uint32

	slips               []uint64 // of a word
	startLens, slipLens uint64   // what Set.starts and Set.slips were when it began
}

// minBuckets is the size of an empty set's table.
const minBuckets = 1 << 8

// NewSet returns an empty set.
func NewSet() *Set {
	s := &Set{byID: map[ID]*entry{}}
	s.table.Store(newTable(minBuckets))
	s.scratch.New = func() any { return new(scratch) }
	return s
}

func newTable(n int) *table { return &table{buckets: make([]atomic.Pointer[bucket], n)} }

func (t *table) bucket(hash uint64) *atomic.Pointer[bucket] {
	return &t.buckets[hash&uint64(len(t.buckets)-1)]
}

// Put adds r as id, in place of what id was.
func (s *Set) Put(id ID, r *Rule) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.byID[id]
	if !ok {
		e = &entry{id: id, number: s.number()}
		s.byID[id] = e
	}
	var before []uint64
	if old := e.rule.Load(); old != nil {
		before = old.root.anchors()
	}
	after := r.root.anchors()
	s.note(r.root)
	for _, h := range after {
		if !slices.Contains(before, h) {
			s.file(h, e)
		}
	}
	e.rule.Store(r)
	for _, h := range before {
		if !slices.Contains(after, h) {
			s.unfile(h, e)
		}
	}
	s.grow()
}

// Delete removes id, if it is there.
func (s *Set) Delete(id ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.byID[id]
	if !ok {
		return
	}
	old := e.rule.Swap(nil)
	for _, h := range old.root.anchors() {
		s.unfile(h, e)
	}
	delete(s.byID, id)
	s.free = append(s.free, e.number)
}

// Len tells how many rules there are.
func (s *Set) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.byID)
}

// number returns a number that no entry has.
func (s *Set) number() int32 {
	n := len(s.free)
	if n == 0 {
		return int32(len(s.byID))
	}
	last := s.free[n-1]
	s.free = s.free[:n-1]
	return last
}

func (s *Set) file(hash uint64, e *entry) {
	b := s.table.Load().bucket(hash)
	var anchors []anchor
	if old := b.Load(); old != nil {
		anchors = old.anchors
	}
	b.Store(&bucket{anchors: append(anchors, anchor{hash: hash, entry: e})})
	s.anchors++
}

func (s *Set) unfile(hash uint64, e *entry) {
	b := s.table.Load().bucket(hash)
	var rest []anchor
	for _, a := range b.Load().anchors {
		if a.hash != hash || a.entry != e {
			rest = append(rest, a)
		}
	}
	var left *bucket
	if len(rest) > 0 {
		left = &bucket{anchors: rest}
	}
	b.Store(left)
	s.anchors--
}

// grow makes the table larger when its buckets fill up.
func (s *Set) grow() {
	old := s.table.Load()
	if s.anchors <= len(old.buckets) {
		return
	}
	t := newTable(4 * len(old.buckets))
	for i := range old.buckets {
		b := old.buckets[i].Load()
		if b == nil {
			continue
		}
		for _, a := range b.anchors {
			to := t.bucket(a.hash)
			var anchors []anchor
			if had := to.Load(); had != nil {
				anchors = had.anchors
			}
			to.Store(&bucket{anchors: append(anchors, a)})
		}
	}
	s.table.Store(t)
}

// Match appends a hit for each rule that is true of d to hits, ordered by id.
// The memory of hits beyond its length is used again, spans included.
func (s *Set) Match(d *Doc, hits []Hit) []Hit {
	sc, _ := s.scratch.Get().(*scratch)
	defer s.scratch.Put(sc)
	sc.next()
	t := s.table.Load()
	from := len(hits)
	for _, id := range d.active {
		hits = t.try(d.terms[id].hash, d, sc, hits)
	}
	if sc.startLens, sc.slipLens = s.starts.Load(), s.slips.Load(); sc.startLens|sc.slipLens != 0 {
		for _, id := range d.present {
			hits = t.tryLike(&d.words[id], d, sc, hits)
		}
	}
	slices.SortFunc(hits[from:], func(a, b Hit) int { return cmp.Compare(a.ID, b.ID) })
	return hits
}

// try appends hits of the rules that are filed under a hash.
func (t *table) try(hash uint64, d *Doc, sc *scratch, hits []Hit) []Hit {
	b := t.bucket(hash).Load()
	if b == nil {
		return hits
	}
	for i := range b.anchors {
		if a := &b.anchors[i]; a.hash == hash && sc.first(a.entry.number) {
			hits = a.entry.match(d, hits)
		}
	}
	return hits
}

// tryLike tries the rules that may find a word by its beginning or with a
// slip.
func (t *table) tryLike(w *docWord, d *Doc, sc *scratch, hits []Hit) []Hit {
	for _, s := range w.starts {
		h, n := uint64(startSeed), 0
		for i, r := range s {
			h = fnv(h, s[i:i+utf8.RuneLen(r)])
			if n++; sc.startLens&lengthBit(n) != 0 {
				hits = t.try(mixed(h), d, sc, hits)
			}
			if n > MaxChars {
				break
			}
		}
		if n > maxFuzzy+1 {
			continue
		}
		if sc.slipLens&(lengthBit(n-1)|lengthBit(n)|lengthBit(n+1)) == 0 {
			continue
		}
		sc.slips = slipHashes(sc.slips[:0], s)
		for _, h := range sc.slips {
			hits = t.try(h, d, sc, hits)
		}
	}
	return hits
}

// maxLengthBit is the last length that has a bit of its own.
const maxLengthBit = 63

func lengthBit(n int) uint64 { return 1 << min(max(n, 0), maxLengthBit) }

// note remembers how long the words of c are that have * and ~.
func (s *Set) note(c *clause) {
	for _, k := range c.kids {
		s.note(k)
	}
	if c.leaf == nil {
		return
	}
	for i := range c.leaf.parts {
		switch p := &c.leaf.parts[i]; p.kind {
		case partTerms:
		case partSlip:
			s.slips.Or(lengthBit(utf8.RuneCountInString(p.like)))
		default:
			s.starts.Or(lengthBit(utf8.RuneCountInString(text.Fold(p.like))))
		}
	}
}

// match appends a hit if e's rule is true of d.
func (e *entry) match(d *Doc, hits []Hit) []Hit {
	r := e.rule.Load()
	if r == nil || !r.root.holds(d) {
		return hits
	}
	n := len(hits)
	if n < cap(hits) {
		hits = hits[:n+1]
	} else {
		hits = append(hits, Hit{})
	}
	hits[n].ID = e.id
	hits[n].Spans = r.root.hits(d, hits[n].Spans[:0])
	return hits
}

// next begins another run.
func (sc *scratch) next() {
	if sc.run++; sc.run == 0 {
		clear(sc.seen)
		sc.run = 1
	}
}

// first reports whether an entry is met for the first time in this run.
func (sc *scratch) first(number int32) bool {
	if int(number) >= len(sc.seen) {
		sc.seen = append(sc.seen, make([]uint32, int(number)+1-len(sc.seen)+1024)...)
	}
	if sc.seen[number] == sc.run {
		return false
	}
	sc.seen[number] = sc.run
	return true
}
