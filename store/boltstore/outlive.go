package boltstore

import (
	"bytes"
	"context"
	"rasid/store"
	"rasid/store/record"
	"sync"
	"time"
)

// What goes through all inboxes does it in steps, for the writer has others to
// serve: it looks without the writer, and has it change only what was found.
const (
	lookChunk = 1000   // inboxes that are looked at in one step
	lookRound = 20_000 // and by one call
	dropChunk = 500    // items that one commit drops, about
	dropRound = 10_000 // and one call
)

// A round is how far Outlive has come.
type round struct {
	mu   sync.Mutex
	from []byte // the first key it has not seen
}

func (r *round) get() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.from
}

func (r *round) set(from []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.from = from
}

// Outlive implements store.Articles.
func (s *Store) Outlive(ctx context.Context, before time.Time) (done bool, err error) {
	hold := record.Hold(before)
	for looked, dropped := 0, 0; looked < lookRound && dropped < dropRound; {
		got, err := s.look(ctx, nil, s.round.get(), dropChunk, func(box []byte) int { return record.Outlived(box, hold) })
		s.round.set(got.next)
		if err == nil && len(got.places) > 0 {
			err = s.update(ctx, func(t *tx) error { return t.outlive(got.places, before) })
		}
		if err != nil || got.next == nil {
			return err == nil, err
		}
		looked, dropped = looked+got.looked, dropped+got.found
	}
	return false, nil
}

// outlive drops what is kept in some inboxes too long. How many they were stays.
func (t *tx) outlive(places []store.Place, before time.Time) error {
	for _, p := range places {
		x, err := t.inbox(p)
		if err != nil {
			return err
		}
		old := x.Outlive(before)
		if len(old) == 0 {
			continue
		}
		if err = t.put(bucketInbox, placeKey(p), record.Inbox(x)); err != nil {
			return err
		}
		if err = t.dropShelved(p, old); err != nil {
			return err
		}
	}
	return nil
}

// A glance is what one step of looking through inboxes found.
type glance struct {
	places []store.Place
	looked int    // inboxes
	found  int    // items
	next   []byte // the key to go on from; nil: there are no more
}

// look goes through the inboxes whose keys begin with prefix, from a key on, until
// it has found enough, and tells in which of them count counts something.
func (s *Store) look(ctx context.Context, prefix, from []byte, enough int, count func(box []byte) int) (g glance, err error) {
	err = s.view(ctx, func(t *tx) error {
		return t.scan(bucketInbox, prefix, from, func(r row) (bool, error) {
			if g.looked == lookChunk || g.found >= enough {
				g.next = bytes.Clone(r.key)
				return false, nil
			}
			g.looked++
			if n := count(r.value); n > 0 {
				g.found += n
				g.places = append(g.places, readPlace(r.key))
			}
			return true, nil
		})
	})
	return g, err
}
