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
	a.tried = time.Now()
	if answered {
		a.seen, a.err = a.tried, nil
	} else {
		a.err = err
	}
}

// knockAgain is how long a failure stands before it is looked at anew.
const knockAgain = 5 * time.Second

// check reports whether Telegram answers, for /readyz. A process that polls
// calls all the time; another that failed has to ask, or else it would not be
// ready before its next message.
func (a *answering) check(ctx context.Context) error {
	silent, stale, err := a.last()
	switch {
	case silent:
		return errSilent
	case err != nil && stale:
		_, err = a.GetMe(ctx)
	}
	return err
}

func (a *answering) last() (silent, stale bool, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.seen.IsZero() && a.err == nil, time.Since(a.tried) > knockAgain, a.err
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

// GetWebhookInfo asks how the webhook does. Not every server knows; that it
// fails means nothing.
func (a *answering) GetWebhookInfo(ctx context.Context) (telegram.WebhookInfo, error) {
	w, err := a.Client.GetWebhookInfo(ctx)
	if err == nil {
		a.note(ctx, nil)
	}
	return w, err
}

// SendMessage sends one message.
func (a *answering) SendMessage(ctx context.Context, s telegram.Send) (telegram.Message, error) {
	m, err := a.Client.SendMessage(ctx, s)
	a.note(ctx, err)
	return m, err
}
