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
	"path/filepath"
	"rasid/store"
	"rasid/store/transfer"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

// ErrDamaged reports a file that is not as it was written.
var ErrDamaged = errors.New("the store's file is damaged")

// ErrStopped reports that a write failed and nothing more is written.
var ErrStopped = errors.New("the store stopped after a failed write; start again once its disk is well")

// Options tunes a Store. The zero value is ready to use.
type Options struct {
	LockWait time.Duration // how long Open waits for another process; default 2s
	Batch    int           // changes in one commit at most; default 1024
	NoSync   bool          // for tests of speed only: what is acknowledged may be lost
	Reading  bool          // change nothing: what is there is left as it is, also of an older version

	upgrades []upgrade                 // default: all there are
	sync     func(folder string) error // makes the names in a folder durable; default: syncFolder
}

func (o Options) withDefaults() Options {
	o.LockWait = cmp.Or(o.LockWait, 2*time.Second)
	o.Batch = cmp.Or(o.Batch, 1024)
	if o.upgrades == nil {
		o.upgrades = upgrades()
	}
	if o.sync == nil {
		o.sync = syncFolder
	}
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
	round  round

	warnings []string
	roomIn   func(dir string) (room, error)
}

// Open opens the file at path and checks it whole, or makes a new one. One of
// an older version is upgraded, after a copy of it was put beside it, unless it is
// opened for Reading, which makes no new one either. Open
// returns ErrInUse when another process holds the file, ErrDamaged when it is
// not intact and ErrUnfinished when it is half a copy.
func Open(path string, o Options) (*Store, error) {
	s, err := open(path, "", o.withDefaults())
	if err != nil {
		return nil, err
	}
	copied, err := unfinished(s.db)
	if err == nil && copied != "" {
		err = fmt.Errorf("open store %s: %w: run the same rasid store copy again, or delete the file", path, store.ErrUnfinished)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// OpenTarget opens the file at path to be made a copy of the store with a name:
// a new file, or one that such a copy was begun in. Any other is refused with
// ErrNotEmpty.
func OpenTarget(path, from string, o Options) (*Store, error) {
	o.Reading = false
	s, err := open(path, from, o.withDefaults())
	if err != nil {
		return nil, err
	}
	copied, err := unfinished(s.db)
	switch {
	case err != nil:
	case copied == "":
		err = fmt.Errorf("copy into %s: %w: name a file that is not there yet, or move this one away", path, transfer.ErrNotEmpty)
	case copied != from:
		err = fmt.Errorf("copy into %s: %w: it is an unfinished copy of another store; finish that, or delete the file", path, transfer.ErrNotEmpty)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// open opens the file at path, or makes a new one that is to be a copy of the
// store named from.
func open(path, from string, o Options) (*Store, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && o.Reading:
		return nil, fmt.Errorf("open store %s: there is no such file", path)
	case errors.Is(err, fs.ErrNotExist):
		dir := filepath.Dir(path)
		if _, err = os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("create store %s: there is no folder %s", path, dir)
		}
		if err = create(path, from, o); err != nil {
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
	options := o.bolt()
	options.ReadOnly = o.Reading
	db, err := bbolt.Open(path, 0o600, options)
	if err != nil {
		return nil, openError(path, err)
	}
	s := &Store{db: db, path: path, ops: make(chan *op, o.Batch), done: make(chan struct{}), batch: o.Batch, roomIn: roomIn}
	if err := s.upgrade(o.upgrades, o.Reading); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	go s.write()
	return s, nil
}

// Warnings tells, a sentence each, what was done to the file that an operator
// ought to know.
func (s *Store) Warnings() []string { return s.warnings }

// unfinished returns the name of the store whose copy a file is to become; empty:
// it is complete.
func unfinished(db *bbolt.DB) (from string, err error) {
	err = view(db, func(t *tx) error {
		b, inner := t.get(bucketMeta, []byte(keyCopy))
		from = string(b)
		return inner
	})
	return from, err
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
		return fmt.Errorf("open store %s: %w; one at a time can hold a file: stop that one, or name another file", path, store.ErrInUse)
	}
	return fmt.Errorf("open store %s: %w", path, err)
}

// create makes a new file whole before it gets its name. Unless from is empty
// it is to be the copy of the store with that name.
func create(path, from string, o Options) error {
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
		if from != "" {
			if inner := t.put(bucketMeta, []byte(keyCopy), []byte(from)); inner != nil {
				return inner
			}
		}
		if inner := t.name(); inner != nil {
			return inner
		}
		return t.putNumber(bucketMeta, []byte(keySchema), newest(o.upgrades))
	})
	err = errors.Join(err, db.Close())
	if err == nil {
		err = os.Link(fresh, path) // unlike Rename, it never replaces a file
		if errors.Is(err, fs.ErrExist) {
			err = nil
		}
	}
	err = errors.Join(err, os.Remove(fresh))
	if err == nil {
		err = o.sync(filepath.Dir(path))
	}
	return err
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
	err = verify(path, newest(o.upgrades))
	if closed := db.Close(); err == nil {
		err = closed
	}
	return err
}

func damaged(path string, why error) error {
	if !errors.Is(why, ErrDamaged) {
		why = fmt.Errorf("%w: %w", ErrDamaged, why)
	}
	return fmt.Errorf("open store %s: %w; stop rasid, put the last backup in its place (cp BACKUP %s) "+
		"or, to begin with nothing, move the file away; keep the damaged file until the new one works",
		path, why, path)
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
