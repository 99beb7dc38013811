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

// Match reports whether r is true of d, and which words made it so. What would
// take too long is not found: see maxSteps.
func (r *Rule) Match(d *Doc) (Hit, bool) {
	t := &trial{Doc: d, left: maxSteps}
	if !r.root.tried(t) {
		return Hit{}, false
	}
	return Hit{Spans: r.root.hits(t, nil)}, true
}

// A clause is a part of a rule, with negations at the leaves only.
type clause struct {
	op      op // opAnd, opOr, opSome, opNear; opTerm: a leaf
	kids    []*clause
	leaf    *pattern
	negated bool    // a leaf, or what is near, that must not be there
	need    int     // opSome: of kids
	steps   []int32 // opNear
}

// A pattern is words side by side.
type pattern struct {
	mask  uint16 // the fields it may be in
	parts []part
	pivot int    // the rarest part, as far as its length tells
	group uint32 // in the set that made a copy of the rule its own: where the part to start from is
	slop  int    // words that may be between
	count int    // so many times; 0 and 1: once
	mute  bool
}

// A part is one word of a pattern.
type part struct {
	*lookup
	step int32 // distance from the part before
}

// Compile makes q ready to match in env. The error is an *Error.
func Compile(q *Query, env Env) (*Rule, error) {
	return compile(q, compilation{env: env, room: new(room)})
}
