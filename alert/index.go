package alert

import (
	"cmp"
	"log/slog"
	"rasid/rules"
	"rasid/store"
	"slices"
	"sync"
	"time"
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
	unseen  map[store.Shard]*ordinals // known, but not told of since a shard is read anew; nil: none is
	edit    rules.Edit                // of set, while there is one

	mu          sync.RWMutex // held whole while an article is matched: a change is seen whole or not at all
	file        *rules.File
	fileVersion uint64
	places      map[store.Place]*listener
	byDest      map[store.Dest]store.Place
	damaged     map[store.Place]bool // what the store has of it could not be read last
	wishes      wishes
	counts      Counts
	watchers    map[int]watcher
	lastSeen    int
}

// A listener is a destination and what its rules and topics mean.
type listener struct {
	store.Destination         // its Rules are in rules, unless it is suspended and not matched
	rules             []owned // by number
	topics            []topicWish
	less              time.Time // when something was last not wanted any more; zero: never since the start
}

// An owned wish is a rule of a listener. There may be millions, so what the wish
// knows, it does not say again.
type owned struct {
	wish *wish
	text *string // as its reader wrote it; nil: in the canonical form
	n    int     // its number
}

// destination returns what is known of l. When rules were made is not kept.
func (l *listener) destination() store.Destination {
	d := l.Destination
	if len(l.rules) == 0 {
		return d
	}
	d.Rules = make([]store.Rule, len(l.rules))
	for i, r := range l.rules {
		d.Rules[i] = store.Rule{N: r.n, Text: r.written(), Lang: r.wish.lang.Value()}
	}
	return d
}

// written is the rule as its reader wrote it.
func (r *owned) written() string {
	if r.text != nil {
		return *r.text
	}
	return r.wish.text
}

type topicWish struct {
	id     string
	routed bool
	wish   *wish
}

// A watcher is told that a destination changed. was is nil for a new one, and
// has no rules. It must not call the index's Sync.
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
		damaged:  map[store.Place]bool{},
		wishes:   newWishes(),
		watchers: map[int]watcher{},
	}
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

// leave takes old out of the wishes that l has no more.
func (x *Index) leave(old, l *listener) {
	l.less = old.less
	old.each(func(w *wish) {
		if !w.there || l.has(w) { // it went with the same rule before
			return
		}
		l.less = time.Now()
		if w.who.remove(l.Place); w.who.len() == 0 {
			x.drop(w)
		}
	})
}

// each calls f for each of l's wishes; for one that l has twice, twice.
func (l *listener) each(f func(*wish)) {
	for _, r := range l.rules {
		f(r.wish)
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

// Destination returns what is known of a place, but for when rules were made.
func (x *Index) Destination(p store.Place) (store.Destination, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	l, ok := x.places[p]
	if !ok {
		return store.Destination{}, false
	}
	return l.destination(), true
}

// changed reports whether what was worded for a destination as it was is not for it
// as it is: it is told nothing now, or other things, or elsewhere.
func (x *Index) changed(was *store.Destination) bool {
	is, known := x.Destination(was.Place)
	if !known || is.Paused || is.Suspended != "" {
		return true
	}
	same := is.Dest == was.Dest && is.Kind == was.Kind && is.Lang == was.Lang && is.HoldUntil.Equal(was.HoldUntil)
	return !same || !slices.Equal(is.Rules, was.Rules) || !slices.Equal(is.Topics, was.Topics) || !slices.Equal(is.Routes, was.Routes)
}

// wantsLess reports whether something that was wanted at a place at a time is not
// any more, as far as was heard since the start.
func (x *Index) wantsLess(p store.Place, since time.Time) bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	l, ok := x.places[p]
	return ok && l.less.After(since)
}

// unread reports whether the record of a place could not be read: nobody knows
// what is wanted there.
func (x *Index) unread(p store.Place) bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.damaged[p]
}

// paused reports whether a destination that is known has paused its alerts.
func (x *Index) paused(p store.Place) bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	l, ok := x.places[p]
	return ok && l.Paused
}

// Find returns what is known of a destination by its chat and thread, but for
// when rules were made.
func (x *Index) Find(d store.Dest) (store.Destination, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	l, ok := x.places[x.byDest[d]]
	if !ok {
		return store.Destination{}, false
	}
	return l.destination(), true
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

func (c *Counts) count(d *listener, by int) {
	c.Destinations += by
	c.Rules += by * (len(d.Rules) + len(d.rules))
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
