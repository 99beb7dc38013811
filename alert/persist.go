package alert

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"rasid/internal/pause"
	"rasid/store"
	"rasid/store/record"
	"sync"
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

// do tries f until it succeeds, fails for good, finds what cannot be read, or ctx
// ends.
func (p *persister) do(ctx context.Context, doing string, f func() error) error {
	return p.try(ctx, doing, f, isUnreadable)
}

// insist is do for what there is no way around, though a record cannot be read.
func (p *persister) insist(ctx context.Context, doing string, f func() error) error {
	return p.try(ctx, doing, f, func(error) bool { return false })
}

func (p *persister) try(ctx context.Context, doing string, f func() error, final func(error) bool) error {
	wait, begun := retryFirst, time.Now()
	var failed time.Time // first
	for {
		err := f()
		switch {
		case err == nil:
			if away, ends := p.stats.outage.took(failed, time.Now()); ends {
				p.log.Info("the store takes it again", "doing", doing, "away", away.Round(time.Millisecond))
			}
			return nil
		case isFinal(err) || ctx.Err() != nil:
			return fmt.Errorf("%s: %w", doing, err)
		case final(err):
			p.stats.storeErrors.Add(1)
			return fmt.Errorf("%s: %w", doing, err)
		case errors.Is(err, store.ErrDispatching) && time.Since(begun) < p.scale.of(store.DispatchMost):
			if !pause.For(ctx, p.scale.of(store.DispatchLook)) {
				return fmt.Errorf("%s: %w", doing, err)
			}
			continue
		}
		p.stats.storeErrors.Add(1)
		if now := time.Now(); !errors.Is(err, store.ErrDispatching) {
			p.stats.outage.failed(now)
			failed = cmp.Or(failed, now)
		}
		p.log.Error("the store does not take it, trying again", "doing", doing, "after", wait, "err", err)
		if !pause.For(ctx, p.scale.of(wait)) {
			return fmt.Errorf("%s: %w", doing, err)
		}
		wait = min(2*wait, retryMost)
	}
}

// An outage is what is known of a store that fails, by all who call it, so that its
// end is told once and not by each of many that waited for it.
type outage struct {
	mu    sync.Mutex
	since time.Time // the first call that failed after one that did not
	well  time.Time // the last call that did not fail
	told  time.Time // when the end of one was told last
}

// failed notes that a call failed.
func (o *outage) failed(now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.since.IsZero() || o.well.After(o.since) {
		o.since = now
	}
}

// took notes that a call did not fail, and reports whether it is the first of those
// to come through that failed before: first is when, zero for never. A single thing
// that is never taken begins and ends nothing by that.
func (o *outage) took(first, now time.Time) (away time.Duration, ends bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.well = now
	if first.IsZero() || !first.After(o.told) {
		return 0, false
	}
	o.told = now
	return now.Sub(earliest(o.since, first)), true
}

func isFenced(err error) bool { return errors.Is(err, store.ErrFenced) }

// isUnreadable reports whether the store says of a record that it cannot be read:
// that is no outage, and it says so again.
func isUnreadable(err error) bool {
	return errors.Is(err, record.ErrDamaged) || errors.Is(err, record.ErrNewer)
}

// isFinal reports whether trying again is of no use.
func isFinal(err error) bool {
	return isFenced(err) || errors.Is(err, store.ErrSettled) || errors.Is(err, store.ErrUnknown) || errors.Is(err, errReplaced)
}
