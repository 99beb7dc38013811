// Package open opens a store by its address, as the setting STORE gives it.
package open

import (
	"context"
	"errors"
	"fmt"
	"rasid/store"
	"rasid/store/boltstore"
	"rasid/store/redisstore"
	"slices"
	"strings"
)

// ErrAddress reports an address that no back end understands.
var ErrAddress = errors.New("not the address of a store")

// usage says what an address looks like.
const usage = "want bolt:PATH (a file), or for Redis " + redisstore.Forms

// Open opens the store at an address: bolt:PATH, or one of redisstore.Forms.
// The warnings say, a sentence each, what makes
// the store weaker than rasid's promise. No error shows a password.
func Open(ctx context.Context, address string) (s store.Store, warnings []string, err error) {
	path, bolt, err := kind(address)
	switch {
	case err != nil:
		return nil, nil, err
	case bolt:
		return opened(boltstore.Open(path, boltstore.Options{}))
	}
	r, err := redisstore.Open(ctx, address, redisstore.Options{})
	if err != nil {
		return nil, nil, err
	}
	return r, r.Warnings(), nil
}

// Check reports what is wrong with how an address is written, as an ErrAddress;
// whether a store is there it does not ask.
func Check(address string) error {
	_, bolt, err := kind(address)
	if err != nil || bolt {
		return err
	}
	if err = redisstore.Check(address); err != nil {
		return fmt.Errorf("%w: %w; %s", ErrAddress, err, usage)
	}
	return nil
}

// kind tells what an address names: a file of bolt's, and where, or Redis.
func kind(address string) (path string, bolt bool, err error) {
	scheme, rest, found := strings.Cut(address, ":")
	switch {
	case !found:
		return "", false, fmt.Errorf("%w: it has no kind in front; %s", ErrAddress, usage)
	case scheme == "bolt" && rest == "":
		return "", false, fmt.Errorf("%w: bolt: lacks the path of a file; %s", ErrAddress, usage)
	case scheme == "bolt":
		return strings.TrimPrefix(rest, "//"), true, nil
	case slices.Contains([]string{"redis", "rediss", "unix"}, scheme), strings.HasPrefix(scheme, "redis+"), strings.HasPrefix(scheme, "rediss+"):
		return "", false, nil
	}
	return "", false, fmt.Errorf("%w: nothing is stored in %q; %s", ErrAddress, scheme, usage)
}

// opened makes no interface of a nil pointer.
func opened(b *boltstore.Store, err error) (store.Store, []string, error) {
	if err != nil {
		return nil, nil, err
	}
	return b, b.Warnings(), nil
}
