package boltstore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"rasid/store"

	"go.etcd.io/bbolt"
)

// Path is where the file is.
func (s *Store) Path() string { return s.path }

// Size returns the size of the file in bytes.
func (s *Store) Size(ctx context.Context) (int64, error) {
	info, err := os.Stat(s.path)
	if err != nil {
		return 0, err
	}
	return info.Size(), ctx.Err()
}

// spare is the least that a copy leaves free on the store's own disk: the store
// stops when its file cannot grow.
const spare = 64 << 20

// A room is what is free on a disk.
type room struct {
	known  bool
	free   uint64 // bytes
	device uint64
}

// fits returns store.ErrNoRoom unless a copy of the store has room in a folder,
// and the store itself beside it.
func (s *Store) fits(dir string) error {
	info, err := os.Stat(s.path)
	if err != nil {
		return err
	}
	there, err := s.roomIn(dir)
	if err != nil {
		return err
	}
	here, err := s.roomIn(filepath.Dir(s.path))
	if err != nil {
		return err
	}
	need := uint64(info.Size()) //nolint:gosec // no file's size is negative
	if there.device == here.device {
		need += max(spare, need/10)
	}
	if there.known && there.free < need {
		return fmt.Errorf("%w: %d MB are free, and a copy of the store needs %d", store.ErrNoRoom, there.free>>20, need>>20+1)
	}
	return nil
}

// Snapshot writes the store as it is at this moment to a file, which is there
// whole or not at all, and replaces one of that name. What goes on meanwhile
// waits only when the store's own file has to grow. Where there is too little room
// for that file, or would be for the store afterwards, it returns store.ErrNoRoom.
func (s *Store) Snapshot(name string) (err error) {
	if err = s.fits(filepath.Dir(name)); err != nil {
		return err
	}
	fresh := name + ".new"
	f, err := os.OpenFile(fresh, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(fresh))
		}
	}()
	err = guard(func() error {
		return s.db.View(func(b *bbolt.Tx) error {
			_, inner := b.WriteTo(f)
			return inner
		})
	})
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err = os.Rename(fresh, name); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(name))
}

// syncFolder makes the names in a folder durable.
func syncFolder(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Sound opens a file as a store for reading and closes it: it is whole, and none
// of its records is damaged.
func Sound(name string) error {
	s, err := Open(name, Options{Reading: true})
	if err != nil {
		return err
	}
	return s.Close()
}
