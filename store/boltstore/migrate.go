package boltstore

import (
	"context"
	"fmt"
	"rasid/store"
	"rasid/store/record"
	"reflect"
	"slices"
	"time"
)

// Migrate implements store.Chats. In one file it is one commit.
func (s *Store) Migrate(ctx context.Context, from, to int64, now time.Time) error {
	return s.update(ctx, func(t *tx) error { return t.migrate(from, to, now) })
}

func (t *tx) migrate(from, to int64, now time.Time) error {
	olds, err := t.threads(from)
	if err != nil || len(olds) == 0 || from == to {
		return err
	}
	newer, err := t.threads(to)
	if err != nil {
		return err
	}
	shard := olds[0].Shard
	if err := t.dispatched(shard, newer); err != nil {
		return fmt.Errorf("migrate chat %d to %d: %w", from, to, err)
	}
	if err := t.landed(shard, olds, newer); err != nil {
		return fmt.Errorf("migrate chat %d to %d: %w", from, to, err)
	}
	for _, n := range newer {
		if err := t.fold(shard, olds, n, now); err != nil {
			return err
		}
	}
	for _, d := range olds {
		if err := t.del(bucketIndex, destKey(d.Dest)); err != nil {
			return err
		}
		d.Destination = d.Moved(to)
		if err := t.putDest(&d); err != nil {
			return err
		}
		if err := t.point(d); err != nil {
			return err
		}
	}
	return t.moved(from, to, shard)
}

// dispatched returns store.ErrDispatching while something that destinations of
// another shard would bring into shard was not dispatched whole.
func (t *tx) dispatched(shard store.Shard, newer []dest) error {
	cursor, err := t.number([]byte(keyCursor))
	for i := 0; i < len(newer) && newer[i].Shard != shard && err == nil; i++ {
		var newest uint64
		if newest, err = t.newest(newer[i].Place); err == nil && newest > cursor {
			err = fmt.Errorf("item %d: %w", newest, store.ErrDispatching)
		}
	}
	return err
}

// landed returns store.ErrDispatching while a message to one of the destinations
// that a chat gives up is on its way.
func (t *tx) landed(shard store.Shard, olds, newer []dest) error {
	for _, n := range newer {
		if n.Shard == shard && !slices.ContainsFunc(olds, func(d dest) bool { return d.Thread == n.Thread }) {
			continue
		}
		prefix := shardKey(n.Shard)
		err := t.scan(bucketMarks, prefix, prefix, func(r row) (bool, error) {
			m, err := record.ReadMark(n.Shard, string(r.key[len(prefix):]), r.value)
			if err == nil && m.Ordinal == n.Ordinal {
				err = store.ErrDispatching
			}
			return true, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// newest returns the highest number of what a place is owed, has in its inbox or
// was too late for; 0: there is nothing.
func (t *tx) newest(p store.Place) (n uint64, err error) {
	owed, err := t.owedTo(p)
	if err != nil {
		return 0, err
	}
	late, err := t.missedBy(p)
	if err != nil {
		return 0, err
	}
	box, err := t.inbox(p)
	for _, x := range owed {
		n = max(n, x.item)
	}
	for _, x := range late {
		n = max(n, x.item)
	}
	for _, x := range box.Items {
		n = max(n, x.Item)
	}
	return n, err
}

// moved notes in which shard a chat lives under its new id.
func (t *tx) moved(from, to int64, shard store.Shard) error {
	if err := t.del(bucketMoved, u64(uint64(from))); err != nil {
		return err
	}
	if shard == store.HomeShard(to) {
		return t.del(bucketMoved, u64(uint64(to)))
	}
	return t.put(bucketMoved, u64(uint64(to)), shardKey(shard))
}

// fold puts n, a destination that the chat got under its new id, into that of
// the same thread in olds, or seats it anew in their shard.
func (t *tx) fold(shard store.Shard, olds []dest, n dest, now time.Time) error {
	i := slices.IndexFunc(olds, func(d dest) bool { return d.Thread == n.Thread })
	if i < 0 && n.Shard == shard {
		return nil
	}
	owed, err := t.owedTo(n.Place)
	if err != nil {
		return err
	}
	ring, err := t.ring(n.Place)
	if err != nil {
		return err
	}
	if err = t.retire(n, now); err != nil {
		return err
	}
	var target dest
	if i >= 0 {
		olds[i].Destination = olds[i].Merge(n.Destination)
		target = olds[i]
	} else if target, err = t.add(shard, n.Moved(n.Chat)); err != nil {
		return err
	}
	if err := t.hand(n.Place, target.Place, owed); err != nil {
		return err
	}
	return t.inherit(target.Place, ring)
}

// hand moves what is owed to one place over to another, but for what that one
// has been told or is owed itself.
func (t *tx) hand(from, to store.Place, owed []debt) error {
	ring, err := t.ring(to)
	if err != nil {
		return err
	}
	for _, x := range owed {
		set, err := t.get(bucketOwed, owedKey(from.Shard, x.item, x.class))
		if err != nil {
			return err
		}
		if err = t.clear(from, x.item, x.class, set); err != nil {
			return err
		}
		if err = t.count(from.Shard, x.item, func(n *store.Tally) { n.Owed-- }); err != nil {
			return err
		}
		if known, err := t.knows(to, ring, x.item); known || err != nil {
			if err != nil {
				return err
			}
			continue
		}
		if err := t.adopt(from.Shard, to, x); err != nil {
			return err
		}
	}
	if err := t.handLate(from, to, ring); err != nil {
		return err
	}
	return t.handInbox(from, to, ring)
}

// handInbox does the same with what is in an inbox, and adds its count.
func (t *tx) handInbox(from, to store.Place, ring []store.Sent) error {
	box, err := t.inbox(from)
	if err != nil {
		return err
	}
	for _, s := range box.Items {
		if err := t.clear(from, s.Item, s.Class, nil); err != nil {
			return err
		}
		if err := t.count(from.Shard, s.Item, func(n *store.Tally) { n.Owed-- }); err != nil {
			return err
		}
		known, err := t.knows(to, ring, s.Item)
		if err != nil {
			return err
		}
		if known {
			continue
		}
		if err := t.adoptShelved(from.Shard, to, s, box.Due); err != nil {
			return err
		}
	}
	if box.Dropped > 0 {
		x, err := t.inbox(to)
		if err != nil {
			return err
		}
		if x.Empty() {
			x.Due = box.Due
		}
		x.Dropped += box.Dropped
		if err := t.putInbox(x); err != nil {
			return err
		}
	}
	return t.dropInbox(from)
}

// adoptShelved puts an item into the inbox of a place, as it was in another
// shard. due is that of a new inbox.
func (t *tx) adoptShelved(from store.Shard, to store.Place, s store.Shelved, due time.Time) error {
	if may, err := t.mayAdopt(from, to.Shard, s.Item); err != nil || !may {
		return err
	}
	if err := t.count(to.Shard, s.Item, func(n *store.Tally) { n.Owed++ }); err != nil {
		return err
	}
	x, err := t.inbox(to)
	if err != nil {
		return err
	}
	if x.Empty() {
		x.Due = due
	}
	if err := t.dropShelved(to, x.Put(s)); err != nil {
		return err
	}
	return t.putInbox(x)
}

// handLate does the same with what came too late.
func (t *tx) handLate(from, to store.Place, ring []store.Sent) error {
	late, err := t.missedBy(from)
	if err != nil {
		return err
	}
	for _, x := range late {
		if _, err := t.unexpire(from, x.item); err != nil {
			return err
		}
		known, err := t.knows(to, ring, x.item)
		if err != nil {
			return err
		}
		if known {
			continue
		}
		if err := t.adoptJob(from.Shard, to.Shard, x.item); err != nil {
			return err
		}
		l := record.Late{At: x.at, Owed: []uint32{to.Ordinal}}
		if err := t.addExpired(owedKey(to.Shard, x.item, x.class), l); err != nil {
			return err
		}
	}
	return nil
}

// knows reports whether a place, whose ring is given, is owed an item, was
// told it, or it came too late for it.
func (t *tx) knows(p store.Place, ring []store.Sent, item uint64) (bool, error) {
	if slices.ContainsFunc(ring, func(y store.Sent) bool { return slices.Contains(y.Items, item) }) {
		return true, nil
	}
	if _, _, is, err := t.debt(p, item); is || err != nil {
		return true, err
	}
	return t.isLate(p, item)
}

// adopt makes an item owed to a place, as it was in another shard.
func (t *tx) adopt(from store.Shard, to store.Place, x debt) error {
	if may, err := t.mayAdopt(from, to.Shard, x.item); err != nil || !may {
		return err
	}
	key := owedKey(to.Shard, x.item, x.class)
	set, err := t.get(bucketOwed, key)
	if err != nil {
		return err
	}
	if set, err = record.AddOwed(set, to.Ordinal); err != nil {
		return err
	}
	if err := t.put(bucketOwed, key, set); err != nil {
		return err
	}
	return t.count(to.Shard, x.item, func(n *store.Tally) { n.Owed++ })
}

// mayAdopt makes an item known that is to be owed in a shard as it was in
// another, and reports whether it may be: what was cancelled there is dropped.
func (t *tx) mayAdopt(from, to store.Shard, item uint64) (bool, error) {
	if err := t.adoptJob(from, to, item); err != nil {
		return false, err
	}
	cancelled, err := t.cancelled(to, item)
	if err != nil || !cancelled {
		return err == nil, err
	}
	return false, t.count(to, item, func(n *store.Tally) { n.Dropped++ })
}

// adoptJob makes an item known in a shard as it is in another.
func (t *tx) adoptJob(from, to store.Shard, item uint64) error {
	known, err := t.get(bucketJobs, jobKey(to, item))
	if err != nil || known != nil {
		return err
	}
	b, err := t.get(bucketJobs, jobKey(from, item))
	if err != nil {
		return err
	}
	j, err := record.ReadJob(b)
	if err != nil {
		return err
	}
	j.Tally = store.Tally{}
	return t.put(bucketJobs, jobKey(to, item), j.Bytes())
}

// inherit puts what another place was sent on top of the ring.
func (t *tx) inherit(p store.Place, ring []store.Sent) error {
	has, err := t.ring(p)
	if err != nil {
		return err
	}
	for _, x := range slices.Backward(ring) {
		if slices.ContainsFunc(has, func(y store.Sent) bool { return reflect.DeepEqual(x, y) }) {
			continue
		}
		if err := t.push(bucketRings, placeKey(p), record.Sent(x), store.RingSize); err != nil {
			return err
		}
	}
	return nil
}
