package bot

import (
	"context"
	"fmt"
	"rasid/bot/telegram"
	"rasid/internal/pause"
	"time"
)

// How the bot polls.
const (
	pollIdle    = 300 * time.Millisecond // least time between polls that bring nothing new
	pollBusy    = time.Second            // time between polls while something is not finished
	pollFull    = 5 * time.Second        // the same when much is not, and nothing new comes
	rivalPause  = 4 * time.Second        // after a 409
	pollBackoff = time.Minute            // longest pause after errors
	confirmTime = 2 * time.Second        // for confirming at a stop what was handled
	endTime     = 10 * time.Second       // for looking after a webhook before polling
)

// Poll asks Telegram for updates and handles them, until ctx ends, once Run has
// begun. The offset moves past an update only when what it asked for is stored,
// or when its chat alone cannot be served for so long that it would hold up all
// others. One process at a time is to poll. A webhook that is set is deleted, for
// updates go there and not here. A token that Telegram refuses ends it with an
// error.
func (b *Bot) Poll(ctx context.Context) error {
	if !b.begun(ctx) {
		return nil
	}
	done, ok := b.receiving.begin()
	if !ok {
		return nil
	}
	defer done()
	b.endWebhook(ctx)
	p := polling{b: b, open: newUnfinished(b), backoff: time.Second}
	working, cancel := context.WithCancel(ctx)
	defer cancel()
	var err error
	for err == nil && ctx.Err() == nil {
		err = p.once(working)
	}
	cancel()
	p.open.end()
	if err == nil {
		p.confirm(ctx)
	}
	return err
}

// polling is where Poll stands.
type polling struct {
	b       *Bot
	open    *unfinished
	offset  int64             // that was told to Telegram
	last    []telegram.Update // what it brought
	rival   bool              // another process polls, and that was said
	backoff time.Duration     // after the next error
}

// once polls, and begins with what that brings. It waits until all is handled,
// but not long.
func (p *polling) once(ctx context.Context) error {
	begun := time.Now()
	p.offset = p.open.next(p.last, p.offset)
	updates, err := p.b.o.API.GetUpdates(ctx, telegram.Poll{Offset: p.offset, Limit: pollMost, Timeout: p.b.o.Poll, Allowed: kinds()})
	if err != nil {
		return p.failed(ctx, err)
	}
	p.rival, p.backoff = false, time.Second
	fresh := 0
	if len(updates) > 0 {
		p.last = updates
		fresh = p.open.take(ctx, updates)
		wait := pollBusy
		if fresh == 0 && len(updates) >= pollMany {
			wait = pollFull
		}
		p.open.settle(ctx, updates, wait)
		p.open.makeRoom(ctx, updates)
	}
	if fresh == 0 {
		pause.For(ctx, pollIdle-time.Since(begun)) // a server that answers at once must not make us spin
	}
	return nil
}

// failed waits after a poll that failed. A token that is refused is returned.
func (p *polling) failed(ctx context.Context, err error) error {
	v := telegram.Classify(err)
	switch {
	case ctx.Err() != nil:
	case v.Class == telegram.BadToken:
		return fmt.Errorf("telegram refuses the token: %w", err)
	case v.Class == telegram.Rival:
		if !p.b.endWebhook(ctx) && !p.rival {
			p.b.o.Logger.Warn("another process reads this bot's messages; stop one of them")
		}
		p.rival = true
		pause.For(ctx, rivalPause)
	default:
		p.b.o.Logger.Warn("messages cannot be read, trying again", "after", p.backoff, "err", err)
		pause.For(ctx, max(p.backoff, v.After))
		p.backoff = min(2*p.backoff, pollBackoff)
	}
	return nil //nolint:nilerr // the next poll may do better
}

// confirm tells Telegram at a stop what was handled since the last poll: it would
// come again, and be answered again.
func (p *polling) confirm(ctx context.Context) {
	next := p.open.next(p.last, p.offset)
	if next == p.offset {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), confirmTime)
	defer cancel()
	if _, err := p.b.o.API.GetUpdates(ctx, telegram.Poll{Offset: next, Limit: 1, Allowed: kinds()}); err != nil {
		p.b.o.Logger.Warn("what was handled last is not confirmed, and may be answered again", "err", err)
	}
}

// endWebhook deletes a webhook that is set, and reports whether it did. What
// waits for it is kept, and comes to polls. A server that knows no webhooks has
// none.
func (b *Bot) endWebhook(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, endTime)
	defer cancel()
	w, err := b.o.API.GetWebhookInfo(ctx)
	if err != nil || w.URL == "" {
		return false
	}
	if err := b.o.API.DeleteWebhook(ctx); err != nil {
		b.o.Logger.Warn("a webhook is set and cannot be deleted, so messages do not come here", "host", hostOf(w.URL), "err", err)
		return false
	}
	b.o.Logger.Info("the webhook that was set is deleted: messages are asked for now", "host", hostOf(w.URL), "waiting", w.Pending)
	return true
}
