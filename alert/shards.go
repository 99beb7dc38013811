package alert

import (
	"context"
	"fmt"
	"maps"
	"rasid/store"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// A Lease is the right to do a role's work, for as long as it holds.
type Lease interface {
	// Epoch is what the store knows the right by.
	Epoch() uint64
	// Holds reports whether it is certain that nobody else has the role now.
	Holds() bool
}

// Held returns a lease that does not run out: where nobody else can be at work,
// and for tests.
func Held(epoch uint64) Lease { return held(epoch) }

type held uint64

// Epoch implements Lease.
func (h held) Epoch() uint64 { return uint64(h) }

// Holds implements Lease.
func (held) Holds() bool { return true }

// An ownership is what a Delivery knows of one shard.
type ownership struct {
	lease  Lease           // nil: another's
	ctx    context.Context //nolint:containedctx // it ends when the shard is given up
	end    context.CancelFunc
	after  uint64 // the newest item whose jobs were read
	flying int    // attempts under way
	done   []chan struct{}
	again  time.Time // something of it could not be read, and is read again then; zero: nothing
	passed bool      // some of what is owed is among that: it is looked at from the start then
	taken  time.Time // when it became ours
	blind  bool      // which attempts were left open there is not known: nothing is begun
}

// landed tells who waits that nothing is under way any more.
func (o *ownership) landed() {
	if o.flying > 0 {
		return
	}
	for _, c := range o.done {
		close(c)
	}
	o.done = nil
}

// A handover gives a shard to a Delivery, or takes it away.
type handover struct {
	shard store.Shard
	lease Lease // nil: it is taken away
	done  chan struct{}
}

// Own makes a shard the delivery's: it sends what is owed there from now on. It
// never blocks.
func (d *Delivery) Own(s store.Shard, l Lease) {
	d.bell.tell(func(g *gathered) { g.handed = append(g.handed, handover{shard: s, lease: l}) })
}

// OwnAll makes every shard the delivery's.
func (d *Delivery) OwnAll(l Lease) {
	for s := range store.Shard(store.Shards) {
		d.Own(s, l)
	}
}

// Disown takes a shard away. Nothing more is begun there; the channel is closed
// when nothing of it is under way any more.
func (d *Delivery) Disown(s store.Shard) <-chan struct{} {
	done := make(chan struct{})
	d.bell.tell(func(g *gathered) { g.handed = append(g.handed, handover{shard: s, done: done}) })
	return done
}

// handOver takes and gives up shards, in the order in which it was told.
func (d *Delivery) handOver(ctx context.Context, g *gathered) error {
	var taken []store.Shard
	for _, h := range g.handed {
		own := &d.owned[h.shard]
		d.giveUp(h.shard)
		if h.lease == nil {
			own.done = append(own.done, h.done)
			own.landed()
			continue
		}
		own.lease, own.after, own.taken, own.blind = h.lease, 0, time.Now(), true
		own.again, own.passed = time.Time{}, false
		own.ctx, own.end = context.WithCancel(ctx) //nolint:gosec // ended by giveUp, or with ctx
		taken = append(taken, h.shard)
	}
	if taken = append(taken, d.toReadAgain(time.Now(), g)...); len(taken) == 0 {
		return nil
	}
	if err := d.loadKept(ctx, taken); err != nil {
		return err
	}
	return d.recover(ctx, slices.DeleteFunc(taken, func(s store.Shard) bool { return !d.owned[s].blind }), g)
}

// toReadAgain lists the shards of which something could not be read, and whose time
// has come.
func (d *Delivery) toReadAgain(now time.Time, g *gathered) (shards []store.Shard) {
	for s := range d.owned {
		own := &d.owned[s]
		if own.lease != nil && !own.again.IsZero() && !own.again.After(now) {
			if own.passed {
				g.look(store.Shard(s), everything) //nolint:gosec // there are store.Shards
			}
			own.again, own.passed = time.Time{}, false
			shards = append(shards, store.Shard(s)) //nolint:gosec // there are store.Shards
		}
	}
	return shards
}

// loadKept learns what some shards keep for chats that are to be told later.
func (d *Delivery) loadKept(ctx context.Context, shards []store.Shard) error {
	if err := d.loadUntold(ctx, shards); err != nil {
		return err
	}
	return d.loadInboxes(ctx, shards)
}

// ownedOf returns those of some shards that are its own.
func (d *Delivery) ownedOf(some map[store.Shard]bool) []store.Shard {
	var own []store.Shard
	for s := range some {
		if d.owned[s].lease != nil {
			own = append(own, s)
		}
	}
	return own
}

// giveUp forgets a shard's jobs. What is under way there comes to its end.
func (d *Delivery) giveUp(s store.Shard) {
	own := &d.owned[s]
	if own.lease == nil {
		return
	}
	own.end()
	own.lease, own.ctx, own.end, own.again, own.passed = nil, nil, nil, time.Time{}, false
	d.queue.leave(s)
	d.untold.leave(s)
	d.leaveInboxes(s)
	delete(d.foreign, s)
}

// recover looks at the attempts that the shards' earlier owners left open.
// Where nobody else can be at work they are gone, and nobody knows how those
// ended. Elsewhere the answer may still come, to the earlier owner, who settles
// them: their destinations wait until it cannot come any more, and where some of
// them cannot be read the shard does.
func (d *Delivery) recover(ctx context.Context, shards []store.Shard, g *gathered) error {
	marks := make([][]store.Mark, len(shards))
	bad, err := d.eachShard(ctx, shards, "settle the attempts left open", func(ctx context.Context, i int) (err error) {
		marks[i], err = d.o.Store.Marks(ctx, shards[i])
		return err
	})
	if err != nil {
		return err
	}
	now := time.Now()
	for i, s := range shards {
		own := &d.owned[s]
		if slices.Contains(bad, s) && now.Sub(own.taken) < d.scale.of(answerLimit) {
			continue
		}
		own.blind = false
		g.look(s, everything)
		for _, m := range marks[i] {
			due := now
			if limit := d.scale.of(answerLimit); d.o.Shared {
				due = earliest(latest(now, m.At.Add(limit)), now.Add(limit)) // clocks differ
			}
			d.foreign.add(s, m.Token, due)
		}
		for _, m := range marks[i] { // a shard's attempts are settled together, and counted as tries only then
			d.queue.keep(m.Place, d.foreign[s].due)
			d.queue.doubt(m.Place, m.Items)
		}
	}
	return nil
}

// settleForeign settles the attempts of earlier owners that are still open when
// their answer cannot come any more.
func (d *Delivery) settleForeign(ctx context.Context, g *gathered) error {
	left := d.foreign.take(time.Now())
	if len(left) == 0 {
		return nil
	}
	shards := slices.Collect(maps.Keys(left))
	closed := make([][]store.Mark, len(shards))
	_, err := d.eachShard(ctx, shards, "settle the attempts left open", func(ctx context.Context, i int) error {
		marks, err := d.o.Store.Marks(ctx, shards[i])
		if err != nil && !isUnreadable(err) { // those of the past owner that can be read are among marks
			return err
		}
		for _, m := range marks {
			if !slices.Contains(left[shards[i]].tokens, m.Token) {
				continue // it is ours
			}
			o := store.Outcome{Fate: store.Unknown, Reason: "the process ended while it was sending"}
			switch err := d.o.Store.Finish(ctx, m, o, time.Now()); {
			case isUnreadable(err): // it stays open, and the next owner of the shard finds it again
				d.unread("settle the attempts left open", m.Place, err)
				continue
			case err != nil:
				return err
			}
			d.o.Stats.recovered.Add(1)
			closed[i] = append(closed[i], m)
		}
		return nil
	})
	for i, s := range shards {
		g.look(s, everything) // how often something was tried has changed
		for _, m := range closed[i] {
			d.queue.believe(m.Place, m.Items)
		}
	}
	return err
}

// eachShard calls f for each of the shards, some at a time, until the store
// takes it. It returns those of which something cannot be read, which are read again
// later.
func (d *Delivery) eachShard(ctx context.Context, shards []store.Shard, doing string, f func(ctx context.Context, i int) error) (bad []store.Shard, err error) {
	errs := make([]error, len(shards))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(shardsReadAtOnce)
	for i, s := range shards {
		g.Go(func() error {
			errs[i] = d.store.do(gctx, doing, func() error {
				if inner := f(gctx, i); inner != nil {
					return fmt.Errorf("shard %d: %w", s, inner)
				}
				return nil
			})
			if isUnreadable(errs[i]) {
				return nil
			}
			return errs[i]
		})
	}
	err = g.Wait()
	for i, s := range shards {
		if isUnreadable(errs[i]) {
			d.readLater(doing, s, errs[i])
			bad = append(bad, s)
		}
	}
	return bad, err
}

// readLater says that something of a shard cannot be read, and has it read again
// after a while.
func (d *Delivery) readLater(doing string, s store.Shard, err error) {
	d.unread(doing, store.Place{Shard: s}, err)
	own := &d.owned[s]
	own.again = earliest(own.again, time.Now().Add(d.scale.of(readAgain)))
}

// unread says that something of a destination, or of a shard, cannot be read.
func (d *Delivery) unread(doing string, p store.Place, err error) {
	if others, ok := d.unreadSaid.may(time.Now()); ok {
		d.o.Logger.Error("a record of the store cannot be read; what needs it waits, others go on; rasid store check tells what to do",
			"doing", doing, "shard", p.Shard, "ordinal", p.Ordinal, "others", others, "err", err)
	}
}

// foreign are the attempts that others left open, by shard.
type foreign map[store.Shard]leftOpen

// leftOpen are a shard's: those with these tokens, which can be settled at due.
type leftOpen struct {
	tokens []string
	due    time.Time
}

func (f foreign) add(s store.Shard, token string, due time.Time) {
	x := f[s]
	f[s] = leftOpen{append(x.tokens, token), latest(x.due, due)}
}

// due tells when the first shard's can be settled; zero: there are none.
func (f foreign) due() (at time.Time) {
	for _, x := range f {
		at = earliest(at, x.due)
	}
	return at
}

// take returns what can be settled now, and forgets it.
func (f foreign) take(now time.Time) foreign {
	ready := foreign{}
	for s, x := range f {
		if !x.due.After(now) {
			ready[s] = x
			delete(f, s)
		}
	}
	return ready
}
