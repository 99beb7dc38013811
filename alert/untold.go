package alert

import (
	"rasid/store"
	"rasid/store/record"
	"slices"
	"time"
)

// untold is what came too late and was not told to those it was for, by shard:
// packed as the store packs it, so that what a million chats missed takes
// little. It belongs to the goroutine of Delivery.Run.
type untold struct {
	keep   time.Duration // how long the store lists it
	shards map[store.Shard][]untoldSet
}

type untoldSet struct {
	at   time.Time
	set  []byte // see record.Owed
	sure bool   // nobody of it has been told; else the sent ring knows
}

// An untoldOf is one alert that came too late for one destination.
type untoldOf struct {
	at   time.Time
	sure bool
}

func newUntold(keep time.Duration) *untold {
	return &untold{keep: keep, shards: map[store.Shard][]untoldSet{}}
}

// add takes in what came too late, and lets go of what is too old to be listed.
func (u *untold) add(e store.Expired, sure bool) {
	at := store.Instant(e.At)
	if len(e.Owed) == 0 {
		return
	}
	sets := u.shards[e.Shard]
	for len(sets) > 0 && at.Sub(sets[0].at) > u.keep {
		sets = sets[1:]
	}
	u.shards[e.Shard] = append(sets, untoldSet{at, record.Owed(e.Owed), sure})
}

// of lists what came too late for a destination.
func (u *untold) of(p store.Place) []untoldOf {
	var got []untoldOf
	for _, s := range u.shards[p.Shard] {
		if record.HasOwed(s.set, p.Ordinal) {
			got = append(got, untoldOf{s.at, s.sure})
		}
	}
	return got
}

// told forgets what a destination has been told of.
func (u *untold) told(p store.Place) {
	sets := u.shards[p.Shard]
	for i := range sets {
		sets[i].set, _ = record.ClearOwed(sets[i].set, p.Ordinal)
	}
	sets = slices.DeleteFunc(sets, func(s untoldSet) bool { return len(s.set) == 0 })
	if u.shards[p.Shard] = sets; len(sets) == 0 {
		delete(u.shards, p.Shard)
	}
}

// leave forgets a shard.
func (u *untold) leave(s store.Shard) { delete(u.shards, s) }
