package alert

import (
	"context"
	"errors"
	"fmt"
	"rasid/store"
	"rasid/store/record"

	"golang.org/x/sync/errgroup"
)

// Stops is how Intake learns that a broadcast was stopped, by an item with
// store.StopID, and takes back what is owed of it.
type Stops interface {
	ItemByID(ctx context.Context, id string) (store.Item, error)
	Cancel(ctx context.Context, shard store.Shard, item uint64) error
}

// heed makes quiet those of items that are stopped broadcasts, and takes back
// what is owed of them. Whoever stops one first notes it and then cancels it in
// each shard, where from then on nothing is dispatched of it. Only one who died
// between leaves that to us, before items are dispatched and after: a note that
// comes later than the second look has all cancelled that was dispatched.
func (in *Intake) heed(ctx context.Context, items []store.Item) error {
	for i := range items {
		it := &items[i]
		if it.Broadcast == nil || it.Quiet {
			continue
		}
		stopped, err := in.isStopped(ctx, it)
		if err != nil {
			return err
		}
		if !stopped {
			continue
		}
		it.Quiet = true
		if err := in.takeBack(ctx, it); err != nil {
			return err
		}
	}
	return nil
}

func (in *Intake) isStopped(ctx context.Context, it *store.Item) (stopped bool, err error) {
	err = in.store.insist(ctx, "look whether a broadcast is stopped", func() error {
		_, inner := in.o.Store.ItemByID(ctx, store.StopID(it.Article.ID))
		unread := errors.Is(inner, record.ErrDamaged) || errors.Is(inner, record.ErrNewer) // that it is there says it
		stopped = inner == nil || unread
		if errors.Is(inner, store.ErrUnknown) || unread {
			return nil
		}
		return inner
	})
	return stopped, err
}

func (in *Intake) takeBack(ctx context.Context, it *store.Item) error {
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(shardsAtOnce)
	for s := range store.Shard(store.Shards) {
		g.Go(func() error {
			return in.while(gctx, "cancel a stopped broadcast", func() error { return in.still(gctx, it) }, func() error {
				if err := in.o.Store.Cancel(gctx, s, it.Seq); err != nil {
					return fmt.Errorf("item %d in shard %d: %w", it.Seq, s, err)
				}
				return nil
			})
		})
	}
	return g.Wait()
}
