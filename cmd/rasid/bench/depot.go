package bench

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"rasid/store"
	"rasid/store/boltstore"
	"rasid/store/open"
	"strings"
	"time"
)

// A depot is a store that is filled, measured, and taken away again.
type depot struct {
	address  string
	name     string   // for people
	warnings []string // what makes the store weaker than rasid's promise
	path     string   // of a bolt file; empty: elsewhere
	folder   string   // temporary; empty: none
	store    store.Store
}

// eraseLimit is how long taking a store away may take.
const eraseLimit = 2 * time.Minute

// newDepot opens the store at an address, or where there is none, a bolt file
// that is nobody's. A store with something in it is left alone.
func newDepot(ctx context.Context, address string) (*depot, error) {
	d := &depot{address: address, name: address}
	if address == "" {
		folder, err := os.MkdirTemp("", "rasid-bench-")
		if err != nil {
			return nil, fmt.Errorf("make a store: %w", err)
		}
		d.folder, d.name = folder, "bolt, a temporary file"
		d.address = "bolt:" + filepath.Join(folder, "rasid.db")
	}
	if rest, isBolt := strings.CutPrefix(d.address, "bolt:"); isBolt {
		path := strings.TrimPrefix(rest, "//")
		if _, err := os.Stat(path); err == nil {
			return nil, fmt.Errorf("%s is there already: measuring needs a store that nobody uses, so name a new file", path)
		}
		d.path = path
	} else {
		d.name, _, _ = strings.Cut(d.name, ":") // what follows may hold a password
	}
	if err := d.open(ctx, false); err != nil {
		d.path = "" // nothing was made there
		return nil, errors.Join(err, d.close(ctx))
	}
	if err := d.empty(ctx); err != nil {
		return nil, errors.Join(err, d.store.Close())
	}
	return d, nil
}

// open opens the store. fast is for a clock that does not see what the disk
// takes: a bolt file is not synced then.
func (d *depot) open(ctx context.Context, fast bool) (err error) {
	if fast && d.path != "" {
		var s *boltstore.Store
		if s, err = boltstore.Open(d.path, boltstore.Options{NoSync: true}); err == nil {
			d.store = s
		}
	} else {
		d.store, d.warnings, err = open.Open(ctx, d.address)
	}
	if err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	return nil
}

// errFull reports a store with something in it.
var errFull = errors.New("the store is not empty, or somebody is at work on it: measuring fills a store and empties it again, so give it one that nobody uses")

// empty reports a store with something in it, or with a rasid at work on it.
func (d *depot) empty(ctx context.Context) error {
	s := d.store
	items, err := s.Log(ctx, 0, 1)
	full := len(items) > 0
	if err == nil {
		var cursor uint64
		cursor, err = s.Cursor(ctx)
		full = full || cursor > 0
	}
	if err == nil {
		var version uint64
		version, _, err = s.RuleFile(ctx)
		full = full || version > 0
	}
	if err == nil {
		var feeds []store.Feed
		feeds, err = s.Feeds(ctx)
		full = full || len(feeds) > 0
	}
	if err == nil && s.Shared() {
		var others []string
		others, err = s.Join(ctx, "bench", 0, time.Now())
		full = full || len(others) > 0
	}
	if err == nil && !full {
		err = s.Changes(ctx, new(store.Cursor), func(store.Destination) error { return errFull })
	}
	if err == nil && full {
		err = errFull
	}
	return err
}

// size tells how many bytes the store takes.
func (d *depot) size(ctx context.Context) (int64, error) {
	s, ok := d.store.(interface {
		InUse(ctx context.Context) (int64, error)
	})
	if !ok {
		return 0, nil
	}
	return s.InUse(ctx)
}

// close takes the store away, also when ctx has ended.
func (d *depot) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), eraseLimit)
	defer cancel()
	var err error
	if s, ok := d.store.(interface {
		Erase(ctx context.Context) error
	}); ok {
		err = s.Erase(ctx)
	}
	if d.store != nil {
		err = errors.Join(err, d.store.Close())
	}
	if d.path != "" {
		if gone := os.Remove(d.path); !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	if d.folder != "" {
		err = errors.Join(err, os.RemoveAll(d.folder))
	}
	if err != nil {
		return fmt.Errorf("take the store away: %w", err)
	}
	return nil
}
