package bot

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"rasid/bot/telegram"
	"rasid/internal/pause"
	"rasid/locale"
	"strconv"
	"time"
)

// How updates are taken by webhook.
const (
	hookBody  = 1 << 20          // bytes of a request; Telegram's updates have 64 KiB at most
	hookTime  = 50 * time.Second // for one update; Telegram waits for 60
	hookAgain = 5 * time.Second  // after which Telegram is to try again what was not stored
	hookLook  = time.Minute      // between looks at how the webhook does
)

// A Hook says where Telegram sends updates. The zero value: nowhere.
type Hook struct {
	URL         string // https, as the outside world sees the handler; empty: updates are polled
	Secret      string // what Telegram sends along; without one no request is taken
	Connections int    // requests at a time; default: Telegram's, 40
}

// Webhook returns the handler of Options.Hook.URL. It may be served by any number of
// processes on one store, and answers 2xx only when what the update asks for is
// stored, or can never be handled. Anything else makes Telegram send it again.
func (b *Bot) Webhook() http.Handler { return http.HandlerFunc(b.serveHook) }

func (b *Bot) serveHook(w http.ResponseWriter, r *http.Request) {
	status := b.hookStatus(w, r)
	switch status {
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", http.MethodPost)
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", strconv.Itoa(int(hookAgain/time.Second)))
	}
	w.WriteHeader(status)
}

// hookStatus takes a request and returns the answer to it.
func (b *Bot) hookStatus(w http.ResponseWriter, r *http.Request) int {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case r.Method != http.MethodPost:
		return http.StatusMethodNotAllowed
	case b.o.Hook.Secret == "" || !same(r.Header.Get(telegram.SecretHeader), b.o.Hook.Secret):
		return http.StatusForbidden
	case err != nil || kind != "application/json":
		return http.StatusUnsupportedMediaType
	}
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, hookBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return http.StatusRequestEntityTooLarge
	case err != nil:
		return http.StatusBadRequest
	}
	return b.hear(r.Context(), data)
}

// same compares in a time that tells nothing.
func same(given, secret string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(secret))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// hear handles one update that Telegram sent. One that cannot be read is left
// behind, as in a poll: it would come again for a day, and read no better.
func (b *Bot) hear(ctx context.Context, data []byte) int {
	select {
	case <-b.ready:
	default:
		return http.StatusServiceUnavailable // we do not know yet who we are
	}
	done, ok := b.receiving.begin()
	if !ok {
		return http.StatusServiceUnavailable // another process takes it, or this one started again
	}
	defer done()
	u, err := telegram.ParseUpdate(data)
	if err != nil {
		b.o.Logger.Warn("an update cannot be read and is left out", "update", u.ID, "err", err)
		return http.StatusOK
	}
	ctx, cancel := context.WithTimeout(ctx, hookTime)
	defer cancel()
	if err := b.handleOnce(ctx, u); err != nil {
		b.o.Logger.Error("a message cannot be acted on, Telegram sends it again", "update", u.ID, "after", hookAgain, "err", err)
		return http.StatusServiceUnavailable
	}
	return http.StatusOK
}

// keeping is what is known of the webhook by the process that looks after it.
type keeping struct {
	set     bool  // by this process
	seen    int64 // date of the newest error that is known
	told    bool  // the admins know that it does badly
	refused bool  // the admins know that Telegram does not want it
}

// keepWebhook sets the webhook, looks now and then whether it is still set, and
// tells when Telegram cannot deliver to it. Processes that end leave it set:
// what comes meanwhile waits with Telegram for a day.
func (b *Bot) keepWebhook(ctx context.Context) error {
	if !b.begun(ctx) {
		return nil
	}
	var k keeping
	for backoff := time.Second; ; {
		err := b.lookAfter(ctx, &k)
		wait := hookLook
		switch v := telegram.Classify(err); {
		case ctx.Err() != nil: // rest tells
		case v.Class == telegram.BadToken && b.tokenRefused(ctx):
			return fmt.Errorf("telegram refuses the token: %w", err)
		case err == nil:
			backoff = time.Second
		default:
			wait = max(backoff, v.After)
			backoff = min(2*backoff, hookLook)
			b.o.Logger.Warn("the webhook cannot be looked after, trying again", "after", wait, "err", err)
			b.tellRefusal(&k, v.Class, err)
		}
		if !pause.For(ctx, wait) {
			return nil
		}
	}
}

// tokenRefused asks anew: a server that lacks a method may answer as if the token
// were bad.
func (b *Bot) tokenRefused(ctx context.Context) bool {
	_, err := b.o.API.GetMe(ctx)
	return telegram.Classify(err).Class == telegram.BadToken
}

// tellRefusal tells the admins, once, that Telegram does not take the address.
func (b *Bot) tellRefusal(k *keeping, class telegram.Class, err error) {
	if class == telegram.Refused && !k.refused {
		k.refused = true
		b.NotifyAdmins("webhook-refused", locale.Args{"problem": err.Error()})
	}
}

func (b *Bot) lookAfter(ctx context.Context, k *keeping) error {
	w, err := b.o.API.GetWebhookInfo(ctx)
	if err != nil && k.set {
		return err
	}
	ours := w.URL == b.o.Hook.URL
	if !k.set || !ours {
		if k.set {
			b.o.Logger.Warn("the webhook was changed by somebody else and is set again", "host", hostOf(w.URL))
		}
		if k.seen = 0; ours {
			k.seen = w.ErrorDate // of before; if it goes on, there will be another
		}
		return b.setWebhook(ctx, k)
	}
	if w.ErrorDate > k.seen {
		k.seen = w.ErrorDate
		b.o.Logger.Warn("telegram cannot deliver messages to the webhook", "problem", w.Error, "waiting", w.Pending)
		if w.Pending > 0 && !k.told { // else the second try was taken
			k.told = true
			b.NotifyAdmins("webhook-failing", locale.Args{"problem": w.Error, "n": w.Pending})
		}
	} else if w.Pending == 0 {
		k.told = false
	}
	return nil
}

func (b *Bot) setWebhook(ctx context.Context, k *keeping) error {
	err := b.o.API.SetWebhook(ctx, telegram.Webhook{
		URL: b.o.Hook.URL, Secret: b.o.Hook.Secret, Connections: b.o.Hook.Connections, Allowed: kinds(),
	})
	if err != nil {
		return err
	}
	k.set, k.refused = true, false
	b.o.Logger.Info("the webhook is set: Telegram sends messages here", "host", hostOf(b.o.Hook.URL))
	return nil
}

// hostOf is as much of a webhook's address as may be logged: the rest of it is
// a secret with some bots.
func hostOf(address string) string {
	if u, err := url.Parse(address); err == nil {
		return u.Host
	}
	return ""
}
