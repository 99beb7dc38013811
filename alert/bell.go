package alert

import (
	"math"
	"rasid/store"
	"sync"
)

// A bell collects what others tell a Delivery, until its own goroutine has
// time for it. It is bounded by the number of shards and of paused
// destinations.
type bell struct {
	rung chan struct{}
	mu   sync.Mutex
	now  gathered
	rest map[store.Place]struct{} // paused destinations with something to tell
}

// gathered is what was told since the last look.
type gathered struct {
	changed bool                   // destinations changed in the store
	whole   bool                   // ordinals moved: look at every shard from the start, some time
	owed    map[store.Shard]uint64 // something may be owed, from this item on
	resumed []store.Place
	moved   map[store.Shard]bool // chats got a new id there
	handed  []handover
}

func newBell() *bell {
	return &bell{rung: make(chan struct{}, 1), now: nothing(), rest: map[store.Place]struct{}{}}
}

func nothing() gathered {
	return gathered{owed: map[store.Shard]uint64{}, moved: map[store.Shard]bool{}}
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

func (b *bell) tell(f func(*gathered)) {
	b.mu.Lock()
	f(&b.now)
	b.mu.Unlock()
	nudge(b.rung)
}

func (b *bell) changed() { b.tell(func(g *gathered) { g.changed = true }) }

func (b *bell) owes(shards []store.Shard, first uint64) {
	b.tell(func(g *gathered) {
		for _, s := range shards {
			g.look(s, first)
		}
	})
}

// all asks for a look at everything. Ordinals that were retired since the last
// one may have left what they were owed to others.
func (b *bell) all() {
	b.tell(func(g *gathered) {
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

// everything asks for a look at everything from the start, with the next at all.
func (b *bell) everything() { b.tell(func(g *gathered) { g.whole = true }) }

// park remembers that a destination waits for the end of its pause.
func (b *bell) park(p store.Place) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rest[p] = struct{}{}
}

func (b *bell) unpark(p store.Place) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.rest, p)
}

// watch is told of each change of a destination.
func (b *bell) watch(was, is *store.Destination) {
	b.mu.Lock()
	_, rests := b.rest[is.Place]
	b.mu.Unlock()
	resumed := rests && (is.Gone || is.Suspended != "" || !is.Paused)
	moved := was != nil && was.Chat != is.Chat && !is.Gone
	if !resumed && !moved && !is.Gone {
		return
	}
	b.tell(func(g *gathered) {
		if resumed {
			delete(b.rest, is.Place)
			g.resumed = append(g.resumed, is.Place)
		}
		if moved {
			g.look(is.Shard, everything)
			g.moved[is.Shard] = true
		}
		g.whole = g.whole || is.Gone
	})
}

// take returns what was told and forgets it.
func (b *bell) take() gathered {
	b.mu.Lock()
	defer b.mu.Unlock()
	g := b.now
	b.now = nothing()
	b.now.whole = g.whole
	return g
}
