// Package boltstore keeps the store in one bbolt file: no server, one
// process. Every change is on disk when its call returns; changes that wait
// together share one commit.
//
// bbolt itself notices damage to its two meta pages only. So every record
// carries a checksum over its bucket, key and value, every bucket a count and
// a sum over its records, and a file is read whole before it is used: it is
// intact, or it is refused.
package boltstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"rasid/store"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

// ErrDamaged reports a file that is not as it was written.
var ErrDamaged = errors.New("the store's file is damaged")

// ErrStopped reports that a write failed and nothing more is written.
var ErrStopped = errors.New("the store stopped after a failed write; start again once its disk is well")

// schema is the version of the layout. A newer one is refused.
const schema = 1

// Options tunes a Store. The zero value is ready to use.
type Options struct {
	LockWait time.Duration // how long Open waits for another process; default 2s
	Batch    int           // changes in one commit at most; default 1024
	NoSync   bool          // for tests of speed only: what is acknowledged may be lost
}

func (o Options) withDefaults() Options {
	o.LockWait = cmp.Or(o.LockWait, 2*time.Second)
	o.Batch = cmp.Or(o.Batch, 1024)
	return o
}

// A Store is an open file. Its writer is the one goroutine that a constructor
// of rasid starts: callers wait for it, and Close ends it.
type Store struct {
	db     *bbolt.DB
	path   string
	ops    chan *op
	done   chan struct{} // closed when the writer has ended
	broken atomic.Pointer[error]
	batch  int
	leases leases
}

// Open opens the file at path and checks it whole, or makes a new one. It
// returns ErrInUse when another process holds the file and ErrDamaged when it
// is not intact.
func Open(path string, o Options) (*Store, error) {
	o = o.withDefaults()
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err = create(path, o); err != nil {
			return nil, fmt.Errorf("create store %s: %w", path, err)
		}
	case err != nil:
		return nil, fmt.Errorf("open store: %w", err)
	case info.IsDir():
		return nil, fmt.Errorf("open store %s: it is a folder; name a file in it, as in bolt:%s/rasid.db", path, path)
	}
	if err = inspect(path, o); err != nil {
		return nil, err
	}
	db, err := bbolt.Open(path, 0o600, o.bolt())
	if err != nil {
		return nil, openError(path, err)
	}
	s := &Store{db: db, path: path, ops: make(chan *op, o.Batch), done: make(chan struct{}), batch: o.Batch}
	go s.write()
	return s, nil
}

func (o Options) bolt() *bbolt.Options {
	return &bbolt.Options{
		Timeout:        o.LockWait,
		FreelistType:   bbolt.FreelistMapType,
		NoFreelistSync: true, // rebuilt at open from pages that were checked, so it cannot be wrong
		NoSync:         o.NoSync,
	}
}

func openError(path string, err error) error {
	if errors.Is(err, bbolterrors.ErrTimeout) {
		return fmt.Errorf("open store %s: %w", path, store.ErrInUse)
	}
	return fmt.Errorf("open store %s: %w", path, err)
}

// create makes a new file whole before it gets its name.
func create(path string, o Options) error {
	fresh := path + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	db, err := bbolt.Open(fresh, 0o600, o.bolt())
	if err != nil {
		return openError(fresh, err)
	}
	err = update(db, func(t *tx) error {
		for _, name := range buckets() {
			if _, inner := t.tx.CreateBucketIfNotExists([]byte(name)); inner != nil {
				return inner
			}
		}
		return t.putNumber(bucketMeta, []byte(keySchema), schema)
	})
	err = errors.Join(err, db.Close())
	if err == nil {
		err = os.Link(fresh, path) // unlike Rename, it never replaces a file
		if errors.Is(err, fs.ErrExist) {
			err = nil
		}
	}
	return errors.Join(err, os.Remove(fresh))
}

// inspect checks the file while no other process writes it.
func inspect(path string, o Options) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	if info.Size() == 0 {
		return damaged(path, errors.New("it is empty"))
	}
	ro := o.bolt()
	ro.ReadOnly = true
	db, err := bbolt.Open(path, 0o600, ro)
	switch {
	case errors.Is(err, bbolterrors.ErrTimeout):
		return openError(path, err)
	case errors.Is(err, fs.ErrPermission):
		return openError(path, err)
	case err != nil:
		return damaged(path, err)
	}
	err = verify(path)
	if closed := db.Close(); err == nil {
		err = closed
	}
	return err
}

func damaged(path string, why error) error {
	return fmt.Errorf("open store %s: %w: %w; stop rasid, put the last backup in its place (cp BACKUP %s) "+
		"or, to begin with nothing, move the file away; keep the damaged file until the new one works",
		path, ErrDamaged, why, path)
}

// Close ends the writer and closes the file. Changes that still wait are
// carried out first.
func (s *Store) Close() error {
	close(s.ops)
	<-s.done
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("close store %s: %w", s.path, err)
	}
	return nil
}

// Ping implements store.Store.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.broken.Load(); err != nil {
		return *err
	}
	return s.view(ctx, func(t *tx) error {
		_, err := t.number([]byte(keySchema))
		return err
	})
}

var _ store.Store = (*Store)(nil)
