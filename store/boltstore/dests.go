package boltstore

import (
	"encoding/binary"
	"fmt"
	"rasid/store"
	"rasid/store/record"
	"time"
)

// A dest is a destination's record. Version 0 means there is none.
type dest struct {
	store.Destination
	version uint64
}

func (d dest) live() bool { return d.version > 0 && !d.Gone }

// dest returns what is stored at a place.
func (t *tx) dest(p store.Place) (dest, error) {
	b, err := t.get(bucketDests, placeKey(p))
	if err != nil || b == nil {
		return dest{Destination: store.Destination{Place: p}}, err
	}
	return readDest(p, b)
}

func readDest(p store.Place, b []byte) (dest, error) {
	d, _, err := readDestInto(nil, p, b)
	return d, err
}

// readDestInto is readDest of one of many: see record.ReadDestinationInto.
func readDestInto(rules []store.Rule, p store.Place, b []byte) (dest, []store.Rule, error) {
	if len(b) < 8 {
		return dest{}, rules, record.ErrDamaged
	}
	d, rules, err := record.ReadDestinationInto(rules, p, b[8:])
	if err = record.Ours(err); err != nil {
		return dest{}, rules, fmt.Errorf("read destination %d of shard %d: %w", p.Ordinal, p.Shard, err)
	}
	return dest{d, binary.BigEndian.Uint64(b)}, rules, nil
}

// putDest stores d under its place as the newest change of its shard.
func (t *tx) putDest(d *dest) error {
	x, err := t.shard(d.Shard)
	if err != nil {
		return err
	}
	b, err := record.Destination(d.Destination)
	if err != nil {
		return err
	}
	old := d.version
	x.version++
	d.version = x.version
	if old > 0 {
		if err := t.del(bucketChanges, join(shardKey(d.Shard), u64(old))); err != nil {
			return err
		}
	}
	if err := t.put(bucketChanges, join(shardKey(d.Shard), u64(d.version)), u32(d.Ordinal)); err != nil {
		return err
	}
	if err := t.put(bucketDests, placeKey(d.Place), join(u64(d.version), b)); err != nil {
		return err
	}
	return t.putShard(d.Shard, x)
}

// add gives a new destination the next place of a shard.
func (t *tx) add(s store.Shard, d store.Destination) (dest, error) {
	x, err := t.shard(s)
	if err != nil {
		return dest{}, err
	}
	x.last++
	if err := t.putShard(s, x); err != nil {
		return dest{}, err
	}
	d.Place = store.Place{Shard: s, Ordinal: x.last}
	n := dest{Destination: d}
	if err := t.putDest(&n); err != nil {
		return dest{}, err
	}
	return n, t.point(n)
}

// point makes the index lead to d.
func (t *tx) point(d dest) error {
	return t.put(bucketIndex, destKey(d.Dest), placeKey(d.Place))
}

// retire leaves only a tombstone of d.
func (t *tx) retire(d dest, now time.Time) error {
	marks, err := t.all(bucketMarks, shardKey(d.Shard))
	if err != nil {
		return err
	}
	for _, r := range marks {
		m, inner := record.ReadMark(d.Shard, string(r.key[2:]), r.value)
		if inner != nil {
			return inner
		}
		if m.Ordinal != d.Ordinal {
			continue
		}
		if inner := t.del(bucketMarks, r.key); inner != nil {
			return inner
		}
	}
	rows, err := t.all(bucketRings, placeKey(d.Place))
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := t.del(bucketRings, r.key); err != nil {
			return err
		}
	}
	if err := t.del(bucketIndex, destKey(d.Dest)); err != nil {
		return err
	}
	d.Destination = d.Tombstone()
	if err := t.put(bucketGone, placeKey(d.Place), record.Hold(now)); err != nil {
		return err
	}
	return t.putDest(&d)
}

// place returns where a destination lives.
func (t *tx) place(d store.Dest) (p store.Place, known bool, err error) {
	b, err := t.get(bucketIndex, destKey(d))
	if err != nil || b == nil {
		return p, false, err
	}
	return readPlace(b), true, nil
}

// threads returns the destinations of a chat, by ordinal.
func (t *tx) threads(chat int64) ([]dest, error) {
	rows, err := t.all(bucketIndex, u64(uint64(chat)))
	if err != nil {
		return nil, err
	}
	got := make([]dest, 0, len(rows))
	for _, r := range rows {
		d, err := t.dest(readPlace(r.value))
		if err != nil {
			return nil, err
		}
		got = append(got, d)
	}
	sortDests(got)
	return got, nil
}

// home returns the shard of a chat.
func (t *tx) home(chat int64) (store.Shard, error) {
	b, err := t.get(bucketMoved, u64(uint64(chat)))
	if err != nil || b == nil {
		return store.HomeShard(chat), err
	}
	return store.Shard(binary.BigEndian.Uint16(b)), nil
}

// A shardState is what a shard counts.
type shardState struct {
	last    uint32 // the newest ordinal
	version uint64 // of the newest change
	settled uint64 // attempts
}

func (t *tx) shard(s store.Shard) (shardState, error) {
	b, err := t.get(bucketShards, shardKey(s))
	if err != nil || b == nil {
		return shardState{}, err
	}
	return readShard(b)
}

func readShard(b []byte) (shardState, error) {
	if len(b) != 20 {
		return shardState{}, record.ErrDamaged
	}
	return shardState{binary.BigEndian.Uint32(b), binary.BigEndian.Uint64(b[4:]), binary.BigEndian.Uint64(b[12:])}, nil
}

func (t *tx) putShard(s store.Shard, x shardState) error {
	return t.put(bucketShards, shardKey(s), join(u32(x.last), u64(x.version), u64(x.settled)))
}
