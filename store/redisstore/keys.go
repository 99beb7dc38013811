package redisstore

import (
	"fmt"
	"rasid/store"
)

// Every key of rasid in Redis is named here. All keys of one script share a
// hash tag, the part in braces, so that they lie in one slot of a Cluster:
// {in} is the log of articles, {dir} the directory, {s0} to {s255} the shards.
const prefix = "rasid:"

// The log of articles, the epoch and the notes.
const (
	keySeq    = prefix + "{in}:seq"    // the newest item's number
	keyItems  = prefix + "{in}:items"  // hash: number -> record.Item
	keyLog    = prefix + "{in}:log"    // sorted set: number, by number
	keyAt     = prefix + "{in}:at"     // sorted set: number as 8 bytes, by when it was accepted
	keyIDs    = prefix + "{in}:ids"    // hash: record.ItemKey -> number, last accepted, digest
	keySeen   = prefix + "{in}:seen"   // sorted set: record.ItemKey, by when it was last accepted
	keyCursor = prefix + "{in}:cursor" // the last item that was dispatched whole
	keyAhead  = prefix + "{in}:ahead"  // record.Ahead; empty for nothing, none before the first Advance that knows it
	keyEpoch  = prefix + "{in}:epoch"  // the newest epoch of intake; that of updates follows its name
	keyLease  = prefix + "{in}:lease:" // who has intake, or updates
	keyFeeds  = prefix + "{in}:feeds"  // hash: URL -> JSON
	keyRules  = prefix + "{in}:rules"  // hash: v -> version, d -> data, f and a digest -> the version of a file there was
)

// The directory. A chat is in its home shard unless it is named here.
const (
	keySchema  = prefix + "{dir}:schema"  // version of the layout
	keyName    = prefix + "{dir}:name"    // what the store was called by chance; since version 2
	keyCopy    = prefix + "{dir}:copy"    // the name of the store whose copy this is to become
	keyUpgrade = prefix + "{dir}:upgrade" // who upgrades the layout
	keyPing    = prefix + "{dir}:ping"    // written to see whether it can be
	keyMoved   = prefix + "{dir}:moved"   // hash: chat -> shard
	keyJoined  = prefix + "{dir}:joined"  // sorted set: process, by until when it is there (ms)
	keyPace    = prefix + "{dir}:pace"    // hash: next moment to send, that of paid broadcasts, and the pace while it is slowed
	keyFlight  = prefix + "{dir}:flight"  // sorted set: messages that count for the bot's pace, by until when (us)
	keyMoving  = prefix + "{dir}:moving"  // hash: old chat -> a migration that was begun; forget:chat -> that it is being forgotten

	keyPaidFlight = keyFlight + ":paid"         // the same of paid broadcasts
	keyPaceChat   = prefix + "{dir}:pace:chat:" // hash per chat, while it was written to lately: its pace
)

// Places of a shard's keys in KEYS, after which those of rings follow.
const (
	atDests   = iota // hash: ordinal -> version in 8 bytes, record.Destination
	atIndex          // hash: chat -> its destinations, thread in 8 bytes and ordinal in 4 each
	atState          // hash: last (ordinal), version, floor, settled, token, held:ordinal
	atChanges        // sorted set: ordinal, by version; the newest changeKeep of them
	atGone           // sorted set: ordinals with a tombstone, by when
	atJobs           // hash: item -> record.Job
	atOwed           // hash: item:class -> record.Owed
	atOpen           // sorted set: items that still owe something
	atTries          // hash: item:ordinal -> attempts without an answer
	atMarks          // hash: token -> record.Mark
	atTokens         // sorted set: tokens of settled attempts
	atDead           // list: record.Letter, newest first
	atUpdates        // hash: record.UpdateKey -> when in 8 bytes, record.Update
	atWhen           // sorted set: record.UpdateKey, by when
	atEpoch          // the newest epoch of the shard's role
	atIntake         // the newest epoch of intake
	atExpired        // hash: item:class -> record.AddExpired
	atInbox          // hash: ordinal -> record.Inbox
	atDue            // sorted set: ordinals with something in their inbox, by when it is due (ms)
	shardKeys
)

// hints is the channel of what processes tell each other.
const hints = prefix + "hints"

func names() [shardKeys]string {
	return [shardKeys]string{
		"dests", "index", "state", "changes", "gone", "jobs", "owed", "open", "tries", "marks", "tokens", "dead",
		"updates", "when", "epoch", "intake", "expired", "inbox", "due",
	}
}

// shardKey names one key of a shard.
func shardKey(s store.Shard, at int) string { return fmt.Sprintf("%s{s%d}:%s", prefix, s, names()[at]) }

// ringKey names the list of what was sent to a destination, newest first.
func ringKey(p store.Place) string { return fmt.Sprintf("%s{s%d}:ring:%d", prefix, p.Shard, p.Ordinal) }

// shardScript lists the keys that a script on a shard is given.
func shardScript(s store.Shard, rings ...uint32) []string {
	keys := make([]string, 0, shardKeys+len(rings))
	for _, name := range names() {
		keys = append(keys, fmt.Sprintf("%s{s%d}:%s", prefix, s, name))
	}
	for _, o := range rings {
		keys = append(keys, ringKey(store.Place{Shard: s, Ordinal: o}))
	}
	return keys
}

// roleKeys names the lease and the epoch of a role, which lie in one slot.
func roleKeys(r store.Role) []string {
	if s, ok := r.Shard(); ok {
		return []string{fmt.Sprintf("%s{s%d}:lease", prefix, s), shardKey(s, atEpoch)}
	}
	if r == store.Intake {
		return []string{keyLease + r.String(), keyEpoch}
	}
	return []string{keyLease + r.String(), keyEpoch + ":" + r.String()}
}
