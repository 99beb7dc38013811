package rules

import (
	"rasid/internal/hashtable"
	"rasid/text"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"
)

// A partKind says how a word is found.
type partKind uint8

const (
	partTerms   partKind = iota // by terms
	partStart                   // the folded word begins with like
	partWritten                 // the word as it is written begins with like
	partSlip                    // the folded word is one slip from like
)

// A lookup is how a word of rules is looked for. Rules may share it: but for
// known it never changes.
type lookup struct {
	kind   partKind
	terms  []term // any of these; of other kinds none
	like   string
	weight int    // how rare it is thought to be
	marked string // the keyword, when it has a shadda

	known atomic.Pointer[group] // the group that it was found to be of, in some set
}

// A use of a word decides how it is looked for.
type use struct {
	word   string
	lang   string // whose analyser reads it
	exact  bool
	phrase bool // it stands in quotes, among others
}

// into analyses the word, but for its terms, which it appends to dst.
func (u *use) into(k *lookup, dst []string) []string {
	k.weight = utf8.RuneCountInString(u.word)
	if text.Stop(u.lang, u.word) {
		k.weight = 0
	}
	switch {
	case u.exact:
		return append(dst, text.Exact(u.word))
	case text.Marked(u.word):
		k.marked = u.word
	}
	if u.phrase {
		return text.InPhrase(text.For(u.lang), dst, u.word)
	}
	return text.For(u.lang).Keyword(dst, u.word)
}

// lookup analyses the word for one rule.
func (u *use) lookup() *lookup {
	k := new(lookup)
	for _, t := range u.into(k, nil) {
		k.terms = append(k.terms, termOf(t))
	}
	return k
}

// kept returns a copy of k that shares no memory with others.
func (k *lookup) kept() *lookup {
	own := &lookup{kind: k.kind, terms: slices.Clone(k.terms), like: strings.Clone(k.like), weight: k.weight, marked: strings.Clone(k.marked)}
	for i := range own.terms {
		own.terms[i].text = strings.Clone(own.terms[i].text)
	}
	own.known.Store(k.known.Load())
	return own
}

// Words remembers how words of rules are looked for, so that many rules with the
// same words cost less to compile. The zero value is ready to use, by any number
// of goroutines. It is for one load of many rules: what it remembers, some
// hundred bytes a word, is better forgotten then.
type Words struct{ known lookups }

// A Loader reads and compiles many rules that are put in a Set and then
// forgotten: they share memory that is used again after Clear. It is for one
// goroutine at a time.
type Loader struct {
	words *lookups
	room  *room
}

// NewLoader returns a Loader that knows, and learns, w's words.
func NewLoader(w *Words) *Loader { return &Loader{words: &w.known, room: newRoom()} }

// Clear forgets what was read: no query or rule of before may be used any more,
// but in a Set.
func (l *Loader) Clear() { l.room.clear() }

// Restore reads a rule as the function Restore does.
func (l *Loader) Restore(s string) (*Query, error) { return restore(s, l.room) }

// Canonical returns q's String, which is written itself if q was written so.
func (l *Loader) Canonical(q *Query, written string) string {
	if q.text != "" {
		return q.text
	}
	b := &l.room.text
	b.Reset()
	if q.print(b); string(b.Bytes()) == written { //nolint:staticcheck // for this there is no copy
		return written
	}
	return b.String()
}

// Compile makes q ready to match in env as the function Compile does.
func (l *Loader) Compile(q *Query, env Env) (*Rule, error) {
	return compile(q, compilation{env: env, words: l.words, room: l.room})
}

func compile(q *Query, c compilation) (*Rule, error) {
	root, err := c.clause(q.root, false)
	if err != nil {
		return nil, err
	}
	r := c.room.rules.one()
	*r = Rule{query: q, root: root}
	return r, nil
}

// lookups remembers lookups; nil does not. Each shelf has its own lock.
type lookups [lookupShelves]lookupShelf

// What it remembers lies together, and goes together.
type lookupShelf struct {
	mu    sync.Mutex
	all   hashtable.Table // of room, by hash of the use
	room  []*rememberedPage
	used  uint32 // of room
	terms slab[term]
	texts texts
	found []string
}

type remembered struct {
	use use
	lookup
}

type rememberedPage [slabSize]remembered

// texts keeps strings side by side.
type texts struct{ b strings.Builder }

// textsSize is how many bytes lie side by side.
const textsSize = 4 << 10

func (t *texts) keep(s string) string {
	if t.b.Len()+len(s) > t.b.Cap() {
		t.b = strings.Builder{}
		t.b.Grow(max(textsSize, len(s)))
	}
	from := t.b.Len()
	t.b.WriteString(s)
	return t.b.String()[from:]
}

// lookupShelves and shelfMost bound what is remembered: half a million
// words, which is more than a language has in its newspapers.
const (
	lookupShelves = 64
	shelfMost     = 1 << 13
)

// of returns how a word is looked for.
func (s *lookups) of(u use) *lookup {
	if s == nil {
		return u.lookup()
	}
	h := u.hash()
	shelf := &s[h%lookupShelves]
	shelf.mu.Lock()
	defer shelf.mu.Unlock()
	if i, ok := shelf.all.Get(h); ok {
		if k := shelf.at(i); k.use == u {
			return &k.lookup
		}
	}
	return &shelf.learn(h, u).lookup
}

func (s *lookupShelf) at(i uint32) *remembered { return &s.room[i/slabSize][i%slabSize] }

// learn remembers a use, unless another has the same tag.
func (s *lookupShelf) learn(h uint64, u use) *remembered {
	if s.used >= shelfMost { // rules that are not in a set yet may hold what was remembered
		s.all, s.used = hashtable.Table{}, 0
		s.room, s.terms, s.texts = nil, slab[term]{}, texts{}
	}
	if s.used%slabSize == 0 {
		s.room = append(s.room, new(rememberedPage))
	}
	s.terms.size = slabSize
	k := s.at(s.used)
	s.all.Put(h, s.used)
	s.used++
	u.word = s.texts.keep(u.word)
	k.use = u
	s.found = u.into(&k.lookup, s.found[:0])
	k.terms = s.terms.some(len(s.found))
	for i, t := range s.found {
		k.terms[i] = termOf(s.texts.keep(t))
	}
	return k
}

func (u *use) hash() uint64 {
	h := hashOf(u.word) ^ uint64(len(u.lang))<<1
	for i := range len(u.lang) {
		h = (h ^ uint64(u.lang[i])) * fnvPrime
	}
	if u.exact {
		h ^= 1
	}
	if u.phrase {
		h ^= 1 << 1
	}
	return h
}
