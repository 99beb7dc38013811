package alert

import (
	"context"
	"fmt"
	"rasid/store"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// Expiries is what giving up what came too late needs of the store.
type Expiries interface {
	Expire(ctx context.Context, e store.Expired, epoch uint64) (int, error)
	Expired(ctx context.Context, shard store.Shard) ([]store.Expired, error)
	Sent(ctx context.Context, d store.Dest) ([]store.Sent, error)
}

// How what came too late is given up.
const (
	expireEvery  = time.Second // between looks for it
	expireAtOnce = 256         // jobs of a look
)

// Lives returns how long after its acceptance an alert is worth sending, by
// class, where DeliveryOptions.Life says nothing else. 0: for good, unless a
// broadcast says when it ends.
func Lives() [store.Classes]time.Duration {
	return [store.Classes]time.Duration{store.Urgent: 2 * time.Hour, store.Normal: 12 * time.Hour, store.Low: 36 * time.Hour}
}

// lives fills in the defaults.
func lives(all [store.Classes]time.Duration) [store.Classes]time.Duration {
	for c, usual := range Lives() {
		if all[c] == 0 {
			all[c] = usual
		}
	}
	return all
}

// expires tells when a job is past its time; zero: never. Its life is counted
// from when the item was accepted, by what is set now: who makes lives longer
// while Telegram is down loses nothing of what waits.
func (d *Delivery) expires(j *store.Job) time.Time {
	life := d.o.Life[j.Class]
	if life <= 0 || j.Created.IsZero() {
		return j.Expires
	}
	return earliest(j.Expires, j.Created.Add(d.scale.of(life)))
}

// A lateJob is one that is past its time, and for whom that is final.
type lateJob struct {
	*job
	owed []uint32 // ascending
}

// expire gives up what is past its time: one write for each shard, item and
// class.
func (d *Delivery) expire(ctx context.Context) error {
	now := time.Now()
	if now.Sub(d.expired) < d.scale.of(expireEvery) {
		return nil
	}
	d.expired = now
	d.releaseDue(now)
	late := d.queue.late(now, func(s store.Shard) bool {
		_, open := d.foreign[s] // its last owner may still be told that something was delivered
		return !open
	}, d.paused)
	if len(late) == expireAtOnce { // there may be more
		d.expired = time.Time{}
		nudge(d.bell.rung)
	}
	counts, errs, err := d.recordLate(ctx, late, now)
	if err != nil {
		return err
	}
	for i, l := range late {
		if isFenced(errs[i]) {
			d.o.Logger.Warn("another process sends to these chats now", "shard", l.shard)
			d.giveUp(l.shard)
			continue
		}
		if errs[i] != nil { // it stays owed, and is found again
			d.owned[l.shard].passed = true
			d.readLater("give up what came too late", l.shard, errs[i])
			d.queue.expire(l)
			continue
		}
		d.o.Stats.expire(l.class, counts[i])
		d.queue.expire(l)
		if counts[i] == len(l.owed) {
			d.untold.add(store.Expired{Shard: l.shard, Class: l.class, Owed: l.owed, At: now}, true)
		} else if err := d.loadUntold(ctx, []store.Shard{l.shard}); err != nil { // some were settled elsewhere
			return err
		}
	}
	return nil
}

// tooLate reports whether some of p is past its time, as what waited behind
// something in flight may be, and is for expire to give up.
func (d *Delivery) tooLate(p pick, now time.Time) bool {
	if _, open := d.foreign[p.shard()]; open {
		return false
	}
	return slices.ContainsFunc(p.jobs, func(j *job) bool {
		return !j.isInbox() && !j.expires.IsZero() && !j.expires.After(now) && !j.kept[p.line.place.Ordinal]
	})
}

// recordLate tells the store, some jobs at a time. A shard of others' is told
// of in errs.
func (d *Delivery) recordLate(ctx context.Context, late []lateJob, now time.Time) (counts []int, errs []error, err error) {
	counts, errs = make([]int, len(late)), make([]error, len(late))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(shardsReadAtOnce)
	for i, l := range late {
		e := store.Expired{Shard: l.shard, Item: l.item, Class: l.class, Owed: l.owed, At: now}
		epoch := d.owned[l.shard].lease.Epoch()
		g.Go(func() error {
			errs[i] = d.store.do(gctx, "give up what came too late", func() (inner error) {
				counts[i], inner = d.o.Store.Expire(gctx, e, epoch)
				return inner
			})
			if isFenced(errs[i]) || isUnreadable(errs[i]) {
				return nil
			}
			return errs[i]
		})
	}
	return counts, errs, g.Wait()
}

// paused reports whether a destination has paused its alerts. What comes
// meanwhile is kept for it.
func (d *Delivery) paused(p store.Place) bool {
	return d.o.Index.paused(p)
}

// late lists jobs past their time with those of their destinations that are not
// being told anything at the moment, at most expireAtOnce jobs. What is for
// someone who paused is kept, for good.
func (q *queue) late(now time.Time, in func(store.Shard) bool, paused func(store.Place) bool) []lateJob {
	found, index := q.over(now, in)
	take := func(j *job, o uint32) {
		if !j.kept[o] && paused(j.place(o)) {
			j.keep(o)
		}
		if i := index[j]; !j.kept[o] {
			found[i].owed = append(found[i].owed, o)
		}
	}
	for _, l := range found {
		for o, ok := l.wait.from(0); ok; o, ok = l.wait.from(o + 1) {
			if x := q.lines[l.place(o)]; x == nil || x.state != lineBusy {
				take(l.job, o)
			}
		}
	}
	if len(found) > 0 {
		q.eachAside(func(l *line, j *job) {
			if _, is := index[j]; is && l.state != lineBusy {
				take(j, l.place.Ordinal)
			}
		})
	}
	for _, l := range found {
		slices.Sort(l.owed)
	}
	return slices.DeleteFunc(found, func(l lateJob) bool { return len(l.owed) == 0 })
}

// over lists jobs past their time in some shards, and where each stands in the
// list.
func (q *queue) over(now time.Time, in func(store.Shard) bool) (found []lateJob, index map[*job]int) {
	index = map[*job]int{}
	for key, list := range q.shards {
		for _, j := range list {
			if j.isInbox() {
				continue
			}
			over := !j.expires.IsZero() && !j.expires.After(now)
			if len(found) == expireAtOnce || !over && key.class != store.Broadcast || !in(key.shard) {
				break // the older the item the sooner it is over, but for broadcasts
			}
			if over && len(j.kept) < j.left {
				index[j] = len(found)
				found = append(found, lateJob{job: j})
			}
		}
	}
	return found, index
}

// keep makes an ordinal be told, however late.
func (j *job) keep(o uint32) {
	if j.kept == nil {
		j.kept = map[uint32]bool{}
	}
	j.kept[o] = true
}

func (q *queue) eachAside(f func(*line, *job)) {
	for _, l := range q.lines {
		for _, list := range l.aside {
			for _, j := range list {
				f(l, j)
			}
		}
		for _, j := range l.parked {
			f(l, j)
		}
	}
}

// expire takes what came too late off what is owed.
func (q *queue) expire(l lateJob) {
	if l.gone {
		return
	}
	for _, o := range l.owed {
		delete(l.tries, o)
		l.wait.remove(o)
		if len(q.doubts) > 0 {
			q.believe(l.place(o), []uint64{l.item})
		}
		x, ok := q.lines[l.place(o)]
		if !ok {
			continue
		}
		x.aside[l.class] = slices.DeleteFunc(x.aside[l.class], func(j *job) bool { return j == l.job })
		x.leaves(l.job)
		if x.state == lineReady {
			q.release(x) // it may have waited behind what is gone
		}
	}
	q.drop(l.job, len(l.owed))
}

// loadUntold reads what came too late in some shards. What of it the chats were
// told already is found out when they are told something next.
func (d *Delivery) loadUntold(ctx context.Context, shards []store.Shard) error {
	all := make([][]store.Expired, len(shards))
	_, err := d.eachShard(ctx, shards, "read what came too late", func(ctx context.Context, i int) (err error) {
		all[i], err = d.o.Store.Expired(ctx, shards[i])
		return err
	})
	for i, s := range shards {
		d.untold.leave(s)
		for _, e := range all[i] {
			d.untold.add(e, false)
		}
	}
	return err
}

// addMissed makes al tell how many alerts came too late for its chat.
func (a *attempt) addMissed(al *Alert) (err error) {
	if len(a.missed) > 0 && !al.isBroadcast() {
		al.Missed, err = a.countMissed()
	}
	return err
}

// countMissed tells how many alerts came too late that the attempt's chat has
// not been told of.
func (a *attempt) countMissed() (int, error) {
	var sent []store.Sent
	if slices.ContainsFunc(a.missed, func(m untoldOf) bool { return !m.sure }) {
		err := a.d.store.do(a.ctx, "read what was sent", func() (err error) {
			sent, err = a.d.o.Store.Sent(a.ctx, a.to.Dest)
			return err
		})
		if isUnreadable(err) { // it tells only of what is known without
			a.d.unread("read what was sent", a.pick.line.place, err)
			a.missed = slices.DeleteFunc(a.missed, func(m untoldOf) bool { return !m.sure })
		} else if err != nil {
			return 0, err
		}
	}
	last, err := a.lastAlert(sent)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, m := range a.missed {
		if m.sure || !last.After(m.at) {
			n++
		}
	}
	return n, nil
}

// lastAlert tells when the chat was sent an alert last: broadcasts do not tell
// of what came too late.
func (a *attempt) lastAlert(sent []store.Sent) (at time.Time, err error) {
	for _, s := range sent {
		if len(s.Rules) == 0 && len(s.Items) == 1 && s.At.After(at) {
			doc, err := a.d.docs.get(a.ctx, a.sendCtx, s.Items[0])
			if err == nil && doc.item.Broadcast != nil {
				continue
			}
			if err != nil && !isFinal(err) && !isUnreadable(err) {
				return at, fmt.Errorf("see what was sent: %w", err)
			}
		}
		at = latest(at, s.At)
	}
	return at, nil
}

// toldAt is when an attempt is settled: later than what its message told of was
// found to be too late, for by that it is known as told after a restart.
func (a *attempt) toldAt() time.Time {
	now := time.Now()
	for _, m := range a.missed {
		now = latest(now, m.at.Add(time.Millisecond))
	}
	return now
}
