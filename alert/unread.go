package alert

import (
	"crypto/rand"
	"rasid/store"
	"time"
)

// unreadable sets an item aside that cannot be read, or gives it up where it is
// damaged for good.
func (a *attempt) unreadable(j *job, why *unread) error {
	if !why.lost(a.d.scale) {
		a.park(why.again, j)
		return nil
	}
	if err := a.bury([]uint64{j.item}, "cannot be read: "+why.Error()); err != nil {
		return err
	}
	a.rest = without(a.rest, []*job{j})
	return nil
}

// park sets items aside until some time, and lets the others go on.
func (a *attempt) park(until time.Time, jobs ...*job) {
	a.parked, a.free = append(a.parked, jobs...), latest(a.free, until)
	a.rest = without(a.rest, jobs)
}

// waitForFile sets those of some items aside that nobody wants by the rule file
// in force here, if they were matched with a newer one, and returns the others.
func (a *attempt) waitForFile(unwanted []*job) (rest []*job) {
	has := a.d.o.Index.FileVersion()
	for _, j := range unwanted {
		if fileOf(j.matcher) <= has {
			rest = append(rest, j)
			continue
		}
		now := time.Now()
		a.park(now.Add(a.d.scale.of(retryMost)), j)
		if others, ok := a.d.behind.may(now); ok {
			a.d.o.Logger.Error("an alert waits for a newer rule file than is in force here", "article", j.item, "matched_with", fileOf(j.matcher), "in_force", has, "others", others)
		}
	}
	return rest
}

// bury makes a dead letter of items that were not begun.
func (a *attempt) bury(items []uint64, reason string) error {
	m := store.Mark{Place: a.pick.line.place, Epoch: a.lease.Epoch(), Token: rand.Text(), Items: items}
	err := a.record(m, store.Outcome{Fate: store.Dead, Reason: reason})
	if err == nil {
		a.d.o.Stats.givenUp.Add(int64(len(items)))
	}
	return err
}
