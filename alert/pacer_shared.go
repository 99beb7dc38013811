package alert

import (
	"context"
	"crypto/rand"
	"log/slog"
	"rasid/internal/pause"
	"rasid/store"
	"slices"
	"time"
)

// Slots are the bot's moments to send where several processes share them.
// redisstore.Store has them.
type Slots interface {
	// Slot reserves the next moment at which a message may be sent. Where it or
	// the chat's own is too far away nothing is reserved.
	Slot(ctx context.Context, a store.PaceAsk) (store.PaceAnswer, error)
	// SlotEnd tells that a message was answered, or not sent.
	SlotEnd(ctx context.Context, e store.PaceEnd) error
	// Paused tells how long a chat may not be sent to since HoldChat or Halt was
	// called, by whichever process; 0: it may.
	Paused(ctx context.Context, chat int64) (time.Duration, error)
	// HoldChat keeps everybody from sending to a chat for wait.
	HoldChat(ctx context.Context, chat int64, wait time.Duration) error
	// Halt keeps everybody from sending for wait, and unless most is 0 halves
	// the pace, which climbs by climb messages a second each second.
	Halt(ctx context.Context, wait time.Duration, most, climb float64) error
}

// How shared slots are asked for.
const (
	askLimit = 5 * time.Second        // for one answer
	askAgain = 500 * time.Millisecond // after a failure
	slotLost = 5 * time.Second        // a message without an answer counts so long: its process may be gone
	askFresh = 5 * time.Millisecond   // a slot further away than that is looked at again when its time has come
)

// asksOf is how many slots a lane asks for at a time: what needs so many a
// second cannot wait for an answer before it asks again.
func asksOf(l Lane) int {
	if l == Broadcasts {
		return 16
	}
	return 1
}

// sharedSlots is how far asking for slots is.
type sharedSlots struct {
	Slots
	log    *slog.Logger
	asking [lanes]int
	until  [lanes]time.Time // not asked for before
}

// askForAll asks for a slot in each lane where somebody's chat is ready, and
// tells when to look again. The lock is held.
func (p *Pacer) askForAll(now time.Time) (at time.Time) {
	p.forgetReplies(now)
	for lane := range lanes {
		at = earliest(at, p.askFor(lane, now))
	}
	return at
}

func (p *Pacer) askFor(lane Lane, now time.Time) time.Time {
	for len(p.waiting[lane]) > 0 && p.shared.asking[lane] < asksOf(lane) {
		if wait := p.notBefore(lane); wait.After(now) {
			return wait
		}
		t, ready := p.ready(lane, now)
		if t == nil {
			return ready
		}
		p.take(t, now)
		p.shared.asking[lane]++
		q := p.question(t, now)
		p.calls.Go(func() { p.ask(t, q) }) // it ends after askLimit and the slot's time
	}
	return time.Time{}
}

// notBefore tells when a lane may ask. Replies beyond their share leave their
// turn to alerts.
func (p *Pacer) notBefore(lane Lane) time.Time {
	at := latest(p.shared.until[lane], p.free.next)
	if lane == Reply && len(p.replies) >= replyShare && len(p.waiting[Alerts]) > 0 {
		at = latest(at, p.replies[0].Add(p.scale.of(replyWindow)))
	}
	return at
}

func (p *Pacer) question(t *ticket, now time.Time) store.PaceAsk {
	a := store.PaceAsk{
		Token: rand.Text(), Chat: t.to.Chat, Group: t.to.Group, Paid: t.lane == Broadcasts,
		Rate: p.free.most, Climb: p.climb(), Most: p.free.window.most,
		Lost: p.scale.of(slotLost), MakeUp: min(p.waited(t, now), p.scale.of(makeUp)),
		ChatBurst: chatBurst, ChatEvery: p.scale.of(chatEvery), ChatBusy: p.scale.of(chatBusy),
		GroupMost: groupMost, GroupWindow: p.scale.of(groupWindow),
	}
	if a.Paid {
		a.Rate, a.Climb, a.Most = p.paidRate(now), 0, p.paid.window.most
	}
	return a
}

// ask reserves a slot for a ticket, and gives it when its time has come.
func (p *Pacer) ask(t *ticket, a store.PaceAsk) {
	ctx, cancel := context.WithTimeout(context.Background(), askLimit)
	defer cancel()
	got, err := p.shared.Slot(ctx, a)
	at := time.Now().Add(got.Wait) // the server answered before now: no slot is used before its time
	switch {
	case err != nil:
		p.shared.log.Error("no moment to send could be reserved, trying again", "err", err)
		p.putBack(t, func(now time.Time) { p.shared.until[t.lane] = now.Add(askAgain) })
	case got.OK:
		pause.For(context.Background(), got.Wait) // it does not end early
		p.give(t, &Slot{p: p, to: t.to, lane: t.lane, at: at, token: a.Token}, got.Rate, p.pausedUntil(ctx, t.to, got.Wait))
	case got.Chat:
		p.putBack(t, func(now time.Time) { p.chats.wait(t.to.Chat, at, now) })
	default:
		p.putBack(t, func(time.Time) { p.shared.until[t.lane] = at })
	}
}

// pausedUntil tells until when another process was told to leave the chat, or
// all, alone while a slot was waited for; zero: it was not.
func (p *Pacer) pausedUntil(ctx context.Context, to To, waited time.Duration) time.Time {
	if waited < askFresh {
		return time.Time{}
	}
	wait, err := p.shared.Paused(ctx, to.Chat)
	switch {
	case err != nil:
		p.shared.log.Error("it is not known whether Telegram asked to wait, looking again", "err", err)
		wait = askAgain
	case wait <= 0:
		return time.Time{}
	}
	return time.Now().Add(wait)
}

// putBack lets a ticket wait on, first of its lane; why says for what.
func (p *Pacer) putBack(t *ticket, why func(now time.Time)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	p.shared.asking[t.lane]--
	p.chats.answered(t.to, false, now)
	if t.lane == Reply && len(p.replies) > 0 {
		p.replies = p.replies[:len(p.replies)-1]
	}
	if !t.left {
		p.waiting[t.lane] = slices.Insert(p.waiting[t.lane], 0, t)
	}
	why(now)
	p.grant()
}

// give hands a slot over, unless Telegram asked to wait meanwhile: us, or
// another process, until paused.
func (p *Pacer) give(t *ticket, s *Slot, rate float64, paused time.Time) {
	p.mu.Lock()
	now := time.Now()
	if paused.After(now) {
		p.chats.wait(t.to.Chat, paused, now)
	}
	p.clockOf(t.lane).window.sent()
	if t.lane != Broadcasts && rate < p.free.rateNow(now) { // another process was told to wait
		p.free.rate, p.free.rateAt = rate, now
	}
	held := paused.After(now) || p.heldUntil(t.to, now).After(now)
	switch {
	case t.left:
	case held:
		p.waiting[t.lane] = slices.Insert(p.waiting[t.lane], 0, t)
	default:
		t.granted <- s
	}
	p.shared.asking[t.lane]--
	back := t.left || held
	if !back {
		p.grant()
	}
	p.mu.Unlock()
	if back {
		s.unused()
	}
}

// tell tells the others what came of a slot. The lock is held.
func (p *Pacer) tell(s *Slot, sent bool, counts time.Duration, rate float64) {
	e := store.PaceEnd{
		Token: s.token, Chat: s.to.Chat, Paid: s.lane == Broadcasts, Rate: rate, Sent: sent,
		Counts: counts, ChatEvery: p.scale.of(chatEvery), Kept: p.scale.of(paceIdle),
	}
	p.elsewhere("a message's end", func(ctx context.Context) error { return p.shared.SlotEnd(ctx, e) })
}

// climb is by how much a slowed pace climbs each second.
func (p *Pacer) climb() float64 { return 1 / p.scale.of(climbEvery).Seconds() }

// haltElsewhere tells other processes that nothing may be sent for a while, and
// unless most is 0 that the pace is to be halved. The lock is held.
func (p *Pacer) haltElsewhere(wait time.Duration, most float64) {
	climb := p.climb()
	p.elsewhere("a pause", func(ctx context.Context) error { return p.shared.Halt(ctx, wait, most, climb) })
}

// holdElsewhere tells other processes that a chat has to be left alone for a
// while. The lock is held.
func (p *Pacer) holdElsewhere(chat int64, wait time.Duration) {
	p.elsewhere("a chat's pause", func(ctx context.Context) error { return p.shared.HoldChat(ctx, chat, wait) })
}

// elsewhere tells other processes something, if there can be any.
func (p *Pacer) elsewhere(what string, tell func(context.Context) error) {
	if p.shared.Slots == nil || p.off {
		return
	}
	p.calls.Go(func() { // it ends after askLimit at the latest
		ctx, cancel := context.WithTimeout(context.Background(), askLimit)
		defer cancel()
		if err := tell(ctx); err != nil {
			p.shared.log.Error("other processes could not be told", "what", what, "err", err)
		}
	})
}

// Wait waits until nothing is asked of Slots any more, at most for as long as
// one answer may take, and reports whether it is so. It is for the end, when
// nobody takes or ends a slot any more: what has Slots may be closed then.
func (p *Pacer) Wait() bool {
	done := make(chan struct{})
	go func() {
		p.calls.Wait()
		close(done)
	}()
	late := time.NewTimer(askLimit)
	defer late.Stop()
	select {
	case <-done:
		return true
	case <-late.C:
		return false
	}
}
