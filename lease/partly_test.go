package lease_test

import (
	"context"
	"errors"
	"rasid/store"
	"rasid/store/memstore"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// partly is a store of which some servers may be gone: those of the first shards.
type partly struct {
	store.Leases
	gone atomic.Int32 // how many shards
}

func (p *partly) Take(ctx context.Context, name string, roles []store.Role, ttl time.Duration, now time.Time) ([]uint64, error) {
	var there []store.Role
	gone := store.Role(p.gone.Load()) //nolint:gosec // at most the shards
	for _, r := range roles {
		if r >= gone {
			there = append(there, r)
		}
	}
	got, err := p.Leases.Take(ctx, name, there, ttl, now)
	epochs := make([]uint64, len(roles))
	for i, r := range roles {
		if epochs[i] = store.Unanswered; r >= gone {
			epochs[i], got = got[0], got[1:]
			continue
		}
		err = errors.New("a server does not answer")
	}
	return epochs, err
}

// TestWhatCanBeReachedGoesOn: the shards of servers that answer stay whose they
// are, and only the rest is given up.
func TestWhatCanBeReachedGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &partly{Leases: memstore.New()}
		a := start(t, s, "a")
		after(5 * time.Second)
		divided(t, store.Shards, a)
		epoch := a.shards[200].Epoch()
		s.gone.Store(85)
		after(30 * time.Second)
		if shards, leads := a.has(); shards != store.Shards-85 || leads != 2 {
			t.Errorf("of 256 shards, of which 171 can be reached, and 2 leads there are %d and %d", shards, leads)
		}
		if l := a.shards[200]; l == nil || l.Epoch() != epoch || !l.Holds() {
			t.Error("a shard that could be reached all the time was given up in between")
		}
		s.gone.Store(0)
		after(15 * time.Second)
		divided(t, store.Shards, a)
		a.stop()
	})
}
