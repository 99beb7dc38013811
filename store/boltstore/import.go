package boltstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"rasid/store"
	"rasid/store/record"
	"rasid/store/transfer"
	"slices"
)

// Import implements transfer.Target.
func (s *Store) Import(ctx context.Context, p transfer.Part, records []transfer.Record) error {
	return s.update(ctx, func(t *tx) error {
		for _, r := range records {
			if err := t.take(p, r); err != nil {
				return err
			}
		}
		return nil
	})
}

// take stores one record, and what is kept beside it to find it.
func (t *tx) take(p transfer.Part, r transfer.Record) error {
	prefix := shardKey(store.Shard(p))
	key := join(prefix, r.Key)
	switch r.Kind {
	case transfer.Cursor:
		return t.put(bucketMeta, []byte(keyCursor), r.Value)
	case transfer.Ahead:
		return t.put(bucketMeta, []byte(keyAhead), r.Value)
	case transfer.Epoch:
		return t.put(bucketMeta, []byte(epochKey(store.Role(binary.BigEndian.Uint16(r.Key)))), r.Value)
	case transfer.RuleFile:
		return t.put(bucketMeta, []byte(keyRules), r.Value)
	case transfer.KnownFile:
		return t.put(bucketMeta, join([]byte(keyRules), r.Key), r.Value)
	case transfer.Feed:
		return t.put(bucketFeeds, r.Key, r.Value)
	case transfer.Moved:
		return t.put(bucketMoved, r.Key, r.Value)
	case transfer.Seq:
		return t.put(bucketMeta, []byte(keySeq), r.Value)
	case transfer.Item:
		return t.pair(bucketItems, r.Key, r.Value, bucketAt, join(r.Value[1:record.ItemHead], r.Key))
	case transfer.ID:
		return t.pair(bucketIDs, r.Key, r.Value, bucketSeen, join(r.Value[8:16], r.Key))
	case transfer.Update:
		return t.pair(bucketUpdates, key, r.Value, bucketWhen, join(r.Value[:8], key))
	case transfer.Job:
		return t.put(bucketJobs, join(r.Key, prefix), r.Value)
	case transfer.State:
		return t.takeState(store.Shard(p), func(x *shardState) {
			x.last, x.version = binary.BigEndian.Uint32(r.Value), binary.BigEndian.Uint64(r.Value[4:])
		})
	case transfer.Chat:
		if err := t.put(bucketChanges, join(prefix, r.Value[:8]), r.Key); err != nil {
			return err
		}
		return t.put(bucketDests, key, r.Value)
	case transfer.Index:
		return t.takeIndex(prefix, r)
	case transfer.Settled, transfer.Sent, transfer.Dead:
		return t.takeList(store.Shard(p), r)
	}
	return t.put(plainBucket(r.Kind), key, r.Value)
}

// plainBucket is where records lie that are stored as they are, behind their
// shard.
func plainBucket(k transfer.Kind) string {
	return map[transfer.Kind]string{
		transfer.Gone: bucketGone, transfer.Owed: bucketOwed, transfer.Tries: bucketTries, transfer.Mark: bucketMarks,
		transfer.Expired: bucketExpired, transfer.Inbox: bucketInbox,
	}[k]
}

// pair stores a record and its entry in an index by time.
func (t *tx) pair(bucket string, key, value []byte, index string, entry []byte) error {
	if err := t.put(index, entry, nil); err != nil {
		return err
	}
	return t.put(bucket, key, value)
}

func (t *tx) takeState(s store.Shard, f func(*shardState)) error {
	x, err := t.shard(s)
	if err != nil {
		return err
	}
	f(&x)
	return t.putShard(s, x)
}

func (t *tx) takeIndex(prefix []byte, r transfer.Record) error {
	if len(r.Value)%12 != 0 {
		return record.ErrDamaged
	}
	for i := 0; i < len(r.Value); i += 12 {
		if err := t.put(bucketIndex, join(r.Key, r.Value[i:i+8]), join(prefix, r.Value[i+8:i+12])); err != nil {
			return err
		}
	}
	return nil
}

// takeList stores entries under numbers from 1.
func (t *tx) takeList(s store.Shard, r transfer.Record) error {
	entries, err := transfer.ReadList(r.Value)
	if err != nil {
		return err
	}
	bucket := map[transfer.Kind]string{transfer.Settled: bucketSettled, transfer.Sent: bucketRings, transfer.Dead: bucketDead}[r.Kind]
	for i, e := range entries {
		n := u64(uint64(i + 1))
		if err := t.put(bucket, join(shardKey(s), r.Key, n), e); err != nil {
			return err
		}
		if r.Kind != transfer.Settled {
			continue
		}
		if err := t.put(bucketTokens, join(shardKey(s), e), n); err != nil {
			return err
		}
	}
	if r.Kind != transfer.Settled {
		return nil
	}
	return t.takeState(s, func(x *shardState) { x.settled = uint64(len(entries)) })
}

// clearChunk is how much one commit of Clear deletes.
const clearChunk = 5000

// Clear implements transfer.Target. The file is a copy that was cut short, so
// nobody minds that it takes several commits.
func (s *Store) Clear(ctx context.Context, p transfer.Part) error {
	for {
		var n int
		err := s.update(ctx, func(t *tx) (err error) {
			n, err = t.clearPart(p)
			return err
		})
		if err != nil || n == 0 {
			return err
		}
	}
}

// A heap is the records of one bucket that belong to a part.
type heap struct {
	bucket string
	prefix []byte                       // of their keys
	of     func(key, value []byte) bool // which of those; nil: all
}

// heaps lists what belongs to a part.
func heaps(p transfer.Part) []heap {
	switch p {
	case transfer.Notes:
		return []heap{{bucket: bucketFeeds}, {bucket: bucketMeta, of: func(k, _ []byte) bool {
			return !slices.Contains([]string{keySchema, keyName, keyCopy, keySeq}, string(k))
		}}}
	case transfer.Directory:
		return []heap{{bucket: bucketMoved}}
	case transfer.Log:
		return []heap{
			{bucket: bucketItems},
			{bucket: bucketIDs},
			{bucket: bucketSeen},
			{bucket: bucketAt},
			{bucket: bucketMeta, prefix: []byte(keySeq), of: func(k, _ []byte) bool { return string(k) == keySeq }},
		}
	}
	prefix := shardKey(store.Shard(p))
	all := []heap{
		{bucket: bucketJobs, of: func(k, _ []byte) bool { return bytes.Equal(k[8:], prefix) }},
		{bucket: bucketWhen, of: func(k, _ []byte) bool { return bytes.Equal(k[8:10], prefix) }},
		{bucket: bucketIndex, of: func(_, v []byte) bool { return bytes.HasPrefix(v, prefix) }},
	}
	for _, b := range shardBuckets() {
		all = append(all, heap{bucket: b, prefix: prefix})
	}
	return all
}

// clearPart deletes some of a part and tells how much.
func (t *tx) clearPart(p transfer.Part) (n int, err error) {
	for _, x := range heaps(p) {
		var found [][]byte
		err := t.scan(x.bucket, x.prefix, x.prefix, func(r row) (bool, error) {
			if x.of == nil || x.of(r.key, r.value) {
				found = append(found, bytes.Clone(r.key))
			}
			return n+len(found) < clearChunk, nil
		})
		if err != nil {
			return 0, err
		}
		for _, k := range found {
			if err := t.del(x.bucket, k); err != nil {
				return 0, err
			}
		}
		if n += len(found); n >= clearChunk {
			return n, nil
		}
	}
	return n, nil
}

// shardBuckets lists the buckets whose keys begin with the shard.
func shardBuckets() []string {
	return []string{
		bucketShards, bucketDests, bucketChanges, bucketGone, bucketOwed, bucketTries, bucketMarks, bucketTokens,
		bucketSettled, bucketRings, bucketDead, bucketUpdates, bucketExpired, bucketInbox,
	}
}

// Complete implements transfer.Target.
func (s *Store) Complete(ctx context.Context) error {
	return s.update(ctx, func(t *tx) error { return t.del(bucketMeta, []byte(keyCopy)) })
}
