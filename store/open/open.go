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
	scheme, rest, found := strings.Cut(address, ":")
	switch {
	case !found:
		return nil, nil, fmt.Errorf("%w: it has no kind in front; %s", ErrAddress, usage)
	case scheme == "bolt" && rest == "":
		return nil, nil, fmt.Errorf("%w: bolt: lacks the path of a file; %s", ErrAddress, usage)
	case scheme == "bolt":
		return opened(boltstore.Open(strings.TrimPrefix(rest, "//"), boltstore.Options{}))
	case slices.Contains([]string{"redis", "rediss", "unix"}, scheme), strings.HasPrefix(scheme, "redis+"), strings.HasPrefix(scheme, "rediss+"):
		r, err := redisstore.Open(ctx, address, redisstore.Options{})
		if err != nil {
			return nil, nil, err
		}
		return r, r.Warnings(), nil
	}
	return nil, nil, fmt.Errorf("%w: nothing is stored in %q; %s", ErrAddress, scheme, usage)
}

// opened makes no interface of a nil pointer.
func opened(b *boltstore.Store, err error) (store.Store, []string, error) {
	if err != nil {
		return nil, nil, err
	}
	return b, nil, nil
}
