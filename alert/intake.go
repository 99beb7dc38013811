package alert

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"rasid/store"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// Ledger is what Intake needs of the store.
type Ledger interface {
	Changes
	Stops
	Log(ctx context.Context, after uint64, limit int) ([]store.Item, error)
	Reach(ctx context.Context) (store.Reach, error)
	Advance(ctx context.Context, r store.Reach, epoch uint64) error
	Dispatch(ctx context.Context, d store.Dispatch, epoch uint64) (bool, error)
	Trim(ctx context.Context, before, now time.Time, limit int) (int, error)
	Outlive(ctx context.Context, before time.Time) (done bool, err error)
}

// IntakeOptions tunes an Intake. Store and Index are required.
type IntakeOptions struct {
	Store     Ledger
	Index     *Index
	Owes      func(shards []store.Shard, first uint64) // told where something new is owed: Delivery.Owes; default: nobody
	Stats     *Stats                                   // default: a new one
	Logger    *slog.Logger                             // default: slog.Default()
	Batch     int                                      // items read at a time; default 256
	Poll      time.Duration                            // looks at the log this often without being woken; default 1s
	Retention time.Duration                            // articles are kept so long; default 168h
	Scale     float64                                  // divides every time of the intake's own, for tests; default 1
	Crash     func(point string)                       // called at the points where a crash is tested; default: nothing
}

func (o IntakeOptions) withDefaults() IntakeOptions {
	o.Batch = cmp.Or(o.Batch, 256)
	o.Poll = cmp.Or(o.Poll, time.Second)
	o.Retention = cmp.Or(o.Retention, 168*time.Hour)
	if o.Stats == nil {
		o.Stats = NewStats()
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Owes == nil {
		o.Owes = func([]store.Shard, uint64) {}
	}
	if o.Crash == nil {
		o.Crash = func(string) {}
	}
	return o
}

// How Intake behaves.
const (
	shardsAtOnce = 64      // dispatches under way
	owedAtOnce   = 1 << 18 // destinations matched before they are dispatched
	trimEvery    = 10 * time.Minute
	trimBatch    = 1000 // between two looks at the log
)

// An Intake reads accepted items in order and records whom each is owed to. One
// process at a time does that.
type Intake struct {
	o       IntakeOptions
	scale   scale
	store   persister
	wake    chan struct{}
	m       matcher
	at      frontier
	epoch   uint64 // of the lead
	trimmed time.Time
	emptied bool // inboxes are gone through once before articles are trimmed

	unreadSaid seldom
}

// NewIntake returns an intake that has not begun.
func NewIntake(o IntakeOptions) *Intake {
	o = o.withDefaults()
	return &Intake{
		o: o, scale: scale(o.Scale), store: persister{scale(o.Scale), o.Logger, o.Stats},
		wake: make(chan struct{}, 1), m: matcher{index: o.Index}, unreadSaid: seldom{every: unreadSaid},
	}
}

// Wake tells that something was accepted. It never blocks.
func (in *Intake) Wake() { nudge(in.wake) }

// Lead works until ctx ends, under the epoch that the store gave for
// store.Intake. A failing store is tried again for as long as it takes; only
// another process taking over ends it with an error, store.ErrFenced.
func (in *Intake) Lead(ctx context.Context, epoch uint64) error {
	in.epoch, in.at = epoch, frontier{}
	tick := time.NewTicker(in.scale.of(in.o.Poll))
	defer tick.Stop()
	for ctx.Err() == nil {
		more, err := in.step(ctx)
		if isFenced(err) || err != nil && ctx.Err() == nil {
			return fmt.Errorf("match articles: %w", err)
		}
		in.rest(ctx, more, tick.C)
	}
	return nil
}

// rest waits for more work, unless there is some. What is past its time goes
// meanwhile, a little at a time: articles that came in are matched in between.
func (in *Intake) rest(ctx context.Context, more bool, tick <-chan time.Time) {
	if more {
		return
	}
	if now := time.Now(); now.Sub(in.trimmed) >= in.scale.of(trimEvery) {
		if in.trim(ctx, now) {
			return
		}
		in.trimmed = now
	}
	select {
	case <-ctx.Done():
	case <-in.wake:
	case <-tick:
	}
}

// step dispatches what the log holds, up to a batch, and reports whether there
// may be more.
func (in *Intake) step(ctx context.Context) (more bool, err error) {
	r, err := in.read(ctx)
	if err == nil && len(r.items) > 0 {
		// Whoever was told that a rule is saved is to hear of everything accepted
		// after that, so changes are read after the items.
		err = in.store.insist(ctx, "read the change feed", func() error { return in.o.Index.Sync(ctx, in.o.Store) })
	}
	for rest := r.items; err == nil && len(rest) > 0; {
		var n int
		n, err = in.batch(ctx, rest)
		rest = rest[n:]
	}
	if err == nil {
		in.at.past = max(in.at.past, r.upTo)
		err = in.passOver(ctx)
	}
	if err == nil {
		err = in.advance(ctx, func() error { return nil }) // past what cannot be read
	}
	if errors.Is(err, errReplaced) {
		in.at = frontier{}
		in.o.Logger.Warn("the store lost articles that were being matched, reading the log again", "err", err)
		return true, nil
	}
	return r.more, err
}

// batch matches items until many are owed, dispatches them, has the store note
// that, and tells how many they were.
func (in *Intake) batch(ctx context.Context, items []store.Item) (n int, err error) {
	var shards [store.Shards][]store.Dispatch
	var touched []store.Shard
	if err = in.heed(ctx, items); err != nil {
		return 0, err
	}
	for owed := 0; n < len(items) && owed < owedAtOnce; n++ {
		begun := time.Now()
		list, found := in.match(&items[n])
		owed += found
		in.o.Stats.matched(&items[n], found, time.Since(begun))
		if in.m.skipped > 0 {
			in.o.Stats.tooCostly.Add(1)
			in.o.Logger.Warn("an article takes too long to match: some rules were left out", "article", items[n].Article.ID, "source", items[n].Article.Source, "left_out", in.m.skipped)
		}
		for _, d := range list {
			if shards[d.Shard] == nil {
				touched = append(touched, d.Shard)
			}
			shards[d.Shard] = append(shards[d.Shard], d)
		}
	}
	if err = in.dispatch(ctx, items, &shards, touched); err == nil {
		err = in.heed(ctx, items[:n])
	}
	in.o.Owes(touched, items[0].Seq)
	if err != nil {
		return 0, err
	}
	in.o.Crash(CrashBeforeCursor)
	in.at.did(items[:n])
	return n, in.advance(ctx, func() error { return in.still(ctx, &items[n-1]) })
}

// match tells to whom an item is owed. One that breaks the program is left out: it
// would do so again, also after a restart.
func (in *Intake) match(it *store.Item) (list []store.Dispatch, found int) {
	var err error
	func() {
		defer caught(in.o.Logger, "match an article", &err)
		list, found = in.m.dispatches(it)
	}()
	if err != nil {
		in.o.Stats.broken.Add(1)
		in.o.Stats.passedOver.Add(1)
		in.o.Logger.Error("an article is left out, and told to nobody", "article", it.Article.ID, "source", it.Article.Source, "err", err)
		in.m = matcher{index: in.o.Index} // nobody knows how far it was
		return nil, 0
	}
	return list, found
}

// dispatch records whom items are owed to: shards side by side, the items of a
// shard in order, so that whoever reads a shard up to some item has it all.
func (in *Intake) dispatch(ctx context.Context, items []store.Item, shards *[store.Shards][]store.Dispatch, touched []store.Shard) error {
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(shardsAtOnce)
	for _, s := range touched {
		g.Go(func() error {
			for _, d := range shards[s] {
				if err := in.record(gctx, items, d); err != nil {
					return err
				}
				in.o.Crash(CrashMidDispatch)
			}
			return nil
		})
	}
	return g.Wait()
}

func (in *Intake) record(ctx context.Context, items []store.Item, d store.Dispatch) error {
	i, _ := slices.BinarySearchFunc(items, d.Item, func(it store.Item, seq uint64) int { return cmp.Compare(it.Seq, seq) })
	return in.while(ctx, "dispatch", func() error { return in.still(ctx, &items[i]) }, func() error {
		if _, err := in.o.Store.Dispatch(ctx, d, in.epoch); err != nil {
			return fmt.Errorf("item %d in shard %d: %w", d.Item, d.Shard, err)
		}
		return nil
	})
}

// while does something with items until it succeeds. Before it is tried again
// still looks whether the log is what it was: what was meant for one article is not
// to be done to another. See docs/decisions/012.
func (in *Intake) while(ctx context.Context, doing string, still, f func() error) error {
	again := false
	return in.store.insist(ctx, doing, func() error {
		if again {
			if err := still(); err != nil {
				return err
			}
		}
		again = true
		return f()
	})
}

// trim lets go of some of what is past its time, and reports whether there may
// be more: first of what is in inboxes, once, then of articles. It is tried again
// later when it fails.
func (in *Intake) trim(ctx context.Context, now time.Time) (more bool) {
	if !in.emptied {
		done, err := in.o.Store.Outlive(ctx, now.Add(-in.o.Retention))
		if err != nil && ctx.Err() == nil {
			in.o.Logger.Warn("inboxes cannot be trimmed, trying again later", "err", err)
		}
		in.emptied = done || err != nil
		if !in.emptied {
			return true
		}
	}
	n, err := in.o.Store.Trim(ctx, now.Add(-in.o.Retention), now, trimBatch)
	if err != nil && ctx.Err() == nil {
		in.o.Logger.Warn("old articles cannot be trimmed, trying again later", "err", err)
	}
	more = n == trimBatch // also beside what cannot be read
	in.emptied = more
	return more
}
