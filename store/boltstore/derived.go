package boltstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"rasid/store"
	"rasid/store/audit"
	"rasid/store/record"
	"rasid/store/transfer"
)

var _ audit.Store = (*Store)(nil)

// Derived implements audit.Store.
func (s *Store) Derived(ctx context.Context, p transfer.Part, tell func(r audit.Rule, place, what string)) error {
	return s.view(ctx, func(t *tx) error {
		d := deriver{t, tell}
		switch p {
		case transfer.Notes:
			return nil
		case transfer.Directory:
			return d.index()
		case transfer.Log:
			return d.log()
		}
		return d.shardOf(store.Shard(p))
	})
}

// A deriver checks the buckets by which others are searched.
type deriver struct {
	*tx

	tell func(r audit.Rule, place, what string)
}

// index checks that every entry leads to the destination it names.
func (d deriver) index() error {
	return d.scan(bucketIndex, nil, nil, func(r row) (bool, error) {
		if len(r.key) != 16 || len(r.value) != 6 {
			d.tell(audit.Readable, fmt.Sprintf("index %x", r.key), record.ErrDamaged.Error())
			return true, nil
		}
		p := readPlace(r.value)
		whose := fmt.Sprintf("chat %d, thread %d", int64(binary.BigEndian.Uint64(r.key)), int64(binary.BigEndian.Uint64(r.key[8:])))
		where := fmt.Sprintf("it is looked for at destination %d of shard %d, which is not ", p.Ordinal, p.Shard)
		b, err := d.get(bucketDests, placeKey(p))
		if err != nil {
			return false, err
		}
		if b == nil {
			d.tell(audit.Lost, whose, where+"there")
			return true, nil
		}
		x, err := d.dest(p)
		if err != nil {
			return true, nil //nolint:nilerr // the record cannot be read, which is told where it lies
		}
		if !x.live() || !bytes.Equal(destKey(x.Dest), r.key) {
			d.tell(audit.Index, whose, where+"its")
		}
		return true, nil
	})
}

// A lookup is an index by time and the bucket it is of.
type lookup struct {
	index, bucket string
	at            int // where a record's time begins
	name          string
}

func (d deriver) log() error {
	for _, l := range []lookup{
		{bucketAt, bucketItems, 1, "article"}, {bucketSeen, bucketIDs, 8, "id"}, {bucketWhen, bucketUpdates, 0, "update"},
	} {
		if err := d.times(l); err != nil {
			return err
		}
	}
	return nil
}

// times checks an index by time, both ways.
func (d deriver) times(l lookup) error {
	err := d.scan(l.bucket, nil, nil, func(r row) (bool, error) {
		if len(r.value) < l.at+8 {
			return true, nil // it cannot be read, which is told where it lies
		}
		b, err := d.get(l.index, join(r.value[l.at:l.at+8], r.key))
		if err == nil && b == nil {
			d.tell(audit.Times, fmt.Sprintf("%s %x", l.name, r.key), "it is not listed by its time, so it would never be forgotten")
		}
		return true, err
	})
	if err != nil {
		return err
	}
	return d.scan(l.index, nil, nil, func(r row) (bool, error) {
		if len(r.key) < 8 {
			d.tell(audit.Times, fmt.Sprintf("time %x", r.key), "it is a time of nothing")
			return true, nil
		}
		b, err := d.get(l.bucket, r.key[8:])
		if err == nil && (len(b) < l.at+8 || !bytes.Equal(b[l.at:l.at+8], r.key[:8])) {
			d.tell(audit.Times, fmt.Sprintf("%s %x", l.name, r.key[8:]), "it is listed under a time that is not its")
		}
		return true, err
	})
}

func (d deriver) shardOf(s store.Shard) error {
	if err := d.changes(s); err != nil {
		return err
	}
	return d.settledOf(s)
}

// changes checks that the change feed has each destination under its version.
func (d deriver) changes(s store.Shard) error {
	prefix := shardKey(s)
	err := d.scan(bucketDests, prefix, prefix, func(r row) (bool, error) {
		if len(r.value) < 8 {
			return true, nil // it cannot be read, which is told where it lies
		}
		o, err := d.get(bucketChanges, join(prefix, r.value[:8]))
		if err == nil && !bytes.Equal(o, r.key[2:]) {
			d.tell(audit.Changes, fmt.Sprintf("shard %d, destination %d", s, readPlace(r.key).Ordinal), "the change feed does not tell of its newest change")
		}
		return true, err
	})
	if err != nil {
		return err
	}
	return d.scan(bucketChanges, prefix, prefix, func(r row) (bool, error) {
		x, err := d.get(bucketDests, join(prefix, r.value))
		if err == nil && (len(x) < 8 || !bytes.Equal(x[:8], r.key[2:])) {
			d.tell(audit.Changes, fmt.Sprintf("shard %d, change %d", s, binary.BigEndian.Uint64(r.key[2:])), "it is no destination's newest change")
		}
		return true, err
	})
}

// settledOf checks that the newest settled attempts are known, in order and by
// token.
func (d deriver) settledOf(s store.Shard) error {
	x, err := d.shard(s)
	if err != nil {
		d.tell(audit.Readable, fmt.Sprintf("shard %d, its state", s), err.Error())
		return nil
	}
	prefix := shardKey(s)
	n := uint64(0)
	err = d.scan(bucketSettled, prefix, prefix, func(r row) (bool, error) {
		n++
		at, inner := d.get(bucketTokens, join(prefix, r.value))
		if inner == nil && !bytes.Equal(at, r.key[2:]) {
			d.tell(audit.Tokens, fmt.Sprintf("shard %d, attempt %q", s, r.value), "it is settled and not known by its token")
		}
		return true, inner
	})
	if err != nil {
		return err
	}
	if want := min(x.settled, store.TokenKeep); n != want {
		d.tell(audit.Tokens, fmt.Sprintf("shard %d", s), fmt.Sprintf("%d settled attempts are known; want %d", n, want))
	}
	return d.scan(bucketTokens, prefix, prefix, func(r row) (bool, error) {
		token, err := d.get(bucketSettled, join(prefix, r.value))
		if err == nil && !bytes.Equal(token, r.key[2:]) {
			d.tell(audit.Tokens, fmt.Sprintf("shard %d, attempt %q", s, r.key[2:]), "it is known by its token and not in the order of settling")
		}
		return true, err
	})
}
