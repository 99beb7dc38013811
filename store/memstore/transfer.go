package memstore

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"maps"
	"rasid/store"
	"rasid/store/record"
	"rasid/store/transfer"
	"slices"
	"time"
)

var (
	_ transfer.Source = (*Store)(nil)
	_ transfer.Target = (*Store)(nil)
)

// Name implements transfer.Source.
func (s *Store) Name(ctx context.Context) (string, error) { return s.name, ctx.Err() }

// Users implements transfer.Source.
func (s *Store) Users(ctx context.Context) ([]string, error) { return nil, ctx.Err() }

// Ready implements transfer.Source.
func (s *Store) Ready(ctx context.Context) error { return ctx.Err() }

// Complete implements transfer.Target.
func (s *Store) Complete(ctx context.Context) error { return ctx.Err() }

// Export implements transfer.Source.
func (s *Store) Export(ctx context.Context, p transfer.Part, f func(transfer.Record) error) error {
	all, err := s.records(ctx, p)
	for _, r := range all {
		if err = f(r); err != nil {
			return err
		}
	}
	return err
}

// records collects a part.
func (s *Store) records(ctx context.Context, p transfer.Part) ([]transfer.Record, error) {
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var c collector
	switch p {
	case transfer.Notes:
		s.notes(&c)
	case transfer.Directory:
		for chat, shard := range s.moved {
			c.add(transfer.Moved, u64(uint64(chat)), u16(uint16(shard)))
		}
	case transfer.Log:
		s.log(&c)
	default:
		s.shards[p].records(&c)
	}
	return c.all, c.err
}

// A collector keeps records and the first error.
type collector struct {
	all []transfer.Record
	err error
}

func (c *collector) add(k transfer.Kind, key, value []byte) {
	c.all = append(c.all, transfer.Record{Kind: k, Key: key, Value: value})
}

func (c *collector) must(b []byte, err error) []byte {
	c.err = cmp.Or(c.err, err)
	return b
}

func (c *collector) nonzero(k transfer.Kind, n uint64) {
	if n > 0 {
		c.add(k, nil, u64(n))
	}
}

func u16(n uint16) []byte { return binary.BigEndian.AppendUint16(nil, n) }
func u32(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }
func u64(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func (s *Store) notes(c *collector) {
	c.nonzero(transfer.Cursor, s.cursor)
	if s.filed > 0 {
		c.add(transfer.RuleFile, nil, append(u64(s.filed), s.file...))
	}
	for role, n := range s.epochs {
		if n > 0 {
			c.add(transfer.Epoch, u16(uint16(role)), u64(n))
		}
	}
	for key, n := range s.files {
		c.add(transfer.KnownFile, []byte(key), u64(n))
	}
	for url, f := range s.feeds {
		c.add(transfer.Feed, []byte(url), c.must(json.Marshal(f)))
	}
}

func (s *Store) log(c *collector) {
	c.nonzero(transfer.Seq, s.seq)
	for seq, it := range s.items {
		c.add(transfer.Item, u64(seq), c.must(record.Item(it)))
	}
	for key, x := range s.seen {
		c.add(transfer.ID, []byte(key), slices.Concat(u64(x.seq), record.Hold(x.last), []byte(x.digest)))
	}
}

func (sh *shard) records(c *collector) {
	if sh.last > 0 || sh.version > 0 {
		c.add(transfer.State, nil, append(u32(sh.last), u64(sh.version)...))
	}
	sh.chatRecords(c)
	sh.jobRecords(c)
	sh.expiredRecords(c)
	sh.inboxRecords(c)
	for token, m := range sh.marks {
		c.add(transfer.Mark, []byte(token), record.Mark(m))
	}
	if len(sh.settled) > 0 {
		c.add(transfer.Settled, nil, transfer.List(sh.settled))
	}
	if len(sh.dead) > 0 {
		var dead [][]byte
		for _, l := range sh.dead {
			dead = append(dead, record.Letter(l))
		}
		c.add(transfer.Dead, nil, transfer.List(dead))
	}
	for u, r := range sh.updates {
		b := append(record.Hold(r.at), record.Update{Created: r.created, Did: r.did}.Bytes()...)
		c.add(transfer.Update, record.UpdateKey(u.id, u.to), transfer.PlainUpdate(b))
	}
}

func (sh *shard) chatRecords(c *collector) {
	index := map[int64][]byte{}
	for _, o := range slices.Sorted(maps.Keys(sh.dests)) {
		d := sh.dests[o]
		c.add(transfer.Chat, u32(o), append(u64(d.version), c.must(record.Destination(d.Destination))...))
		if sh.index[d.Dest] == o {
			index[d.Chat] = slices.Concat(index[d.Chat], u64(uint64(d.Thread)), u32(o))
		}
		if d.Gone {
			c.add(transfer.Gone, u32(o), record.Hold(d.gone))
		}
		if len(d.ring) > 0 {
			var ring [][]byte
			for _, x := range slices.Backward(d.ring) {
				ring = append(ring, record.Sent(x))
			}
			c.add(transfer.Sent, u32(o), transfer.List(ring))
		}
	}
	for chat, b := range index {
		c.add(transfer.Index, u64(uint64(chat)), b)
	}
}

func (sh *shard) jobRecords(c *collector) {
	for item, j := range sh.jobs {
		t := j.tally
		t.Owed = len(j.owed) + sh.shelved(item)
		c.add(transfer.Job, u64(item), record.Job{Tally: t, Created: j.created, Expires: j.expires, Matcher: j.matcher}.Bytes())
		for class := range store.Class(store.Classes) {
			if owed := j.class(class).Owed; len(owed) > 0 {
				c.add(transfer.Owed, append(u64(item), byte(class)), record.Owed(owed))
			}
		}
		for o, n := range j.tries {
			c.add(transfer.Tries, append(u64(item), u32(o)...), []byte{byte(n)})
		}
	}
}

func (sh *shard) inboxRecords(c *collector) {
	for o, x := range sh.inboxes {
		c.add(transfer.Inbox, u32(o), record.Inbox(x.Inbox))
		if x.tries > 0 {
			c.add(transfer.Tries, append(u64(store.InboxCount), u32(o)...), []byte{byte(x.tries)})
		}
	}
}

func (sh *shard) expiredRecords(c *collector) {
	for key, list := range sh.expired {
		var b []byte
		for _, e := range list {
			b = record.AddExpired(b, record.Late{At: e.At, Owed: e.Owed})
		}
		c.add(transfer.Expired, append(u64(key.item), byte(key.class)), b)
	}
}

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
		s.cursor, s.filed, s.file, s.files, s.feeds, s.epochs = 0, 0, nil, fresh.files, fresh.feeds, fresh.epochs
	case transfer.Directory:
		s.moved = fresh.moved
	case transfer.Log:
		s.seq, s.items, s.seen = 0, fresh.items, fresh.seen
	default:
		s.shards[p] = fresh.shards[p]
	}
	return nil
}
