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
)

var _ transfer.Source = (*Store)(nil)

// Name implements transfer.Source.
func (s *Store) Name(ctx context.Context) (string, error) { return s.name, ctx.Err() }

// Users implements transfer.Source.
func (s *Store) Users(ctx context.Context) ([]string, error) { return nil, ctx.Err() }

// Ready implements transfer.Source.
func (s *Store) Ready(ctx context.Context) error { return ctx.Err() }

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
	if len(s.ahead) > 0 {
		c.add(transfer.Ahead, nil, s.ahead)
	}
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
