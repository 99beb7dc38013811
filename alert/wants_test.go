package alert_test

import (
	"bytes"
	"log/slog"
	"rasid/alert"
	"rasid/store"
	"slices"
)

// cursorIs fails the test unless the cursor is there.
func (r *rig) cursorIs(when string, want uint64) {
	r.t.Helper()
	if got, err := r.store.Cursor(r.t.Context()); err != nil || got != want {
		r.t.Errorf("%s Cursor = %d, %v; want %d", when, got, err, want)
	}
}

// told fails the test unless chat 1 was told these, in this order.
func (r *rig) told(when string, want ...uint64) {
	r.t.Helper()
	if got := r.chats.to(1); !slices.Equal(got, want) {
		r.t.Errorf("%s chat 1 was told %v; want %v", when, got, want)
	}
}

// came fails the test unless that became of an item.
func (r *rig) came(when string, item uint64, want store.Tally) {
	r.t.Helper()
	if got := r.tally(item); got != want {
		r.t.Errorf("%s Tally = %+v of item %d; want %+v", when, got, item, want)
	}
}

// runLogged is runWith, and returns what is logged, too.
func (r *rig) runLogged(o alert.DeliveryOptions) (*life, *bytes.Buffer) {
	log := new(bytes.Buffer)
	o.Logger = slog.New(slog.NewTextHandler(log, nil))
	return r.runWith(o, nil), log
}
