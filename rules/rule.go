package rules

import "rasid/text"

// Version names the present behaviour of matcher and analysers together. It
// changes whenever a rule may match other articles than before.
func Version() string { return "1." + text.Version() }

// An Env is what a rule means beside its text: whose language it is in, and
// what the names of aliases stand for.
type Env struct {
	Lang    string              // of the rule's writer, BCP 47; empty: unknown
	Aliases map[string][]string // by name without @: words or phrases, or @names of other aliases
	Names   Names
}

// A Rule is a query made ready to match. It is immutable.
type Rule struct {
	query *Query
	root  *clause
}

// Query returns what r was compiled from.
func (r *Rule) Query() *Query { return r.query }

// Match reports whether r is true of d, and which words made it so.
func (r *Rule) Match(d *Doc) (Hit, bool) {
	if !r.root.holds(d) {
		return Hit{}, false
	}
	return Hit{Spans: r.root.hits(d, nil)}, true
}

// A clause is a part of a rule, with negations at the leaves only.
type clause struct {
	op      op // opAnd, opOr; opTerm: a leaf
	kids    []*clause
	leaf    *pattern
	negated bool // a leaf that must not be there
}

// A pattern is words side by side.
type pattern struct {
	mask  uint16 // the fields it may be in
	parts []part
	pivot int // the part to look for first: the longest
	mute  bool
}

// A part is one word of a pattern.
type part struct {
	terms  []term // any of these
	step   int32  // distance from the part before
	weight int    // how rare it is thought to be
	marked string // the keyword, when it has a shadda
}

// Compile makes q ready to match in env. The error is an *Error.
func Compile(q *Query, env Env) (*Rule, error) {
	c := compiler{env: env}
	root, err := c.clause(q.root, false)
	if err != nil {
		return nil, err
	}
	return &Rule{query: q, root: root}, nil
}
