package memstore

import (
	"context"
	"maps"
	"rasid/store"
	"slices"
	"time"
)

// A lease is who has a role, and until when.
type lease struct {
	name  string
	until time.Time
}

// Join implements store.Leases.
func (s *Store) Join(ctx context.Context, name string, ttl time.Duration, now time.Time) ([]string, error) {
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	s.joined[name] = now.Add(ttl)
	maps.DeleteFunc(s.joined, func(_ string, until time.Time) bool { return !until.After(now) })
	return slices.Sorted(maps.Keys(s.joined)), nil
}

// Take implements store.Leases.
func (s *Store) Take(ctx context.Context, name string, roles []store.Role, ttl time.Duration, now time.Time) ([]uint64, error) {
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	epochs := make([]uint64, len(roles))
	for i, r := range roles {
		held := s.leases[r].until.After(now)
		if held && s.leases[r].name != name {
			continue
		}
		if !held {
			s.epochs[r]++
		}
		s.leases[r] = lease{name, now.Add(ttl)}
		epochs[i] = s.epochs[r]
	}
	return epochs, nil
}

// Leave implements store.Leases.
func (s *Store) Leave(ctx context.Context, name string, roles []store.Role) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	for _, r := range roles {
		if s.leases[r].name == name {
			s.leases[r] = lease{}
		}
	}
	return nil
}

// Shared implements store.Leases.
func (s *Store) Shared() bool { return false }

// Tell implements store.Hints. The processes that share the model are in one.
func (s *Store) Tell(ctx context.Context, h store.Hint) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	for c := range s.listeners {
		select {
		case c <- h:
		default: // hints may be lost
		}
	}
	return nil
}

// Hear implements store.Hints.
func (s *Store) Hear(ctx context.Context, f func(store.Hint)) error {
	heard := make(chan store.Hint, 64)
	s.mu.Lock()
	s.listeners[heard] = struct{}{}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.listeners, heard)
		s.mu.Unlock()
	}()
	for {
		select {
		case <-ctx.Done():
			return nil
		case h := <-heard:
			f(h)
		}
	}
}
