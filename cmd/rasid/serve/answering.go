package serve

import (
	"context"
	"errors"
	"rasid/bot/telegram"
	"time"
)

// errSilent reports that Telegram has not answered since the start.
var errSilent = errors.New("telegram has not answered yet")

// note remembers whether a call was answered. A refusal is an answer, except
// of the token.
func (a *answering) note(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	var refused *telegram.Error
	answered := err == nil || errors.As(err, &refused) && !refused.Foreign && telegram.Classify(err).Class != telegram.BadToken
	a.mu.Lock()
	defer a.mu.Unlock()
	if answered {
		a.seen, a.err = time.Now(), nil
	} else {
		a.err = err
	}
}

// check reports whether Telegram answers, for /readyz.
func (a *answering) check(context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.seen.IsZero() && a.err == nil {
		return errSilent
	}
	return a.err
}

// GetMe asks who the bot is.
func (a *answering) GetMe(ctx context.Context) (telegram.User, error) {
	u, err := a.Client.GetMe(ctx)
	a.note(ctx, err)
	return u, err
}

// GetUpdates waits for updates.
func (a *answering) GetUpdates(ctx context.Context, p telegram.Poll) ([]telegram.Update, error) {
	all, err := a.Client.GetUpdates(ctx, p)
	a.note(ctx, err)
	return all, err
}

// SendMessage sends one message.
func (a *answering) SendMessage(ctx context.Context, s telegram.Send) (telegram.Message, error) {
	m, err := a.Client.SendMessage(ctx, s)
	a.note(ctx, err)
	return m, err
}
