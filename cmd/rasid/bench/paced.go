package bench

import (
	"context"
	"errors"
	"fmt"
	"rasid/alert"
	"rasid/internal/pause"
	"rasid/store"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"
)

// A PacedResult is what a drain under Telegram's limits gives. Its times are
// seconds of a virtual clock, which stands still while anything works and
// jumps when everything waits: so the limits are real, and the processor, the
// disk and the network take no time.
type PacedResult struct {
	DrainS        float64 `json:"drain_s"`
	RealS         float64 `json:"real_s"`          // what it took on the wall
	MostPerS      int     `json:"most_per_s"`      // messages in any second
	MostPerMinute int     `json:"most_per_minute"` // messages to the busy group in any minute
	UrgentP50S    float64 `json:"urgent_p50_s"`    // from accepted to sent, articles for a few
	UrgentP99S    float64 `json:"urgent_p99_s"`    //
	NormalP50S    float64 `json:"normal_p50_s"`    //
	NormalP99S    float64 `json:"normal_p99_s"`    //
	Messages      int     `json:"messages"`        //
	Repeated      int     `json:"repeated"`        //
	Lost          int     `json:"lost"`            //
	Strange       int     `json:"strange"`         //
}

// answerTakes is how long Telegram takes to answer, on the virtual clock.
const answerTakes = 80 * time.Millisecond

// paced accepts an article for everybody, and while it is being told an article
// for a few each second, and sends them as fast as Telegram allows. The virtual
// clock is that of package synctest, so the delivery and the pacer are the very
// ones that the bot runs.
func (d *delivering) paced(ctx context.Context) error {
	if err := d.depot.store.Close(); err != nil {
		return fmt.Errorf("close the store: %w", err)
	}
	d.depot.store = nil
	begun := time.Now()
	var err error
	synctest.Test(new(testing.T), func(t *testing.T) { // there is no test; the clock asks for one
		err = d.underLimits(t.Context(), ctx.Err) //nolint:contextcheck // what is made outside the virtual clock is not waited for on it
	})
	if err == nil {
		d.r.Paced.RealS = time.Since(begun).Seconds()
		err = ctx.Err()
	}
	return errors.Join(err, d.reopen(ctx))
}

// reopen opens a store that is not a file, to be emptied.
func (d *delivering) reopen(ctx context.Context) error {
	if d.depot.path != "" {
		return nil
	}
	return d.depot.open(context.WithoutCancel(ctx), false)
}

// underLimits runs on the virtual clock. What was made outside it must not be
// waited for here, so the store is opened anew and stopped is asked now and
// then.
func (d *delivering) underLimits(ctx context.Context, stopped func() error) (err error) {
	if err = d.depot.open(ctx, true); err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, d.depot.store.Close())
		d.depot.store = nil
	}()
	l := d.town.expect(d.o.Articles)
	l.doing, l.takes, l.stop = "telling in time", answerTakes, stopped
	took, err := d.drain(ctx, l, alert.NewPacer(alert.PacerOptions{Logger: silent()}), d.arrive)
	if err != nil {
		return err
	}
	t := l.tally()
	d.r.Paced = &PacedResult{
		DrainS: took.Seconds(), MostPerS: l.at.most, MostPerMinute: l.busy.most, Messages: l.sent,
		UrgentP50S: l.wait(true, .5), UrgentP99S: l.wait(true, .99), NormalP50S: l.wait(false, .5), NormalP99S: l.wait(false, .99),
		Repeated: t.Repeated, Lost: t.Lost, Strange: t.Strange,
	}
	return nil
}

// arrive accepts an article a second and dispatches them.
func (d *delivering) arrive(ctx context.Context, delivery *alert.Delivery) error {
	in := alert.NewIntake(alert.IntakeOptions{Store: d.depot.store, Index: d.index, Logger: silent(), Owes: delivery.Owes})
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return in.Lead(ctx, 0) })
	g.Go(func() error {
		for n := 0; n <= d.o.Articles && ctx.Err() == nil; n++ {
			if _, err := d.depot.store.Accept(ctx, []store.Item{d.town.article("paced", n)}, time.Now()); err != nil {
				return err
			}
			in.Wake()
			pause.For(ctx, time.Second) // the loop looks at ctx
		}
		return nil
	})
	return g.Wait()
}
