package boltstore

import (
	"cmp"
	"context"
	"encoding/binary"
	"rasid/store"
	"rasid/store/record"
	"time"
)

// Begin implements store.Jobs.
func (s *Store) Begin(ctx context.Context, m store.Mark) error {
	if err := m.Check(); err != nil {
		return err
	}
	return s.updateAs(ctx, m.Shard.Role(), m.Epoch, func(t *tx) error {
		d, err := t.dest(m.Place)
		if err != nil {
			return err
		}
		settled, _, err := t.known(m)
		if err != nil {
			return err
		}
		if !d.live() || settled != nil {
			return store.ErrSettled
		}
		for _, item := range m.Items {
			_, _, is, err := t.debt(m.Place, item)
			if err != nil {
				return err
			}
			if is {
				return t.put(bucketMarks, tokenKey(m), record.Mark(m))
			}
		}
		return store.ErrSettled
	})
}

func tokenKey(m store.Mark) []byte { return join(shardKey(m.Shard), []byte(m.Token)) }

// owed returns the class in which an item is owed to a place, and the set; a
// nil set when it is not.
func (t *tx) owed(p store.Place, item uint64) (store.Class, []byte, error) {
	for c := range store.Class(store.Classes) {
		b, err := t.get(bucketOwed, owedKey(p.Shard, item, c))
		if err != nil {
			return 0, nil, err
		}
		if record.HasOwed(b, p.Ordinal) {
			return c, b, nil
		}
	}
	return 0, nil, nil
}

// Finish implements store.Jobs.
func (s *Store) Finish(ctx context.Context, m store.Mark, o store.Outcome, now time.Time) error {
	if err := m.Check(); err != nil {
		return err
	}
	if _, err := record.Suspended(o.Suspend); err != nil {
		return err
	}
	return s.update(ctx, func(t *tx) error {
		if err := t.del(bucketMarks, tokenKey(m)); err != nil {
			return err
		}
		d, err := t.dest(m.Place)
		if err != nil || !d.live() {
			return err
		}
		again, err := t.settled(m, o.Fate)
		if err != nil || again {
			return err
		}
		if o.Suspend != "" && d.Suspended != o.Suspend {
			d.Suspended = o.Suspend
			if err := t.putDest(&d); err != nil {
				return err
			}
		}
		return t.finish(d, m, o, now)
	})
}

// known returns when in the order of settling an attempt was settled, and whether as
// unknown; nil: it was not.
func (t *tx) known(m store.Mark) (at []byte, doubted bool, err error) {
	at, err = t.get(bucketTokens, tokenKey(m))
	if err != nil || at != nil {
		return at, false, err
	}
	at, err = t.get(bucketTokens, doubtedKey(m))
	return at, true, err
}

// doubtedKey is the key of an attempt that was settled as unknown.
func doubtedKey(m store.Mark) []byte {
	m.Token = record.Doubted(m.Token)
	return tokenKey(m)
}

// settled remembers an attempt's token, and reports whether it was known and what is
// known now is no more than that.
func (t *tx) settled(m store.Mark, f store.Fate) (bool, error) {
	at, doubted, err := t.known(m)
	if err != nil || at != nil && (!doubted || f != store.Delivered) {
		return true, err
	}
	if at != nil { // delivered after all
		err = cmp.Or(t.del(bucketTokens, doubtedKey(m)), t.put(bucketTokens, tokenKey(m), at))
		return false, cmp.Or(err, t.put(bucketSettled, join(shardKey(m.Shard), at), []byte(m.Token)))
	}
	if f == store.Unknown {
		m.Token = record.Doubted(m.Token)
	}
	key := tokenKey(m)
	x, err := t.shard(m.Shard)
	if err != nil {
		return false, err
	}
	x.settled++
	if err = t.putShard(m.Shard, x); err != nil {
		return false, err
	}
	if err = t.putNumber(bucketTokens, key, x.settled); err != nil {
		return false, err
	}
	if err = t.put(bucketSettled, join(shardKey(m.Shard), u64(x.settled)), []byte(m.Token)); err != nil {
		return false, err
	}
	if x.settled <= store.TokenKeep {
		return false, nil
	}
	old := join(shardKey(m.Shard), u64(x.settled-store.TokenKeep))
	token, err := t.get(bucketSettled, old)
	if err != nil {
		return false, err
	}
	if err := t.del(bucketTokens, join(shardKey(m.Shard), token)); err != nil {
		return false, err
	}
	return false, t.del(bucketSettled, old)
}

func (t *tx) finish(d dest, m store.Mark, o store.Outcome, now time.Time) error {
	letter := store.DeadLetter{Place: m.Place, Reason: o.Reason, At: now}
	for _, item := range m.Items {
		dead, err := t.settle(d, item, o.Fate)
		if err != nil {
			return err
		}
		if dead {
			letter.Items = append(letter.Items, item)
		}
	}
	if len(letter.Items) > 0 {
		if err := t.push(bucketDead, shardKey(m.Shard), record.Letter(letter), store.DeadKeep); err != nil {
			return err
		}
	}
	told := m.Told()
	if o.Fate != store.Delivered || len(told) == 0 {
		return nil
	}
	sent := store.Sent{MessageID: o.MessageID, Items: told, Rules: o.Rules, At: now}
	return t.push(bucketRings, placeKey(m.Place), record.Sent(sent), store.RingSize)
}

// push adds a record behind those that begin with prefix and keeps the newest
// of them.
func (t *tx) push(bucket string, prefix, value []byte, keep uint64) error {
	last, err := t.last(bucket, prefix)
	if err != nil {
		return err
	}
	n := uint64(1)
	if last != nil {
		n = binary.BigEndian.Uint64(last[len(prefix):]) + 1
	}
	if err := t.put(bucket, join(prefix, u64(n)), value); err != nil || n <= keep {
		return err
	}
	return t.del(bucket, join(prefix, u64(n-keep)))
}

// settle does to one item what fate says and reports whether it became a dead
// letter.
func (t *tx) settle(d dest, item uint64, fate store.Fate) (dead bool, err error) {
	if item == store.InboxCount {
		return false, t.settleCount(d.Place, fate)
	}
	class, set, is, err := t.debt(d.Place, item)
	if err == nil && !is && fate == store.Delivered {
		return false, t.deliveredLate(d.Place, item)
	}
	if err != nil || !is {
		return false, err
	}
	a := attempted{class: class, fate: fate, suspended: d.Suspended != ""}
	if fate == store.Unknown {
		if a.tries, err = t.tried(d.Place, item); err != nil {
			return false, err
		}
		if a.cancelled, err = t.cancelled(d.Shard, item); err != nil {
			return false, err
		}
	}
	s := a.settlement()
	if s.cleared {
		err = t.clear(d.Place, item, class, set)
	}
	if err != nil {
		return false, err
	}
	return s.dead, t.count(d.Shard, item, func(n *store.Tally) {
		*n = n.Plus(s.Tally)
		if s.cleared {
			n.Owed--
		}
	})
}

// deliveredLate counts an item as delivered that expired while it was in
// flight.
func (t *tx) deliveredLate(p store.Place, item uint64) error {
	late, err := t.unexpire(p, item)
	if err != nil || !late {
		return err
	}
	return t.count(p.Shard, item, func(n *store.Tally) { n.Delivered++ })
}

// tried counts one more attempt without an answer.
func (t *tx) tried(p store.Place, item uint64) (int, error) {
	key := triesKey(p, item)
	b, err := t.get(bucketTries, key)
	if err != nil {
		return 0, err
	}
	n := byte(1)
	if len(b) == 1 {
		n = b[0] + 1
	}
	return int(n), t.put(bucketTries, key, []byte{n})
}

// A settled says what settling does to one item.
type settled struct {
	store.Tally // what is added
	cleared     bool
	dead        bool
}

// An attempted is what became of one item in an attempt.
type attempted struct {
	class     store.Class
	fate      store.Fate
	suspended bool // the destination
	tries     int  // without an answer, this one included
	cancelled bool // the item
}

// settlement is the table of fates.
func (a attempted) settlement() settled {
	s := settled{cleared: true}
	switch {
	case a.fate == store.Delivered:
		s.Delivered = 1
	case a.fate == store.Unknown && a.class == store.Broadcast:
		s.Unknown, s.Delivered = 1, 1
	case a.fate == store.Unknown && a.cancelled:
		s.Unknown, s.Dropped = 1, 1
	case a.fate == store.Unknown && a.tries >= store.MaxTries:
		s.Unknown, s.Dead, s.dead = 1, 1, true
	case a.fate == store.Unknown:
		s.Unknown, s.cleared = 1, false
	case a.suspended:
		s.Suspended = 1
	case a.fate == store.Dead:
		s.Dead, s.dead = 1, true
	default:
		s.Dropped = 1
	}
	return s
}

// clear takes a destination out of an owed set, or an item out of its inbox
// when there is no set.
func (t *tx) clear(p store.Place, item uint64, class store.Class, set []byte) error {
	var err error
	if set != nil {
		err = t.unowe(p, item, class, set)
	} else {
		err = t.unshelve(p, item)
	}
	if err != nil {
		return err
	}
	return t.del(bucketTries, triesKey(p, item))
}

func (t *tx) unowe(p store.Place, item uint64, class store.Class, set []byte) error {
	rest, _ := record.ClearOwed(set, p.Ordinal)
	key := owedKey(p.Shard, item, class)
	if rest == nil {
		return t.del(bucketOwed, key)
	}
	return t.put(bucketOwed, key, rest)
}

// Release implements store.Jobs.
func (s *Store) Release(ctx context.Context, m store.Mark, until time.Time) error {
	if err := m.Check(); err != nil {
		return err
	}
	return s.update(ctx, func(t *tx) error {
		if err := t.del(bucketMarks, tokenKey(m)); err != nil {
			return err
		}
		d, err := t.dest(m.Place)
		if err != nil || !d.live() {
			return err
		}
		if err := t.dropCancelled(d, m.Items); err != nil || !store.Instant(until).After(d.HoldUntil) {
			return err
		}
		d.HoldUntil = store.Instant(until)
		return t.putDest(&d)
	})
}

// dropCancelled drops those of some items that were cancelled while they were
// under way.
func (t *tx) dropCancelled(d dest, items []uint64) error {
	for _, item := range items {
		cancelled, err := t.cancelled(d.Shard, item)
		if err == nil && cancelled {
			_, err = t.settle(d, item, store.Dropped)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
