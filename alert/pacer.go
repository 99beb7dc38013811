package alert

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// Telegram's limits as the Bot API FAQ states them are 30 messages a second,
// 20 a minute in a group and one a second in a chat. See
// https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this.
// The pacer stays below.
const (
	defaultRate = 27
	groupMost   = 18
	groupWindow = time.Minute
	chatBurst   = 3
	chatEvery   = time.Second
	replyShare  = 3                      // replies a second that go before alerts
	replyWindow = 990 * time.Millisecond // a second, less what 27 slots fall short of it
	slotLate    = 50 * time.Millisecond  // a slot used later than this is taken anew
)

// A To is a chat as the pacer sees it.
type To struct {
	Chat  int64
	Group bool // a group, supergroup or channel
}

// A Lane is a queue for the bot's slots.
type Lane uint8

// The lanes. Replies to people go first, up to three a second; what they do
// not use flows to alerts at once.
const (
	Reply Lane = iota
	Alerts
	lanes
)

// PacerOptions tunes a Pacer. The zero value is ready to use.
type PacerOptions struct {
	Rate   float64      // messages a second over all chats; default 27; below 0: no pacing at all
	Scale  float64      // divides every time of the pacer's own, for tests; default 1
	Slots  Slots        // the bot's slots where several processes share them; default: they are ours alone
	Logger *slog.Logger // default: slog.Default()
}

// A Pacer hands out moments at which a message may be sent, so that Telegram's
// limits hold in every sliding window. Its methods are safe for any number of
// goroutines.
type Pacer struct {
	off   bool
	most  float64 // messages a second when nothing is wrong
	scale scale

	mu      sync.Mutex
	rate    float64 // in force at rateAt; it climbs up to most
	rateAt  time.Time
	next    time.Time // no slot before
	shared  sharedSlots
	waiting [lanes][]*ticket
	timer   *time.Timer
	replies []time.Time // slots that replies got in the last second
	chats   chatPaces
	storm   storm
}

// A ticket is somebody who waits for a slot.
type ticket struct {
	to      To
	granted chan time.Time // has room for one
}

// NewPacer returns a pacer that has not handed out anything.
func NewPacer(o PacerOptions) *Pacer {
	s := scale(o.Scale)
	rate := cmp.Or(o.Rate, defaultRate)
	if s > 0 {
		rate *= float64(s)
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return &Pacer{
		off: rate < 0, most: rate, rate: rate, scale: s, chats: newChatPaces(s), storm: newStorm(s),
		shared: sharedSlots{Slots: o.Slots, log: o.Logger},
	}
}

// Take waits until a message may be sent to to, counts it as sent and returns
// nil: the caller writes at once. The error is ctx's.
func (p *Pacer) Take(ctx context.Context, to To, lane Lane) error {
	if p.off {
		return p.takeUnpaced(ctx, to)
	}
	for {
		slot, err := p.takeSlot(ctx, to, lane)
		if err != nil {
			return err
		}
		if time.Since(slot) <= slotLate {
			return nil
		}
	}
}

// TryAt tells when to could be sent to as far as its own limits and holds go.
// A time that is not after now means at once.
func (p *Pacer) TryAt(to To) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.off {
		return p.chats.holdOf(to.Chat)
	}
	return p.chats.at(to, time.Now())
}

// takeUnpaced waits only where Telegram itself asked for it.
func (p *Pacer) takeUnpaced(ctx context.Context, to To) error {
	for ctx.Err() == nil {
		p.mu.Lock()
		until := latest(p.chats.holdOf(to.Chat), p.next)
		p.mu.Unlock()
		wait := time.Until(until)
		if wait <= 0 {
			return nil
		}
		_ = sleep(ctx, wait) // the loop looks at ctx
	}
	return ctx.Err()
}

// takeSlot waits for one of the bot's slots and returns when it was granted.
func (p *Pacer) takeSlot(ctx context.Context, to To, lane Lane) (time.Time, error) {
	t := &ticket{to: to, granted: make(chan time.Time, 1)}
	p.mu.Lock()
	p.waiting[lane] = append(p.waiting[lane], t)
	p.grant() //nolint:contextcheck // a slot that is asked for serves whoever is next
	p.mu.Unlock()
	select {
	case slot := <-t.granted:
		return slot, nil
	case <-ctx.Done():
		p.leave(lane, t)
		return time.Time{}, ctx.Err()
	}
}

func (p *Pacer) leave(lane Lane, t *ticket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.Index(p.waiting[lane], t); i >= 0 {
		p.waiting[lane] = slices.Delete(p.waiting[lane], i, i+1)
	}
}

// grant gives the slots that are due, and sets the timer for the next. The
// lock is held.
func (p *Pacer) grant() {
	for {
		now := time.Now()
		lane, i, at := p.pick(now)
		if i < 0 {
			p.wakeAt(at, now)
			return
		}
		if p.next.After(now) {
			p.wakeAt(p.next, now)
			return
		}
		if p.shared.Slots != nil && !p.reserved(now) {
			return
		}
		t := p.waiting[lane][i]
		p.waiting[lane] = slices.Delete(p.waiting[lane], i, i+1)
		if lane == Reply {
			p.replies = append(p.replies, now)
		}
		p.chats.use(t.to, now)
		p.advance(now)
		t.granted <- now
	}
}

// pick chooses who is next: the lane and the place in it; -1 when nobody's
// chat is ready, and then when the first will be, zero for never.
func (p *Pacer) pick(now time.Time) (Lane, int, time.Time) {
	for len(p.replies) > 0 && now.Sub(p.replies[0]) >= p.scale.of(replyWindow) {
		p.replies = p.replies[1:]
	}
	reply, replyAt := p.ready(Reply, now)
	alert, alertAt := p.ready(Alerts, now)
	switch {
	case reply >= 0 && (alert < 0 || len(p.replies) < replyShare):
		return Reply, reply, now
	case alert >= 0:
		return Alerts, alert, now
	}
	return 0, -1, earliest(replyAt, alertAt)
}

// ready returns the first of a lane whose chat can be written to, or -1 and
// when the first will be.
func (p *Pacer) ready(lane Lane, now time.Time) (int, time.Time) {
	var first time.Time
	for i, t := range p.waiting[lane] {
		at := p.chats.at(t.to, now)
		if !at.After(now) {
			return i, now
		}
		first = earliest(first, at)
	}
	return -1, first
}

// earliest returns the smaller of two times; the zero time means never.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// advance sets when the next slot is. A slot that was granted a little late
// does not slow the pace; an idle time is not made up for.
func (p *Pacer) advance(now time.Time) {
	if p.shared.Slots != nil {
		p.shared.at = time.Time{}
		return
	}
	if now.Sub(p.next) > slotLate {
		p.next = now
	}
	p.next = p.next.Add(time.Duration(float64(time.Second) / p.rateNow(now)))
}

func (p *Pacer) wakeAt(at, now time.Time) {
	if p.timer != nil {
		p.timer.Stop()
	}
	if at.IsZero() {
		return
	}
	p.timer = time.AfterFunc(at.Sub(now), func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.grant()
	})
}

// Forecast tells how long n messages take when nothing else is sent, and when
// louder alerts leave them their share of one in twenty.
func (p *Pacer) Forecast(n int) (idle, busy time.Duration) {
	rate := p.Rate()
	if rate == 0 {
		return 0, 0
	}
	idle = time.Duration(float64(n) / rate * float64(time.Second))
	return idle, 20 * idle
}

// Rate tells the messages a second in force; 0: no pacing.
func (p *Pacer) Rate() float64 {
	if p.off {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rateNow(time.Now())
}
