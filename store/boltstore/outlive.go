package boltstore

import (
	"bytes"
	"context"
	"errors"
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
	from []byte        // the first key it has not seen
	bad  record.Passed // since it began
}

func (r *round) get() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.from
}

// set notes where to go on, and what was passed on the way there. At the end of the
// round it tells all that was.
func (r *round) set(from []byte, bad record.Passed) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.from = from
	r.bad.Add(bad)
	if from != nil {
		return nil
	}
	defer func() { r.bad = record.Passed{} }()
	return r.bad.Err()
}

// Outlive implements store.Articles. What cannot be read stays, and is told at the
// end of the round.
func (s *Store) Outlive(ctx context.Context, before time.Time) (done bool, err error) {
	hold := record.Hold(before)
	for looked, dropped := 0, 0; looked < lookRound && dropped < dropRound; {
		got, err := s.look(ctx, nil, s.round.get(), dropChunk, func(box []byte) int { return record.Outlived(box, hold) })
		if err != nil {
			return false, err
		}
		var stays record.Passed
		if len(got.places) > 0 {
			err = s.update(ctx, func(t *tx) error {
				stays = record.Passed{} // it may be run again
				return t.outlive(got.places, before, &stays)
			})
		}
		got.bad.Add(stays)
		bad := s.round.set(got.next, got.bad)
		if err != nil || got.next == nil {
			return err == nil, errors.Join(err, bad)
		}
		looked, dropped = looked+got.looked, dropped+got.found
	}
	return false, nil
}

// outlive drops what is kept in some inboxes too long. How many they were stays.
func (t *tx) outlive(places []store.Place, before time.Time, bad *record.Passed) error {
	for _, p := range places {
		x, err := t.inbox(p)
		if err != nil {
			if err = bad.By(err); err != nil {
				return err
			}
			continue
		}
		old := x.Outlive(before)
		if len(old) == 0 {
			continue
		}
		if err = t.put(bucketInbox, placeKey(p), record.Inbox(x)); err != nil {
			return err
		}
		for _, item := range old { // where what counts it cannot be read nothing is counted
			if err = bad.By(t.dropShelved(p, []uint64{item})); err != nil {
				return err
			}
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
	bad    record.Passed
}

// look goes through the inboxes whose keys begin with prefix, from a key on, until
// it has found enough, and tells in which of them count counts something.
func (s *Store) look(ctx context.Context, prefix, from []byte, enough int, count func(box []byte) int) (g glance, err error) {
	err = s.view(ctx, func(t *tx) error {
		return t.scanAll(bucketInbox, prefix, from, func(r row, damage error) (bool, error) {
			if g.looked == lookChunk || g.found >= enough {
				g.next = bytes.Clone(r.key)
				return false, nil
			}
			g.looked++
			if damage != nil {
				return true, g.bad.By(damage)
			}
			if n := count(r.value); n > 0 {
				g.found += n
				g.places = append(g.places, readPlace(r.key))
			}
			return true, nil
		})
	})
	return g, err
}
