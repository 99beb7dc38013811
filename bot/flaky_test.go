package bot_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"rasid/bot"
	"rasid/store"
	"sync"
	"time"
)

// errDown is what a store says that is down.
var errDown = errors.New("the store is down")

// A flaky store fails, breaks or blocks as told.
type flaky struct {
	bot.Store

	mu     sync.Mutex
	down   bool
	full   bool          // nothing can be changed
	unsure bool          // what is accepted is there, and nobody knows whether to stay
	hands  bool          // an article is being dispatched, so no chat moves
	odds   int           // one call in so many fails; 0: none
	breaks int64         // the chat that breaks the program
	torn   int64         // the chat whose record is damaged
	first  func() error  // what comes before the next change, once
	block  chan struct{} // Destination waits for its end; nil: it does not
	asked  []int64       // the chats that were looked up, in order
}

func (f *flaky) fails(ctx context.Context, chat int64) error {
	f.mu.Lock()
	f.asked = append(f.asked, chat)
	block := f.block
	bad := f.down || f.torn != 0 && f.torn == chat || f.odds > 0 && rand.IntN(f.odds) == 0
	breaks := f.breaks != 0 && f.breaks == chat
	f.mu.Unlock()
	if block != nil {
		select {
		case <-block:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if breaks {
		panic("poison")
	}
	if bad {
		return errDown
	}
	return nil
}

func (f *flaky) set(change func(*flaky)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

// Destination implements bot.Store.
func (f *flaky) Destination(ctx context.Context, d store.Dest) (store.Destination, error) {
	if err := f.fails(ctx, d.Chat); err != nil {
		return store.Destination{}, err
	}
	return f.Store.Destination(ctx, d)
}

// Change implements bot.Store. It fails before or after the effect.
func (f *flaky) Change(ctx context.Context, c store.Change) (store.Result, error) {
	before := f.fails(ctx, c.Dest.Chat)
	f.mu.Lock()
	full, first := f.full, f.first
	f.first = nil
	f.mu.Unlock()
	if first != nil {
		if err := first(); err != nil {
			return store.Result{}, err
		}
	}
	if full {
		return store.Result{}, errDown
	}
	if before != nil && c.UpdateID%2 == 0 {
		return store.Result{}, before
	}
	r, err := f.Store.Change(ctx, c)
	return r, errors.Join(err, before)
}

// Migrate implements bot.Store.
func (f *flaky) Migrate(ctx context.Context, from, to int64, now time.Time) error {
	f.mu.Lock()
	hands := f.hands
	f.mu.Unlock()
	if hands {
		return fmt.Errorf("migrate chat %d: %w", from, store.ErrDispatching)
	}
	return f.Store.Migrate(ctx, from, to, now)
}

// Ping implements bot.Store.
func (f *flaky) Ping(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down || f.full || f.unsure {
		return errDown
	}
	return f.Store.Ping(ctx)
}

// Accept implements bot.Store.
func (f *flaky) Accept(ctx context.Context, items []store.Item, now time.Time) ([]store.Accepted, error) {
	f.mu.Lock()
	unsure := f.unsure
	f.mu.Unlock()
	got, err := f.Store.Accept(ctx, items, now)
	if unsure {
		return nil, errors.Join(err, errDown)
	}
	return got, err
}

// Owed implements bot.Store.
func (f *flaky) Owed(ctx context.Context, shard store.Shard, after uint64) ([]store.Job, error) {
	f.mu.Lock()
	down := f.down
	f.mu.Unlock()
	if down {
		return nil, errDown
	}
	return f.Store.Owed(ctx, shard, after)
}
