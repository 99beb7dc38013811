package memstore

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"rasid/store"
	"rasid/store/record"
	"rasid/store/transfer"
	"slices"
	"time"
)

var _ transfer.Target = (*Store)(nil)

// Complete implements transfer.Target.
func (s *Store) Complete(ctx context.Context) error { return ctx.Err() }

// Import implements transfer.Target.
func (s *Store) Import(ctx context.Context, p transfer.Part, records []transfer.Record) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	for _, r := range records {
		var err error
		if _, ok := p.Shard(); ok {
			err = s.shards[p].take(store.Shard(p), r)
		} else {
			err = s.take(r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) take(r transfer.Record) (err error) {
	n := func(b []byte) uint64 { return binary.BigEndian.Uint64(b) }
	switch r.Kind {
	case transfer.Cursor:
		s.cursor = n(r.Value)
	case transfer.Ahead:
		s.ahead = slices.Clone(r.Value)
	case transfer.Epoch:
		s.epochs[binary.BigEndian.Uint16(r.Key)] = n(r.Value)
	case transfer.RuleFile:
		s.filed, s.file = n(r.Value), slices.Clone(r.Value[8:])
	case transfer.KnownFile:
		s.files[string(r.Key)] = n(r.Value)
	case transfer.Feed:
		var f store.Feed
		err = json.Unmarshal(r.Value, &f)
		s.feeds[string(r.Key)] = f
	case transfer.Moved:
		s.moved[int64(n(r.Key))] = store.Shard(binary.BigEndian.Uint16(r.Value))
	case transfer.Seq:
		s.seq = n(r.Value)
	case transfer.Item:
		s.items[n(r.Key)], err = record.ReadItem(n(r.Key), r.Value)
	case transfer.ID:
		s.seen[string(r.Key)] = seen{seq: n(r.Value), last: milli(r.Value[8:]), digest: string(r.Value[16:])}
	}
	return err
}

// milli reads what record.Hold wrote.
func milli(b []byte) time.Time {
	return store.Instant(time.UnixMilli(int64(binary.BigEndian.Uint64(b))))
}

func (sh *shard) take(i store.Shard, r transfer.Record) error {
	ordinal := func() uint32 { return binary.BigEndian.Uint32(r.Key) }
	switch r.Kind {
	case transfer.State:
		sh.last, sh.version = binary.BigEndian.Uint32(r.Value), binary.BigEndian.Uint64(r.Value[4:])
	case transfer.Chat:
		d, err := record.ReadDestination(store.Place{Shard: i, Ordinal: ordinal()}, r.Value[8:])
		x := sh.dest(ordinal())
		x.Destination, x.version = d, binary.BigEndian.Uint64(r.Value)
		return err
	case transfer.Index:
		for at := 0; at+12 <= len(r.Value); at += 12 {
			d := store.Dest{Chat: int64(binary.BigEndian.Uint64(r.Key)), Thread: int64(binary.BigEndian.Uint64(r.Value[at:]))}
			sh.index[d] = binary.BigEndian.Uint32(r.Value[at+8:])
		}
	case transfer.Gone:
		sh.dest(ordinal()).gone = milli(r.Value)
	case transfer.Mark:
		m, err := record.ReadMark(i, string(r.Key), r.Value)
		sh.marks[string(r.Key)] = m
		return err
	case transfer.Update:
		u, err := record.ReadUpdate(r.Value[8:])
		to := store.Dest{Chat: int64(binary.BigEndian.Uint64(r.Key[8:])), Thread: int64(binary.BigEndian.Uint64(r.Key[16:]))}
		sh.updates[update{int64(binary.BigEndian.Uint64(r.Key)), to}] = result{created: u.Created, did: u.Did, at: milli(r.Value)}
		return err
	case transfer.Job, transfer.Owed, transfer.Tries:
		return sh.takeJob(r)
	case transfer.Inbox:
		x, err := record.ReadInbox(store.Place{Shard: i, Ordinal: ordinal()}, r.Value)
		sh.inbox(ordinal()).Inbox = x
		return err
	case transfer.Expired:
		return sh.takeExpired(r)
	default:
		return sh.takeList(i, r)
	}
	return nil
}

func (sh *shard) takeExpired(r transfer.Record) error {
	groups, err := record.ReadExpired(r.Value)
	key := lateKey{binary.BigEndian.Uint64(r.Key), store.Class(r.Key[8])}
	sh.expired[key] = nil
	for _, g := range groups {
		sh.expired[key] = append(sh.expired[key], store.Expired{Owed: g.Owed, At: g.At})
	}
	return err
}

// dest returns the destination with an ordinal, made when it is not there.
func (sh *shard) dest(o uint32) *dest {
	if sh.dests[o] == nil {
		sh.dests[o] = &dest{}
	}
	return sh.dests[o]
}

// inbox returns the inbox of an ordinal, made when it is not there.
func (sh *shard) inbox(o uint32) *inbox {
	if sh.inboxes[o] == nil {
		sh.inboxes[o] = &inbox{}
	}
	return sh.inboxes[o]
}

func (sh *shard) takeJob(r transfer.Record) error {
	item := binary.BigEndian.Uint64(r.Key)
	if item == store.InboxCount {
		sh.inbox(binary.BigEndian.Uint32(r.Key[8:])).tries = int(r.Value[0])
		return nil
	}
	if sh.jobs[item] == nil {
		sh.jobs[item] = &job{owed: map[uint32]store.Class{}, tries: map[uint32]int{}}
	}
	j := sh.jobs[item]
	switch r.Kind {
	case transfer.Job:
		x, err := record.ReadJob(r.Value)
		j.created, j.expires, j.matcher, j.tally = x.Created, x.Expires, x.Matcher, x.Tally
		j.tally.Owed = 0
		return err
	case transfer.Owed:
		owed, err := record.ReadOwed(r.Value)
		for _, o := range owed {
			j.owed[o] = store.Class(r.Key[8])
		}
		return err
	}
	j.tries[binary.BigEndian.Uint32(r.Key[8:])] = int(r.Value[0])
	return nil
}

func (sh *shard) takeList(i store.Shard, r transfer.Record) error {
	entries, err := transfer.ReadList(r.Value)
	if err != nil {
		return err
	}
	switch r.Kind {
	case transfer.Settled:
		sh.settled = nil
		for _, e := range entries {
			sh.settled = append(sh.settled, string(e))
		}
	case transfer.Sent:
		d := sh.dest(binary.BigEndian.Uint32(r.Key))
		d.ring = nil
		for _, e := range slices.Backward(entries) {
			x, err := record.ReadSent(e)
			if err != nil {
				return err
			}
			d.ring = append(d.ring, x)
		}
	case transfer.Dead:
		sh.dead = nil
		for _, e := range entries {
			l, err := record.ReadLetter(i, e)
			if err != nil {
				return err
			}
			sh.dead = append(sh.dead, l)
		}
	}
	return nil
}

// Clear implements transfer.Target.
func (s *Store) Clear(ctx context.Context, p transfer.Part) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	fresh := New()
	switch p {
	case transfer.Notes:
		s.cursor, s.ahead, s.epochs = 0, nil, fresh.epochs
		s.filed, s.file, s.files, s.feeds = 0, nil, fresh.files, fresh.feeds
	case transfer.Directory:
		s.moved = fresh.moved
	case transfer.Log:
		s.seq, s.items, s.seen = 0, fresh.items, fresh.seen
	default:
		s.shards[p] = fresh.shards[p]
	}
	return nil
}
