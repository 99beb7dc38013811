package rules

import (
	"rasid/text"
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
	use    use // whose it is, if it is remembered
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

// lookup analyses the word.
func (u *use) lookup() *lookup {
	k := &lookup{weight: utf8.RuneCountInString(u.word)}
	if text.Stop(u.lang, u.word) {
		k.weight = 0
	}
	if u.exact {
		k.terms = []term{termOf(text.Exact(u.word))}
		return k
	}
	if text.Marked(u.word) {
		k.marked = u.word
	}
	terms := text.Analyzer.Keyword
	if u.phrase {
		terms = text.InPhrase
	}
	for _, t := range terms(text.For(u.lang), nil, u.word) {
		k.terms = append(k.terms, termOf(t))
	}
	return k
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

type lookupShelf struct {
	mu  sync.Mutex
	all map[uint64]*lookup // by hash of the use, of which the latest is remembered
}

// lookupShelves and shelfMost bound what is remembered: a quarter of a million
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
	if k, ok := shelf.all[h]; ok && k.use == u {
		return k
	}
	if len(shelf.all) >= shelfMost || shelf.all == nil {
		shelf.all = map[uint64]*lookup{}
	}
	u.word = strings.Clone(u.word) // not the whole rule
	k := u.lookup()
	k.use = u
	shelf.all[h] = k
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
