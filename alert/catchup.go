package alert

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"rasid/store"
)

// How the store is asked.
const (
	shardsReadAtOnce = 8
	retryFirst       = 100 * time.Millisecond // between attempts while it fails, at first
	retryMost        = 10 * time.Second
)

// catchUp learns what was told since the last time: changes of destinations,
// and what is newly owed.
func (d *Delivery) catchUp(ctx context.Context) error {
	g := d.news.take()
	for s, first := range g.owed {
		d.after[s] = min(d.after[s], first-1)
	}
	if len(g.owed) > 0 {
		if err := d.read(ctx, slices.Sorted(maps.Keys(g.owed))); err != nil {
			return err
		}
	}
	if g.changed || len(g.owed) > 0 {
		if err := d.sync(ctx); err != nil {
			return err
		}
	}
	for _, p := range g.resumed {
		d.queue.wake(p)
	}
	return nil
}

// sync learns of every destination's changes.
func (d *Delivery) sync(ctx context.Context) error {
	return d.persist(ctx, "read the change feed", func() error { return d.o.Index.Sync(ctx, d.o.Store) })
}

// read takes in the jobs of some shards that are newer than those it has.
func (d *Delivery) read(ctx context.Context, shards []store.Shard) error {
	found := make([][]store.Job, len(shards))
	err := d.persist(ctx, "read what is owed", func() error {
		g, gctx := errgroup.WithContext(ctx)
		g.SetLimit(shardsReadAtOnce)
		for i, s := range shards {
			g.Go(func() (err error) {
				if found[i], err = d.o.Store.Owed(gctx, s, d.after[s]); err != nil {
					return fmt.Errorf("shard %d: %w", s, err)
				}
				return nil
			})
		}
		return g.Wait()
	})
	if err != nil {
		return err
	}
	for _, jobs := range found {
		for _, j := range jobs {
			d.after[j.Shard] = max(d.after[j.Shard], j.Item)
			d.queue.add(j)
		}
	}
	return nil
}

// recover settles the attempts that an earlier life left open: nobody knows
// how they ended.
func (d *Delivery) recover(ctx context.Context) error {
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(shardsReadAtOnce)
	for s := range store.Shard(store.Shards) {
		g.Go(func() error {
			return d.persist(gctx, "settle the attempts left open", func() error { return d.recoverShard(gctx, s) })
		})
	}
	return g.Wait()
}

func (d *Delivery) recoverShard(ctx context.Context, s store.Shard) error {
	marks, err := d.o.Store.Marks(ctx, s)
	if err != nil {
		return fmt.Errorf("shard %d: %w", s, err)
	}
	for _, m := range marks {
		o := store.Outcome{Fate: store.Unknown, Reason: "the process ended while it was sending"}
		if err := d.o.Store.Finish(ctx, m, o, time.Now()); err != nil {
			return fmt.Errorf("shard %d: %w", s, err)
		}
		d.o.Stats.recovered.Add(1)
	}
	return nil
}

func isFenced(err error) bool { return errors.Is(err, store.ErrFenced) }

// isFinal reports whether trying again is of no use.
func isFinal(err error) bool {
	return isFenced(err) || errors.Is(err, store.ErrSettled) || errors.Is(err, store.ErrUnknown)
}

// persist tries f until it succeeds, fails for good, or ctx ends.
func (d *Delivery) persist(ctx context.Context, doing string, f func() error) error {
	wait := retryFirst
	for {
		err := f()
		switch {
		case err == nil:
			return nil
		case isFinal(err) || ctx.Err() != nil:
			return fmt.Errorf("%s: %w", doing, err)
		}
		d.o.Stats.storeErrors.Add(1)
		d.o.Logger.Error("the store does not take it, trying again", "doing", doing, "after", wait, "err", err)
		if sleep(ctx, d.scale.of(wait)) != nil {
			return fmt.Errorf("%s: %w", doing, err)
		}
		wait = min(2*wait, retryMost)
	}
}
