package alert

import (
	"cmp"
	"context"
	"rasid/store"
	"slices"
	"sync"
	"time"
)

// How forecasts are made.
const (
	pulseSpan  = time.Minute      // a class's rate is measured over so long
	pulseLeast = 30 * time.Second // and not over less
	lateFor    = time.Minute      // an item is late at every look for so long before anybody is told
	worstTold  = 3                // items that a Report names
	lateMost   = 3                // items that somebody is told of within lateAgain: after an outage many are late
	lateAgain  = time.Hour
)

// A Forecast is how things stand with what waits in a class in this process:
// all of it, or what is of one item.
type Forecast struct {
	Item    uint64 // 0: all of the class
	Class   store.Class
	Left    int           // alerts waiting
	Rate    float64       // of the class, in alerts a second; 0: not known
	Empty   time.Duration // until none is left at that rate; 0: not known, or none is left
	Expires time.Time     // zero: never
	Late    bool          // it will expire before that
}

// A pulse measures how fast the classes are served.
type pulse struct {
	scale scale
	looks []pulseLook // of the last pulseSpan
}

type pulseLook struct {
	at      time.Time
	settled [store.Classes]int
	owed    [store.Classes]int
}

func (p *pulse) look(q *queue, now time.Time) {
	p.looks = append(p.looks, pulseLook{now, q.settled, q.owed})
	for len(p.looks) > 1 && now.Sub(p.looks[0].at) > p.scale.of(pulseSpan) {
		p.looks = p.looks[1:]
	}
}

// rate tells how many of a class leave the queue in a second: as measured since
// it has had something to tell at every look, or where that is too short a
// time, its share of the messages a second that all classes have, or its own
// where it is paid for.
func (p *pulse) rate(c store.Class, r rates) float64 {
	last := p.looks[len(p.looks)-1]
	first := last
	for _, l := range slices.Backward(p.looks) {
		if l.owed[c] == 0 {
			break
		}
		first = l
	}
	if took := last.at.Sub(first.at); took >= p.scale.of(pulseLeast) {
		return float64(last.settled[c]-first.settled[c]) / took.Seconds()
	}
	if r.isPaid(c) {
		return r.paid
	}
	return r.all * shareOf(c, func(x store.Class) bool { return last.owed[x] > 0 && !r.isPaid(x) })
}

// rates are the messages a second that may be sent.
type rates struct {
	all  float64 // of all classes together
	paid float64 // of broadcasts beside them; 0: they are not paid for
}

func (r rates) isPaid(c store.Class) bool { return r.paid > 0 && c == store.Broadcast }

// forecasts tells how each class stands, and each item, those that take longest
// first.
func (p *pulse) forecasts(q *queue, r rates, now time.Time) (classes [store.Classes]Forecast, items []Forecast) {
	p.look(q, now)
	byClass := q.items()
	for c := range store.Class(store.Classes) {
		f := Forecast{Class: c, Left: q.owed[c]}
		if f.Left > 0 {
			f.Rate = p.rate(c, r)
			f.Empty = lasting(f.Left, f.Rate)
		}
		classes[c] = f
		items = append(items, takingTurns(byClass[c], f.Rate, now)...)
	}
	items = slices.DeleteFunc(items, func(f Forecast) bool { return f.Item == inboxItem })
	slices.SortFunc(items, func(a, b Forecast) int { return cmp.Compare(b.Empty, a.Empty) })
	return classes, items
}

// items lists what is owed of each item, by class.
func (q *queue) items() (list [store.Classes][]Forecast) {
	for k, s := range q.sums {
		list[k.class] = append(list[k.class], Forecast{Item: k.item, Class: k.class, Left: s.left, Expires: s.expires})
	}
	return list
}

// takingTurns fills in when items that take turns will be told: a small one
// waits for as many turns of the others as it has itself.
func takingTurns(list []Forecast, rate float64, now time.Time) []Forecast {
	slices.SortFunc(list, func(a, b Forecast) int { return cmp.Or(cmp.Compare(a.Left, b.Left), cmp.Compare(a.Item, b.Item)) })
	before := 0 // alerts of the smaller ones
	for i := range list {
		f := &list[i]
		f.Rate = rate
		f.Empty = lasting(before+f.Left*(len(list)-i), rate)
		f.Late = f.Expires.After(now) && f.Empty > 0 && now.Add(f.Empty).After(f.Expires) // what is past it already is kept for who paused
		before += f.Left
	}
	return list
}

// lasting is how long n take at a rate; 0: nobody knows.
func lasting(n int, rate float64) time.Duration {
	const most = 100 * 365 * 24 * time.Hour
	if rate <= 0 {
		return 0
	}
	return time.Duration(min(float64(n)/rate, most.Seconds()) * float64(time.Second))
}

// recentLate are the times at which somebody was told of late items, the last
// lateMost of them.
type recentLate []time.Time

// may reports whether somebody is to be told of another one, and counts it.
func (r *recentLate) may(now time.Time, again time.Duration) bool {
	if len(*r) == lateMost {
		if now.Sub((*r)[0]) < again {
			return false
		}
		*r = (*r)[1:]
	}
	*r = append(*r, now)
	return true
}

// A lateList remembers which items are forecast to expire before all are told,
// since when, and of which somebody was told.
type lateList map[sumKey]*lateItem

type lateItem struct {
	since time.Time
	told  bool
}

// see takes in a forecast of all items and returns those that somebody is to be
// told of now, each once.
func (l lateList) see(items []Forecast, after time.Duration, now time.Time) (tell []Forecast) {
	here := map[sumKey]bool{}
	for _, f := range items {
		key := sumKey{f.Class, f.Item}
		here[key] = true
		x := l[key]
		switch {
		case f.Late && x == nil:
			l[key] = &lateItem{since: now}
		case f.Late && !x.told && now.Sub(x.since) >= after:
			x.told = true
			tell = append(tell, f)
		case !f.Late && x != nil && !x.told:
			delete(l, key)
		}
	}
	for key := range l {
		if !here[key] {
			delete(l, key)
		}
	}
	return tell
}

// forecast tells the counters how things stand, and DeliveryOptions.Late which
// items will expire before all are told, but for those beyond lateMost: these
// are logged and counted only. Of the processes that share an item one tells:
// that which has the shard the item's number falls into.
func (d *Delivery) forecast(ctx context.Context, flights *sync.WaitGroup, now time.Time) {
	classes, items := d.pulse.forecasts(d.queue, rates{d.o.Pacer.Rate(), d.o.Pacer.PaidRate()}, now)
	d.o.Stats.setForecasts(classes, items)
	for _, f := range d.late.see(items, d.scale.of(lateFor), now) {
		d.o.Logger.Warn("an item will expire before all are told", "article", f.Item, "class", ClassName(f.Class), "left", f.Left, "needs", f.Empty.Round(time.Second), "expires", f.Expires)
		if d.owned[f.Item%store.Shards].lease != nil && d.tellsLate.may(now, d.scale.of(lateAgain)) {
			flights.Go(func() { d.o.Late(ctx, f) })
		}
	}
}
