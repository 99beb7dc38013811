package alert

import (
	"context"
	"log/slog"
	"time"
)

// Slots are the bot's moments to send where several processes share them.
// redisstore.Store has them.
type Slots interface {
	// Slot reserves the next moment, at least 1/most seconds after the one
	// before, and tells how long it is until then; not ok: it is too far away to
	// be reserved. A slowed pace climbs by climb messages a second each second.
	Slot(ctx context.Context, most, climb float64) (wait time.Duration, ok bool, err error)
	// Halt keeps everybody from sending for wait, and unless most is 0 halves
	// the pace.
	Halt(ctx context.Context, wait time.Duration, most, climb float64) error
}

// How shared slots are asked for.
const (
	askLimit = 5 * time.Second        // for one answer
	askAgain = 500 * time.Millisecond // after a failure
)

// sharedSlots is the one slot that a pacer has reserved, or is about to.
type sharedSlots struct {
	Slots
	log    *slog.Logger
	asking bool
	at     time.Time // the reserved slot; zero: none
}

// reserved reports whether a slot is due. If not, it sees to it that grant is
// called again when one is. The lock is held.
func (p *Pacer) reserved(now time.Time) bool {
	s := &p.shared
	switch {
	case s.at.IsZero() && !s.asking:
		s.asking = true
		go p.ask() // it ends after askLimit at the latest
		return false
	case s.at.IsZero():
		return false
	case s.at.After(now):
		p.wakeAt(s.at, now)
		return false
	case now.Sub(s.at) > slotLate: // nobody was ready for it
		s.at = time.Time{}
		return p.reserved(now)
	}
	return true
}

// ask reserves a slot.
func (p *Pacer) ask() {
	ctx, cancel := context.WithTimeout(context.Background(), askLimit)
	defer cancel()
	begun := time.Now()
	wait, ok, err := p.shared.Slot(ctx, p.most, p.climb())
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shared.asking = false
	now := time.Now()
	switch {
	case err != nil:
		p.shared.log.Error("no moment to send could be reserved, trying again", "err", err)
		p.next = latest(p.next, now.Add(askAgain))
	case !ok:
		p.next = latest(p.next, begun.Add(wait))
	default:
		// The server answered between begun and now. Counted from now no slot is
		// used before its time.
		p.shared.at = now.Add(wait)
	}
	p.grant()
}

// climb is by how much a slowed pace climbs each second.
func (p *Pacer) climb() float64 { return 1 / p.scale.of(climbEvery).Seconds() }

// halt tells other processes that nothing may be sent for a while, and unless
// most is 0 that the pace is to be halved. The lock is held.
func (p *Pacer) halt(wait time.Duration, most float64) {
	if p.shared.Slots == nil || p.off {
		return
	}
	climb := p.climb()
	go func() { // it ends after askLimit at the latest
		ctx, cancel := context.WithTimeout(context.Background(), askLimit)
		defer cancel()
		if err := p.shared.Halt(ctx, wait, most, climb); err != nil {
			p.shared.log.Error("other processes could not be told to wait", "err", err)
		}
	}()
}
