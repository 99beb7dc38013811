package record

import (
	"errors"
	"fmt"
)

// A Passed is what could not be read on a way through many records, which goes on
// without it.
type Passed struct {
	first error
	n     int
}

// By passes what is damaged, and returns any other error, which ends the way.
func (p *Passed) By(err error) error {
	if !errors.Is(err, ErrDamaged) {
		return err
	}
	if p.n++; p.first == nil {
		p.first = err
	}
	return nil
}

// Add adds what was passed on another part of the way.
func (p *Passed) Add(other Passed) {
	if p.n += other.n; p.first == nil {
		p.first = other.first
	}
}

// Err tells what was passed: the first, and how many more. It is nil when there
// was nothing.
func (p *Passed) Err() error {
	if p.n > 1 {
		return fmt.Errorf("%w, and %d more that cannot be read", p.first, p.n-1)
	}
	return p.first
}
