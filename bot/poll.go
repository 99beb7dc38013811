package bot

import (
	"context"
	"fmt"
	"rasid/bot/telegram"
	"rasid/internal/pause"
	"time"

	"golang.org/x/sync/errgroup"
)

// How the bot polls.
const (
	pollIdle    = 300 * time.Millisecond // least time between polls that bring nothing
	rivalPause  = 4 * time.Second        // after a 409
	pollBackoff = time.Minute            // longest pause after errors
	chatsAtOnce = 8                      // chats whose updates are handled side by side
	endTime     = 10 * time.Second       // for looking after a webhook before polling
)

// Poll asks Telegram for updates and handles them, until ctx ends, once Run has
// begun. The offset moves past an update only when what it asked for is stored.
// One process at a time is to poll. A webhook that is set is deleted, for
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
	var offset int64
	rival, backoff := false, time.Second
	for ctx.Err() == nil {
		begun := time.Now()
		updates, err := b.o.API.GetUpdates(ctx, telegram.Poll{
			Offset: offset, Limit: 100, Timeout: b.o.Poll,
			Allowed: kinds(),
		})
		switch class := telegram.Classify(err).Class; {
		case ctx.Err() != nil:
			return nil
		case class == telegram.BadToken:
			return fmt.Errorf("telegram refuses the token: %w", err)
		case class == telegram.Rival:
			if !b.endWebhook(ctx) && !rival {
				b.o.Logger.Warn("another process reads this bot's messages; stop one of them")
			}
			rival = true
			pause.For(ctx, rivalPause)
			continue
		case err != nil:
			b.o.Logger.Warn("messages cannot be read, trying again", "after", backoff, "err", err)
			pause.For(ctx, max(backoff, telegram.Classify(err).After))
			backoff = min(2*backoff, pollBackoff)
			continue
		}
		rival, backoff = false, time.Second
		if !b.take(ctx, updates) {
			return nil // not stored, so not confirmed: they come again
		}
		offset = after(updates, offset)
		if wait := pollIdle - time.Since(begun); len(updates) == 0 && wait > 0 {
			pause.For(ctx, wait) // a server that answers at once must not make us spin
		}
	}
	return nil
}

// after is the offset that confirms updates; was is the one before. It may be
// lower than that: after a quiet week Telegram numbers anew at random, answers an
// offset far ahead of that as if there were none, and would do so for ever.
func after(updates []telegram.Update, was int64) int64 {
	if len(updates) == 0 {
		return was
	}
	next := updates[0].ID
	for _, u := range updates {
		next = max(next, u.ID+1)
	}
	return next
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

// take handles updates, those of one chat in order, and reports whether all
// their effects are stored.
func (b *Bot) take(ctx context.Context, updates []telegram.Update) bool {
	chats := map[int64][]telegram.Update{}
	var order []int64
	for _, u := range updates {
		id := u.Chat()
		if _, ok := chats[id]; !ok {
			order = append(order, id)
		}
		chats[id] = append(chats[id], u)
	}
	var g errgroup.Group
	g.SetLimit(chatsAtOnce)
	for _, id := range order {
		g.Go(func() error {
			for _, u := range chats[id] {
				if err := b.handleUntilStored(ctx, u); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait() == nil
}

// handleUntilStored handles u, again and again while the store fails.
func (b *Bot) handleUntilStored(ctx context.Context, u telegram.Update) error {
	for backoff := 200 * time.Millisecond; ; backoff = min(2*backoff, 5*time.Second) {
		err := b.handleOnce(ctx, u)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		b.o.Logger.Error("a message cannot be acted on, trying again", "update", u.ID, "after", backoff, "err", err)
		if !pause.For(ctx, backoff) {
			return ctx.Err()
		}
	}
}
