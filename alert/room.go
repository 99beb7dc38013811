package alert

import (
	"context"
	"math"
	"rasid/store"
	"sync"
	"time"
)

// A room bounds the attempts of one kind that are under way.
type room struct {
	most   int
	flying int
	next   func(now time.Time) (pick, bool) // what is to be told next
}

func (r *room) full() bool { return r.flying >= r.most }

// The rooms of a Delivery.
const (
	roomShared = iota // of alerts, and of broadcasts that nobody pays for: W of the promise
	roomPaid          // of paid broadcasts
	rooms
)

// roomOf tells which room an attempt at a pick is in.
func (d *Delivery) roomOf(p pick) *room {
	if d.queue.isPaid(p.jobs[0].class) {
		return &d.rooms[roomPaid]
	}
	return &d.rooms[roomShared]
}

// flying is how many attempts are under way.
func (d *Delivery) flying() int { return d.rooms[roomShared].flying + d.rooms[roomPaid].flying }

// How many paid broadcasts are under way at a time.
const (
	paidAhead = 3   // a second's by this: an answer takes 250 ms, and writing before and after it some more
	paidLeast = 16  // as many as alerts
	paidRoomy = 512 // however fast; Telegram takes 1000 a second
)

// paidRoom is how many broadcasts are to be under way for so many a second; 0:
// they are not paid for. They do not count in W: what a crash leaves open of a
// broadcast is taken as delivered and never repeated.
func paidRoom(rate float64) int {
	if rate <= 0 {
		return 0
	}
	return min(max(int(math.Ceil(rate/paidAhead)), paidLeast), paidRoomy)
}

// What is owed where a lease does not hold is looked at so often, and so much of it
// at a time: the lease may come back, or the shard go to another.
const (
	lapsedWait = time.Second
	lapsedMost = 256
)

// fill starts attempts while there is room and something to tell.
func (d *Delivery) fill(ctx, sendCtx context.Context, flights *sync.WaitGroup) {
	for i := range d.rooms {
		d.fillRoom(ctx, sendCtx, flights, &d.rooms[i])
	}
}

func (d *Delivery) fillRoom(ctx, sendCtx context.Context, flights *sync.WaitGroup, r *room) {
	for lapsed := 0; ctx.Err() == nil && !r.full() && lapsed < lapsedMost; {
		now := time.Now()
		if open, _ := d.gate.open(now); !open {
			return
		}
		p, ok := r.next(now)
		if !ok {
			return
		}
		if own := &d.owned[p.shard()]; own.lease != nil && (own.blind || !own.lease.Holds()) {
			d.queue.hold(p, now.Add(d.scale.of(lapsedWait)))
			lapsed++
			continue
		}
		to, known, err := d.destination(ctx, p.line.place)
		if err != nil {
			d.queue.settle(p, p.jobs, time.Time{}, now)
			return
		}
		switch {
		case !known && d.o.Index.unread(p.line.place):
			d.queue.hold(p, now.Add(d.scale.of(retryMost)))
			lapsed++
		case !known || to.Suspended != "":
			d.start(sendCtx, flights, attempt{pick: p})
		case to.Paused:
			d.shelve(sendCtx, flights, p)
		case d.tooLate(p, now):
			d.queue.hold(p, now.Add(d.scale.of(expireEvery)))
			d.expired = time.Time{} // the next look at what is late is now
			nudge(d.bell.rung)
		case d.mayTell(p, &to):
			d.queue.begin(to.Chat)
			d.start(sendCtx, flights, attempt{pick: p, to: to, chat: to.Chat})
		}
	}
}

// destination returns what is known of a place. One that is not known may be
// new, so the store is asked before it counts as gone, unless its record is damaged:
// it is heard of with the others once it was written anew.
func (d *Delivery) destination(ctx context.Context, p store.Place) (to store.Destination, known bool, err error) {
	if to, known = d.o.Index.Destination(p); known {
		return to, true, nil
	}
	if d.o.Index.unread(p) {
		return to, false, nil
	}
	if err = d.sync(ctx); err == nil {
		to, known = d.o.Index.Destination(p)
	}
	return to, known, err
}

// mayTell reports whether to can be told something at once. If not, its line
// is kept until it can.
func (d *Delivery) mayTell(p pick, to *store.Destination) bool {
	if d.queue.busy(to.Chat) {
		d.queue.behind(p, to.Chat)
		return false
	}
	at := latest(to.HoldUntil, d.o.Pacer.TryAt(paceOf(to)))
	if at.After(time.Now()) { // the pacer's "now" is later than a time taken before it was asked
		d.queue.hold(p, at)
		return false
	}
	return true
}

func paceOf(d *store.Destination) To {
	return To{Chat: d.Chat, Group: d.Kind != store.Private}
}
