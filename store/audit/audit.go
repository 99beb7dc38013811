// Package audit checks what must always be so in a store, whatever happened to
// it: each promise that the records of one kind make about those of another.
package audit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"rasid/internal/pause"
	"rasid/store"
	"rasid/store/transfer"
	"slices"
	"strings"
	"time"
)

// A Finding is a promise that does not hold.
type Finding struct {
	Rule  Rule   `json:"rule"`
	Place string `json:"place"` // where
	What  string `json:"what"`  // what is there
	Do    string `json:"do"`    // what to do about it
}

func (f Finding) String() string {
	return fmt.Sprintf("%s: %s: %s; %s", f.Place, f.Rule, f.What, f.Do)
}

// A Rule is something that must always be so.
type Rule string

// The rules.
const (
	Readable  Rule = "unreadable" // every record can be read
	Counter   Rule = "counter"    // a job's counter of what is owed is what its sets and the inboxes hold
	HasJob    Rule = "job"        // what is owed, is in an inbox or came too late has its job
	OneClass  Rule = "class"      // a destination is owed an item once: in one class, in its inbox, or too late
	Owner     Rule = "owed"       // nothing is owed to a destination that is forgotten or never was, nor in its inbox, nor came too late
	Told      Rule = "article"    // what is owed is in the log
	Tried     Rule = "tries"      // attempts without an answer are counted only of what is owed
	Attempt   Rule = "attempt"    // an attempt is to a destination that is there
	Ring      Rule = "ring"       // what was sent was sent to a destination that is there
	Index     Rule = "index"      // a chat is found where its destination is, and nowhere else
	Lost      Rule = "lost"       // where a chat is looked for there is something
	Twice     Rule = "twice"      // a chat has one destination, each of its threads one
	Forgotten Rule = "forgotten"  // tombstones are listed with their time, and nothing else is
	Ordinal   Rule = "ordinal"    // no ordinal or version is above its shard's newest, no version there twice
	Home      Rule = "directory"  // a chat lives in the shard that the directory says
	Number    Rule = "number"     // no article or cursor is above the newest number
	Ahead     Rule = "ahead"      // what was matched ahead of the cursor is of articles that there are
	ID        Rule = "id"         // an article is found by its id, and the id tells its content
	Epoch     Rule = "epoch"      // no shard knows a newer epoch of intake than there is
	Open      Rule = "open"       // items that still owe something are listed, and no others
	Changes   Rule = "changes"    // every change is in the change feed under its version
	Times     Rule = "times"      // what is forgotten with time is listed by its time, and nothing else is
	Tokens    Rule = "tokens"     // settled attempts are known in the order of settling, no more than are kept
)

// do tells what to do about a rule that does not hold.
func (r Rule) do() string {
	switch r {
	case Open, Changes, Times, Index, Tokens, Epoch:
		return "a copy into a new store is made without it: stop rasid, run rasid store copy and use the copy"
	case Lost:
		return "the subscriber is gone with all that it watched, and cannot subscribe again here: restore the last backup; " +
			"or stop rasid, run rasid store copy, use the copy, which is made without it, and let the chat subscribe again"
	case Ahead:
		return "it is not looked at, and gone once an article is matched: only what came in since the cursor is matched anew, nothing to do"
	case Counter:
		return "nothing is lost, but the article's figures are wrong and it may be kept for ever: tell the developers"
	case Readable:
		return "stop rasid and restore the last backup; keep this store for the developers"
	case HasJob, Owner, Tried, Attempt, Ring, Forgotten:
		return "nothing is sent because of it: tell the developers, and restore a backup if there are many"
	case Told:
		return "it is counted as withdrawn when its turn comes: nothing to do for one, restore a backup if there are many"
	case Home:
		return "its alerts come and its commands do not reach its rules: let the chat send /forget and subscribe again, or restore a backup"
	case OneClass:
		return "the chat may get the article twice: tell the developers"
	}
	return "stop rasid and restore the last backup; tell the developers"
}

// A Store can be checked.
type Store interface {
	Users(ctx context.Context) ([]string, error)
	Export(ctx context.Context, p transfer.Part, f func(transfer.Record) error) error
	// Derived checks what the back end keeps beside the records of a part to find
	// them.
	Derived(ctx context.Context, p transfer.Part, tell func(r Rule, place, what string)) error
}

// Options tunes a Check. Now is required.
type Options struct {
	Now      time.Time
	Progress func(what string, done float64) // is told how far it is, 0 to 1; default: nobody
	Again    time.Duration                   // before a store at work is looked at once more; default 2s
}

// maxFindings is how many findings are told.
const maxFindings = 1000

// ErrMany reports that there are more findings than are told.
var ErrMany = errors.New("there are more findings than these")

// Check checks every rule and returns what it found, at most 1000 and ErrMany
// then. A store at work may change between two readings, so there only what is
// found twice is told.
func Check(ctx context.Context, s Store, o Options) ([]Finding, error) {
	if o.Progress == nil {
		o.Progress = func(string, float64) {}
	}
	if o.Again == 0 {
		o.Again = 2 * time.Second
	}
	found, err := once(ctx, s, o)
	if err != nil && !errors.Is(err, ErrMany) || len(found) == 0 {
		return found, err
	}
	users, inner := s.Users(ctx)
	if inner != nil || len(users) == 0 {
		return found, errors.Join(err, inner)
	}
	if !pause.For(ctx, o.Again) {
		return nil, ctx.Err()
	}
	again, err := once(ctx, s, o)
	type key struct {
		rule  Rule
		place string
	}
	before := map[key]bool{}
	for _, f := range found {
		before[key{f.Rule, f.Place}] = true
	}
	var both []Finding
	for _, f := range again {
		if before[key{f.Rule, f.Place}] {
			both = append(both, f)
		}
	}
	return both, err
}

// once reads the store once.
func once(ctx context.Context, s Store, o Options) ([]Finding, error) {
	a := &auditor{now: o.Now, items: map[uint64]item{}, moved: map[int64]store.Shard{}}
	order := []transfer.Part{transfer.Directory, transfer.Notes, transfer.Log} // the cursor before the articles
	for p := range transfer.Part(store.Shards) {
		order = append(order, p)
	}
	for i, p := range order {
		if err := a.part(ctx, s, p); err != nil {
			return nil, fmt.Errorf("check %s: %w", p, err)
		}
		o.Progress("checking", float64(i+1)/float64(len(order)))
	}
	slices.SortStableFunc(a.found, func(x, y Finding) int {
		return cmp.Or(strings.Compare(x.Place, y.Place), strings.Compare(string(x.Rule), string(y.Rule)))
	})
	if a.more {
		return a.found, ErrMany
	}
	return a.found, nil
}

// An auditor is one reading.
type auditor struct {
	now    time.Time
	found  []Finding
	more   bool
	items  map[uint64]item
	seq    uint64
	cursor uint64
	ahead  []byte
	moved  map[int64]store.Shard
}

func (a *auditor) tell(r Rule, place, what string) {
	if len(a.found) == maxFindings {
		a.more = true
		return
	}
	a.found = append(a.found, Finding{r, place, what, r.do()})
}

func (a *auditor) part(ctx context.Context, s Store, p transfer.Part) error {
	x := a.reader(p)
	err := s.Export(ctx, p, func(r transfer.Record) error {
		if err := x.read(r); err != nil {
			a.tell(Readable, fmt.Sprintf("%s, %s %x", p, r.Kind, r.Key), err.Error())
		}
		return nil
	})
	if err != nil {
		return err
	}
	x.end()
	return s.Derived(ctx, p, a.tell)
}

// A reader takes a part's records in and checks them at the end.
type reader interface {
	read(r transfer.Record) error
	end()
}

func (a *auditor) reader(p transfer.Part) reader {
	switch p {
	case transfer.Notes:
		return &notes{a}
	case transfer.Directory:
		return &directory{a}
	case transfer.Log:
		return &log{auditor: a, ids: map[string]id{}}
	}
	return newShard(a, store.Shard(p))
}
