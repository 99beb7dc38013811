package alert

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"rasid/rules"
	"rasid/store"
)

// An attempt tells one destination one item. It runs in a goroutine of its
// own.
type attempt struct {
	d       *Delivery
	ctx     context.Context // ends when the program is told to stop
	sendCtx context.Context // ends later: what was begun is finished
	pick    pick
	to      store.Destination
	mark    store.Mark
}

func (a *attempt) done() result { return result{pick: a.pick, verb: settled} }

func (a *attempt) later(until time.Time) result {
	return result{pick: a.pick, verb: again, tries: a.pick.tries, until: until}
}

// failed is what a store that stopped taking changes leads to: the item stays
// and is found again at the next start.
func (a *attempt) failed(err error) result {
	if errors.Is(err, store.ErrFenced) {
		return result{pick: a.pick, err: fmt.Errorf("send alerts: %w", err)}
	}
	return a.later(time.Now().Add(retryMost))
}

func (a *attempt) run() result {
	to, ok := a.d.o.Index.Destination(a.pick.line.place)
	if !ok || to.Suspended != "" {
		return a.withdraw()
	}
	if to.Paused {
		return result{pick: a.pick, verb: parked}
	}
	a.to = to
	doc, err := a.d.docs.get(a.ctx, a.pick.item)
	switch {
	case errors.Is(err, store.ErrUnknown):
		return a.withdraw()
	case err != nil:
		return a.failed(err)
	}
	alert, wanted := a.alert(doc)
	if !wanted {
		return a.withdraw()
	}
	return a.tell(alert)
}

// alert matches the item again, against this destination's rules only, and
// reports whether it is still wanted. A hit that only another version of the
// matcher saw is told without the words.
func (a *attempt) alert(doc *itemDoc) (Alert, bool) {
	al := Alert{To: a.to, Item: doc.item, Class: a.pick.class}
	if doc.item.Broadcast != nil {
		return al, true
	}
	al.Reasons = a.d.o.Index.Reasons(a.to, &doc.doc)
	if len(al.Reasons) == 0 && a.pick.matcher != rules.Version() {
		a.d.o.Stats.otherMatcher.Add(1)
		return al, true
	}
	return al, len(al.Reasons) > 0
}

func (a *attempt) withdraw() result {
	err := a.d.persist(a.ctx, "withdraw an alert", func() error {
		return a.d.o.Store.Withdraw(a.ctx, a.pick.line.place, []uint64{a.pick.item}, a.d.o.Epoch)
	})
	if err != nil && !errors.Is(err, store.ErrUnknown) {
		return a.failed(err)
	}
	a.d.o.Stats.withdrawn.Add(1)
	return a.done()
}

// tell words, begins, paces, sends and settles.
func (a *attempt) tell(al Alert) result {
	a.mark = store.Mark{
		Place: a.to.Place, Epoch: a.d.o.Epoch, Token: rand.Text(),
		Items: []uint64{a.pick.item}, At: time.Now(), Tries: a.pick.tries,
	}
	msg, err := a.d.o.Sender.Prepare(a.ctx, al)
	if err != nil {
		a.d.o.Logger.Error("an alert could not be worded", "article", al.Item.Seq, "err", err)
		return a.finish(store.Outcome{Fate: store.Dead, Reason: "could not be worded: " + err.Error()})
	}
	a.d.o.Crash("before begin")
	err = a.d.persist(a.ctx, "begin an attempt", func() error { return a.d.o.Store.Begin(a.ctx, a.mark) })
	switch {
	case errors.Is(err, store.ErrSettled), errors.Is(err, store.ErrUnknown):
		return a.done()
	case err != nil:
		return a.failed(err)
	}
	if err := a.d.o.Pacer.Take(a.ctx, paceOf(&a.to), Alerts); err != nil {
		return a.release(time.Time{})
	}
	a.d.o.Crash("after begin before write")
	out := a.d.o.Sender.Send(a.sendCtx, msg)
	a.d.o.Crash("after write before finish")
	r := a.settle(al, out)
	a.d.o.Crash("after finish")
	return r
}

// settle records what is known of the outcome.
func (a *attempt) settle(al Alert, out Outcome) result {
	a.d.gate.saw(out.Fate == Unknown)
	a.d.o.Stats.sent(al, out)
	switch out.Fate {
	case Delivered:
		return a.finish(store.Outcome{Fate: store.Delivered, MessageID: out.MessageID, Rules: ruleNames(al.Reasons)})
	case Unknown:
		return a.unknown(al, out)
	case NotWritten:
		return a.release(time.Now().Add(notWritten))
	case Wait:
		return a.wait(out)
	case Moved:
		return a.moved(out)
	default:
		return a.refused(out)
	}
}

func (a *attempt) unknown(al Alert, out Outcome) result {
	r := a.finish(store.Outcome{Fate: store.Unknown, Rules: ruleNames(al.Reasons), Reason: out.Reason})
	if r.verb == settled && al.Item.Broadcast == nil && a.mark.Tries+1 < store.MaxTries {
		r.verb, r.tries = again, a.mark.Tries+1
	}
	return r
}

func (a *attempt) wait(out Outcome) result {
	until := time.Now().Add(out.After)
	if out.WholeBot {
		a.d.o.Pacer.HoldAll(until)
	} else {
		a.d.o.Pacer.Hold(a.to.Chat, until)
	}
	return a.release(until)
}

func (a *attempt) refused(out Outcome) result {
	r := a.finish(store.Outcome{Fate: store.Dead, Reason: out.Reason, Suspend: out.Suspend})
	if out.Strike && r.err == nil {
		c := store.Change{Dest: a.to.Dest, Kind: a.to.Kind, Edits: []store.Edit{{Op: store.Strike}}, Now: time.Now()}
		err := a.d.persist(a.sendCtx, "count a refusal", func() error {
			_, err := a.d.o.Store.Change(a.sendCtx, c)
			return err
		})
		if err != nil {
			a.d.o.Logger.Error("a refusal was not counted", "chat", a.to.Chat, "err", err)
		}
	}
	a.d.Wake() // the index is to learn of the suspension
	return r
}

func (a *attempt) moved(out Outcome) result {
	err := a.d.persist(a.sendCtx, "move a chat", func() error {
		return a.d.o.Store.Migrate(a.sendCtx, a.to.Chat, out.MovedTo, time.Now())
	})
	if err != nil {
		a.d.o.Logger.Error("a chat could not be moved", "chat", a.to.Chat, "err", err)
		return a.release(time.Now().Add(notWrittenMax))
	}
	if err := a.d.o.Index.Sync(a.sendCtx, a.d.o.Store); err != nil {
		a.d.o.Logger.Error("the move of a chat was not seen", "chat", a.to.Chat, "err", err)
	}
	return a.release(time.Time{})
}

// finish records the end of the attempt, for as long as it takes: delivered is
// a fact.
func (a *attempt) finish(o store.Outcome) result {
	err := a.d.persist(a.sendCtx, "settle an attempt", func() error {
		return a.d.o.Store.Finish(a.sendCtx, a.mark, o, time.Now())
	})
	if err != nil && !errors.Is(err, store.ErrUnknown) {
		return a.failed(err)
	}
	return a.done()
}

func (a *attempt) release(until time.Time) result {
	err := a.d.persist(a.sendCtx, "release an attempt", func() error {
		return a.d.o.Store.Release(a.sendCtx, a.mark, until)
	})
	if err != nil && !errors.Is(err, store.ErrUnknown) {
		return a.failed(err)
	}
	return a.later(until)
}

// A gate closes after several unknown outcomes in a row, until Telegram
// answers again.
type gate struct {
	mu     sync.Mutex
	row    int
	closed bool
	asking bool // somebody probes
}

// claimProbe reports whether the caller is the one to probe.
func (g *gate) claimProbe() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.closed || g.asking {
		return false
	}
	g.asking = true
	return true
}

func (g *gate) saw(unknown bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !unknown {
		g.row = 0
		return
	}
	g.row++
	g.closed = g.closed || g.row >= unknownsInRow
}

func (g *gate) open() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return !g.closed
}

func (g *gate) reopen() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.row, g.closed, g.asking = 0, false, false
}
