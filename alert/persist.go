package alert

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"rasid/internal/pause"
	"rasid/store"
	"time"
)

// How long a store that fails is left alone.
const (
	retryFirst = 100 * time.Millisecond
	retryMost  = 10 * time.Second
)

// A persister calls the store until it answers.
type persister struct {
	scale scale
	log   *slog.Logger
	stats *Stats
}

// do tries f until it succeeds, fails for good, or ctx ends.
func (p *persister) do(ctx context.Context, doing string, f func() error) error {
	wait, begun := retryFirst, time.Now()
	for {
		err := f()
		switch {
		case err == nil:
			return nil
		case isFinal(err) || ctx.Err() != nil:
			return fmt.Errorf("%s: %w", doing, err)
		case errors.Is(err, store.ErrDispatching) && time.Since(begun) < p.scale.of(store.DispatchMost):
			if !pause.For(ctx, p.scale.of(store.DispatchLook)) {
				return fmt.Errorf("%s: %w", doing, err)
			}
			continue
		}
		p.stats.storeErrors.Add(1)
		p.log.Error("the store does not take it, trying again", "doing", doing, "after", wait, "err", err)
		if !pause.For(ctx, p.scale.of(wait)) {
			return fmt.Errorf("%s: %w", doing, err)
		}
		wait = min(2*wait, retryMost)
	}
}

func isFenced(err error) bool { return errors.Is(err, store.ErrFenced) }

// isFinal reports whether trying again is of no use.
func isFinal(err error) bool {
	return isFenced(err) || errors.Is(err, store.ErrSettled) || errors.Is(err, store.ErrUnknown) || errors.Is(err, errReplaced)
}
