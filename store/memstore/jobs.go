package memstore

import (
	"context"
	"maps"
	"rasid/store"
	"rasid/store/record"
	"slices"
)

// Dispatch implements store.Jobs.
func (s *Store) Dispatch(ctx context.Context, d store.Dispatch, epoch uint64) (bool, error) {
	if err := d.Check(); err != nil {
		return false, err
	}
	if err := s.lock(ctx); err != nil {
		return false, err
	}
	defer s.mu.Unlock()
	if epoch < s.epochs[store.Intake] {
		return false, store.ErrFenced
	}
	sh := &s.shards[d.Shard]
	j := &job{
		owed: map[uint32]store.Class{}, tries: map[uint32]int{},
		created: store.Instant(d.Created), expires: store.Instant(d.Expires), matcher: d.Matcher,
	}
	for class, ordinals := range d.Owed {
		for _, o := range ordinals {
			if !sh.gone(o) {
				j.owed[o] = store.Class(class)
			}
		}
	}
	if _, known := sh.jobs[d.Item]; known || len(j.owed) == 0 {
		return false, nil
	}
	sh.jobs[d.Item] = j
	return true, nil
}

// Owed implements store.Jobs.
func (s *Store) Owed(ctx context.Context, shard store.Shard, after uint64) ([]store.Job, error) {
	if err := shard.Check(); err != nil {
		return nil, err
	}
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var got []store.Job
	jobs := s.shards[shard].jobs
	for _, item := range slices.Sorted(maps.Keys(jobs)) {
		if item <= after {
			continue
		}
		for class := range store.Class(store.Classes) {
			if x := jobs[item].class(class); len(x.Owed) > 0 {
				x.Shard, x.Item = shard, item
				got = append(got, x)
			}
		}
	}
	return got, nil
}

// class returns what j still owes in one class.
func (j *job) class(c store.Class) store.Job {
	x := store.Job{Class: c, Created: j.created, Expires: j.expires, Matcher: j.matcher}
	for _, o := range slices.Sorted(maps.Keys(j.owed)) {
		if j.owed[o] != c {
			continue
		}
		x.Owed = append(x.Owed, o)
		if n := j.tries[o]; n > 0 {
			if x.Tries == nil {
				x.Tries = map[uint32]int{}
			}
			x.Tries[o] = n
		}
	}
	return x
}

// clear takes o out of what is owed and reports whether it was in.
func (j *job) clear(o uint32) bool {
	if j == nil {
		return false
	}
	_, had := j.owed[o]
	delete(j.owed, o)
	delete(j.tries, o)
	return had
}

// Marks implements store.Jobs.
func (s *Store) Marks(ctx context.Context, shard store.Shard) ([]store.Mark, error) {
	if err := shard.Check(); err != nil {
		return nil, err
	}
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var got []store.Mark
	for _, token := range slices.Sorted(maps.Keys(s.shards[shard].marks)) {
		got = append(got, s.shards[shard].marks[token])
	}
	return got, nil
}

// Withdraw implements store.Jobs.
func (s *Store) Withdraw(ctx context.Context, p store.Place, items []uint64, epoch uint64) error {
	if err := p.Shard.Check(); err != nil {
		return err
	}
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if epoch < s.epochs[p.Shard.Role()] {
		return store.ErrFenced
	}
	sh := &s.shards[p.Shard]
	for _, item := range items {
		if item == store.InboxCount {
			sh.settleCount(p.Ordinal, store.Dropped)
		} else if sh.clear(item, p.Ordinal) {
			sh.jobs[item].drop(sh.suspended(p.Ordinal))
		}
	}
	return nil
}

// drop counts an item that will not be sent.
func (j *job) drop(suspended bool) {
	if suspended {
		j.tally.Suspended++
	} else {
		j.tally.Dropped++
	}
}

// Cancel implements store.Jobs.
func (s *Store) Cancel(ctx context.Context, shard store.Shard, item uint64) error {
	if err := shard.Check(); err != nil {
		return err
	}
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	sh := &s.shards[shard]
	j := sh.jobs[item]
	if j == nil {
		j = &job{owed: map[uint32]store.Class{}, tries: map[uint32]int{}}
		sh.jobs[item] = j
	}
	under := sh.underWay(item)
	for _, o := range slices.Concat(slices.Collect(maps.Keys(j.owed)), slices.Collect(maps.Keys(sh.inboxes))) {
		if !under[o] && sh.clear(item, o) {
			j.tally.Dropped++
		}
	}
	clear(j.tries)
	j.matcher = record.Cancelled
	return nil
}

// underWay returns the ordinals that an attempt with an item is under way to.
func (sh *shard) underWay(item uint64) map[uint32]bool {
	found := map[uint32]bool{}
	for _, m := range sh.marks {
		if slices.Contains(m.Items, item) {
			found[m.Ordinal] = true
		}
	}
	return found
}

func (j *job) cancelled() bool { return j.matcher == record.Cancelled }

// Tally implements store.Jobs.
func (s *Store) Tally(ctx context.Context, item uint64) (store.Tally, error) {
	if err := s.lock(ctx); err != nil {
		return store.Tally{}, err
	}
	defer s.mu.Unlock()
	return s.tally(item), nil
}

func (s *Store) tally(item uint64) (t store.Tally) {
	for i := range s.shards {
		if j := s.shards[i].jobs[item]; j != nil {
			t.Owed += len(j.owed) + s.shards[i].shelved(item)
			t.Delivered += j.tally.Delivered
			t.Suspended += j.tally.Suspended
			t.Dead += j.tally.Dead
			t.Dropped += j.tally.Dropped
			t.Unknown += j.tally.Unknown
		}
		for c := range store.Class(store.Classes) {
			for _, e := range s.shards[i].expired[lateKey{item, c}] {
				t.Expired += len(e.Owed)
			}
		}
	}
	return t
}

// Sent implements store.Jobs.
func (s *Store) Sent(ctx context.Context, d store.Dest) ([]store.Sent, error) {
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	if x := s.find(d); x != nil {
		return slices.Clone(x.ring), nil
	}
	return nil, nil
}

// Dead implements store.Jobs.
func (s *Store) Dead(ctx context.Context, shard store.Shard, limit int) ([]store.DeadLetter, error) {
	if err := shard.Check(); err != nil {
		return nil, err
	}
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	got := slices.Clone(s.shards[shard].dead)
	slices.Reverse(got)
	return got[:min(len(got), max(limit, 0))], nil
}
