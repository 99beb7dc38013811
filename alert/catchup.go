package alert

import (
	"context"
	"fmt"
	"rasid/store"
	"slices"

	"golang.org/x/sync/errgroup"
)

// shardsReadAtOnce is how many reads of the store are under way at a time.
const shardsReadAtOnce = 8

// catchUp learns what was told since the last time: which shards are its own,
// changes of destinations, and what is newly owed.
func (d *Delivery) catchUp(ctx context.Context) error {
	g := d.bell.take()
	if err := d.handOver(ctx, &g); err != nil {
		return err
	}
	if err := d.settleForeign(ctx, &g); err != nil {
		return err
	}
	var look []store.Shard
	for s, first := range g.owed {
		if own := &d.owned[s]; own.lease != nil && !own.blind {
			own.after = min(own.after, first-1)
			look = append(look, s)
		}
	}
	if len(look) > 0 {
		slices.Sort(look)
		if err := d.read(ctx, look); err != nil {
			return err
		}
	}
	if g.changed {
		if err := d.sync(ctx); err != nil {
			return err
		}
	}
	if err := d.loadKept(ctx, d.ownedOf(g.moved)); err != nil {
		return err
	}
	for _, p := range g.resumed {
		d.releaseInbox(p)
	}
	return nil
}

// sync learns of every destination's changes.
func (d *Delivery) sync(ctx context.Context) error {
	return d.store.insist(ctx, "read the change feed", func() error { return d.o.Index.Sync(ctx, d.o.Store) })
}

// read takes in the jobs of some shards that are newer than those it has.
func (d *Delivery) read(ctx context.Context, shards []store.Shard) error {
	found, bad := make([][]store.Job, len(shards)), make([]error, len(shards))
	err := d.store.do(ctx, "read what is owed", func() error {
		g, gctx := errgroup.WithContext(ctx)
		g.SetLimit(shardsReadAtOnce)
		for i, s := range shards {
			g.Go(func() (err error) {
				found[i], err = d.o.Store.Owed(gctx, s, d.owned[s].after)
				if bad[i] = nil; isUnreadable(err) {
					bad[i], err = err, nil
				}
				if err != nil {
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
	for i, jobs := range found {
		own := &d.owned[shards[i]]
		if bad[i] != nil {
			own.passed = true
			d.readLater("read what is owed", shards[i], bad[i])
		}
		for _, j := range jobs {
			own.after = max(own.after, j.Item)
			j.Expires = d.expires(&j)
			d.queue.add(j)
		}
	}
	return nil
}
