package store

import "fmt"

// An UnreadableDestError tells which destinations Changes could not give because
// their records are damaged, though it gave all others. They are not told of again
// before they change.
type UnreadableDestError struct {
	Places []Place
	First  error // what is wrong with the first
}

// Error says how many they are, and what is wrong with the first.
func (e *UnreadableDestError) Error() string {
	p := e.Places[0]
	return fmt.Sprintf("%d destinations are unreadable, the first is %d of shard %d: %v", len(e.Places), p.Ordinal, p.Shard, e.First)
}

// Unwrap returns what is wrong with the first.
func (e *UnreadableDestError) Unwrap() error { return e.First }

// Add adds one.
func (e *UnreadableDestError) Add(p Place, why error) {
	if len(e.Places) == 0 {
		e.First = why
	}
	e.Places = append(e.Places, p)
}

// OrNil returns e, or nil where all could be read.
func (e *UnreadableDestError) OrNil() error {
	if len(e.Places) == 0 {
		return nil
	}
	return e
}
