package alert

import (
	"math"
	"sync"

	"rasid/store"
)

// news collects what others tell a Delivery, until its own goroutine has time
// for it. It is bounded by the number of shards and of paused destinations.
type news struct {
	bell chan struct{}
	mu   *sync.Mutex
	now  gathered
	rest map[store.Place]struct{} // paused destinations with something to tell
}

// gathered is what was told since the last look.
type gathered struct {
	changed bool                   // destinations changed in the store
	whole   bool                   // ordinals moved: look at every shard from the start, some time
	owed    map[store.Shard]uint64 // something may be owed, from this item on
	resumed []store.Place
}

func newNews() news {
	n := news{bell: make(chan struct{}, 1), mu: new(sync.Mutex), rest: map[store.Place]struct{}{}}
	n.now = noNews()
	return n
}

func noNews() gathered {
	return gathered{owed: map[store.Shard]uint64{}}
}

// Where to look in a shard, if not from some item on.
const (
	everything = 1              // from the first item on
	newest     = math.MaxUint64 // what is newer than all seen so far
)

func (g *gathered) look(s store.Shard, first uint64) {
	if was, ok := g.owed[s]; !ok || first < was {
		g.owed[s] = first
	}
}

func (n *news) tell(f func(*gathered)) {
	n.mu.Lock()
	f(&n.now)
	n.mu.Unlock()
	nudge(n.bell)
}

func (n *news) changed() { n.tell(func(g *gathered) { g.changed = true }) }

func (n *news) owes(shards []store.Shard, first uint64) {
	n.tell(func(g *gathered) {
		for _, s := range shards {
			g.look(s, first)
		}
	})
}

// all asks for a look at everything. Ordinals that were retired since the last
// one may have left what they were owed to others.
func (n *news) all() {
	n.tell(func(g *gathered) {
		g.changed = true
		first := uint64(newest)
		if g.whole {
			first = everything
		}
		for s := range store.Shard(store.Shards) {
			g.look(s, first)
		}
		g.whole = false
	})
}

// park remembers that a destination waits for the end of its pause.
func (n *news) park(p store.Place) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.rest[p] = struct{}{}
}

func (n *news) unpark(p store.Place) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.rest, p)
}

// watch is told of each change of a destination.
func (n *news) watch(was, is *store.Destination) {
	n.mu.Lock()
	_, rests := n.rest[is.Place]
	n.mu.Unlock()
	resumed := rests && (is.Gone || is.Suspended != "" || !is.Paused)
	moved := was != nil && was.Chat != is.Chat && !is.Gone
	if !resumed && !moved && !is.Gone {
		return
	}
	n.tell(func(g *gathered) {
		if resumed {
			delete(n.rest, is.Place)
			g.resumed = append(g.resumed, is.Place)
		}
		if moved {
			g.look(is.Shard, everything)
		}
		g.whole = g.whole || is.Gone
	})
}

// take returns what was told and forgets it.
func (n *news) take() gathered {
	n.mu.Lock()
	defer n.mu.Unlock()
	g := n.now
	n.now = noNews()
	n.now.whole = g.whole
	return g
}
