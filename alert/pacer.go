package alert

import (
	"cmp"
	"context"
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
	replyShare  = 3                     // replies a second that go before alerts
	slotLate    = 50 * time.Millisecond // a slot used later than this is taken anew
	paceIdle    = 2 * groupWindow       // a chat unused this long is forgotten
	paceChats   = 65536                 // forgetting starts above this many
	stormChats  = 3                     // different chats told to wait ...
	stormWindow = 10 * time.Second      // ... within this pause the whole bot
)

// A To is a chat as the pacer sees it.
type To struct {
	Chat  int64
	Group bool // a group, supergroup or channel
}

// A Lane is a queue for the bot's slots.
type Lane uint8

// The lanes. Replies to people go first, up to three a second.
const (
	Reply Lane = iota
	Alerts
	lanes
)

// PacerOptions tunes a Pacer. The zero value is ready to use.
type PacerOptions struct {
	Rate float64 // messages a second over all chats; default 27; below 0: no pacing at all
}

// A Pacer hands out moments at which a message may be sent, so that Telegram's
// limits hold in every sliding window. Its methods are safe for any number of
// goroutines.
type Pacer struct {
	off  bool
	most float64

	mu      sync.Mutex
	rate    float64   // in force at rateAt; it climbs by 1/s a minute up to most
	rateAt  time.Time //
	next    time.Time // no slot before
	waiting [lanes][]*ticket
	timer   *time.Timer
	replies []time.Time // slots replies got in the last second
	chats   map[int64]*chatPace
	told    map[int64]time.Time // chats that Telegram asked to wait lately
}

type ticket struct {
	granted chan time.Time // has room for one
}

type chatPace struct {
	tokens float64
	at     time.Time   // when tokens was right
	sent   []time.Time // within the group window
	hold   time.Time
}

// NewPacer returns a pacer that has not handed out anything.
func NewPacer(o PacerOptions) *Pacer {
	rate := cmp.Or(o.Rate, defaultRate)
	return &Pacer{off: rate < 0, most: rate, rate: rate, chats: map[int64]*chatPace{}, told: map[int64]time.Time{}}
}

// Take waits until a message may be sent to to, and counts it as sent.
func (p *Pacer) Take(ctx context.Context, to To, lane Lane) error {
	if p.off {
		return p.takeUnpaced(ctx, to)
	}
	if err := p.takeChat(ctx, to); err != nil {
		return err
	}
	for {
		slot, err := p.takeSlot(ctx, lane)
		if err != nil {
			return err
		}
		if time.Since(slot) <= slotLate {
			return nil
		}
	}
}

// takeUnpaced waits only where Telegram itself asked for it.
func (p *Pacer) takeUnpaced(ctx context.Context, to To) error {
	p.mu.Lock()
	until := latest(p.holdOf(to.Chat), p.next)
	p.mu.Unlock()
	if wait := time.Until(until); wait > 0 {
		return sleep(ctx, wait)
	}
	return ctx.Err()
}

func (p *Pacer) takeChat(ctx context.Context, to To) error {
	for {
		p.mu.Lock()
		now := time.Now()
		at := p.chatAt(to, now)
		if !at.After(now) {
			p.useChat(to, now)
			p.mu.Unlock()
			return nil
		}
		p.mu.Unlock()
		if err := sleep(ctx, at.Sub(now)); err != nil {
			return err
		}
	}
}

// Next tells when the chat can take its next message, as far as its own limits
// go; a time that is not after now means at once.
func (p *Pacer) Next(to To) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.off {
		return p.holdOf(to.Chat)
	}
	return p.chatAt(to, time.Now())
}

func (p *Pacer) holdOf(chat int64) time.Time {
	if c, ok := p.chats[chat]; ok {
		return c.hold
	}
	return time.Time{}
}

func (p *Pacer) chatAt(to To, now time.Time) time.Time {
	c, ok := p.chats[to.Chat]
	if !ok {
		return now
	}
	at := c.hold
	if tokens := c.now(now); tokens < 1 {
		at = latest(at, now.Add(time.Duration((1-tokens)*float64(time.Second))))
	}
	if to.Group {
		if n := len(c.sent); n >= groupMost {
			at = latest(at, c.sent[n-groupMost].Add(groupWindow))
		}
	}
	return at
}

func (c *chatPace) now(now time.Time) float64 {
	return min(chatBurst, c.tokens+now.Sub(c.at).Seconds())
}

func (p *Pacer) useChat(to To, now time.Time) {
	c, ok := p.chats[to.Chat]
	if !ok {
		p.forget(now)
		c = &chatPace{tokens: chatBurst, at: now}
		p.chats[to.Chat] = c
	}
	c.tokens, c.at = c.now(now)-1, now
	if to.Group {
		for len(c.sent) > 0 && now.Sub(c.sent[0]) >= groupWindow {
			c.sent = c.sent[1:]
		}
		c.sent = append(c.sent, now)
	}
}

// forget drops chats that were idle long enough to be as good as new.
func (p *Pacer) forget(now time.Time) {
	if len(p.chats) < paceChats {
		return
	}
	for id, c := range p.chats {
		if now.Sub(c.at) > paceIdle && now.After(c.hold) {
			delete(p.chats, id)
		}
	}
}

// takeSlot waits for one of the bot's slots and returns when it was granted.
func (p *Pacer) takeSlot(ctx context.Context, lane Lane) (time.Time, error) {
	t := &ticket{granted: make(chan time.Time, 1)}
	p.mu.Lock()
	p.waiting[lane] = append(p.waiting[lane], t)
	p.grant()
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
	for i, w := range p.waiting[lane] {
		if w == t {
			p.waiting[lane] = append(p.waiting[lane][:i], p.waiting[lane][i+1:]...)
			return
		}
	}
}

// grant gives the slot that is due, if any, and sets the timer for the next.
// The lock is held.
func (p *Pacer) grant() {
	for {
		lane, ok := p.pickLane()
		if !ok {
			return
		}
		now := time.Now()
		if wait := p.next.Sub(now); wait > 0 {
			p.wakeAfter(wait)
			return
		}
		t := p.waiting[lane][0]
		p.waiting[lane] = p.waiting[lane][1:]
		if lane == Reply {
			p.replies = append(p.replies, now)
		}
		p.advance(now)
		t.granted <- now
	}
}

// advance sets when the next slot is. A slot that was used a little late does
// not slow the pace; an idle time is not made up for.
func (p *Pacer) advance(now time.Time) {
	interval := time.Duration(float64(time.Second) / p.rateNow(now))
	if now.Sub(p.next) > min(interval, slotLate) {
		p.next = now
	}
	p.next = p.next.Add(interval)
}

func (p *Pacer) wakeAfter(wait time.Duration) {
	if p.timer != nil {
		p.timer.Stop()
	}
	p.timer = time.AfterFunc(wait, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.grant()
	})
}

func (p *Pacer) pickLane() (Lane, bool) {
	now := time.Now()
	for len(p.replies) > 0 && now.Sub(p.replies[0]) >= time.Second {
		p.replies = p.replies[1:]
	}
	reply, alerts := len(p.waiting[Reply]) > 0, len(p.waiting[Alerts]) > 0
	switch {
	case reply && (!alerts || len(p.replies) < replyShare):
		return Reply, true
	case alerts:
		return Alerts, true
	}
	return 0, false
}

// rateNow is the rate in force: after a storm it climbs by one a minute.
func (p *Pacer) rateNow(now time.Time) float64 {
	if p.rate < p.most {
		p.rate = min(p.most, p.rate+now.Sub(p.rateAt).Minutes())
		p.rateAt = now
	}
	return p.rate
}

// Hold keeps a chat from being written to before until. When several chats
// are held within seconds Telegram means the whole bot: then all wait, and
// the pace is halved.
func (p *Pacer) Hold(chat int64, until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	c, ok := p.chats[chat]
	if !ok {
		p.forget(now)
		c = &chatPace{tokens: chatBurst, at: now}
		p.chats[chat] = c
	}
	c.hold = latest(c.hold, until)
	for id, at := range p.told {
		if now.Sub(at) > stormWindow {
			delete(p.told, id)
		}
	}
	p.told[chat] = now
	if len(p.told) >= stormChats {
		clear(p.told)
		p.holdAll(until, now)
	}
}

// HoldAll keeps the whole bot from writing before until, and halves the pace.
func (p *Pacer) HoldAll(until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.holdAll(until, time.Now())
}

func (p *Pacer) holdAll(until, now time.Time) {
	p.next = latest(p.next, until)
	if p.off {
		return
	}
	p.rate, p.rateAt = max(1, p.rateNow(now)/2), latest(now, until)
	p.grant()
}

// Forecast tells how long n messages take when nothing else is sent, and when
// louder alerts leave them their share of one in twenty.
func (p *Pacer) Forecast(n int) (idle, busy time.Duration) {
	if p.off {
		return 0, 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	idle = time.Duration(float64(n) / p.rateNow(time.Now()) * float64(time.Second))
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

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// sleep waits for d or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
