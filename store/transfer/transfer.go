// Package transfer is how a store is read whole and written whole: as records
// of one form, whatever back end keeps them. Copies, backups, checks and
// statistics are made of it.
//
// A store is divided into parts: its shards, and three that are of no shard.
// Copy takes them in an order in which nothing is lost even when the source is
// at work meanwhile: first what says how far something was done, then what was
// done, then what it was done from.
package transfer

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"rasid/store"
	"rasid/store/record"
)

// Errors that a caller acts on.
var (
	// ErrNotEmpty reports a target that holds something else than an unfinished
	// copy of the source.
	ErrNotEmpty = errors.New("something is stored there already")
	// ErrBusy reports a source that a running rasid works on.
	ErrBusy = errors.New("a running rasid works on it")
	// ErrDiffers reports that source and target are not equal at the end.
	ErrDiffers = errors.New("the copy differs from what it was made of")
)

// A Part is a part of a store: the shards by their numbers, and those below.
type Part uint16

// The parts that are of no shard.
const (
	Notes     Part = store.Shards + iota // cursor and what is ahead of it, epochs, feeds, rule files
	Directory                            // where chats live that are not at home
	Log                                  // articles and their ids
	Parts                                // how many there are
)

func (p Part) String() string {
	switch p {
	case Notes:
		return "notes"
	case Directory:
		return "directory"
	case Log:
		return "log"
	}
	return fmt.Sprintf("shard %d", uint16(p))
}

// Shard returns the shard that p is, and whether it is one.
func (p Part) Shard() (store.Shard, bool) { return store.Shard(p), p < store.Shards }

// A Kind is what a record is about.
type Kind uint8

// The kinds, each with its key and value. Numbers are eight bytes, classes one,
// shards two, ordinals four, all big-endian; times are record.Hold's. What is
// zero is left out.
const (
	Cursor    Kind = iota // notes: nothing -> number of an item
	Epoch                 // notes: role in two bytes -> number
	Feed                  // notes: URL -> store.Feed in JSON
	RuleFile              // notes: nothing -> version, data
	KnownFile             // notes: 16 bytes of the file's SHA-256 -> version
	Moved                 // directory: chat -> shard
	Seq                   // log: nothing -> number of the newest item
	Item                  // log: number -> record.Item
	ID                    // log: record.ItemKey -> number, last accepted, digest
	State                 // shard: nothing -> last ordinal, version of the newest change
	Chat                  // shard: ordinal -> version, record.Destination
	Index                 // shard: chat -> thread and ordinal of each destination, by ordinal
	Gone                  // shard: ordinal -> when it was forgotten
	Job                   // shard: item -> record.Job
	Owed                  // shard: item, class -> record.Owed
	Tries                 // shard: item, ordinal -> how many, in one byte
	Mark                  // shard: token -> record.Mark
	Settled               // shard: nothing -> tokens, oldest first, as List
	Sent                  // shard: ordinal -> record.Sent of each, oldest first, as List
	Dead                  // shard: nothing -> record.Letter of each, oldest first, as List
	Update                // shard: record.UpdateKey -> when, record.Update
	Expired               // shard: item, class -> record.AddExpired
	Inbox                 // shard: ordinal -> record.Inbox
	Ahead                 // notes: nothing -> record.Ahead
	Kinds                 // how many there are
)

func (k Kind) String() string {
	names := [Kinds]string{
		"cursor", "epochs", "feeds", "rule file", "rule file versions", "moved chats", "newest number", "articles", "article ids",
		"shard states", "destinations", "chats", "forgotten", "jobs", "owed sets", "tries", "attempts", "settled attempts",
		"sent rings", "dead letters", "updates", "alerts that came too late",
		"inboxes", "ahead of the cursor",
	}
	if k < Kinds {
		return names[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// A Record is one thing that a store remembers.
type Record struct {
	Kind       Kind
	Key, Value []byte
}

// A Source can be read whole.
type Source interface {
	// Name is what the store was called by chance when it was made. No two
	// stores have the same.
	Name(ctx context.Context) (string, error)
	// Users names the processes that work on the store now, other than this one.
	Users(ctx context.Context) ([]string, error)
	// Ready completes what was begun and cut short, such as a chat's move.
	Ready(ctx context.Context) error
	// Export calls f for each record of a part, in any order of keys but kind by
	// kind. Of a shard it gives what was there at one moment, but for the sent
	// rings. The record is good until f returns.
	Export(ctx context.Context, p Part, f func(Record) error) error
}

// A Target can be written whole. As long as it is not Complete the back end
// opens it for nothing else.
type Target interface {
	Export(ctx context.Context, p Part, f func(Record) error) error
	// Import stores records of a part. Once more is the same as once.
	Import(ctx context.Context, p Part, records []Record) error
	// Clear deletes what Import stored of a part.
	Clear(ctx context.Context, p Part) error
	// Complete says that everything is there and makes it an ordinary store.
	Complete(ctx context.Context) error
}

// List writes entries behind each other, each led by its length.
func List[T ~string | ~[]byte](entries []T) []byte {
	var b []byte
	for _, e := range entries {
		b = append(binary.AppendUvarint(b, uint64(len(e))), e...)
	}
	return b
}

// ReadList reads what List wrote.
func ReadList(b []byte) ([][]byte, error) {
	var all [][]byte
	for len(b) > 0 {
		n, width := binary.Uvarint(b)
		if width <= 0 || n > uint64(len(b)-width) {
			return nil, record.ErrDamaged
		}
		b = b[width:]
		all, b = append(all, b[:n:n]), b[n:]
	}
	return all, nil
}

// PlainOwed writes an owed set in the form that depends on its ordinals alone:
// what was settled since may have left another. What cannot be read stays.
func PlainOwed(b []byte) []byte {
	all, err := record.ReadOwed(b)
	if err != nil {
		return b
	}
	return record.Owed(all)
}

// PlainExpired is PlainOwed for all sets of what came too late.
func PlainExpired(b []byte) []byte {
	groups, err := record.ReadExpired(b)
	if err != nil {
		return b
	}
	var plain []byte
	for _, g := range groups {
		plain = record.AddExpired(plain, g)
	}
	return plain
}

// PlainUpdate writes an update's record, led by its time, in the form that
// depends on what it tells alone: of a forgotten chat that is nothing. What
// cannot be read stays.
func PlainUpdate(b []byte) []byte {
	if len(b) < 8 {
		return b
	}
	u, err := record.ReadUpdate(b[8:])
	if err != nil {
		return b
	}
	for _, d := range u.Did {
		if d != (store.Did{}) {
			return b
		}
	}
	return append(b[:8:8], record.CutUpdate(b[8:])...)
}
