// Package rules is the language in which readers say what they want to hear
// about, and the matcher that finds whom an article concerns.
package rules

// A Query is a rule as it was read: syntax only, no language, no aliases.
// It is immutable.
type Query struct {
	root *node
}

type node struct{}

// Parse reads a rule. The error is an *Error.
func Parse(s string) (*Query, error) { return nil, &Error{Code: CodeEmpty} }

// String prints q in the canonical form, which parses to an equal query.
func (q *Query) String() string { return "" }

// Any returns a query that is true where any of qs is. It panics without qs.
func Any(qs ...*Query) *Query { return qs[0] }

// Except returns a query that is true where q is and none of not is.
func (q *Query) Except(not ...*Query) *Query { return q }
