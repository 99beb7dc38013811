package boltstore

import (
	"encoding/binary"
	"rasid/store"
	"slices"
)

// The buckets, with key and value. Numbers are big-endian, so that records
// lie in order.
const (
	bucketMeta    = "meta"    // one of the keys below -> its value
	bucketSums    = "sums"    // bucket -> count, sum of checksums
	bucketItems   = "items"   // number -> record.Item
	bucketIDs     = "ids"     // record.ItemKey -> number, last accepted, digest
	bucketSeen    = "seen"    // last accepted, record.ItemKey -> nothing
	bucketAt      = "at"      // accepted, number -> nothing
	bucketShards  = "shards"  // shard -> last ordinal, version, settled attempts
	bucketDests   = "dests"   // shard, ordinal -> version, record.Destination
	bucketIndex   = "index"   // chat, thread -> shard, ordinal
	bucketMoved   = "moved"   // chat -> shard, where it is not the home shard
	bucketChanges = "changes" // shard, version -> ordinal; one for each destination
	bucketGone    = "gone"    // shard, ordinal -> since when
	bucketJobs    = "jobs"    // item, shard -> record.Job
	bucketOwed    = "owed"    // shard, item, class -> record.Owed
	bucketTries   = "tries"   // shard, item, ordinal -> how many
	bucketMarks   = "marks"   // shard, token -> record.Mark
	bucketTokens  = "tokens"  // shard, token -> when in the order of settling
	bucketSettled = "settled" // shard, order of settling -> token
	bucketRings   = "rings"   // shard, ordinal, order of sending -> record.Sent
	bucketDead    = "dead"    // shard, order -> record.Letter
	bucketUpdates = "updates" // shard, record.UpdateKey -> when, record.Update
	bucketWhen    = "when"    // when, shard, record.UpdateKey -> nothing
	bucketFeeds   = "feeds"   // URL -> JSON
	bucketExpired = "expired" // shard, item, class -> record.AddExpired; since version 2
	bucketInbox   = "inbox"   // shard, ordinal -> record.Inbox; since version 2
)

const (
	keySchema = "schema"
	keySeq    = "seq"
	keyCursor = "cursor"
	keyAhead  = "ahead" // record.Ahead; none: nothing, or an older rasid wrote the file
	keyEpoch  = "epoch" // of intake; of other roles the role follows
	keyRules  = "rules" // version, data
	keyName   = "name"  // what the store was called by chance; since version 2
	keyCopy   = "copy"  // the name of the store whose copy this is to be; none: it is complete
)

func buckets() []string {
	return []string{
		bucketMeta, bucketSums, bucketItems, bucketIDs, bucketSeen, bucketAt, bucketShards, bucketDests, bucketIndex,
		bucketMoved, bucketChanges, bucketGone, bucketJobs, bucketOwed, bucketTries, bucketMarks, bucketTokens,
		bucketSettled, bucketRings, bucketDead, bucketUpdates, bucketWhen, bucketFeeds, bucketExpired, bucketInbox,
	}
}

// bucketsAt returns the buckets that a file of a version has.
func bucketsAt(version uint64) []string {
	return slices.DeleteFunc(buckets(), func(name string) bool {
		return version < 2 && (name == bucketExpired || name == bucketInbox)
	})
}

func u32(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }
func u64(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// join puts parts of a key behind each other.
func join(parts ...[]byte) []byte {
	b := make([]byte, 0, 32)
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

func shardKey(s store.Shard) []byte { return binary.BigEndian.AppendUint16(nil, uint16(s)) }

func placeKey(p store.Place) []byte { return join(shardKey(p.Shard), u32(p.Ordinal)) }

func readPlace(b []byte) store.Place {
	return store.Place{Shard: store.Shard(binary.BigEndian.Uint16(b)), Ordinal: binary.BigEndian.Uint32(b[2:])}
}

func destKey(d store.Dest) []byte { return join(u64(uint64(d.Chat)), u64(uint64(d.Thread))) }

func jobKey(s store.Shard, item uint64) []byte { return join(u64(item), shardKey(s)) }

func owedKey(s store.Shard, item uint64, c store.Class) []byte {
	return join(shardKey(s), u64(item), []byte{byte(c)})
}

func triesKey(p store.Place, item uint64) []byte {
	return join(shardKey(p.Shard), u64(item), u32(p.Ordinal))
}
