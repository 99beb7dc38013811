package alert

import (
	"cmp"
	"context"
	"log/slog"
	"rasid/internal/pause"
	"slices"
	"sync"
	"time"
)

// Telegram's limits as the Bot API FAQ states them are 30 messages a second,
// 20 a minute in a group and one a second in a chat. See
// https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this.
// The pacer sends less, and holds the limits where the messages arrive.
const (
	defaultRate = 27
	botMost     = 30 // messages that may arrive in botWindow
	botWindow   = time.Second
	paidMost    = 1000 // paid broadcasts that may arrive in botWindow
	groupMost   = 18   // messages that a group is sent in groupWindow
	groupTakes  = 20   // messages that may arrive in a group in groupWindow
	groupWindow = time.Minute
	chatBurst   = 3
	chatEvery   = time.Second
	chatBusy    = time.Second            // a message without an answer keeps others from its chat so long
	replyShare  = 3                      // replies a second that go before alerts
	replyWindow = 990 * time.Millisecond // a second, less what 27 slots fall short of it
	slotLate    = 50 * time.Millisecond  // a slot used later than this is taken anew
	makeUp      = 250 * time.Millisecond // what is made up for of a wait beyond the pace
)

// A To is a chat as the pacer sees it.
type To struct {
	Chat  int64
	Group bool // a group, supergroup or channel
}

// A Lane is a queue for the bot's slots.
type Lane uint8

// The lanes. Replies to people go first, up to three a second; what they do
// not use flows to alerts at once. Broadcasts have slots of their own where
// they are paid for, and go with the alerts where they are not.
const (
	Reply Lane = iota
	Alerts
	Broadcasts
	lanes
)

// PacerOptions tunes a Pacer. The zero value is ready to use.
type PacerOptions struct {
	Rate   float64      // messages a second over all chats; default 27; below 0: no pacing at all
	Paid   float64      // broadcasts a second beside them, each paid for; 0: broadcasts are not paid for
	Scale  float64      // divides every time of the pacer's own, for tests; default 1
	Slots  Slots        // the bot's slots where several processes share them; default: they are ours alone
	Logger *slog.Logger // default: slog.Default()
}

// A Pacer hands out moments at which a message may be sent, so that Telegram's
// limits hold in every sliding window of what arrives there. Since nobody but
// Telegram knows when a message arrives, one counts from its slot until a
// window after its answer; see docs/decisions/007-a-window-holds-by-the-answers.md.
// Its methods are safe for any number of goroutines.
type Pacer struct {
	off   bool
	scale scale
	stats pacerStats
	calls sync.WaitGroup // what is asked of Slots now

	mu      sync.Mutex
	free    clock
	paid    *clock // nil: broadcasts are not paid for
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
	lane    Lane
	since   time.Time
	left    bool       // nobody waits any more
	granted chan *Slot // has room for one
}

// A Slot is the right to send one message, at once.
type Slot struct {
	p     *Pacer
	to    To
	lane  Lane
	at    time.Time
	token string // where slots are shared
	over  bool
}

// NewPacer returns a pacer that has not handed out anything.
func NewPacer(o PacerOptions) *Pacer {
	s := scale(o.Scale)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	p := &Pacer{
		off: o.Rate < 0, scale: s, chats: newChatPaces(s), storm: newStorm(s), stats: newPacerStats(),
		free: newClock(cmp.Or(o.Rate, defaultRate), botMost, s), shared: sharedSlots{Slots: o.Slots, log: o.Logger},
	}
	if o.Paid > 0 {
		paid := newClock(o.Paid, paidMost, s)
		p.paid = &paid
	}
	return p
}

// Take waits until a message may be sent to to and counts it as sent: the
// caller writes at once, and tells the slot when there is an answer. The error
// is ctx's.
func (p *Pacer) Take(ctx context.Context, to To, lane Lane) (*Slot, error) {
	if p.off {
		return p.takeUnpaced(ctx, to)
	}
	if lane == Broadcasts && p.paid == nil {
		lane = Alerts
	}
	begun := time.Now()
	for {
		slot, err := p.takeSlot(ctx, to, lane)
		if err != nil {
			return nil, err
		}
		if time.Since(slot.at) <= slotLate {
			p.stats.took(lane, time.Since(begun))
			return slot, nil
		}
		p.stats.late.Add(1)
		slot.unused() //nolint:contextcheck // whoever waits is given it, whatever becomes of ctx
	}
}

// TryAt tells when to could be sent to as far as its own limits and holds go,
// and were everything answered. A time that is not after now means at once.
func (p *Pacer) TryAt(to To) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.off {
		return p.chats.holdOf(to.Chat)
	}
	return p.chats.at(to, time.Now(), false)
}

// takeUnpaced waits only where Telegram itself asked for it.
func (p *Pacer) takeUnpaced(ctx context.Context, to To) (*Slot, error) {
	for ctx.Err() == nil {
		p.mu.Lock()
		until := latest(p.chats.holdOf(to.Chat), p.free.next)
		p.mu.Unlock()
		wait := time.Until(until)
		if wait <= 0 {
			return nil, nil //nolint:nilnil // there is nothing to be told
		}
		pause.For(ctx, wait) // the loop looks at ctx
	}
	return nil, ctx.Err()
}

// takeSlot waits for one of the bot's slots.
func (p *Pacer) takeSlot(ctx context.Context, to To, lane Lane) (*Slot, error) {
	t := &ticket{to: to, lane: lane, since: time.Now(), granted: make(chan *Slot, 1)}
	p.mu.Lock()
	p.waiting[lane] = append(p.waiting[lane], t)
	p.grant() //nolint:contextcheck // a slot that is asked for is given back when nobody waits for it
	p.mu.Unlock()
	select {
	case slot := <-t.granted:
		return slot, nil
	case <-ctx.Done():
		p.leave(t) //nolint:contextcheck // ctx is over
		return nil, ctx.Err()
	}
}

// leave takes back a ticket, and the slot that it may just have got.
func (p *Pacer) leave(t *ticket) {
	p.mu.Lock()
	t.left = true
	if i := slices.Index(p.waiting[t.lane], t); i >= 0 {
		p.waiting[t.lane] = slices.Delete(p.waiting[t.lane], i, i+1)
	}
	p.mu.Unlock()
	select {
	case slot := <-t.granted:
		slot.unused()
	default:
	}
}

// Answered tells that the message was answered, or that none can come any
// more. Only the first call counts. A nil Slot, which is what there is without
// pacing, has nothing to tell.
func (s *Slot) Answered() { s.end(true) }

// unused gives the slot back: nothing was sent.
func (s *Slot) unused() { s.end(false) }

func (s *Slot) end(sent bool) {
	if s == nil {
		return
	}
	p := s.p
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.over {
		return
	}
	s.over = true
	now := time.Now()
	p.chats.answered(s.to, sent, now)
	c := p.clockOf(s.lane)
	rate := p.rateOf(c, now)
	c.window.answered(now, now.Sub(s.at), sent)
	switch {
	case p.shared.Slots != nil:
		p.tell(s, sent, c.window.span(), rate)
	case !sent:
		c.giveBack(rate)
	}
	p.grant()
}

func (p *Pacer) clockOf(l Lane) *clock {
	if l == Broadcasts {
		return p.paid
	}
	return &p.free
}

// grant gives the slots that are due, and sets the timer for the next. The
// lock is held.
func (p *Pacer) grant() {
	now := time.Now()
	var at time.Time
	if p.shared.Slots != nil {
		at = p.askForAll(now)
	} else {
		at = p.grantOf(&p.free, now)
		if p.paid != nil {
			at = earliest(at, p.grantOf(p.paid, now))
		}
	}
	p.wakeAt(at, now)
}

// grantOf gives the slots of one clock that are due and tells when to look for
// the next; zero: when a message is answered, or somebody asks.
func (p *Pacer) grantOf(c *clock, now time.Time) time.Time {
	for {
		t, at := p.pick(c, now)
		if t == nil {
			return at
		}
		due, ok := c.due(now)
		if !ok || due.After(now) {
			return due
		}
		p.take(t, now)
		c.advance(now, p.waited(t, now), p.rateOf(c, now))
		c.window.sent()
		t.granted <- &Slot{p: p, to: t.to, lane: t.lane, at: now}
	}
}

// waited tells for how long there has been somebody who could have had t's slot:
// t, or who is to have the next.
func (p *Pacer) waited(t *ticket, now time.Time) time.Duration {
	first := t.since
	for lane := range lanes {
		if (lane == Broadcasts) != (t.lane == Broadcasts) {
			continue
		}
		if next, _ := p.ready(lane, now); next != nil {
			first = earliest(first, next.since)
		}
	}
	return now.Sub(first)
}

// take takes a ticket out of its lane and counts its message as under way.
func (p *Pacer) take(t *ticket, now time.Time) {
	i := slices.Index(p.waiting[t.lane], t)
	p.waiting[t.lane] = slices.Delete(p.waiting[t.lane], i, i+1)
	if t.lane == Reply {
		p.replies = append(p.replies, now)
	}
	p.chats.use(t.to, now)
}

// pick chooses who has the next slot of a clock; nil when nobody's chat is
// ready, and then when the first will be, zero for never.
func (p *Pacer) pick(c *clock, now time.Time) (*ticket, time.Time) {
	if c == p.paid {
		return p.ready(Broadcasts, now)
	}
	p.forgetReplies(now)
	reply, replyAt := p.ready(Reply, now)
	alert, alertAt := p.ready(Alerts, now)
	switch {
	case reply != nil && (alert == nil || len(p.replies) < replyShare):
		return reply, now
	case alert != nil:
		return alert, now
	}
	return nil, earliest(replyAt, alertAt)
}

func (p *Pacer) forgetReplies(now time.Time) {
	for len(p.replies) > 0 && now.Sub(p.replies[0]) >= p.scale.of(replyWindow) {
		p.replies = p.replies[1:]
	}
}

// ready returns the first of a lane whose chat can be written to, or nil and
// when the first will be.
func (p *Pacer) ready(lane Lane, now time.Time) (*ticket, time.Time) {
	var first time.Time
	for _, t := range p.waiting[lane] {
		at := p.chats.at(t.to, now, true)
		if !at.After(now) {
			return t, now
		}
		first = earliest(first, at)
	}
	return nil, first
}

// earliest returns the smaller of two times; the zero time means never.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
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
