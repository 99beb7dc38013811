package memstore

import (
	"cmp"
	"context"
	"rasid/store"
	"rasid/store/record"
	"slices"
	"time"
)

// Begin implements store.Jobs.
func (s *Store) Begin(ctx context.Context, m store.Mark) error {
	if err := m.Check(); err != nil {
		return err
	}
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	sh := &s.shards[m.Shard]
	if m.Epoch < s.epochs[m.Shard.Role()] {
		return store.ErrFenced
	}
	if sh.live(m.Ordinal) == nil || slices.Contains(sh.settled, m.Token) || slices.Contains(sh.settled, record.Doubted(m.Token)) {
		return store.ErrSettled
	}
	for _, item := range m.Items {
		if _, owed := sh.debt(item, m.Ordinal); owed {
			m.At, m.Items = store.Instant(m.At), slices.Clone(m.Items)
			sh.marks[m.Token] = m
			return nil
		}
	}
	return store.ErrSettled
}

// classOf returns the class in which j is owed to o.
func (j *job) classOf(o uint32) (store.Class, bool) {
	if j == nil {
		return 0, false
	}
	c, owed := j.owed[o]
	return c, owed
}

// Finish implements store.Jobs.
func (s *Store) Finish(ctx context.Context, m store.Mark, o store.Outcome, now time.Time) error {
	if err := cmp.Or(m.Check(), o.Suspend.Check()); err != nil {
		return err
	}
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	sh, now := &s.shards[m.Shard], store.Instant(now)
	delete(sh.marks, m.Token)
	d := sh.live(m.Ordinal)
	if d == nil || !sh.settles(m.Token, o.Fate) {
		return nil
	}
	if o.Suspend != "" && d.Suspended != o.Suspend {
		d.Suspended = o.Suspend
		sh.touch(d)
	}
	if dead := sh.settleAll(m, d, o.Fate); len(dead) > 0 {
		l := store.DeadLetter{Place: m.Place, Items: dead, Reason: o.Reason, At: now}
		sh.dead = newest(append(sh.dead, l), store.DeadKeep)
	}
	if told := m.Told(); o.Fate == store.Delivered && len(told) > 0 {
		sent := store.Sent{MessageID: o.MessageID, Items: told, Rules: o.Rules, At: now}
		d.push(sent)
	}
	return nil
}

// settles remembers an attempt's token, and reports whether anything is known now
// that was not: it was not settled yet, or as unknown and was delivered after all.
func (sh *shard) settles(token string, f store.Fate) bool {
	doubted := record.Doubted(token)
	i := slices.Index(sh.settled, doubted)
	switch {
	case slices.Contains(sh.settled, token), i >= 0 && f != store.Delivered:
		return false
	case i >= 0:
		sh.settled[i] = token
		return true
	case f == store.Unknown:
		token = doubted
	}
	sh.settled = newest(append(sh.settled, token), store.TokenKeep)
	return true
}

// settleAll settles what m tells d, and returns the items that are given up.
func (sh *shard) settleAll(m store.Mark, d *dest, f store.Fate) (dead []uint64) {
	for _, item := range m.Items {
		if item == store.InboxCount {
			sh.settleCount(d.Ordinal, f)
			continue
		}
		if f == store.Delivered && sh.unexpire(item, d.Ordinal) {
			sh.jobs[item].tally.Delivered++ // it was in flight while it expired
		}
		if sh.settle(item, d, f) {
			dead = append(dead, item)
		}
	}
	return dead
}

// settle does to one item what fate says and reports whether it became a
// dead letter.
func (sh *shard) settle(item uint64, d *dest, fate store.Fate) (dead bool) {
	class, owed := sh.debt(item, d.Ordinal)
	if !owed {
		return false
	}
	j := sh.jobs[item]
	switch fate {
	case store.Delivered:
		j.tally.Delivered++
	case store.Dropped:
		j.drop(d.Suspended != "")
	case store.Dead:
		dead = d.Suspended == ""
		if dead {
			j.tally.Dead++
		} else {
			j.tally.Suspended++
		}
	default:
		var again bool
		if dead, again = j.unknown(d.Ordinal, class); again {
			return false
		}
	}
	sh.clear(item, d.Ordinal)
	return dead
}

// unknown counts an attempt that got no answer.
func (j *job) unknown(o uint32, class store.Class) (dead, again bool) {
	j.tally.Unknown++
	j.tries[o]++
	switch {
	case class == store.Broadcast:
		j.tally.Delivered++
		return false, false
	case j.cancelled():
		j.tally.Dropped++
		return false, false
	case j.tries[o] >= store.MaxTries:
		j.tally.Dead++
		return true, false
	}
	return false, true
}

// push puts a message on top of the ring, once.
func (d *dest) push(x store.Sent) {
	x.Items, x.Rules = slices.Clone(x.Items), slices.Clone(x.Rules)
	d.ring = slices.Insert(d.ring, 0, x)
	d.ring = d.ring[:min(len(d.ring), store.RingSize)]
}

// newest keeps the last n of s.
func newest[T any](s []T, n int) []T { return s[max(0, len(s)-n):] }

// Release implements store.Jobs.
func (s *Store) Release(ctx context.Context, m store.Mark, until time.Time) error {
	if err := m.Check(); err != nil {
		return err
	}
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	sh, until := &s.shards[m.Shard], store.Instant(until)
	delete(sh.marks, m.Token)
	d := sh.live(m.Ordinal)
	if d == nil {
		return nil
	}
	for _, item := range m.Items {
		if j := sh.jobs[item]; j != nil && j.cancelled() {
			sh.settle(item, d, store.Dropped)
		}
	}
	if until.After(d.HoldUntil) {
		d.HoldUntil = until
		sh.touch(d)
	}
	return nil
}
