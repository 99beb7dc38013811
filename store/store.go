// Package store holds the nouns of what rasid remembers, and says what a back
// end promises. Package storetest is that promise as a suite; memstore (a
// model), boltstore and redisstore keep it.
//
// The store never asks what time it is: callers pass now. Every method that
// changes something is atomic: it happened whole, durably, when it returned
// nil, and not at all or in full when the process died during the call.
// Repeating a call after an unknown outcome is safe.
package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Shards is the number of parts into which chats are divided. It is fixed for
// the life of a store.
const Shards = 256

// RingSize is how many messages a destination's sent ring remembers.
const RingSize = 200

// InboxSize is how many items an inbox holds.
const InboxSize = 500

// InboxCount is no item among a Mark's items, but how many its destination's
// inbox dropped. Items are numbered from 1.
const InboxCount uint64 = 0

// Who is given ErrDispatching tries again after DispatchLook, for DispatchMost
// before that counts as a store that fails: another process takes over within ten
// seconds from one that dispatched an article, or was sending, and waits a minute
// for what may still come of the message.
const (
	DispatchLook = 50 * time.Millisecond
	DispatchMost = 90 * time.Second
)

// MaxTries is how often a message whose outcome stayed unknown is sent in
// all: once, and at most twice again.
const MaxTries = 3

// Errors that a caller acts on.
var (
	// ErrFenced reports that the caller's epoch is older than the newest
	// owner's: it must stop what it does under that epoch.
	ErrFenced = errors.New("another process has taken over")
	// ErrUnknown reports that there is no such thing in the store.
	ErrUnknown = errors.New("not in the store")
	// ErrInUse reports that another process holds the store's file.
	ErrInUse = errors.New("the store is in use by another process")
	// ErrDispatching reports that something cannot be done before the article
	// that is being dispatched has been, whole, or before a message that is on its
	// way has been settled: the caller tries again after DispatchLook.
	ErrDispatching = errors.New("an article is being handed out")
	// ErrNoRoom reports that a disk has too little room for what was to be written.
	ErrNoRoom = errors.New("too little room on the disk")
	// ErrUnfinished reports a store that is half a copy of another.
	ErrUnfinished = errors.New("a copy into this store was begun and is not complete")
	// ErrAnew reports that a reader of changes has to begin again: the store lost
	// what it wrote last, some of which the reader may know.
	ErrAnew = errors.New("the store has another history now")
)

// An UnreadableError comes with what a Log could read and names what it could not:
// that the store answered, and these are there. A store that fails is another
// error.
type UnreadableError struct{ Items []Unreadable }

// An Unreadable is an item that is in the log and cannot be read.
type Unreadable struct {
	Seq uint64
	Err error // record.ErrDamaged, or record.ErrNewer
}

func (e *UnreadableError) Error() string {
	if len(e.Items) == 1 {
		return fmt.Sprintf("item %d cannot be read: %v", e.Items[0].Seq, e.Items[0].Err)
	}
	return fmt.Sprintf("%d items cannot be read, the first is item %d: %v", len(e.Items), e.Items[0].Seq, e.Items[0].Err)
}

// Unwrap returns why each cannot be read.
func (e *UnreadableError) Unwrap() []error {
	all := make([]error, len(e.Items))
	for i, x := range e.Items {
		all[i] = x.Err
	}
	return all
}

// Unread returns the error of a Log that could not read some items; nil: there are
// none.
func Unread(some []Unreadable) error {
	if len(some) == 0 {
		return nil
	}
	return &UnreadableError{some}
}

// A Store is everything a back end does. Rooms ask for the part they use;
// only cmd and storetest see the whole.
type Store interface {
	Articles
	Jobs
	Chats
	Notes
	Leases
	Hints
	// Ping reports whether the store can be reached and written to: what fails
	// for each write, as long as replicas are away that it waits for, fails here.
	Ping(ctx context.Context) error
	// Close releases the store. No call may be under way.
	Close() error
}

// Articles is the log of what was accepted.
type Articles interface {
	// Accept makes items durable, all or none, and tells for each whether it
	// is New, Same or Changed by its id. New items get the next sequence
	// numbers, in order, starting at 1. A Changed item replaces the stored
	// content and keeps its number. A quiet one replaces none that is not quiet: it
	// is Same, for who is to be told of that must be.
	//
	// What one feed held quietly is New when something else brings it and is not
	// quiet: it gets a number of its own, and the quiet item stays in the log
	// without its id. What brings it later from the feed that held it stays quiet, and
	// so does all that several feeds held.
	//
	// Ids are remembered for 30 days after they were last accepted, longer than
	// articles are.
	Accept(ctx context.Context, items []Item, now time.Time) ([]Accepted, error)
	// Log returns at most limit items in order, those numbered above after. One
	// that cannot be read counts among them and hides no other: it is left out, and
	// named by an *UnreadableError, which comes with the rest.
	Log(ctx context.Context, after uint64, limit int) ([]Item, error)
	// Item returns one item by its number, or ErrUnknown.
	Item(ctx context.Context, seq uint64) (Item, error)
	// ItemByID returns one item by its id, or ErrUnknown.
	ItemByID(ctx context.Context, id string) (Item, error)
	// Cursor returns the number of the last item that was dispatched whole.
	Cursor(ctx context.Context) (uint64, error)
	// Reach returns how far intake is: the cursor, and what was dispatched beyond
	// it. Where that is not known, because an older rasid was at work, or makes no
	// sense, it is the cursor alone.
	Reach(ctx context.Context) (Reach, error)
	// Advance stores how far intake is, in one step: the cursor only moves
	// forward, to r's; what is beyond it is r's from then on, which may be less.
	// ErrFenced for a stale epoch of Intake.
	Advance(ctx context.Context, r Reach, epoch uint64) error
	// Trim deletes articles accepted before before that nothing is owed of
	// any more and that the Reach has, at most limit of them, and
	// tells how many. It also forgets ids and update ids past their time. What
	// cannot be read stays and keeps nothing else: the error comes with how many.
	Trim(ctx context.Context, before, now time.Time, limit int) (int, error)
	// Outlive drops what was put into inboxes before an instant, and counts it.
	// A call does a share of that, so short that others hardly wait, and reports
	// whether it came to the end; the next goes on where it stopped. An inbox that
	// cannot be read keeps no other from its turn.
	Outlive(ctx context.Context, before time.Time) (done bool, err error)
}

// Jobs is what is owed to chats, and what became of it.
type Jobs interface {
	// Dispatch records to whom an item is owed in one shard, all classes at
	// once, unless that (shard, item) is known already or was cancelled, and
	// reports whether it was new. A stale epoch of Intake is refused with
	// ErrFenced.
	Dispatch(ctx context.Context, d Dispatch, epoch uint64) (added bool, err error)
	// Owed returns the jobs of a shard, oldest first, those with item numbers
	// above after, that still owe something. A restart begins at 0. Where some of a
	// shard's records cannot be read, this, Marks, Expired and Inboxes return the others
	// beside the error, which is record.ErrDamaged or record.ErrNewer of one.
	Owed(ctx context.Context, shard Shard, after uint64) ([]Job, error)
	// Begin is the write-ahead of one attempt to send: durable before a byte
	// goes out. ErrFenced for a stale epoch of the shard's role; ErrSettled when
	// none of the mark's items is owed to its destination any more.
	Begin(ctx context.Context, m Mark) error
	// Finish settles an attempt. Delivered is a fact and never fenced: it
	// clears the owed bits and enters the sent ring even when the mark is
	// gone, or was settled as unknown by who took over. Else the same token a
	// second time is a no-op, and so is anything about a destination that was
	// forgotten.
	Finish(ctx context.Context, m Mark, o Outcome, now time.Time) error
	// Release takes an attempt back that wrote nothing or must wait: the bits
	// stay, and Destination.HoldUntil becomes until when that is later. It is
	// never fenced.
	Release(ctx context.Context, m Mark, until time.Time) error
	// Marks returns the attempts of a shard that were begun and not settled.
	Marks(ctx context.Context, shard Shard) ([]Mark, error)
	// Withdraw clears the bits of items that are no longer wanted by a
	// destination, and counts them. ErrFenced for a stale epoch of the shard's
	// role.
	Withdraw(ctx context.Context, p Place, items []uint64, epoch uint64) error
	// Expire takes those of e's destinations that the item is still owed to in
	// e's class off what is owed and onto the list of whom it came too late
	// for, and tells how many they were: one record, however many they are.
	// ErrFenced for a stale epoch of the shard's role.
	Expire(ctx context.Context, e Expired, epoch uint64) (int, error)
	// Expired returns what came too late in a shard, by item, class and time,
	// for as long as the items are kept. What a Finish turns out to have been
	// delivered all the same is not in it, nor is what was forgotten.
	Expired(ctx context.Context, shard Shard) ([]Expired, error)
	// Shelve moves those of some items that are still owed to a place from what
	// is owed into its inbox, behind what is there, and tells how many they
	// were. Of more than InboxSize the oldest are dropped and counted. What is
	// in an inbox counts as owed in a Tally, can be begun, finished and
	// withdrawn like it, and does not expire; Outlive drops what is kept there
	// too long, and counts it. The count can be begun, finished and
	// withdrawn, too, as InboxCount; a Tally, a dead letter or the sent ring does
	// not tell of it. Whatever else empties an inbox leaves the count, until
	// Shelve is called without items. ErrFenced for a stale epoch of the shard's
	// role.
	Shelve(ctx context.Context, s Shelving, epoch uint64) (int, error)
	// Inbox returns what is in the inbox of a place.
	Inbox(ctx context.Context, p Place) (Inbox, error)
	// Inboxes returns the places of a shard that have something in their inbox,
	// and when each is due, without the items, by ordinal.
	Inboxes(ctx context.Context, shard Shard) ([]Inbox, error)
	// Cancel withdraws all that is still owed of an item (a stopped
	// broadcast), in one shard, for good: whoever comes late with a Dispatch, or
	// a Migrate from another shard, makes nothing owed there again. What an
	// attempt is under way with stays owed until Finish tells what became of it;
	// a Release drops it, and so does a Finish that would leave it owed. Cancel
	// takes the item out of inboxes a few at a time; cut short, it is completed by
	// repeating it.
	Cancel(ctx context.Context, shard Shard, item uint64) error
	// Tally sums what became of an item over all shards.
	Tally(ctx context.Context, item uint64) (Tally, error)
	// Sent returns a destination's sent ring, newest first.
	Sent(ctx context.Context, d Dest) ([]Sent, error)
	// Dead returns a shard's dead letters, newest first, at most limit.
	Dead(ctx context.Context, shard Shard, limit int) ([]DeadLetter, error)
}

// Chats is who is listening.
type Chats interface {
	// Change applies what a person's update asks for. Update id, effect and
	// result are one change: a redelivered update id is not applied again but
	// answered again from its result (Result.Again is set). An unknown
	// destination is created, unless the change is for Existing ones; UpdateID 0 is
	// never remembered (the operator's own changes: routes, suspension).
	Change(ctx context.Context, c Change) (Result, error)
	// Destination returns one destination, or ErrUnknown.
	Destination(ctx context.Context, d Dest) (Destination, error)
	// Threads returns every destination of a chat: its forum threads and
	// itself.
	Threads(ctx context.Context, chat int64) ([]Destination, error)
	// Changes calls f with the present record of each destination that changed
	// since cur, in no particular order, and moves cur. From the zero Cursor it
	// gives every destination. A forgotten destination comes with Gone set, also from
	// the zero Cursor as long as a tombstone is kept: the reader may have known it. The
	// array of its Rules is used again for others when f returned: whoever keeps
	// them copies it.
	//
	// Where a record is damaged the others are given, cur is moved all the same, and
	// an UnreadableDestError, alone or with the error that ended the call, tells which
	// are not. A record of a newer rasid waits: cur
	// stays before it.
	//
	// ErrAnew comes before anything is given: cur is 0 then where a shard has to
	// be read from its beginning. What the reader knows there, and is not given until
	// Changes ends without another error, there is no more.
	Changes(ctx context.Context, cur *Cursor, f func(Destination) error) error
	// Forget erases a chat: all its destinations, their rules, bits and ring.
	Forget(ctx context.Context, chat int64, now time.Time) error
	// Migrate moves a chat to a new id. To an unknown new id shard and
	// ordinals stay; into a known one rules and topics are merged, the settings
	// and the numbers of rules kept of whichever joined first, and the ordinals
	// of the new id retired. Repeating it is a no-op; a crash in the middle is
	// taken up again by repeating it.
	//
	// Items that the newer destinations are owed, have in an inbox or were too
	// late for go along, and are known from then on in the shard they come into.
	// A Dispatch to that shard that is still to come would owe them to nobody
	// there, so while one of them is numbered above the Cursor a move from one
	// shard into another is refused with ErrDispatching. It has changed nothing
	// then; where it had begun it stays begun, and is completed later by whoever
	// asks for either chat, who is given ErrDispatching, too, when that takes
	// seconds.
	//
	// A message on its way to a newer destination is settled there: until its mark
	// is gone a move is refused with ErrDispatching, too. Where it had begun it has
	// changed nothing either, and the chats are found as they were. A mark whose
	// process died is gone once another took over.
	Migrate(ctx context.Context, from, to int64, now time.Time) error
}

// Notes is what rooms remember for themselves.
type Notes interface {
	// Feeds returns what is known of every polled feed.
	Feeds(ctx context.Context) ([]Feed, error)
	// SaveFeed stores what a poll learnt.
	SaveFeed(ctx context.Context, f Feed) error
	// RuleFile returns the accepted rule file and its version; version 0 means
	// there is none.
	RuleFile(ctx context.Context) (version uint64, data []byte, err error)
	// SaveRuleFile stores a rule file as the next version, unless it is equal
	// to the stored one, and returns the version in force.
	SaveRuleFile(ctx context.Context, data []byte) (version uint64, err error)
	// KnownRuleFile returns the newest version under which a rule file was ever
	// stored; 0: never.
	KnownRuleFile(ctx context.Context, data []byte) (version uint64, err error)
}
