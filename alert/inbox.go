package alert

import (
	"context"
	"errors"
	"math"
	"rasid/rules"
	"rasid/store"
	"slices"
	"sync"
	"time"
)

// Inboxes is what keeping alerts for later needs of the store.
type Inboxes interface {
	Shelve(ctx context.Context, s store.Shelving, epoch uint64) (int, error)
	Inbox(ctx context.Context, p store.Place) (store.Inbox, error)
	Inboxes(ctx context.Context, shard store.Shard) ([]store.Inbox, error)
}

// An inbox that is to be told has its turn as an item of its own, older than
// all others: items are numbered from 1.
const inboxItem = 0

func (j *job) isInbox() bool { return j.item == inboxItem }

// shelve puts all that a paused destination is owed into its inbox.
func (d *Delivery) shelve(sendCtx context.Context, flights *sync.WaitGroup, p pick) {
	if p.jobs[0].isInbox() { // paused again before it had its turn
		d.queue.done(p)
		d.keepInbox(store.Inbox{Place: p.line.place})
		return
	}
	d.start(sendCtx, flights, attempt{pick: p, shelve: d.queue.allOf(p)})
}

// allOf lists what a pick's destination is owed: what was picked and what waits.
func (q *queue) allOf(p pick) []*job {
	all := slices.Clone(p.jobs)
	for c := range store.Class(store.Classes) {
		all = append(all, q.waiting(p.line, c, math.MaxInt)...)
	}
	return slices.DeleteFunc(all, (*job).isInbox)
}

// putAway stores what Delivery.shelve gathered.
func (a *attempt) putAway() result {
	s := store.Shelving{Place: a.pick.line.place, Items: items(a.shelve), At: time.Now()}
	slices.Sort(s.Items)
	err := a.d.store.do(a.sendCtx, "keep alerts for later", func() error {
		n, err := a.d.o.Store.Shelve(a.sendCtx, s, a.lease.Epoch())
		a.d.o.Stats.shelved.Add(int64(n))
		return err
	})
	if err != nil {
		return a.failed(err)
	}
	r := a.done()
	r.shelved = a.shelve
	return r
}

// shelved takes what is in an inbox now off what is owed, but for what was
// picked: that is done with p.
func (q *queue) shelved(p pick, jobs []*job) {
	l, ordinal := p.line, p.line.place.Ordinal
	for _, j := range without(jobs, p.jobs) {
		if j.gone {
			continue
		}
		aside := len(l.aside[j.class])
		l.aside[j.class] = slices.DeleteFunc(l.aside[j.class], func(x *job) bool { return x == j })
		if j.wait.remove(ordinal) || len(l.aside[j.class]) < aside {
			q.settled[j.class]++
			q.off(j, ordinal)
		}
	}
	if len(q.doubts) > 0 {
		q.believe(l.place, items(jobs))
	}
}

// keepInbox remembers that a destination has something in its inbox, and
// releases it if its time has come.
func (d *Delivery) keepInbox(x store.Inbox) {
	d.inboxes[x.Place] = x.Due
	d.bell.park(x.Place)
	if d.mayRelease(x.Place, x.Due, time.Now()) { // it came just before
		d.releaseInbox(x.Place)
	}
}

// mayRelease reports whether what is in an inbox is to be told: its time has
// come, and nobody has paused.
func (d *Delivery) mayRelease(p store.Place, due, now time.Time) bool {
	return !due.After(now) && !d.paused(p)
}

// releaseInbox gives an inbox its turn.
func (d *Delivery) releaseInbox(p store.Place) {
	due, has := d.inboxes[p]
	if !has || due.After(time.Now()) {
		return
	}
	d.bell.unpark(p)
	delete(d.inboxes, p)
	d.queue.add(store.Job{
		Shard: p.Shard, Item: inboxItem, Class: store.Normal, Owed: []uint32{p.Ordinal}, Created: time.Now(), Matcher: rules.Version(),
	})
}

// releaseDue gives the inboxes whose time has come their turn.
func (d *Delivery) releaseDue(now time.Time) {
	for p, due := range d.inboxes {
		if !due.IsZero() && d.mayRelease(p, due, now) {
			d.releaseInbox(p)
		}
	}
}

// loadInboxes learns which destinations of some shards have something in their
// inbox.
func (d *Delivery) loadInboxes(ctx context.Context, shards []store.Shard) error {
	all := make([][]store.Inbox, len(shards))
	_, err := d.eachShard(ctx, shards, "list inboxes", func(ctx context.Context, i int) (err error) {
		all[i], err = d.o.Store.Inboxes(ctx, shards[i])
		return err
	})
	for _, list := range all {
		for _, x := range list {
			d.keepInbox(x)
		}
	}
	return err
}

// leaveInboxes forgets the inboxes of a shard.
func (d *Delivery) leaveInboxes(s store.Shard) {
	for p := range d.inboxes {
		if p.Shard == s {
			delete(d.inboxes, p)
			d.bell.unpark(p)
		}
	}
}

// tellInbox tells what is in an inbox, as one message, and how many it dropped;
// also where nothing is left to be told beside that. Announcements come before it,
// each by itself.
func (a *attempt) tellInbox() result {
	box, err := a.inbox()
	switch {
	case isUnreadable(err): // what else is owed there goes on
		a.d.unread("read an inbox", a.pick.line.place, err)
		a.park(time.Now().Add(a.d.scale.of(readAgain)), a.rest...)
		return a.done()
	case err != nil:
		return a.failed(err)
	case box.Empty():
		return a.done()
	}
	al, unwanted, err := a.open(box)
	if err == nil && len(unwanted) > 0 {
		err = a.drop(unwanted)
	}
	if err == nil && len(al.Items()) > 0 {
		err = a.addMissed(&al)
	}
	switch {
	case err != nil:
		return a.failed(err)
	case len(al.Items()) == 0 && al.Dropped == 0:
		return a.done()
	case a.to.Chat == 0:
		return a.empty()
	}
	r := a.tell([]Alert{al})
	if r.verb != settled || a.ctx.Err() != nil {
		return r
	}
	if box, err = a.inbox(); err != nil || box.Empty() || len(box.Items) <= a.left && box.Dropped == 0 {
		return r
	}
	if a.overtook && holds(box, &al) {
		a.left, a.leftFor = a.left+1, latest(a.leftFor, time.Now().Add(a.d.scale.of(heldAgain)))
		return r
	}
	r.verb, r.rest, r.until = again, a.rest, time.Now()
	if !al.isBroadcast() { // of some the outcome is not known
		r.until = r.until.Add(a.d.scale.of(unknownAgain))
	}
	return r
}

// heldAgain is when an inbox is tried again of which the store let nothing begin,
// though all is there: its chat is about to move. When it has, that is told.
const heldAgain = time.Minute

// holds reports whether something that al tells is still in an inbox.
func holds(box store.Inbox, al *Alert) bool {
	told := al.Items()
	if len(told) == 0 {
		return box.Dropped > 0
	}
	return slices.ContainsFunc(box.Items, func(s store.Shelved) bool { return slices.Contains(told, s.Item) })
}

// empty forgets how many an inbox dropped that holds nothing else, for there is
// nobody to be told.
func (a *attempt) empty() result {
	err := a.d.store.do(a.sendCtx, "empty an inbox", func() error {
		_, inner := a.d.o.Store.Shelve(a.sendCtx, store.Shelving{Place: a.pick.line.place, At: time.Now()}, a.lease.Epoch())
		return inner
	})
	if err != nil {
		return a.failed(err)
	}
	return a.done()
}

func (a *attempt) inbox() (box store.Inbox, err error) {
	err = a.d.store.do(a.ctx, "read an inbox", func() error {
		box, err = a.d.o.Store.Inbox(a.ctx, a.pick.line.place)
		return err
	})
	return box, err
}

// open words what is in an inbox as one alert, or the first announcement in it,
// and lists what nobody wants any more. The rules may be newer than those that
// are known here, so these are read first.
func (a *attempt) open(box store.Inbox) (al Alert, unwanted []uint64, err error) {
	if a.to.Chat != 0 {
		if err = a.catchUp(); err == nil {
			err = a.d.o.Refresh(a.ctx)
		}
	}
	var kept []Alert
	for i := 0; i < len(box.Items) && err == nil; i++ {
		var one Alert
		var what verdict
		switch one, what, err = a.wants(box.Items[i]); what {
		case isWanted:
			kept = append(kept, one)
		case isUnwanted:
			unwanted = append(unwanted, box.Items[i].Item)
		case isLeft:
		}
	}
	announced := slices.IndexFunc(kept, func(al Alert) bool { return al.isBroadcast() })
	switch {
	case len(kept) == 0 || err != nil:
		return Alert{To: a.to, Class: store.Low, Dropped: box.Dropped}, unwanted, err
	case announced >= 0: // whole, and the rest after it
		return kept[announced], unwanted, nil
	case len(kept) == 1 && box.Dropped == 0:
		return kept[0], unwanted, nil
	}
	return together(kept, box.Dropped), unwanted, nil
}

// together makes one alert of several, as loud as the loudest.
func together(kept []Alert, dropped int) Alert {
	al := kept[len(kept)-1]
	al.Kept, al.Dropped, al.Reasons = kept, dropped, slices.Clone(al.Reasons)
	for _, one := range kept[:len(kept)-1] {
		al.Class = min(al.Class, one.Class)
		for _, r := range one.Reasons {
			if !slices.ContainsFunc(al.Reasons, func(has Reason) bool { return has.key() == r.key() }) {
				al.Reasons = append(al.Reasons, r)
			}
		}
	}
	return al
}

// A verdict says what becomes of an item of an inbox.
type verdict uint8

const (
	isLeft     verdict = iota // it stays, or is gone by itself
	isWanted                  // it is told
	isUnwanted                // it is taken out
)

// wants makes an alert of one item of an inbox, if it is still wanted. One that
// cannot be read stays there, or is given up.
func (a *attempt) wants(s store.Shelved) (Alert, verdict, error) {
	if a.to.Chat == 0 {
		return Alert{}, isUnwanted, nil
	}
	doc, err := a.d.docs.get(a.ctx, a.sendCtx, s.Item)
	if bad, is := errors.AsType[*unread](err); is {
		if bad.lost(a.d.scale) {
			return Alert{}, isLeft, a.bury([]uint64{s.Item}, "cannot be read: "+bad.Error())
		}
		a.left, a.leftFor = a.left+1, latest(a.leftFor, bad.again)
		return Alert{}, isLeft, nil
	}
	var al Alert
	var wanted bool
	if err == nil {
		al, wanted, err = a.matched(&job{jobKey: a.rest[0].jobKey, matcher: s.Matcher}, doc)
	}
	switch {
	case errors.Is(err, errBroke):
		return Alert{}, isLeft, a.bury([]uint64{s.Item}, err.Error())
	case err != nil && !errors.Is(err, store.ErrUnknown):
		return Alert{}, isLeft, err
	case !wanted:
		return Alert{}, isUnwanted, nil
	}
	al.Class = s.Class
	return al, isWanted, nil
}
