package store

import (
	"crypto/sha256"
	"encoding/hex"
	"rasid/news"
	"time"
)

// A Dest is where a message goes: a chat, and in a forum one of its threads.
type Dest struct {
	Chat   int64 `json:"c"`           // Telegram's chat id
	Thread int64 `json:"t,omitempty"` // message_thread_id; 0: none, or the General topic
}

// A Shard is one of the Shards parts, 0 to Shards-1.
type Shard uint16

// A Place is a destination's seat: its shard and its ordinal in it, dense
// from 1 and never used again.
type Place struct {
	Shard   Shard  `json:"s"`
	Ordinal uint32 `json:"o"`
}

// A Class says how loud an alert is. Smaller is louder.
type Class uint8

// The classes, loudest first.
const (
	Urgent Class = iota
	Normal
	Low
	Broadcast
	Classes = 4 // how many there are
)

// A Kind says what sort of chat a destination is, in Telegram's words.
type Kind string

// The kinds of chat.
const (
	Private    Kind = "private"
	Group      Kind = "group"
	Supergroup Kind = "supergroup"
	Channel    Kind = "channel"
)

// Known reports whether stores keep destinations of k: one of the above, or none.
func (k Kind) Known() bool {
	switch k {
	case "", Private, Group, Supergroup, Channel:
		return true
	}
	return false
}

// A Rule is one watch of a destination.
type Rule struct {
	N    int       `json:"n"`           // its number in the destination, from 1, never used again
	Text string    `json:"x"`           // as the reader wrote it
	Lang string    `json:"l,omitempty"` // its writer's language, BCP 47
	Made time.Time `json:"m,omitzero"`
}

// A Suspension says why nothing is sent to a destination for now.
type Suspension string

// The reasons. The empty one means not suspended.
const (
	Blocked Suspension = "blocked" // the person blocked the bot or is gone
	Kicked  Suspension = "kicked"  // the bot is no longer a member
	Refused Suspension = "refused" // no right to write there
)

// A Destination is all that is remembered of one.
type Destination struct {
	Dest
	Place
	Kind      Kind       `json:"k,omitempty"`
	Lang      string     `json:"lang,omitempty"` // the reader's language; empty: not chosen
	Rules     []Rule     `json:"r,omitempty"`    // by number
	NextRule  int        `json:"nr,omitempty"`   // the number the next rule gets, less 1
	Topics    []string   `json:"tp,omitempty"`   // subscribed topic ids, sorted
	Routes    []string   `json:"rt,omitempty"`   // topic ids the operator sends here, sorted
	Paused    bool       `json:"p,omitempty"`    // the reader paused alerts
	Suspended Suspension `json:"su,omitempty"`
	Strikes   []int64    `json:"sk,omitempty"` // Unix seconds of refusals that suspend only when repeated
	HoldUntil time.Time  `json:"h,omitzero"`   // Telegram asked to wait until then
	Joined    time.Time  `json:"j,omitzero"`
	Active    time.Time  `json:"a,omitzero"` // when a person last did something here
	Gone      bool       `json:"g,omitempty"`
}

// An Item is what goes through the log: an article, or a broadcast.
type Item struct {
	Seq       uint64         `json:"q,omitempty"`  // given by Accept
	At        time.Time      `json:"at,omitzero"`  // when it was accepted
	Article   news.Article   `json:"a,omitzero"`   // Article.ID is the item's id, also for a broadcast
	Broadcast *BroadcastNote `json:"b,omitempty"`  // nil for an article
	Feed      string         `json:"fd,omitempty"` // FeedTag of the feed that brought it; empty: none, or several. It is kept of a quiet one only
	Quiet     bool           `json:"o,omitempty"`  // remembered and never told: what a feed held before it was added
}

// FeedTag is a short name of a feed: 16 digits.
func FeedTag(url string) string {
	sum := sha256.Sum256([]byte(url))
	return hex.EncodeToString(sum[:8])
}

// A BroadcastNote is an announcement with frozen content and audience.
type BroadcastNote struct {
	Text   string            `json:"x"`            // plain text
	Texts  map[string]string `json:"xs,omitempty"` // by language; Text is the fallback
	From   int64             `json:"f"`            // the admin's chat, which gets the report
	Report int64             `json:"r,omitempty"`  // the message there that shows the progress
	Says   string            `json:"rl,omitempty"` // the language of that report
	Kinds  []Kind            `json:"ks,omitempty"` // only these kinds; empty: all
	Lang   string            `json:"l,omitempty"`  // only this language; empty: all
	Topic  string            `json:"t,omitempty"`  // only subscribers of this topic; empty: all
	Before time.Time         `json:"bf,omitzero"`  // only destinations that joined before
	Until  time.Time         `json:"u,omitzero"`   // of no use afterwards; zero: never
}

// StopID is the id of the quiet item that notes that a broadcast, named by its
// own id, was stopped: whoever stops one first accepts that and then cancels
// what is owed, and nothing is dispatched of a broadcast once it is there.
func StopID(broadcast string) string { return "stopped:" + broadcast }

// A Verdict is what Accept says of an item.
type Verdict uint8

// The verdicts.
const (
	New     Verdict = iota + 1 // never seen
	Same                       // seen, and equal
	Changed                    // seen, with other content
)

// Accepted is Accept's answer for one item.
type Accepted struct {
	Verdict Verdict
	Seq     uint64 // of the item as first accepted
}

// A Dispatch is to whom one item is owed in one shard.
type Dispatch struct {
	Shard   Shard
	Item    uint64
	Owed    [Classes][]uint32 // ordinals by class, ascending, each in one class only
	Created time.Time
	Expires time.Time // zero: never
	Matcher string    // version of matcher and analysers
}

// A Job is what is still owed of an item in one shard in one class.
type Job struct {
	Shard   Shard
	Item    uint64
	Class   Class
	Owed    []uint32 // ascending
	Created time.Time
	Expires time.Time
	Matcher string
	Tries   map[uint32]int // attempts with unknown outcome so far, by ordinal; absent: none
}

// A Mark is one attempt to send to one destination.
type Mark struct {
	Place
	Epoch uint64
	Token string    // random, new for each attempt
	Items []uint64  // what the message tells, one or several; InboxCount may be among them
	At    time.Time // when it was begun
	Tries int       // unknown outcomes before this attempt
}

// A Fate says how an attempt ended.
type Fate uint8

// The fates.
const (
	Delivered Fate = iota + 1
	Dead           // refused for good: a dead letter
	Unknown        // written, and no answer: owed again until MaxTries, then dead; a broadcast counts as delivered
	Dropped        // not to be sent (withdrawn, suspended): cleared and counted
)

// An Outcome is what Finish is told.
type Outcome struct {
	Fate      Fate
	MessageID int64      // of the delivered message
	Rules     []string   // why it came, for the ring: "3" is rule 3, "libya" a topic
	Reason    string     // of a dead letter, without secrets
	Suspend   Suspension // not empty: suspend the destination in the same change
}

// A Sent is one entry of the sent ring.
type Sent struct {
	MessageID int64     `json:"m"`
	Items     []uint64  `json:"i"`
	Rules     []string  `json:"r,omitempty"`
	At        time.Time `json:"at"`
}

// A DeadLetter is a message that was given up.
type DeadLetter struct {
	Place
	Items  []uint64  `json:"i"`
	Reason string    `json:"r"`
	At     time.Time `json:"at"`
}

// A Tally sums what became of an item.
type Tally struct {
	Owed      int // still to be sent
	Delivered int
	Suspended int // the chat had blocked the bot or lost its rights
	Dead      int
	Dropped   int // withdrawn or cancelled
	Unknown   int // attempts without an answer
	Expired   int // came too late
}

// Expired is an item that came too late for destinations of a shard.
type Expired struct {
	Shard Shard
	Item  uint64
	Class Class
	Owed  []uint32  // to whom it was, ascending
	At    time.Time // when that was found
}

// An Inbox is what is kept for a destination that is to be told later.
type Inbox struct {
	Place
	Due     time.Time // when; zero: when its destination is not paused any more
	Items   []Shelved // oldest first, InboxSize at most
	Dropped int       // older ones that found no room, or were kept too long
}

// Shelved is one item in an inbox.
type Shelved struct {
	Item  uint64
	Class Class     // in which it was owed
	At    time.Time // when it was put there

	Matcher string // what it was matched with, as of its job; Jobs.Inbox tells it
}

// A Shelving puts items into an inbox.
type Shelving struct {
	Place
	Items []uint64
	Due   time.Time // the inbox's from now on
	At    time.Time // now
}

// A Cursor is a place in the change feed: how far each shard was read.
type Cursor [Shards]uint64

// A Feed is what is remembered of a polled feed.
type Feed struct {
	URL          string        `json:"url"`
	ETag         string        `json:"etag,omitempty"`          // byte for byte
	LastModified string        `json:"last_modified,omitempty"` // byte for byte
	BodyHash     string        `json:"body_hash,omitempty"`     // where the server gives neither
	NextCheck    time.Time     `json:"next_check,omitzero"`
	LastSuccess  time.Time     `json:"last_success,omitzero"`
	LastItem     time.Time     `json:"last_item,omitzero"` // when it last brought something new
	First        time.Time     `json:"first,omitzero"`     // first successful poll
	Failures     int           `json:"failures,omitempty"` // in a row
	Error        string        `json:"error,omitempty"`    // of the last failure
	Interval     time.Duration `json:"interval,omitempty"`
	Items        int           `json:"items,omitempty"` // in the last document
}
