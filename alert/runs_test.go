package alert_test

import (
	"cmp"
	"context"
	"rasid/alert"
	"rasid/store/memstore"
	"sync/atomic"
)

// runWith begins a life whose delivery is as o says, by a lease of its own where
// that is not nil, and whatever o leaves out as in any other.
func (r *rig) runWith(o alert.DeliveryOptions, lease alert.Lease) *life {
	r.t.Helper()
	r.takeOver("a life of its own")
	ctx, cancel := context.WithCancel(context.Background())
	if o.Logger == nil {
		o.Logger = quiet()
	}
	l := &life{
		rig: r, index: alert.NewIndex(alert.IndexOptions{Logger: quiet()}), dead: new(atomic.Bool), stats: alert.NewStats(),
		pacer: alert.NewPacer(alert.PacerOptions{Rate: r.rate}), cancel: cancel, errs: make(chan error, 2),
	}
	l.index.SetFile(r.file)
	o.Index, o.Stats, o.Pacer = l.index, l.stats, cmp.Or(o.Pacer, l.pacer)
	if o.Store == nil {
		o.Store = r.store
	}
	if o.Sender == nil {
		o.Sender = r.chats
	}
	l.delivery = alert.NewDelivery(o)
	if lease == nil {
		lease = alert.Held(r.epoch)
	}
	l.delivery.OwnAll(lease)
	l.intake = alert.NewIntake(alert.IntakeOptions{Store: r.store, Index: l.index, Owes: l.delivery.Owes, Stats: l.stats, Logger: o.Logger})
	epoch := r.epoch
	go func() { l.errs <- l.intake.Lead(ctx, epoch) }()
	go func() { l.errs <- l.delivery.Run(ctx) }()
	return l
}

var _ alert.Book = (*memstore.Store)(nil)
