package alert

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"rasid/rules"
	"rasid/store"
	"runtime"
	"slices"
	"sync"
)

// IndexOptions tunes an Index. The zero value is ready to use.
type IndexOptions struct {
	Lang   string       // of readers who chose none; default "ar"
	Logger *slog.Logger // default: slog.Default()
}

// An Index knows every destination and who wants what. Each distinct rule is
// compiled and matched once, however many people wrote it. Its methods are
// safe for any number of goroutines.
type Index struct {
	lang string
	log  *slog.Logger
	set  *rules.Set

	syncing sync.Mutex // one Sync or SetFile at a time; what they alone read needs no more
	cursor  store.Cursor
	edit    rules.Edit          // of set, while there is one
	batch   []store.Destination // changes about to be applied
	asked   int                 // rules of batch

	mu          sync.RWMutex // held whole while an article is matched: a change is seen whole or not at all
	file        *rules.File
	fileVersion uint64
	places      map[store.Place]*listener
	byDest      map[store.Dest]store.Place
	wishes      wishes
	counts      Counts
	watchers    map[int]watcher
	lastSeen    int
}

// A listener is a destination and what its rules and topics mean.
type listener struct {
	store.Destination
	rules  []*wish // beside Destination.Rules; nil: not matched, since suspended
	topics []topicWish
}

type topicWish struct {
	id     string
	routed bool
	wish   *wish
}

// A watcher is told that a destination changed. was is nil for a new one. It
// must not call the index's Sync.
type watcher func(was, is *store.Destination)

// NewIndex returns an index that knows nobody.
func NewIndex(o IndexOptions) *Index {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return &Index{
		lang: cmp.Or(o.Lang, "ar"), log: o.Logger,
		set: rules.NewSet(), file: &rules.File{},
		places:   map[store.Place]*listener{},
		byDest:   map[store.Dest]store.Place{},
		wishes:   newWishes(),
		watchers: map[int]watcher{},
	}
}

// Changes is what Sync needs of the store.
type Changes interface {
	Changes(ctx context.Context, cur *store.Cursor, f func(store.Destination) error) error
}

// Sync applies the change feed to its end. When it returned nil, every change
// that was durable before the call is in force.
func (x *Index) Sync(ctx context.Context, s Changes) error {
	x.syncing.Lock()
	defer x.syncing.Unlock()
	err := s.Changes(ctx, &x.cursor, func(d store.Destination) error {
		x.batch, x.asked = append(x.batch, d), x.asked+1+len(d.Rules)
		if x.asked >= max(syncedAtOnce, x.wishes.len()/8) {
			x.flush()
		}
		return nil
	})
	x.flush()
	x.batch = nil
	if err != nil {
		return fmt.Errorf("read the change feed: %w", err)
	}
	return nil
}

// syncedAtOnce is how many rules and destinations are put in force at a time, or
// an eighth of what there is: so a million are in force after some forty steps.
// No article is matched during a step.
const syncedAtOnce = 2000

// preparedAtOnce is of how many destinations rules are compiled at a time. Once
// they are in the set they are garbage.
const preparedAtOnce = 256

// flush puts the changes in x.batch in force.
func (x *Index) flush() {
	if len(x.batch) == 0 {
		return
	}
	was := make([]*store.Destination, 0, len(x.batch))
	x.mu.Lock()
	x.editing(func() {
		next := x.prepareNext(x.batch)
		for some := range slices.Chunk(x.batch, preparedAtOnce) {
			ready := <-next
			next = x.prepareNext(x.batch[len(was)+len(some):])
			for i := range some {
				was = append(was, x.apply(&some[i], ready[i]))
			}
		}
	})
	x.mu.Unlock()
	for i := range x.batch {
		for _, f := range x.watchers {
			f(was[i], &x.batch[i])
		}
	}
	clear(x.batch)
	x.batch, x.asked = x.batch[:0], 0
}

// prepareNext reads the rules of those of rest that come next, while others are
// put in force. The channel gives them; it is nil where none come.
func (x *Index) prepareNext(rest []store.Destination) <-chan [][]prepared {
	if len(rest) == 0 {
		return nil
	}
	done := make(chan [][]prepared, 1)
	some := rest[:min(len(rest), preparedAtOnce)]
	go func() { // it ends before flush, which waits for what it gives
		done <- forAll(len(some), max(1, runtime.GOMAXPROCS(0)-1), func(i int) []prepared { return x.prepareAll(some[i].Rules) })
	}()
	return done
}

// editing changes the set in f, all at once. The lock is held.
func (x *Index) editing(f func()) {
	x.set.Edit(func(e rules.Edit) {
		x.edit = e
		f()
	})
}

// watch calls f for each change from now on, until the returned function is
// called.
func (x *Index) watch(f watcher) (stop func()) {
	x.syncing.Lock()
	defer x.syncing.Unlock()
	x.lastSeen++
	n := x.lastSeen
	x.watchers[n] = f
	return func() {
		x.syncing.Lock()
		defer x.syncing.Unlock()
		delete(x.watchers, n)
	}
}

// apply makes d what is known of its place, and returns what was. The lock is
// held.
func (x *Index) apply(d *store.Destination, ready []prepared) *store.Destination {
	var was *store.Destination
	old, known := x.places[d.Place]
	if known {
		was = &old.Destination
		x.counts.count(was, -1)
		if x.byDest[old.Dest] == d.Place {
			delete(x.byDest, old.Dest)
		}
	}
	l := &listener{Destination: *d}
	l.Rules = slices.Clip(d.Rules)
	if d.Gone {
		delete(x.places, d.Place)
	} else {
		x.places[d.Place], x.byDest[d.Dest] = l, d.Place
		x.counts.count(d, 1)
	}
	if !d.Gone && d.Suspended == "" {
		x.resolve(l, old, ready)
		l.each(func(w *wish) { w.who.add(d.Place) })
	}
	if known {
		x.leave(old, l)
	}
	return was
}

// leave takes old out of the wishes that l has no more.
func (x *Index) leave(old, l *listener) {
	old.each(func(w *wish) {
		if l.has(w) {
			return
		}
		if w.who.remove(l.Place); w.who.len() == 0 {
			x.drop(w)
		}
	})
}

// each calls f for each of l's wishes; for one that l has twice, twice.
func (l *listener) each(f func(*wish)) {
	for _, w := range l.rules {
		f(w)
	}
	for _, t := range l.topics {
		f(t.wish)
	}
}

func (l *listener) has(w *wish) bool {
	found := false
	l.each(func(x *wish) { found = found || x == w })
	return found
}

// Destination returns what is known of a place.
func (x *Index) Destination(p store.Place) (store.Destination, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	l, ok := x.places[p]
	if !ok {
		return store.Destination{}, false
	}
	return l.Destination, true
}

// Find returns what is known of a destination by its chat and thread.
func (x *Index) Find(d store.Dest) (store.Destination, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	l, ok := x.places[x.byDest[d]]
	if !ok {
		return store.Destination{}, false
	}
	return l.Destination, true
}

// Routes tells which destinations the operator sends topics to, and which.
func (x *Index) Routes() map[store.Dest][]string {
	x.mu.RLock()
	defer x.mu.RUnlock()
	routes := map[store.Dest][]string{}
	for _, l := range x.places {
		if len(l.Routes) > 0 {
			routes[l.Dest] = l.Routes
		}
	}
	return routes
}

// Counts tells how large the index is.
type Counts struct {
	Destinations int // all that are known
	Suspended    int
	Paused       int
	Rules        int // readers' rules, repeated ones counted each time
	Distinct     int // distinct rules and topics that are matched
}

func (c *Counts) count(d *store.Destination, by int) {
	c.Destinations += by
	c.Rules += by * len(d.Rules)
	if d.Suspended != "" {
		c.Suspended += by
	}
	if d.Paused {
		c.Paused += by
	}
}

// Counts counts.
func (x *Index) Counts() Counts {
	x.mu.RLock()
	defer x.mu.RUnlock()
	c := x.counts
	c.Distinct = x.set.Len()
	return c
}
