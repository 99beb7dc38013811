package memstore

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"rasid/store"
	"rasid/store/record"
	"slices"
	"time"
)

// Accept implements store.Articles.
func (s *Store) Accept(ctx context.Context, items []store.Item, now time.Time) ([]store.Accepted, error) {
	digests := make([]string, len(items))
	for i, it := range items {
		if it.Article.ID == "" {
			return nil, fmt.Errorf("accept: item %d of %d has no id", i+1, len(items))
		}
		b, err := record.Digest(it)
		if err != nil {
			return nil, fmt.Errorf("accept %q: %w", it.Article.ID, err)
		}
		digests[i] = string(b)
	}
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	now = store.Instant(now)
	got := make([]store.Accepted, len(items))
	for i, it := range items {
		var err error
		if got[i], err = s.accept(it, digests[i], now); err != nil {
			return nil, err
		}
	}
	return got, nil
}

// accept takes one item with a digest of what is compared of it.
func (s *Store) accept(it store.Item, digest string, now time.Time) (store.Accepted, error) {
	key := string(record.ItemKey(it.Article.ID))
	was, known := s.seen[key]
	verdict := store.Same
	switch {
	case !known:
		verdict = store.New
	case was.digest != digest:
		verdict = store.Changed
	}
	old, kept := s.items[was.seq]
	moved := false // from one feed's to several's
	switch {
	case kept && old.Quiet:
		if record.Meet(&it, &old) {
			verdict = store.New
		}
		moved = it.Feed != old.Feed
	case kept && it.Quiet && verdict == store.Changed:
		verdict, digest = store.Same, was.digest
	}
	if verdict == store.New {
		s.seq++
		was.seq, kept = s.seq, false
	}
	if !it.Quiet {
		it.Feed = ""
	}
	s.seen[key] = seen{seq: was.seq, digest: digest, last: now}
	if verdict == store.New || kept && (verdict == store.Changed || moved) {
		it.At = now
		if kept {
			it.At = old.At
		}
		b, err := record.Item(it) // so that nothing is shared with the caller
		if err == nil {
			s.items[was.seq], err = record.ReadItem(was.seq, b)
		}
		if err != nil {
			return store.Accepted{}, fmt.Errorf("accept %q: %w", it.Article.ID, err)
		}
	}
	return store.Accepted{Verdict: verdict, Seq: was.seq}, nil
}

// Log implements store.Articles.
func (s *Store) Log(ctx context.Context, after uint64, limit int) ([]store.Item, error) {
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var got []store.Item
	var unread []store.Unreadable
	for _, seq := range slices.Sorted(maps.Keys(s.items)) {
		switch bad := s.spoilt[seq]; {
		case seq <= after || len(got)+len(unread) >= limit:
		case bad != nil:
			unread = append(unread, store.Unreadable{Seq: seq, Err: bad})
		default:
			got = append(got, s.items[seq])
		}
	}
	return got, store.Unread(unread)
}

// Spoil makes an item one that cannot be read, as err says of its record; nil: it
// can again.
func (s *Store) Spoil(seq uint64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spoilt[seq] = err
}

// Item implements store.Articles.
func (s *Store) Item(ctx context.Context, seq uint64) (store.Item, error) {
	if err := s.lock(ctx); err != nil {
		return store.Item{}, err
	}
	defer s.mu.Unlock()
	it, ok := s.items[seq]
	if !ok {
		return it, fmt.Errorf("item %d: %w", seq, store.ErrUnknown)
	}
	if bad := s.spoilt[seq]; bad != nil {
		return store.Item{}, fmt.Errorf("item %d: %w", seq, bad)
	}
	return it, nil
}

// ItemByID implements store.Articles.
func (s *Store) ItemByID(ctx context.Context, id string) (store.Item, error) {
	if err := s.lock(ctx); err != nil {
		return store.Item{}, err
	}
	defer s.mu.Unlock()
	it, ok := s.items[s.seen[string(record.ItemKey(id))].seq]
	if !ok {
		return it, fmt.Errorf("item %q: %w", id, store.ErrUnknown)
	}
	if bad := s.spoilt[it.Seq]; bad != nil {
		return store.Item{}, fmt.Errorf("item %q: %w", id, bad)
	}
	return it, nil
}

// Cursor implements store.Articles.
func (s *Store) Cursor(ctx context.Context) (uint64, error) {
	if err := s.lock(ctx); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	return s.cursor, nil
}

// Reach implements store.Articles.
func (s *Store) Reach(ctx context.Context) (store.Reach, error) {
	if err := s.lock(ctx); err != nil {
		return store.Reach{}, err
	}
	defer s.mu.Unlock()
	return s.reach(), nil
}

func (s *Store) reach() store.Reach {
	r, _ := record.ReadReach(s.cursor, s.seq, s.ahead) // what makes no sense counts as nothing
	return r
}

// Advance implements store.Articles.
func (s *Store) Advance(ctx context.Context, r store.Reach, epoch uint64) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if epoch < s.epochs[store.Intake] {
		return store.ErrFenced
	}
	s.cursor, s.ahead = max(s.cursor, r.Cursor()), record.Ahead(r)
	return nil
}

// Trim implements store.Articles.
func (s *Store) Trim(ctx context.Context, before, now time.Time, limit int) (int, error) {
	if err := s.lock(ctx); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	before, now = store.Instant(before), store.Instant(now)
	n, reach := 0, s.reach()
	for _, it := range slices.SortedFunc(maps.Values(s.items), oldestFirst) {
		if n == limit || !it.At.Before(before) {
			break
		}
		if reach.Has(it.Seq) && s.tally(it.Seq).Owed == 0 {
			s.drop(it.Seq)
			n++
		}
	}
	maps.DeleteFunc(s.seen, func(_ string, x seen) bool { return x.last.Before(now.Add(-store.IDKeep)) })
	for i := range s.shards {
		s.shards[i].trim(now.Add(-store.UpdateKeep))
	}
	return n, nil
}

func oldestFirst(a, b store.Item) int {
	return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Seq, b.Seq))
}

func (s *Store) drop(seq uint64) {
	delete(s.items, seq)
	delete(s.spoilt, seq)
	for i := range s.shards {
		delete(s.shards[i].jobs, seq)
		for c := range store.Class(store.Classes) {
			delete(s.shards[i].expired, lateKey{seq, c})
		}
	}
}

func (sh *shard) trim(before time.Time) {
	maps.DeleteFunc(sh.updates, func(_ update, r result) bool { return r.at.Before(before) })
	maps.DeleteFunc(sh.dests, func(_ uint32, d *dest) bool { return d.Gone && d.gone.Before(before) })
}
