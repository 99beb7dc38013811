package alert

import (
	"context"
	"errors"
	"rasid/store"
	"time"
)

// begin waits for the pace, writes ahead, and reports whether one may send. The
// slot comes first: an attempt that waited for it with its mark written would
// count as tried when the process dies, though not a byte went out, and three
// such ends would give up a message that was never sent. The wait may be long: who
// paused meanwhile, or wants something else, is looked at anew.
func (a *attempt) begin() (result, bool) {
	if !a.mine() {
		return a.later(a.lapsed()), false
	}
	if a.slot(a.ctx, slotLimit) != nil {
		return a.later(a.d.o.Pacer.TryAt(paceOf(&a.to))), false
	}
	if open, until := a.d.gate.open(time.Now()); !open {
		return a.later(until), false
	}
	if !a.mine() {
		return a.later(a.lapsed()), false
	}
	if a.d.o.Index.changed(&a.to) {
		return a.later(time.Time{}), false
	}
	a.d.o.Crash(CrashBeforeBegin)
	tries := 0
	err := a.d.store.do(a.sendCtx, "begin an attempt", func() error {
		tries++
		a.mark.At = time.Now()
		return a.d.o.Store.Begin(a.sendCtx, a.mark)
	})
	if err != nil {
		return a.unbegun(err, tries), false
	}
	return a.mayWrite()
}

// mine reports whether one may still begin: the shard was not given up, and its
// lease holds.
func (a *attempt) mine() bool { return a.ctx.Err() == nil && a.lease.Holds() }

// mayWrite reports whether one may send what was begun. A write-ahead that took
// its time has cost the slot. The next is not waited for long: whoever takes the
// shard over counts from the mark's time.
func (a *attempt) mayWrite() (result, bool) {
	if time.Since(a.mark.At) > beginLate && a.slot(a.ctx, slotAgain) != nil {
		return a.release(time.Time{}, a.d.o.Pacer.TryAt(paceOf(&a.to))), false
	}
	switch open, until := a.d.gate.open(time.Now()); {
	case !open:
		return a.release(time.Time{}, until), false
	case !a.lease.Holds():
		return a.release(time.Time{}, a.lapsed()), false
	case time.Since(a.mark.At) > a.d.scale.of(markOld):
		return a.release(time.Time{}, time.Time{}), false
	}
	if until := a.paced.Held(); !until.IsZero() {
		return a.release(time.Time{}, until), false
	}
	return result{}, true
}

// lapsed is when to look again whether a lease holds that does not now.
func (a *attempt) lapsed() time.Time { return time.Now().Add(a.d.scale.of(lapsedWait)) }

// unbegun is what follows when the store did not say that it wrote the attempt
// ahead. It may have, in any try that it did not refuse, and nothing was sent:
// whoever finds the mark later would take it for one whose outcome nobody knows, and
// a broadcast for told. Taking it back needs no lease.
func (a *attempt) unbegun(err error, tries int) result {
	if tries > 1 || !isFinal(err) {
		a.release(time.Time{}, time.Time{})
	}
	if errors.Is(err, store.ErrSettled) || errors.Is(err, store.ErrUnknown) {
		return a.overtaken()
	}
	return a.failed(err)
}

// slot waits for the pace, but not long: a chat that must wait meanwhile is to
// leave its room to others.
func (a *attempt) slot(ctx context.Context, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, a.d.scale.of(limit))
	defer cancel()
	a.paced.unused() //nolint:contextcheck // one that came to nothing; others are told
	var err error
	a.paced, err = a.d.o.Pacer.Take(ctx, paceOf(&a.to), laneOf(a.pick.jobs[0].class))
	return err
}

// laneOf says whose slots a class has.
func laneOf(c store.Class) Lane {
	if c == store.Broadcast {
		return Broadcasts
	}
	return Alerts
}
