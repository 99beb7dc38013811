package alert

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"rasid/store"
)

// Book is what Delivery needs of the store.
type Book interface {
	Changes
	Owed(ctx context.Context, shard store.Shard, after uint64) ([]store.Job, error)
	Marks(ctx context.Context, shard store.Shard) ([]store.Mark, error)
	Item(ctx context.Context, seq uint64) (store.Item, error)
	Begin(ctx context.Context, m store.Mark) error
	Finish(ctx context.Context, m store.Mark, o store.Outcome, now time.Time) error
	Release(ctx context.Context, m store.Mark, until time.Time) error
	Withdraw(ctx context.Context, p store.Place, items []uint64, epoch uint64) error
	Change(ctx context.Context, c store.Change) (store.Result, error)
	Migrate(ctx context.Context, from, to int64, now time.Time) error
}

// DeliveryOptions tunes a Delivery. Store, Index, Pacer, Sender and Epoch are
// required.
type DeliveryOptions struct {
	Store    Book
	Index    *Index
	Pacer    *Pacer
	Sender   Sender
	Epoch    uint64             // of Claim
	Stats    *Stats             // default: a new one
	Logger   *slog.Logger       // default: slog.Default()
	InFlight int                // sends under way at a time, W of the promise; default 16
	Drain    time.Duration      // how long a stop waits for them; default 15s
	Poll     time.Duration      // looks for new jobs this often without being woken; default 1s
	Crash    func(point string) // called at the named points where a crash is tested; default: nothing
}

func (o DeliveryOptions) withDefaults() DeliveryOptions {
	o.InFlight = cmp.Or(o.InFlight, 16)
	o.Drain = cmp.Or(o.Drain, 15*time.Second)
	o.Poll = cmp.Or(o.Poll, time.Second)
	if o.Stats == nil {
		o.Stats = NewStats()
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Crash == nil {
		o.Crash = func(string) {}
	}
	return o
}

// How Delivery behaves.
const (
	unknownsInRow = 3               // after so many nothing is sent until Telegram answers
	probeEvery    = 5 * time.Second // while it does not
	notWritten    = 2 * time.Second // before a chat is tried again that could not be reached
	notWrittenMax = 2 * time.Minute
	docsKept      = 256 // articles read for matching again
)

// A Delivery sends what is owed.
type Delivery struct {
	o    DeliveryOptions
	wake chan struct{}
	docs *docs

	gate gate

	// The rest belongs to the goroutine of Run.
	queue   *queue
	after   [store.Shards]uint64
	version uint64 // of the index when parked lines were last looked at
	results chan result
	flying  int
}

// A result is what a worker says of its pick.
type result struct {
	pick  pick
	verb  verb
	tries int
	until time.Time
	err   error // ErrFenced: stop
}

type verb uint8

const (
	settled verb = iota // the item is done with
	again               // the item stays, from until on
	parked              // the destination is paused
)

// NewDelivery returns a delivery that has not begun.
func NewDelivery(o DeliveryOptions) *Delivery {
	o = o.withDefaults()
	return &Delivery{
		o: o, wake: make(chan struct{}, 1), docs: newDocs(o.Store, docsKept),
		queue: newQueue(), results: make(chan result, o.InFlight),
	}
}

// Wake tells that something may be owed or that a destination changed. It
// never blocks.
func (d *Delivery) Wake() { nudge(d.wake) }

// Run sends until ctx ends, then waits for what is in flight, at most
// Options.Drain. Only another process taking over ends it with an error.
func (d *Delivery) Run(ctx context.Context) error {
	if err := d.recover(ctx); err != nil {
		return stopped(ctx, err)
	}
	sendCtx, cancel := drainContext(ctx, d.o.Drain)
	defer cancel()
	var wg sync.WaitGroup
	defer wg.Wait()
	err := d.loop(ctx, sendCtx, &wg)
	for d.flying > 0 {
		<-d.results
		d.flying--
	}
	return stopped(ctx, err)
}

// stopped turns what was caused by the end of ctx into nil.
func stopped(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil && !errors.Is(err, store.ErrFenced) {
		return nil
	}
	return err
}

// drainContext ends limit after ctx does.
func drainContext(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	out, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var mu sync.Mutex
	var timer *time.Timer
	stop := context.AfterFunc(ctx, func() {
		mu.Lock()
		defer mu.Unlock()
		timer = time.AfterFunc(limit, cancel)
	})
	return out, func() {
		stop()
		mu.Lock()
		defer mu.Unlock()
		if timer != nil {
			timer.Stop()
		}
		cancel()
	}
}

// recover settles the attempts an earlier life left open: nobody knows how
// they ended.
func (d *Delivery) recover(ctx context.Context) error {
	for shard := range store.Shard(store.Shards) {
		err := d.persist(ctx, "read the attempts left open", func() error {
			marks, err := d.o.Store.Marks(ctx, shard)
			for _, m := range marks {
				if err != nil {
					break
				}
				d.o.Stats.recovered.Add(1)
				err = d.o.Store.Finish(ctx, m, store.Outcome{Fate: store.Unknown, Reason: "the process ended while it was sending"}, time.Now())
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// persist tries f until it succeeds, ctx ends, or another process took over.
func (d *Delivery) persist(ctx context.Context, what string, f func() error) error {
	for backoff := retryFirst; ; backoff = min(2*backoff, retryMost) {
		err := f()
		if err == nil || errors.Is(err, store.ErrFenced) || errors.Is(err, store.ErrSettled) || errors.Is(err, store.ErrUnknown) {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		d.o.Logger.Error("the store does not take it, trying again", "doing", what, "after", backoff, "err", err)
		if sleepErr := sleep(ctx, backoff); sleepErr != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
}

func (d *Delivery) loop(ctx, sendCtx context.Context, wg *sync.WaitGroup) error {
	poll := time.NewTicker(d.o.Poll)
	defer poll.Stop()
	look := true
	for {
		if look {
			if err := d.look(ctx); err != nil {
				return err
			}
		}
		d.probeIfClosed(ctx, wg)
		for ctx.Err() == nil && d.flying < d.o.InFlight && d.gate.open() {
			p, ok := d.queue.next(time.Now())
			if !ok {
				break
			}
			d.start(ctx, sendCtx, wg, p)
		}
		d.o.Stats.setOwed(d.queue.owed)
		var err error
		look, err = d.wait(ctx, poll.C)
		if err != nil || ctx.Err() != nil {
			return err
		}
	}
}

// probeIfClosed begins to ask whether Telegram answers, when nothing may be
// sent before it does.
func (d *Delivery) probeIfClosed(ctx context.Context, wg *sync.WaitGroup) {
	if !d.gate.claimProbe() {
		return
	}
	d.o.Logger.Warn("Telegram did not answer several times in a row; nothing is sent until it does")
	wg.Go(func() {
		prober, ok := d.o.Sender.(Prober)
		for ctx.Err() == nil {
			if !ok || prober.Probe(ctx) == nil {
				d.gate.reopen()
				d.Wake()
				return
			}
			_ = sleep(ctx, probeEvery) // the loop looks at ctx
		}
	})
}

// wait blocks until there is something to do and reports whether new jobs are
// to be looked for.
func (d *Delivery) wait(ctx context.Context, poll <-chan time.Time) (look bool, err error) {
	var due <-chan time.Time
	if at, ok := d.queue.wakeAt(); ok && d.flying < d.o.InFlight {
		timer := time.NewTimer(time.Until(at))
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-ctx.Done():
		return false, nil
	case <-d.wake:
		return true, nil
	case <-poll:
		return true, nil
	case <-due:
		return false, nil
	case r := <-d.results:
		d.flying--
		return false, d.settle(r)
	}
}

func (d *Delivery) settle(r result) error {
	now := time.Now()
	switch {
	case r.err != nil:
		return r.err
	case r.verb == parked:
		d.queue.park(r.pick)
	case r.verb == again:
		d.queue.again(r.pick, r.tries, r.until, now)
	default:
		d.queue.done(r.pick)
	}
	return nil
}

// look reads new jobs and lets go on whom a change has woken.
func (d *Delivery) look(ctx context.Context) error {
	err := d.persist(ctx, "read what is owed", func() error {
		for shard := range store.Shard(store.Shards) {
			jobs, err := d.o.Store.Owed(ctx, shard, d.after[shard])
			if err != nil {
				return fmt.Errorf("shard %d: %w", shard, err)
			}
			for _, j := range jobs {
				d.after[shard] = max(d.after[shard], j.Item)
				d.queue.add(j)
			}
		}
		return d.o.Index.Sync(ctx, d.o.Store)
	})
	if v := d.o.Index.Version(); v != d.version {
		d.version = v
		d.queue.unpark(func(p store.Place) bool {
			to, ok := d.o.Index.Destination(p)
			return !ok || !to.Paused
		})
	}
	return err
}

func (d *Delivery) start(ctx, sendCtx context.Context, wg *sync.WaitGroup, p pick) {
	to, ok := d.o.Index.Destination(p.line.place)
	if ok && !to.Paused && to.Suspended == "" {
		if at := latest(to.HoldUntil, d.o.Pacer.Next(paceOf(&to))); at.After(time.Now()) {
			d.queue.again(p, p.tries, at, time.Now())
			return
		}
	}
	d.flying++
	wg.Go(func() {
		a := attempt{d: d, ctx: ctx, sendCtx: sendCtx, pick: p}
		d.results <- a.run()
	})
}

func paceOf(d *store.Destination) To {
	return To{Chat: d.Chat, Group: d.Kind != store.Private}
}
