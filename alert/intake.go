package alert

import (
	"cmp"
	"context"
	"errors"
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
	Epoch     uint64             // of Claim
	Wake      func()             // told when something was dispatched; default: nobody
	Stats     *Stats             // default: a new one
	Logger    *slog.Logger       // default: slog.Default()
	Batch     int                // items read at a time; default 256
	Poll      time.Duration      // looks at the log this often without being woken; default 1s
	Retention time.Duration      // articles are kept so long; default 168h
	Crash     func(point string) // called at the named points where a crash is tested; default: nothing
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
	if o.Wake == nil {
		o.Wake = func() {}
	}
	if o.Crash == nil {
		o.Crash = func(string) {}
	}
	return o
}

// How Intake behaves.
const (
	shardsAtOnce = 64 // dispatches under way
	retryFirst   = 100 * time.Millisecond
	retryMost    = 10 * time.Second // between attempts while the store fails
	trimEvery    = 10 * time.Minute
	trimBatch    = 1000
)

// An Intake reads accepted items in order and records whom each is owed to.
type Intake struct {
	o    IntakeOptions
	wake chan struct{}
	m    matcher
}

// NewIntake returns an intake that has not begun.
func NewIntake(o IntakeOptions) *Intake {
	o = o.withDefaults()
	return &Intake{o: o, wake: make(chan struct{}, 1), m: matcher{index: o.Index}}
}

// Wake tells that something was accepted. It never blocks.
func (in *Intake) Wake() { nudge(in.wake) }

func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // somebody said so already
	}
}

// Run works until ctx ends. A failing store is tried again for as long as it
// takes; only another process taking over ends it with an error.
func (in *Intake) Run(ctx context.Context) error {
	tick := time.NewTicker(in.o.Poll)
	defer tick.Stop()
	var trimmed time.Time
	for backoff := retryFirst; ctx.Err() == nil; {
		more, err := in.step(ctx)
		switch {
		case errors.Is(err, store.ErrFenced):
			return fmt.Errorf("match articles: %w", err)
		case err != nil && ctx.Err() == nil:
			in.o.Logger.Error("articles cannot be dispatched, trying again", "after", backoff, "err", err)
			_ = sleep(ctx, backoff) // the loop looks at ctx
			backoff = min(2*backoff, retryMost)
			continue
		}
		backoff = retryFirst
		if more {
			continue
		}
		if now := time.Now(); now.Sub(trimmed) >= trimEvery {
			trimmed = now
			in.trim(ctx, now)
		}
		select {
		case <-ctx.Done():
		case <-in.wake:
		case <-tick.C:
		}
	}
	return nil
}

// step dispatches one batch and reports whether there may be more.
func (in *Intake) step(ctx context.Context) (more bool, err error) {
	cursor, err := in.o.Store.Cursor(ctx)
	if err != nil {
		return false, fmt.Errorf("read the cursor: %w", err)
	}
	items, err := in.o.Store.Log(ctx, cursor, in.o.Batch)
	if err != nil || len(items) == 0 {
		return false, err
	}
	// Whoever was told that a rule is saved is told of everything accepted
	// after that, so changes are read after the items.
	if err := in.o.Index.Sync(ctx, in.o.Store); err != nil {
		return false, err
	}
	if err := in.dispatch(ctx, items); err != nil {
		return false, err
	}
	in.o.Crash("after dispatch before cursor")
	last := items[len(items)-1].Seq
	if err := in.o.Store.Advance(ctx, last, in.o.Epoch); err != nil {
		return false, fmt.Errorf("advance the cursor to %d: %w", last, err)
	}
	in.o.Wake()
	return len(items) == in.o.Batch, nil
}

// dispatch records whom items are owed to: shards side by side, the items of
// a shard in order, so that whoever reads a shard up to some item has it all.
func (in *Intake) dispatch(ctx context.Context, items []store.Item) error {
	var shards [store.Shards][]store.Dispatch
	for i := range items {
		begun := time.Now()
		owed := in.m.dispatches(&items[i])
		in.o.Stats.matched(&items[i], owed, time.Since(begun))
		for _, d := range owed {
			shards[d.Shard] = append(shards[d.Shard], d)
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(shardsAtOnce)
	for _, list := range shards {
		if len(list) == 0 {
			continue
		}
		g.Go(func() error {
			for _, d := range list {
				if _, err := in.o.Store.Dispatch(ctx, d, in.o.Epoch); err != nil {
					return fmt.Errorf("dispatch item %d in shard %d: %w", d.Item, d.Shard, err)
				}
				in.o.Crash("mid dispatch")
			}
			return nil
		})
	}
	return g.Wait()
}

// trim lets go of what is past its time. It is tried again later when it fails.
func (in *Intake) trim(ctx context.Context, now time.Time) {
	for ctx.Err() == nil {
		n, err := in.o.Store.Trim(ctx, now.Add(-in.o.Retention), now, trimBatch)
		if err != nil {
			in.o.Logger.Warn("old articles cannot be trimmed, trying again later", "err", err)
			return
		}
		if n < trimBatch {
			return
		}
	}
}
