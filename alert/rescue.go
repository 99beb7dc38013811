package alert

import (
	"errors"
	"log/slog"
	"rasid/store"
	"runtime/debug"
	"slices"
	"time"
)

// brokeAgain is when an inbox that broke the program is tried again.
const brokeAgain = time.Minute

// errBroke reports that something broke the program, which went on. The log has
// the rest: what it says may be of anything.
var errBroke = errors.New("it broke the program")

// caught turns a panic into errBroke. It is deferred.
func caught(log *slog.Logger, doing string, err *error) {
	if p := recover(); p != nil {
		log.Error("something broke the program, which goes on", "doing", doing, "err", p, "stack", string(debug.Stack()))
		*err = errBroke
	}
}

// survive tries, and where that breaks the program it gives up what was tried: it
// would do so again, also after a restart.
func (a *attempt) survive() (r result) {
	var err error
	func() {
		defer caught(a.d.o.Logger, "tell an alert", &err)
		r = a.try()
	}()
	if err != nil {
		func() {
			r = a.later(time.Now().Add(a.d.scale.of(retryMost))) // unless it breaks again
			defer caught(a.d.o.Logger, "give an alert up", &err)
			r = a.broke()
		}()
	}
	return r
}

// broke is what follows when it is not known what broke the program. What is
// begun may have been sent.
func (a *attempt) broke() result {
	a.d.o.Stats.broken.Add(1)
	if !a.mark.At.IsZero() {
		if err := a.record(a.mark, store.Outcome{Fate: store.Unknown, Reason: errBroke.Error()}); err != nil {
			return a.failed(err)
		}
		return a.later(time.Now().Add(a.d.scale.of(unknownAgain)))
	}
	again := time.Now().Add(a.d.scale.of(brokeAgain))
	switch {
	case a.shelve != nil: // all of it still waits
		return a.later(again)
	case a.rest[0].isInbox():
		a.left, a.leftFor = 1, again
		return a.done()
	}
	if err := a.bury(items(a.rest), errBroke.Error()); err != nil {
		return a.failed(err)
	}
	return a.done()
}

// unworded gives up what cannot be worded: all of it, or what breaks the program
// by itself, if something does.
func (a *attempt) unworded(alerts []Alert, why error) result {
	if a.ctx.Err() != nil {
		return a.later(time.Time{})
	}
	bad := a.mark.Items
	if errors.Is(why, errBroke) && len(bad) > 1 {
		if some := a.breaking(alerts); len(some) > 0 {
			bad = some
		}
	}
	a.d.o.Stats.unworded.Add(int64(len(bad)))
	a.d.o.Logger.Error("an alert could not be worded", "article", bad[0], "err", why)
	if err := a.bury(bad, "could not be worded: "+why.Error()); err != nil {
		return a.failed(err)
	}
	a.rest = slices.DeleteFunc(slices.Clone(a.rest), func(j *job) bool { return slices.Contains(bad, j.item) })
	if len(a.rest) == 0 {
		return a.done()
	}
	return a.later(time.Time{})
}

// breaking lists those of several alerts that break the program by themselves.
func (a *attempt) breaking(alerts []Alert) (bad []uint64) {
	for i := range alerts {
		for _, one := range alerts[i].each() {
			if _, err := a.prepare([]Alert{one}); errors.Is(err, errBroke) {
				bad = append(bad, one.Item.Seq)
			}
		}
	}
	return bad
}
