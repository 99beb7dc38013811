package alert

import (
	"context"
	"errors"
	"rasid/store"
	"slices"
	"time"
)

// settle records what is known of an attempt's outcome.
func (a *attempt) settle(alerts []Alert, out Outcome) result {
	a.d.gate.saw(out.Fate, time.Now())
	a.d.o.Stats.sent(alerts, out)
	if out.Fate != Delivered {
		a.d.o.Logger.Debug("a message was not delivered", "chat", a.to.Chat, "article", alerts[0].Item.Seq, "fate", out.Fate, "reason", out.Reason)
	}
	switch out.Fate {
	case Delivered:
		r := a.finish(store.Outcome{Fate: store.Delivered, MessageID: out.MessageID, Rules: ruleNames(alerts)})
		r.told = !alerts[0].isBroadcast() && len(alerts[0].Items()) > 0 && len(a.missed) > 0
		return r
	case Unknown:
		return a.unknown(alerts, out)
	case NotWritten:
		_, until := a.d.gate.open(time.Now())
		return a.release(time.Time{}, until)
	case Wait:
		return a.wait(out)
	case Moved:
		return a.moved(out)
	default:
		return a.refused(out)
	}
}

// unknown lets the store count. What is unknown of a list is so of all its
// alerts. An alert is sent again, at most twice, and then a dead letter; a broadcast
// is taken as delivered.
func (a *attempt) unknown(alerts []Alert, out Outcome) result {
	r := a.finish(store.Outcome{Fate: store.Unknown, Rules: ruleNames(alerts), Reason: out.Reason})
	if r.verb != settled || alerts[0].isBroadcast() {
		return r
	}
	for i, j := range a.pick.jobs {
		switch {
		case !slices.Contains(a.rest, j):
		case a.tries[i]+1 < store.MaxTries:
			r.rest = append(r.rest, j)
		default:
			a.d.o.Stats.unconfirmed.Add(1)
		}
	}
	if len(r.rest) > 0 {
		r.verb, r.unknown, r.tries, r.until = again, true, a.tries, time.Now().Add(a.d.scale.of(unknownAgain))
	}
	return r
}

// wait does as Telegram asks, to the second.
func (a *attempt) wait(out Outcome) result {
	until := time.Now().Add(max(out.After, waitLeast))
	if out.WholeBot {
		a.d.o.Pacer.HoldAll(until)
		return a.release(time.Time{}, until)
	}
	a.d.o.Pacer.Hold(a.to.Chat, until)
	return a.release(until, until)
}

// refused gives the message up, and the chat for now where it will not have
// us.
func (a *attempt) refused(out Outcome) result {
	if out.Strike {
		a.strike()
	}
	r := a.finish(store.Outcome{Fate: store.Dead, Reason: out.Reason, Suspend: out.Suspend})
	r.sync = out.Strike || out.Suspend != ""
	return r
}

// strike counts a refusal that suspends only when it is repeated.
func (a *attempt) strike() {
	c := store.Change{Dest: a.to.Dest, Kind: a.to.Kind, Edits: []store.Edit{{Op: store.Strike}}, Existing: true, Now: time.Now()}
	err := a.d.store.do(a.sendCtx, "count a refusal", func() error {
		_, err := a.d.o.Store.Change(a.sendCtx, c)
		return err
	})
	if err != nil && !errors.Is(err, store.ErrUnknown) { // it moved meanwhile, or was forgotten
		a.d.o.Logger.Error("a refusal was not counted", "chat", a.to.Chat, "err", err)
	}
}

// moved follows the chat to its new id and leaves the item owed there.
func (a *attempt) moved(out Outcome) result {
	if out.MovedTo == 0 || out.MovedTo == a.to.Chat {
		return a.refused(Outcome{Reason: "moved to nowhere: " + out.Reason})
	}
	// Taken back first: what the chat moves into may be this very place, and nothing
	// moves while a message is on its way.
	if err := a.takeBack(time.Time{}); err != nil {
		return a.failed(err)
	}
	err := a.d.store.do(a.sendCtx, "move a chat", func() error {
		return a.d.o.Store.Migrate(a.sendCtx, a.to.Chat, out.MovedTo, time.Now())
	})
	r := a.later(time.Time{})
	if err != nil {
		a.d.o.Logger.Error("a chat could not be moved", "chat", a.to.Chat, "err", err)
		r.until = time.Now().Add(a.d.scale.of(retryMost))
	}
	r.sync = true
	return r
}

// finish records the end of the attempt, for as long as it takes: delivered is
// a fact.
func (a *attempt) finish(o store.Outcome) result {
	if err := a.record(a.mark, o); err != nil {
		return a.failed(err)
	}
	return a.done()
}

func (a *attempt) record(m store.Mark, o store.Outcome) error {
	ctx, cancel := a.settling()
	defer cancel()
	do := a.d.store.insist // what was sent once is not to be sent again
	if m.At.IsZero() {
		do = a.d.store.do
	}
	err := do(ctx, "settle an attempt", func() error {
		return a.d.o.Store.Finish(ctx, m, o, a.toldAt())
	})
	if errors.Is(err, store.ErrUnknown) {
		return nil
	}
	return err
}

// settling is the context of recording how an attempt ended: an answer that came
// at the last moment of a stop is recorded all the same.
func (a *attempt) settling() (context.Context, context.CancelFunc) {
	return drainContext(a.sendCtx, a.d.scale.of(settleMore))
}

// release takes the attempt back. hold is for the chat and is stored; the item
// is tried again at until.
func (a *attempt) release(hold, until time.Time) result {
	if err := a.takeBack(hold); err != nil {
		return a.failed(err)
	}
	return a.later(latest(hold, until))
}

func (a *attempt) takeBack(hold time.Time) error {
	ctx, cancel := a.settling()
	defer cancel()
	err := a.d.store.do(ctx, "release an attempt", func() error {
		return a.d.o.Store.Release(ctx, a.mark, hold)
	})
	if errors.Is(err, store.ErrUnknown) {
		return nil
	}
	return err
}

func (a *attempt) done() result {
	return result{pick: a.pick, chat: a.chat, lease: a.lease, verb: settled}
}

func (a *attempt) later(until time.Time) result {
	return result{pick: a.pick, rest: a.rest, chat: a.chat, lease: a.lease, verb: again, until: until}
}

// failed is what a store that took no more leads to: the item stays, and is
// found again at the next start. Where a record cannot be read it is tried again
// here, too, without keeping its room from others. Somebody else's lease ends the
// shard's.
func (a *attempt) failed(err error) result {
	r := a.later(time.Now().Add(a.d.scale.of(retryMost)))
	if isUnreadable(err) {
		r.until = time.Now().Add(a.d.scale.of(readAgain))
		a.d.unread("tell an alert", a.pick.line.place, err)
	}
	if isFenced(err) {
		r.err = err
	}
	return r
}
