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

// shardsReadAtOnce is how many reads of the store are under way at a time.
const shardsReadAtOnce = 8

// catchUp learns what was told since the last time: changes of destinations,
// and what is newly owed.
func (d *Delivery) catchUp(ctx context.Context) error {
	g := d.bell.take()
	for s, first := range g.owed {
		d.after[s] = min(d.after[s], first-1)
	}
	if len(g.owed) > 0 {
		if err := d.read(ctx, slices.Sorted(maps.Keys(g.owed))); err != nil {
			return err
		}
	}
	if g.changed {
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
	return d.store.do(ctx, "read the change feed", func() error { return d.o.Index.Sync(ctx, d.o.Store) })
}

// read takes in the jobs of some shards that are newer than those it has.
func (d *Delivery) read(ctx context.Context, shards []store.Shard) error {
	found := make([][]store.Job, len(shards))
	err := d.store.do(ctx, "read what is owed", func() error {
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
			return d.store.do(gctx, "settle the attempts left open", func() error { return d.recoverShard(gctx, s) })
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
