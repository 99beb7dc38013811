//go:build !hyperscan

package hyperscan

// A Matcher finds the rules that are true of a text.
type Matcher struct{}

// New returns ErrNone.
func New([]Rule) (*Matcher, error) { return nil, ErrNone }

// Scan finds nothing.
func (*Matcher) Scan(string) int { return 0 }

// Resolve finds nothing.
func (*Matcher) Resolve() int { return 0 }

// Size is 0.
func (*Matcher) Size() int { return 0 }

// Close does nothing.
func (*Matcher) Close() {}
