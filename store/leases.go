package store

import (
	"context"
	"fmt"
	"math"
	"time"
)

// A Role is work that one process at a time does: the Shards parts' sending,
// each a role of its own, Intake and Updates.
type Role uint16

// The roles beside those of the shards.
const (
	Intake  Role = Shards + iota // matches articles and dispatches them
	Updates                      // asks Telegram for updates, or looks after the webhook
	Roles                        // how many there are
)

// Role is the role of sending what a shard owes.
func (s Shard) Role() Role { return Role(s) }

// Shard returns the shard whose sending r is, and whether it is that.
func (r Role) Shard() (Shard, bool) { return Shard(r), r < Shards }

func (r Role) String() string {
	switch r {
	case Intake:
		return "intake"
	case Updates:
		return "updates"
	}
	return fmt.Sprintf("shard %d", uint16(r))
}

// Unanswered stands where Take could not learn an epoch.
const Unanswered = math.MaxUint64

// Leases say which of the processes that share a store does what. Where
// several processes can share one, time is the store's own, since theirs
// differ, and now is not looked at.
type Leases interface {
	// Join says that a process is there, for ttl from now, and returns the
	// names of all that are, sorted. A ttl of 0 says that it is gone.
	Join(ctx context.Context, name string, ttl time.Duration, now time.Time) ([]string, error)
	// Take gives a process those of the roles that no other has, for ttl from
	// now, and returns an epoch for each; 0: another has it. A role that the
	// process has already is renewed and keeps its epoch. One taken anew, also
	// by who had it before, gets an epoch above all that it had, and what needs
	// that role's epoch refuses smaller ones from then on. Where only some of the
	// roles could be asked for, those that could not have Unanswered in their
	// place, and the error says why.
	Take(ctx context.Context, name string, roles []Role, ttl time.Duration, now time.Time) ([]uint64, error)
	// Leave gives roles back at once. Those of others stay.
	Leave(ctx context.Context, name string, roles []Role) error
	// Shared reports whether other processes may be at work on the store. Where
	// not, whoever had a role before is known to be gone.
	Shared() bool
}

// A Hint wakes other processes that share the store.
type Hint struct {
	From     string  `json:"n,omitempty"` // the process that tells it
	Accepted bool    `json:"a,omitempty"` // items were accepted
	Changed  bool    `json:"c,omitempty"` // destinations changed
	RuleFile bool    `json:"r,omitempty"` // there is a new rule file
	Owed     []Shard `json:"o,omitempty"` // something new is owed in these
	First    uint64  `json:"f,omitempty"` // of Owed: from this item on
}

// Hints spare processes the wait until they look by themselves. They may be
// lost, and nothing depends on them.
type Hints interface {
	// Tell tells all processes that listen.
	Tell(ctx context.Context, h Hint) error
	// Hear calls f for each hint until ctx ends, and returns nil then.
	Hear(ctx context.Context, f func(Hint)) error
}
