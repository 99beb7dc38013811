// Package alert is the way from an accepted article to a told chat. Intake
// reads what was accepted, in order, matches it and records whom it is owed
// to. Delivery takes what is owed, matches again only the recipient's own
// rules, has it worded, waits for Telegram's pace, writes ahead, sends, and
// settles. Index knows who wants what; Pacer knows how fast one may send.
//
// The package imports neither the words nor the bot: Sender is what it needs
// of them.
package alert

import (
	"context"
	"rasid/rules"
	"rasid/store"
	"time"
)

// An Alert is one message to be: an item that a destination is owed, and why.
type Alert struct {
	To      store.Destination
	Item    store.Item
	Class   store.Class
	Reasons []Reason // empty for a broadcast, and where only an older matcher, or an older text of the article, had a hit
	Kept    []Alert  // of an inbox that is told: what it holds, oldest first; Item is then the newest's, and Reasons all there are
	Dropped int      // of an inbox that is told: older ones that are not kept any more; there may be nothing beside them
	Missed  int      // how many came too late for the destination since it was told so last; 0 for a broadcast, and in a list but for the last
}

// Items lists the numbers of what a tells, oldest first.
func (a *Alert) Items() []uint64 {
	if a.Item.Seq == 0 {
		return nil
	}
	if len(a.Kept) == 0 {
		return []uint64{a.Item.Seq}
	}
	all := make([]uint64, len(a.Kept))
	for i := range a.Kept {
		all[i] = a.Kept[i].Item.Seq
	}
	return all
}

// each lists the alerts that a tells; none where it tells a count alone.
func (a *Alert) each() []Alert {
	if a.Item.Seq == 0 {
		return nil
	}
	if len(a.Kept) == 0 {
		return []Alert{*a}
	}
	return a.Kept
}

// isBroadcast reports whether a is an announcement by itself, which tells of
// nothing else and is not sent again when its outcome is not known.
func (a *Alert) isBroadcast() bool { return a.Item.Broadcast != nil && a.Kept == nil }

// marked lists what an attempt to send a message tells, as the store knows it.
func marked(alerts []Alert) []uint64 {
	all := itemsOf(alerts)
	if alerts[0].Dropped > 0 {
		all = append(all, store.InboxCount)
	}
	return all
}

// itemsOf lists the numbers of what one message tells.
func itemsOf(alerts []Alert) (all []uint64) {
	for i := range alerts {
		all = append(all, alerts[i].Items()...)
	}
	return all
}

// A Reason is one rule or topic of the destination that hit.
type Reason struct {
	Rule   int               // the rule's number; 0: a topic
	Topic  string            // the topic's id; empty: a rule
	Name   string            // the rule's text, or the topic's id
	Title  map[string]string // of a topic, by language
	Spans  []rules.Span
	Routed bool        // the operator sends the topic here
	Class  store.Class // how loud it is
}

// A Message is a worded alert, ready to send. Only the Sender looks inside.
type Message any

// A Sender words alerts and sends them. bot.Sender is one.
type Sender interface {
	// Prepare words a. An error is a defect of the wording: the alert becomes
	// a dead letter with it.
	Prepare(ctx context.Context, a Alert) (Message, error)
	// PrepareList words several alerts of one class for one destination,
	// oldest first, as one message. An error is as Prepare's, of all of them.
	PrepareList(ctx context.Context, all []Alert) (Message, error)
	// Send makes one request and says what is known of its outcome.
	Send(ctx context.Context, m Message) Outcome
}

// A Prober asks whether Telegram answers at all. A Sender that is one is asked
// after several unknown outcomes in a row, before anything else is sent.
type Prober interface {
	Probe(ctx context.Context) error
}

// A Fate says how an attempt to send ended.
type Fate uint8

// The fates. The zero Fate is no outcome.
const (
	Delivered  Fate = iota + 1 // Telegram has it
	Refused                    // never to be sent so again
	Unknown                    // written, and no answer
	NotWritten                 // not a byte reached Telegram
	Wait                       // Telegram asks to wait for After
	Moved                      // the chat has a new id, MovedTo
	Reworded                   // refused as it is; Instead, which is the same in another form, may be taken
)

// An Outcome is what is known of one attempt.
type Outcome struct {
	Fate      Fate
	MessageID int64
	After     time.Duration    // of Wait
	WholeBot  bool             // Wait concerns the bot and not the chat alone
	MovedTo   int64            // of Moved
	Instead   Message          // of Reworded: each form is tried once
	Suspend   store.Suspension // of Refused: nothing more is sent there for now
	Strike    bool             // of Refused: suspends when it is repeated
	Reason    string           // in English, without secrets
}
