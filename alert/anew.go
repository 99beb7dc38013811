package alert

import "rasid/store"

// expectAll remembers what is known of shards that are read from the beginning
// again: what is not told of then was lost.
func (x *Index) expectAll() {
	x.mu.RLock()
	defer x.mu.RUnlock()
	lists := map[store.Shard][]uint32{}
	for p := range x.places {
		if x.cursor[p.Shard] == 0 {
			lists[p.Shard] = append(lists[p.Shard], p.Ordinal)
		}
	}
	if x.unseen == nil {
		x.unseen = map[store.Shard]*ordinals{}
	}
	for shard, list := range lists {
		all := ordinalsOf(list)
		x.unseen[shard] = &all
	}
}

// lost returns what was known and is not there any more, as forgotten: the feed
// was read to its end.
func (x *Index) lost() (all []store.Destination) {
	if x.unseen == nil {
		return nil
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	for shard, left := range x.unseen {
		for o, more := left.from(0); more; o, more = left.from(o + 1) {
			if l := x.places[store.Place{Shard: shard, Ordinal: o}]; l != nil {
				all = append(all, l.Tombstone())
			}
		}
	}
	x.unseen = nil
	if len(all) > 0 {
		x.log.Warn("the store lost chats that it had: they are not known here any more", "destinations", len(all))
	}
	return all
}

// toldMost is how many places one line of the log names.
const toldMost = 20

// unreadable leaves damaged destinations as they were last known, and says so. What
// those are owed of which nothing is known waits.
func (x *Index) unreadable(bad *store.UnreadableDestError) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, p := range bad.Places {
		x.damaged[p] = true
	}
	x.log.Error("the records of chats are damaged: for them counts what was last known, at a start nothing, and what they are owed waits; rasid store check tells what to do",
		"destinations", len(bad.Places), "places", bad.Places[:min(len(bad.Places), toldMost)], "err", bad.First)
}

// stillThere makes places no lost ones.
func (x *Index) stillThere(places []store.Place) {
	for _, p := range places {
		if s := x.unseen[p.Shard]; s != nil {
			s.remove(p.Ordinal)
		}
	}
}
