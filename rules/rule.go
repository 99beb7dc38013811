package rules

import "rasid/news"

// Version names the present behaviour of matcher and analysers together.
func Version() string { return "1" }

// An Env is what a rule means beside its text: whose language it is in, and
// what the names of aliases stand for.
type Env struct {
	Lang    string              // of the rule's writer, BCP 47; empty: unknown
	Aliases map[string][]string // by name without @: words or phrases, or @names of other aliases
}

// A Rule is a query made ready to match. It is immutable.
type Rule struct {
	query *Query
}

// Compile makes q ready to match in env. The error is an *Error.
func Compile(q *Query, env Env) (*Rule, error) { return &Rule{query: q}, nil }

// Query returns what r was compiled from.
func (r *Rule) Query() *Query { return r.query }

// Match reports whether r is true of d, and which words made it so.
func (r *Rule) Match(d *Doc) (Hit, bool) { return Hit{}, false }

// A Doc is an article as rules read it. Any number of goroutines may match
// against one; Reset must not run meanwhile.
type Doc struct{}

// Read reads an article once for all rules.
func Read(a *news.Article) *Doc {
	d := new(Doc)
	d.Reset(a)
	return d
}

// Reset makes d the reading of a. It keeps d's memory and its cache of
// analysed words, so a stream is best read with one Doc.
func (d *Doc) Reset(a *news.Article) {}

// An ID names a rule in a Set.
type ID uint64

// A Span is a place where a rule hit.
type Span struct {
	Field      news.Field
	Start, End int    // byte offsets in the field's stored text; tags are joined by newline
	Term       string // the surface word or words there
}

// A Hit is a rule that is true of an article. Spans are sorted by field and
// start and do not overlap; a phrase is one span.
type Hit struct {
	ID    ID
	Spans []Span
}

// A Set matches an article against many rules at a time. Its methods are safe
// for any number of goroutines, and Match never waits for Put or Delete.
type Set struct{}

// NewSet returns an empty set.
func NewSet() *Set { return &Set{} }

// Put adds r as id, in place of what id was.
func (s *Set) Put(id ID, r *Rule) {}

// Delete removes id, if it is there.
func (s *Set) Delete(id ID) {}

// Len tells how many rules there are.
func (s *Set) Len() int { return 0 }

// Match appends a hit for each rule that is true of d to hits, ordered by id.
// The memory of hits beyond its length is used again, spans included.
func (s *Set) Match(d *Doc, hits []Hit) []Hit { return hits }

// A Family is a word of a rule and a few of the other forms it matches.
type Family struct {
	Word  string
	Forms []string
}

// Families tells for each word that q looks for a few of the forms it also
// matches, in the order of the rule.
func Families(q *Query, env Env) []Family { return nil }
