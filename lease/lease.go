// Package lease shares work among the processes on one store, so that each part
// of it is done by one process at a time.
//
// A Keeper says every few seconds that its process is there, learns who else
// is, and takes its share: every role has a lease in the store that runs out
// unless it is renewed. Of the shards' roles each process takes those that
// rendezvous hashing gives it, so that few move when a process comes or goes.
// Of the others (intake, updates) whoever comes first has one as long as it
// lives, and the rest stand by.
//
// A process that was frozen may believe that it has what another took
// meanwhile. So a Lease holds only while it is certain by the process's own
// clocks that it has not run out, and whoever writes to Telegram asks it just
// before. What the store does under a role it does under the lease's epoch, and
// refuses the epochs of earlier owners.
package lease

import (
	"sync/atomic"
	"time"
)

// A Lease is the right to do a role's work. Its methods are safe for any number
// of goroutines.
type Lease struct {
	epoch uint64
	until atomic.Pointer[time.Time]
}

// Epoch is what the store knows the right by.
func (l *Lease) Epoch() uint64 { return l.epoch }

// Holds reports whether it is certain that nobody else has the role. It asks
// both clocks: one stands still while the machine sleeps, and the other may be
// set back.
func (l *Lease) Holds() bool {
	until, now := *l.until.Load(), time.Now()
	return now.Before(until) && now.Round(0).Before(until.Round(0))
}

func newLease(epoch uint64, until time.Time) *Lease {
	l := &Lease{epoch: epoch}
	l.until.Store(&until)
	return l
}
