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
	keep   [store.Classes]time.Duration // how long the store lists it, at most: it goes with its article
	shards map[store.Shard][]untoldSet
}

type untoldSet struct {
	at   time.Time
	last time.Time // it is listed until then
	set  []byte    // see record.Owed
	sure bool      // nobody of it has been told; else the sent ring knows
}

// An untoldOf is one alert that came too late for one destination.
type untoldOf struct {
	at   time.Time
	sure bool
}

// newUntold is of a store that keeps articles for so long, of which alerts live as
// long as life says.
func newUntold(keep time.Duration, life [store.Classes]time.Duration, s scale) *untold {
	u := &untold{shards: map[store.Shard][]untoldSet{}}
	for c := range life {
		u.keep[c] = keep - s.of(max(life[c], 0))
	}
	return u
}

// add takes in what came too late, and lets go of what is too old to be listed.
func (u *untold) add(e store.Expired, sure bool) {
	at := store.Instant(e.At)
	if len(e.Owed) == 0 {
		return
	}
	sets := slices.DeleteFunc(u.shards[e.Shard], func(s untoldSet) bool { return at.After(s.last) })
	u.shards[e.Shard] = append(sets, untoldSet{at, at.Add(u.keep[e.Class]), record.Owed(e.Owed), sure})
}

// of lists what came too late for a destination and can still be listed for it.
func (u *untold) of(p store.Place, now time.Time) []untoldOf {
	var got []untoldOf
	for _, s := range u.shards[p.Shard] {
		if !now.After(s.last) && record.HasOwed(s.set, p.Ordinal) {
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
