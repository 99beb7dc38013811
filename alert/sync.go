package alert

import (
	"context"
	"errors"
	"fmt"
	"math"
	"rasid/rules"
	"rasid/store"
	"slices"
)

// Changes is what Sync needs of the store.
type Changes interface {
	Changes(ctx context.Context, cur *store.Cursor, f func(store.Destination) error) error
}

// Sync applies the change feed to its end. When it returned nil, every change
// that was durable before the call is in force.
//
// Changes are read from the store, understood and put in force at the same time,
// each by its own goroutines: of a million rules each takes seconds.
func (x *Index) Sync(ctx context.Context, s Changes) error {
	x.syncing.Lock()
	defer x.syncing.Unlock()
	f := &feed{index: x, first: x.cursor == store.Cursor{} && x.unseen == nil, parcels: make(chan *parcel, parcelsAhead), spare: make(chan *parcel, parcelsAhead)}
	go f.read(ctx, s)
	for p := range f.parcels {
		x.putInForce(p, f)
	}
	if f.bad != nil {
		x.unreadable(f.bad)
	}
	if f.err != nil {
		return fmt.Errorf("read the change feed: %w", f.err)
	}
	return nil
}

const (
	// syncedAtOnce is how many rules and destinations are put in force at a
	// time, or an eighth of what there is, in a second or two for a million. No
	// article is matched during a step. The first Sync, which all wait for anyway,
	// is one step: each makes anew what it changes of what the set had before.
	syncedAtOnce = 2000

	// parcelRules and parcelDests are how many rules or destinations are
	// understood at a time. Once they are in force their memory is used again.
	parcelRules = 1000
	parcelDests = 128

	// parcelsAhead is how many parcels may be read before they are put in force.
	parcelsAhead = 6
)

// A feed is a change feed on its way into an index.
type feed struct {
	index   *Index
	first   bool         // of the index: nothing else needs its lock until it is over
	words   *rules.Words // nil before there is a parcel
	parcels chan *parcel // in order; closed at the end
	spare   chan *parcel // empty again
	filling *parcel
	bad     *store.UnreadableDestError // what could not be read; to be read as err
	err     error                      // of the store; to be read when parcels is closed
}

// A parcel is changes of some destinations. Its memory is used for others when
// they are in force.
type parcel struct {
	all    []store.Destination
	rules  []store.Rule  // of all
	ready  chan struct{} // given when understood is there
	loader *rules.Loader
	understood
}

// read cuts the feed into parcels, and has each understood.
func (f *feed) read(ctx context.Context, s Changes) {
	defer close(f.parcels)
	f.err = s.Changes(ctx, &f.index.cursor, f.take)
	if errors.Is(f.err, store.ErrAnew) {
		f.first = false // what is lost is looked up while others are put in force
		f.index.expectAll()
		f.err = s.Changes(ctx, &f.index.cursor, f.take)
	}
	if bad, some := errors.AsType[*store.UnreadableDestError](f.err); some {
		f.bad = bad
		f.index.stillThere(bad.Places)
		if f.err == error(bad) { //nolint:errorlint // that is all there is
			f.err = nil
		}
	}
	if f.err == nil {
		for _, d := range f.index.lost() {
			_ = f.take(d) // it does not fail
		}
	}
	if f.filling != nil {
		f.hand()
	}
}

// take puts d into the present parcel.
func (f *feed) take(d store.Destination) error {
	if s := f.index.unseen[d.Shard]; s != nil {
		s.remove(d.Ordinal)
	}
	p := f.filling
	if p == nil {
		p = f.empty()
		f.filling = p
	}
	if n := len(p.rules); len(d.Rules) > 0 {
		p.rules = append(p.rules, d.Rules...)
		d.Rules = p.rules[n:len(p.rules):len(p.rules)]
	}
	p.all = append(p.all, d)
	if len(p.all) >= parcelDests || len(p.rules) >= parcelRules {
		f.hand()
	}
	return nil
}

// empty returns a parcel to fill.
func (f *feed) empty() *parcel {
	select {
	case p := <-f.spare:
		return p
	default:
		if f.words == nil {
			f.words = new(rules.Words)
		}
		return &parcel{ready: make(chan struct{}, 1), loader: rules.NewLoader(f.words)}
	}
}

// hand passes on what was read.
func (f *feed) hand() {
	p := f.filling
	f.filling = nil
	go func() { // it ends before Sync, which waits for each parcel
		for i := range p.all {
			for _, r := range p.all[i].Rules {
				p.understood = append(p.understood, reading{key: rawKey(r)})
			}
		}
		f.index.understand(p.understood, p.loader)
		p.ready <- struct{}{}
	}()
	f.parcels <- p
}

// emptied takes back a parcel whose destinations are in force.
func (f *feed) emptied(p *parcel) {
	clear(p.all)
	clear(p.rules)
	clear(p.understood)
	p.loader.Clear()
	p.all, p.rules, p.understood = p.all[:0], p.rules[:0], p.understood[:0]
	select {
	case f.spare <- p:
	default:
	}
}

// atOnce is how many rules and destinations the present step may put in force.
func (f *feed) atOnce() int {
	if f.first {
		return math.MaxInt
	}
	return max(syncedAtOnce, f.index.wishes.len()/8)
}

// more returns the next parcel for the present step, nil when it is over. All but
// the first Sync take what is there: whoever matches waits for them.
func (f *feed) more() *parcel {
	if f.first {
		return <-f.parcels
	}
	select {
	case p := <-f.parcels:
		return p
	default:
		return nil
	}
}

// putInForce takes one step: it puts first in force, and of more what comes.
func (x *Index) putInForce(first *parcel, f *feed) {
	var told []change
	x.mu.Lock()
	x.editing(func() {
		taken := 0
		for p := first; p != nil; p = f.more() {
			<-p.ready
			rest := p.understood
			for i := range p.all {
				d := &p.all[i]
				was := x.apply(d, rest[:len(d.Rules)])
				rest = rest[len(d.Rules):]
				if len(x.watchers) > 0 {
					told = append(told, change{was, d.Clone()})
				}
			}
			taken += len(p.all) + len(p.rules)
			f.emptied(p)
			if taken >= f.atOnce() {
				break
			}
		}
	})
	x.mu.Unlock()
	for i := range told {
		for _, tell := range x.watchers {
			tell(told[i].was, &told[i].is)
		}
	}
}

// A change is what watchers are told.
type change struct {
	was *store.Destination
	is  store.Destination
}

// apply makes d what is known of its place, and returns what was but for its
// rules; nil: nothing was. The lock is held.
func (x *Index) apply(d *store.Destination, rest understood) *store.Destination {
	old := x.places[d.Place]
	delete(x.damaged, d.Place)
	if old != nil {
		x.counts.count(old, -1)
		if x.byDest[old.Dest] == d.Place {
			delete(x.byDest, old.Dest)
		}
	}
	l := &listener{Destination: *d}
	l.Rules = nil
	if d.Suspended != "" || d.Gone {
		l.Rules = slices.Clone(d.Rules) // those of d are a parcel's
	} else {
		x.resolve(l, d.Rules, old, rest)
		l.each(func(w *wish) { w.who.add(d.Place) })
	}
	if d.Gone {
		delete(x.places, d.Place)
	} else {
		x.places[d.Place], x.byDest[d.Dest] = l, d.Place
		x.counts.count(l, 1)
	}
	if old == nil {
		return nil
	}
	x.leave(old, l)
	old.Rules = nil
	return &old.Destination
}
