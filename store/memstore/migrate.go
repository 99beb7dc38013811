package memstore

import (
	"context"
	"fmt"
	"maps"
	"rasid/store"
	"reflect"
	"slices"
	"time"
)

// Migrate implements store.Chats.
func (s *Store) Migrate(ctx context.Context, from, to int64, now time.Time) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	shard := s.shardOf(from)
	sh, other := &s.shards[shard], s.home(to)
	olds, newer := sh.threads(from), other.threads(to)
	if len(olds) == 0 || from == to {
		return nil
	}
	if other != sh && slices.ContainsFunc(newer, func(n *dest) bool { return other.owesAbove(s.cursor, n.Ordinal) }) {
		return fmt.Errorf("migrate chat %d to %d: %w", from, to, store.ErrDispatching)
	}
	for _, n := range newer {
		if (other != sh || sameThread(olds, n.Thread) != nil) && other.inFlight(n.Ordinal) {
			return fmt.Errorf("migrate chat %d to %d: %w", from, to, store.ErrDispatching)
		}
	}
	for _, n := range newer {
		target := sameThread(olds, n.Thread)
		switch {
		case target != nil:
			target.Destination = target.Merge(n.Destination)
		case other == sh:
			continue // it keeps its place
		}
		moved := n.Moved(to)
		other.retire(n, now)
		if target == nil {
			target = sh.add(shard, moved)
		}
		hand(other, n.Ordinal, sh, target)
		target.inherit(n)
		n.ring = nil
	}
	sh.rename(olds, to)
	delete(s.moved, from)
	delete(s.moved, to)
	if shard != store.HomeShard(to) {
		s.moved[to] = shard
	}
	return nil
}

// rename gives all the id that their chat has from now on.
func (sh *shard) rename(all []*dest, to int64) {
	for _, d := range all {
		delete(sh.index, d.Dest)
		d.Destination = d.Moved(to)
		sh.index[d.Dest] = d.Ordinal
		sh.touch(d)
	}
}

func sameThread(all []*dest, thread int64) *dest {
	for _, d := range all {
		if d.Thread == thread {
			return d
		}
	}
	return nil
}

// hand moves what is owed to ordinal o of one shard over to d of another, but
// for what d has been told or is owed itself.
func hand(from *shard, o uint32, sh *shard, d *dest) {
	for item, j := range from.jobs {
		class, owed := j.classOf(o)
		if !owed {
			continue
		}
		j.clear(o)
		if sh.knows(item, d) {
			continue
		}
		if sh.adopt(item, j) {
			sh.jobs[item].owed[d.Ordinal] = class
		}
	}
	handLate(from, o, sh, d)
	handInbox(from, o, sh, d)
}

// handInbox does the same with what is in an inbox, and adds its count.
func handInbox(from *shard, o uint32, sh *shard, d *dest) {
	x := from.inboxes[o]
	if x == nil {
		return
	}
	delete(from.inboxes, o)
	for _, s := range x.Items {
		delete(from.jobs[s.Item].tries, o)
		if !sh.knows(s.Item, d) {
			if sh.adopt(s.Item, from.jobs[s.Item]) {
				sh.shelve(d.Ordinal, s, x.Due)
			}
		}
	}
	if x.Dropped > 0 {
		if sh.inboxes[d.Ordinal] == nil {
			sh.inboxes[d.Ordinal] = &inbox{Inbox: store.Inbox{Due: x.Due}}
		}
		sh.inboxes[d.Ordinal].Dropped += x.Dropped
	}
}

// handLate does the same with what came too late.
func handLate(from *shard, o uint32, sh *shard, d *dest) {
	for key, list := range maps.Clone(from.expired) {
		i := slices.IndexFunc(list, func(e store.Expired) bool { return slices.Contains(e.Owed, o) })
		if i < 0 {
			continue
		}
		at := list[i].At
		from.unexpire(key.item, o)
		if !sh.knows(key.item, d) {
			sh.know(key.item, from.jobs[key.item])
			sh.expired[key] = append(sh.expired[key], store.Expired{Owed: []uint32{d.Ordinal}, At: at})
		}
	}
}

// inFlight reports whether a message to ordinal o is on its way.
func (sh *shard) inFlight(o uint32) bool {
	for _, m := range sh.marks {
		if m.Ordinal == o {
			return true
		}
	}
	return false
}

// owesAbove reports whether ordinal o is owed an item numbered above cursor, has
// it in its inbox, or it came too late.
func (sh *shard) owesAbove(cursor uint64, o uint32) bool {
	for item := range sh.jobs {
		if _, owed := sh.debt(item, o); item > cursor && (owed || sh.late(item, o)) {
			return true
		}
	}
	return false
}

// knows reports whether d is owed an item, was told it, or it came too late.
func (sh *shard) knows(item uint64, d *dest) bool {
	_, owed := sh.debt(item, d.Ordinal)
	return owed || d.told(item) || sh.late(item, d.Ordinal)
}

// adopt makes an item known that is to be owed here as it was in another shard,
// and reports whether it may be: what was cancelled here is dropped.
func (sh *shard) adopt(item uint64, j *job) bool {
	sh.know(item, j)
	cancelled := sh.jobs[item].cancelled()
	if cancelled {
		sh.jobs[item].tally.Dropped++
	}
	return !cancelled
}

// know makes an item known as it was in another shard.
func (sh *shard) know(item uint64, j *job) {
	if sh.jobs[item] == nil {
		sh.jobs[item] = &job{
			owed: map[uint32]store.Class{}, tries: map[uint32]int{},
			created: j.created, expires: j.expires, matcher: j.matcher,
		}
	}
}

func (d *dest) told(item uint64) bool {
	return slices.ContainsFunc(d.ring, func(x store.Sent) bool { return slices.Contains(x.Items, item) })
}

// inherit puts what n was sent on top of the ring.
func (d *dest) inherit(n *dest) {
	for _, x := range slices.Backward(n.ring) {
		if !slices.ContainsFunc(d.ring, func(y store.Sent) bool { return reflect.DeepEqual(x, y) }) {
			d.push(x)
		}
	}
}
