package alert

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"rasid/store"
)

// Ledger is what Intake needs of the store.
type Ledger interface {
	Changes
	Log(ctx context.Context, after uint64, limit int) ([]store.Item, error)
	Cursor(ctx context.Context) (uint64, error)
	Advance(ctx context.Context, seq, epoch uint64) error
	Dispatch(ctx context.Context, d store.Dispatch, epoch uint64) (bool, error)
	Trim(ctx context.Context, before, now time.Time, limit int) (int, error)
}

// IntakeOptions tunes an Intake. Store, Index and Epoch are required.
type IntakeOptions struct {
	Store     Ledger
	Index     *Index
	Epoch     uint64                                   // of Claim
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
	trimBatch    = 1000
	trimBatches  = 100 // in a row
)

// An Intake reads accepted items in order and records whom each is owed to.
type Intake struct {
	o       IntakeOptions
	scale   scale
	wake    chan struct{}
	m       matcher
	trimmed time.Time
}

// NewIntake returns an intake that has not begun.
func NewIntake(o IntakeOptions) *Intake {
	o = o.withDefaults()
	return &Intake{o: o, scale: scale(o.Scale), wake: make(chan struct{}, 1), m: matcher{index: o.Index}}
}

// Wake tells that something was accepted. It never blocks.
func (in *Intake) Wake() { nudge(in.wake) }

// Run works until ctx ends. A failing store is tried again for as long as it
// takes; only another process taking over ends it with an error,
// store.ErrFenced.
func (in *Intake) Run(ctx context.Context) error {
	tick := time.NewTicker(in.scale.of(in.o.Poll))
	defer tick.Stop()
	wait := retryFirst
	for ctx.Err() == nil {
		more, err := in.step(ctx)
		switch {
		case isFenced(err):
			return fmt.Errorf("match articles: %w", err)
		case err != nil && ctx.Err() == nil:
			in.o.Stats.storeErrors.Add(1)
			in.o.Logger.Error("articles cannot be dispatched, trying again", "after", wait, "err", err)
			_ = sleep(ctx, in.scale.of(wait)) // the loop looks at ctx
			wait = min(2*wait, retryMost)
		default:
			wait = retryFirst
			in.rest(ctx, more, tick.C)
		}
	}
	return nil
}

// rest waits for more work, unless there is some.
func (in *Intake) rest(ctx context.Context, more bool, tick <-chan time.Time) {
	if more {
		return
	}
	if now := time.Now(); now.Sub(in.trimmed) >= in.scale.of(trimEvery) {
		in.trimmed = now
		in.trim(ctx, now)
	}
	select {
	case <-ctx.Done():
	case <-in.wake:
	case <-tick:
	}
}

// step dispatches one batch and reports whether there may be more.
func (in *Intake) step(ctx context.Context) (more bool, err error) {
	cursor, err := in.o.Store.Cursor(ctx)
	if err != nil {
		return false, fmt.Errorf("read the cursor: %w", err)
	}
	items, err := in.o.Store.Log(ctx, cursor, in.o.Batch)
	if err != nil {
		return false, fmt.Errorf("read the log after %d: %w", cursor, err)
	}
	if len(items) == 0 {
		return false, nil
	}
	// Whoever was told that a rule is saved is to hear of everything accepted
	// after that, so changes are read after the items.
	if err := in.o.Index.Sync(ctx, in.o.Store); err != nil {
		return false, err
	}
	for rest := items; len(rest) > 0; {
		n, err := in.batch(ctx, rest)
		if err != nil {
			return false, err
		}
		rest = rest[n:]
	}
	return len(items) == in.o.Batch, nil
}

// batch matches items until many are owed, dispatches them, moves the cursor
// past them, and tells how many they were.
func (in *Intake) batch(ctx context.Context, items []store.Item) (n int, err error) {
	var shards [store.Shards][]store.Dispatch
	var touched []store.Shard
	for owed := 0; n < len(items) && owed < owedAtOnce; n++ {
		begun := time.Now()
		list, found := in.m.dispatches(&items[n])
		owed += found
		in.o.Stats.matched(&items[n], found, time.Since(begun))
		for _, d := range list {
			if shards[d.Shard] == nil {
				touched = append(touched, d.Shard)
			}
			shards[d.Shard] = append(shards[d.Shard], d)
		}
	}
	err = in.dispatch(ctx, &shards, touched)
	in.o.Owes(touched, items[0].Seq)
	if err != nil {
		return 0, err
	}
	in.o.Crash(CrashBeforeCursor)
	last := items[n-1].Seq
	if err := in.o.Store.Advance(ctx, last, in.o.Epoch); err != nil {
		return 0, fmt.Errorf("advance the cursor to %d: %w", last, err)
	}
	return n, nil
}

// dispatch records whom items are owed to: shards side by side, the items of a
// shard in order, so that whoever reads a shard up to some item has it all.
func (in *Intake) dispatch(ctx context.Context, shards *[store.Shards][]store.Dispatch, touched []store.Shard) error {
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(shardsAtOnce)
	for _, s := range touched {
		g.Go(func() error {
			for _, d := range shards[s] {
				if _, err := in.o.Store.Dispatch(gctx, d, in.o.Epoch); err != nil {
					return fmt.Errorf("dispatch item %d in shard %d: %w", d.Item, d.Shard, err)
				}
				in.o.Crash(CrashMidDispatch)
			}
			return nil
		})
	}
	return g.Wait()
}

// trim lets go of what is past its time. It is tried again later when it fails.
func (in *Intake) trim(ctx context.Context, now time.Time) {
	for range trimBatches {
		n, err := in.o.Store.Trim(ctx, now.Add(-in.o.Retention), now, trimBatch)
		if err != nil && ctx.Err() == nil {
			in.o.Logger.Warn("old articles cannot be trimmed, trying again later", "err", err)
		}
		if err != nil || n < trimBatch {
			return
		}
	}
}
