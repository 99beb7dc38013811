package boltstore

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"rasid/store"
	"rasid/store/transfer"
)

var (
	_ transfer.Source = (*Store)(nil)
	_ transfer.Target = (*Store)(nil)
)

// Name implements transfer.Source.
func (s *Store) Name(ctx context.Context) (name string, err error) {
	err = s.view(ctx, func(t *tx) error {
		b, inner := t.get(bucketMeta, []byte(keyName))
		if name = string(b); b == nil { // of the first version, read as it is
			name = "unnamed, " + s.path
		}
		return inner
	})
	return name, err
}

// Users implements transfer.Source: the file is locked.
func (s *Store) Users(ctx context.Context) ([]string, error) { return nil, ctx.Err() }

// Ready implements transfer.Source: nothing is begun that is not done.
func (s *Store) Ready(ctx context.Context) error { return ctx.Err() }

// Export implements transfer.Source. All of a part is of one moment.
func (s *Store) Export(ctx context.Context, p transfer.Part, f func(transfer.Record) error) error {
	return s.view(ctx, func(t *tx) error {
		x := &exporter{tx: t, f: f, ctx: ctx}
		switch p {
		case transfer.Notes:
			return x.notes()
		case transfer.Directory:
			return x.plain(bucketMoved, nil, transfer.Moved)
		case transfer.Log:
			return x.log()
		}
		return x.shardOf(store.Shard(p))
	})
}

// An exporter gives the records of one part.
type exporter struct {
	*tx

	f   func(transfer.Record) error
	ctx context.Context //nolint:containedctx // it is one export's, and lives as long
}

// plain gives the records that begin with prefix as they are, without it.
func (x *exporter) plain(bucket string, prefix []byte, kind transfer.Kind) error {
	return x.changed(bucket, prefix, kind, func(v []byte) []byte { return v })
}

// changed gives the records that begin with prefix, with what f makes of their
// values.
func (x *exporter) changed(bucket string, prefix []byte, kind transfer.Kind, f func([]byte) []byte) error {
	return x.scan(bucket, prefix, prefix, func(r row) (bool, error) {
		return true, cmp.Or(x.ctx.Err(), x.f(transfer.Record{Kind: kind, Key: r.key[len(prefix):], Value: f(r.value)}))
	})
}

// notes gives what is in the meta bucket, and the feeds.
func (x *exporter) notes() error {
	for _, k := range []struct {
		key  string
		kind transfer.Kind
	}{{keyCursor, transfer.Cursor}, {keyAhead, transfer.Ahead}, {keyRules, transfer.RuleFile}} {
		if err := x.one(k.key, k.kind, nil); err != nil {
			return err
		}
	}
	for role := range store.Roles {
		key := binary.BigEndian.AppendUint16(nil, uint16(role))
		if err := x.one(epochKey(role), transfer.Epoch, key); err != nil {
			return err
		}
	}
	prefix := []byte(keyRules)
	err := x.scan(bucketMeta, prefix, join(prefix, []byte{0}), func(r row) (bool, error) {
		return true, x.f(transfer.Record{Kind: transfer.KnownFile, Key: r.key[len(prefix):], Value: r.value})
	})
	if err != nil {
		return err
	}
	return x.plain(bucketFeeds, nil, transfer.Feed)
}

// one gives a record of the meta bucket, if it is there.
func (x *exporter) one(key string, kind transfer.Kind, as []byte) error {
	v, err := x.get(bucketMeta, []byte(key))
	if err != nil || v == nil {
		return err
	}
	return x.f(transfer.Record{Kind: kind, Key: as, Value: v})
}

func (x *exporter) log() error {
	if err := x.one(keySeq, transfer.Seq, nil); err != nil {
		return err
	}
	if err := x.plain(bucketItems, nil, transfer.Item); err != nil {
		return err
	}
	return x.plain(bucketIDs, nil, transfer.ID)
}

func (x *exporter) shardOf(s store.Shard) error {
	state, err := x.shard(s)
	if err != nil {
		return err
	}
	prefix := shardKey(s)
	if state.last > 0 || state.version > 0 {
		v := join(u32(state.last), u64(state.version))
		if err := x.f(transfer.Record{Kind: transfer.State, Value: v}); err != nil {
			return err
		}
	}
	for _, give := range []func() error{
		func() error { return x.plain(bucketDests, prefix, transfer.Chat) },
		func() error { return x.index(s) },
		func() error { return x.plain(bucketGone, prefix, transfer.Gone) },
		func() error { return x.jobs(s) },
		func() error { return x.changed(bucketOwed, prefix, transfer.Owed, transfer.PlainOwed) },
		func() error { return x.plain(bucketTries, prefix, transfer.Tries) },
		func() error { return x.plain(bucketMarks, prefix, transfer.Mark) },
		func() error { return x.list(bucketSettled, prefix, len(prefix), transfer.Settled) },
		func() error { return x.list(bucketRings, prefix, len(prefix)+4, transfer.Sent) },
		func() error { return x.list(bucketDead, prefix, len(prefix), transfer.Dead) },
		func() error { return x.changed(bucketUpdates, prefix, transfer.Update, transfer.PlainUpdate) },
		func() error { return x.changed(bucketExpired, prefix, transfer.Expired, transfer.PlainExpired) },
		func() error { return x.plain(bucketInbox, prefix, transfer.Inbox) },
	} {
		if err := give(); err != nil {
			return err
		}
	}
	return nil
}

// index gives what leads to the destinations of a shard.
func (x *exporter) index(s store.Shard) error {
	chats := map[int64][]byte{}
	var order []int64
	prefix := shardKey(s)
	err := x.scan(bucketDests, prefix, prefix, func(r row) (bool, error) {
		d, err := readDest(readPlace(r.key), r.value)
		if err != nil || d.Gone {
			return true, err
		}
		at, err := x.get(bucketIndex, destKey(d.Dest))
		if err != nil || !bytes.Equal(at, r.key) {
			return true, err
		}
		if chats[d.Chat] == nil {
			order = append(order, d.Chat)
		}
		chats[d.Chat] = append(chats[d.Chat], join(u64(uint64(d.Thread)), u32(d.Ordinal))...)
		return true, nil
	})
	if err != nil {
		return err
	}
	for _, chat := range order {
		if err := x.f(transfer.Record{Kind: transfer.Index, Key: u64(uint64(chat)), Value: chats[chat]}); err != nil {
			return err
		}
	}
	return nil
}

// jobs gives a shard's jobs, which lie among those of all shards, by item.
func (x *exporter) jobs(s store.Shard) error {
	b, err := x.bucket(bucketJobs)
	if err != nil {
		return err
	}
	c := b.Cursor()
	for item := uint64(0); ; {
		k, raw := c.Seek(jobKey(s, item))
		if len(k) != 10 {
			return nil
		}
		found, at := binary.BigEndian.Uint64(k), store.Shard(binary.BigEndian.Uint16(k[8:]))
		switch {
		case at == s:
			v, err := opened(x.crc, bucketJobs, k, raw)
			if err != nil {
				return err
			}
			if err := cmp.Or(x.ctx.Err(), x.f(transfer.Record{Kind: transfer.Job, Key: k[:8], Value: v})); err != nil {
				return err
			}
			item = found + 1
		case at < s && found > item:
			item = found
		default:
			item = found + 1
		}
	}
}

// list gives those records that share the first n bytes of their key as one.
func (x *exporter) list(bucket string, prefix []byte, n int, kind transfer.Kind) error {
	var key []byte
	var entries [][]byte
	give := func() error {
		if len(entries) == 0 {
			return nil
		}
		return x.f(transfer.Record{Kind: kind, Key: key[len(prefix):], Value: transfer.List(entries)})
	}
	err := x.scan(bucket, prefix, prefix, func(r row) (bool, error) {
		if !bytes.Equal(key, r.key[:n]) {
			if err := cmp.Or(x.ctx.Err(), give()); err != nil {
				return false, err
			}
			key, entries = r.key[:n], entries[:0]
		}
		entries = append(entries, r.value)
		return true, nil
	})
	if err != nil {
		return err
	}
	return give()
}
