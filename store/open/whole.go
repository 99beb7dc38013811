package open

import (
	"context"
	"io"
	"rasid/store/audit"
	"rasid/store/boltstore"
	"rasid/store/figures"
	"rasid/store/redisstore"
	"rasid/store/transfer"
	"strings"
	"time"
)

// A Whole is a store to be read whole.
type Whole interface {
	transfer.Source
	audit.Store
	figures.Store
	io.Closer
	// Warnings tell, a sentence each, what an operator ought to know.
	Warnings() []string
}

// A Target is a store to be written whole.
type Target interface {
	transfer.Target
	io.Closer
	// Warnings tell, a sentence each, what an operator ought to know.
	Warnings() []string
}

// lockWait is how long Read waits for a file that another process has: one that
// runs the bot has it for long.
const lockWait = 500 * time.Millisecond

// Read opens a store that is there, to be read whole. It stays as it is, also when
// an older rasid wrote it.
func Read(ctx context.Context, address string) (Whole, error) {
	path, bolt, err := kind(address)
	if err != nil {
		return nil, err
	}
	if bolt {
		return whole[*boltstore.Store](boltstore.Open(path, boltstore.Options{Reading: true, LockWait: lockWait}))
	}
	return whole[*redisstore.Store](redisstore.Open(ctx, address, redisstore.Options{Reading: true}))
}

// Write opens a place where nothing is stored, or that a copy was begun in, to
// be made the copy of the store with a name.
func Write(ctx context.Context, address, from string) (Target, error) {
	path, bolt, err := kind(address)
	if err != nil {
		return nil, err
	}
	if bolt {
		return target[*boltstore.Store](boltstore.OpenTarget(path, from, boltstore.Options{}))
	}
	return target[*redisstore.Store](redisstore.OpenTarget(ctx, address, from, redisstore.Options{}))
}

// whole makes no interface of a nil pointer.
func whole[S Whole](s S, err error) (Whole, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}

// target makes no interface of a nil pointer.
func target[S Target](s S, err error) (Target, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Bolt returns the path of the file that an address names, and whether it names
// one.
func Bolt(address string) (path string, ok bool) {
	path, ok, err := kind(address)
	return path, ok && err == nil
}

// Shown is an address without what may be a password in it.
func Shown(address string) string {
	scheme, rest, _ := strings.Cut(address, "://")
	if _, ok := Bolt(address); ok || rest == "" {
		return address
	}
	rest, _, _ = strings.Cut(rest[strings.LastIndexByte(rest, '@')+1:], "?")
	return scheme + "://" + rest
}
