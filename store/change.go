package store

import (
	"errors"
	"time"
)

// ErrSettled reports that nothing of what an attempt would tell is owed any
// more.
var ErrSettled = errors.New("already settled")

// A Change is what one update of a person asks of one destination.
type Change struct {
	Dest     Dest
	Kind     Kind
	UpdateID int64 // Telegram's update id; 0: not from an update
	Edits    []Edit
	Existing bool // only of a destination that is there: an unknown one is not created, and ErrUnknown
	Now      time.Time
}

// An Op says what an Edit does.
type Op uint8

// The edits. Each is a no-op when its effect is there already.
const (
	AddRule     Op = iota + 1 // Text, Lang, Limit; a rule equal in text is not added twice
	RemoveRule                // N
	RestoreRule               // N, Text, Lang: what Undo of RemoveRule does
	Subscribe                 // Text: topic id
	Unsubscribe               // Text: topic id
	SetLang                   // Lang
	Pause
	Resume
	Suspend   // Text: the Suspension
	Revive    // ends a suspension
	Strike    // a refusal at Now that suspends (Refused) when it is the third within a day
	SetRoutes // Topics: what the operator routes here
	Touch     // a person was active; creates the destination and nothing more
)

// An Edit is one step of a Change.
type Edit struct {
	Op     Op
	N      int
	Text   string
	Lang   string
	Topics []string
	Limit  int // a rule is added only where fewer than so many are; 0: to any number
}

// A Result is what a Change did.
type Result struct {
	Again   bool        // the update was applied before; Did is what it did then
	Created bool        // the destination was unknown
	Did     []Did       // one for each edit
	After   Destination // the destination as it is now
}

// Did tells what one edit did.
type Did struct {
	Changed bool `json:"c,omitempty"` // false: the effect was there already, or there was nothing to act on
	N       int  `json:"n,omitempty"` // the rule's number, also when it was there already; 0: it is beyond the limit
	Rule    Rule `json:"r,omitzero"`  // the rule added or removed
}

// Apply carries out edits on d, the one meaning of them for every back end,
// and tells what each did. It changes d in place and must not be given a
// record that others read.
func Apply(d *Destination, edits []Edit, now time.Time) []Did {
	did := make([]Did, len(edits))
	for i, e := range edits {
		did[i] = e.apply(d, now)
	}
	return did
}
