package boltstore

import (
	"context"
	"encoding/binary"
	"maps"
	"rasid/store"
	"slices"
	"sync"
	"time"
)

// leases are who has which role. They are kept in memory: the file is locked,
// so whoever had one before it was opened is gone. Epochs are kept in the file.
type leases struct {
	mu     sync.Mutex
	roles  [store.Roles]lease
	joined map[string]time.Time // until when each name is there
}

type lease struct {
	name  string
	epoch uint64
	until time.Time
}

// Join implements store.Leases.
func (s *Store) Join(ctx context.Context, name string, ttl time.Duration, now time.Time) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l := &s.leases
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.joined == nil {
		l.joined = map[string]time.Time{}
	}
	l.joined[name] = now.Add(ttl)
	maps.DeleteFunc(l.joined, func(_ string, until time.Time) bool { return !until.After(now) })
	return slices.Sorted(maps.Keys(l.joined)), nil
}

// Take implements store.Leases.
func (s *Store) Take(ctx context.Context, name string, roles []store.Role, ttl time.Duration, now time.Time) ([]uint64, error) {
	l := &s.leases
	l.mu.Lock()
	defer l.mu.Unlock()
	epochs := make([]uint64, len(roles))
	var anew []int
	for i, r := range roles {
		switch has := &l.roles[r]; {
		case !has.until.After(now):
			anew = append(anew, i)
		case has.name == name:
			epochs[i], has.until = has.epoch, now.Add(ttl)
		}
	}
	if len(anew) == 0 {
		return epochs, ctx.Err()
	}
	err := s.update(ctx, func(t *tx) (err error) {
		for _, i := range anew {
			if epochs[i], err = t.next(epochKey(roles[i])); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, i := range anew {
		l.roles[roles[i]] = lease{name, epochs[i], now.Add(ttl)}
	}
	return epochs, nil
}

// Leave implements store.Leases.
func (s *Store) Leave(ctx context.Context, name string, roles []store.Role) error {
	l := &s.leases
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range roles {
		if l.roles[r].name == name {
			l.roles[r] = lease{}
		}
	}
	return ctx.Err()
}

// Shared implements store.Leases: the file is locked.
func (s *Store) Shared() bool { return false }

// Tell implements store.Hints: there is nobody to tell.
func (s *Store) Tell(ctx context.Context, _ store.Hint) error { return ctx.Err() }

// Hear implements store.Hints: nobody tells anything.
func (s *Store) Hear(ctx context.Context, _ func(store.Hint)) error {
	<-ctx.Done()
	return nil
}

// epochKey names the record of a role's newest epoch.
func epochKey(r store.Role) string {
	if r == store.Intake {
		return keyEpoch
	}
	return keyEpoch + string(binary.BigEndian.AppendUint16(nil, uint16(r)))
}

// updateAs is update under a role's epoch, which is refused when it is not the
// newest.
func (s *Store) updateAs(ctx context.Context, r store.Role, epoch uint64, change func(*tx) error) error {
	return s.update(ctx, func(t *tx) error {
		if err := t.fence(r, epoch); err != nil {
			return err
		}
		return change(t)
	})
}

// fence refuses an epoch that is not the role's newest.
func (t *tx) fence(r store.Role, epoch uint64) error {
	n, err := t.number([]byte(epochKey(r)))
	if err == nil && epoch < n {
		return store.ErrFenced
	}
	return err
}
