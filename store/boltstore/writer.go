package boltstore

import (
	"context"
	"errors"
	"fmt"
	"rasid/store"
	"runtime/debug"

	"go.etcd.io/bbolt"
)

// An op is one change waiting for the writer.
type op struct {
	change func(*tx) error
	err    error
	done   chan struct{}
}

// update has the writer carry out change and waits until it is on disk. Once
// the writer has it, the outcome is waited for whatever ctx says: it takes
// one commit, and the caller learns what happened. A change may be run more
// than once, and one that returns a refusal must not have written anything.
func (s *Store) update(ctx context.Context, change func(*tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	o := &op{change: change, done: make(chan struct{})}
	select {
	case s.ops <- o:
	case <-ctx.Done():
		return ctx.Err()
	}
	<-o.done
	return o.err
}

// write is the only goroutine that changes the file. It ends when ops is
// closed and empty.
func (s *Store) write() {
	defer close(s.done)
	for first := range s.ops {
		batch := s.gather(first)
		s.commit(batch)
		for _, o := range batch {
			close(o.done)
		}
	}
}

// gather adds to first the changes that wait already.
func (s *Store) gather(first *op) []*op {
	batch := []*op{first}
	for len(batch) < s.batch {
		select {
		case o, ok := <-s.ops:
			if !ok {
				return batch
			}
			batch = append(batch, o)
		default:
			return batch
		}
	}
	return batch
}

// commit carries out a batch in one commit. When one of its changes goes
// wrong half way, each is tried again in a commit of its own.
func (s *Store) commit(batch []*op) {
	err := s.once(func(t *tx) error {
		for _, o := range batch {
			if o.err = o.change(t); o.err != nil && !refusal(o.err) {
				return &changeError{o.err}
			}
		}
		return nil
	})
	var failed *changeError
	switch {
	case err == nil:
	case errors.As(err, &failed) && len(batch) > 1:
		for _, o := range batch {
			s.commit([]*op{o})
		}
	default:
		for _, o := range batch {
			o.err = err
		}
	}
}

// refusal reports whether a change was refused before it wrote anything.
func refusal(err error) bool {
	return errors.Is(err, store.ErrFenced) || errors.Is(err, store.ErrSettled) || errors.Is(err, store.ErrUnknown) || errors.Is(err, store.ErrDispatching)
}

// A changeError is an error of a change, as against one of the commit.
type changeError struct{ err error }

func (e *changeError) Error() string { return e.err.Error() }
func (e *changeError) Unwrap() error { return e.err }

// once runs one commit. After a commit that failed nobody knows what is on
// disk, so nothing more is written.
func (s *Store) once(f func(*tx) error) error {
	if err := s.broken.Load(); err != nil {
		return *err
	}
	err := update(s.db, f)
	var failed *changeError
	if err != nil && !errors.As(err, &failed) {
		err = fmt.Errorf("write store %s: %w: %w", s.path, ErrStopped, err)
		s.broken.Store(&err)
	}
	return err
}

// update runs f in one commit of db, with the sums of the buckets kept.
func update(db *bbolt.DB, f func(*tx) error) error {
	return guard(func() error {
		return db.Update(func(b *bbolt.Tx) error {
			t := newTx(b)
			if err := f(t); err != nil {
				return err
			}
			return t.flush()
		})
	})
}

// view runs f on the file as it is.
func (s *Store) view(ctx context.Context, f func(*tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return view(s.db, f)
}

// view runs f on a file as it is.
func view(db *bbolt.DB, f func(*tx) error) error {
	return guard(func() error {
		return db.View(func(b *bbolt.Tx) error { return f(newTx(b)) })
	})
}

// guard turns what bbolt does on a file that breaks under it, a panic or a
// fault of the memory map, into an error.
func guard(f func() error) (err error) {
	old := debug.SetPanicOnFault(true)
	defer debug.SetPanicOnFault(old)
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, p)
		}
	}()
	return f()
}
