package telegram

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"regexp"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

// SecretHeader carries a webhook's secret in every request, see
// https://core.telegram.org/bots/api#setwebhook.
const SecretHeader = "X-Telegram-Bot-Api-Secret-Token"

// MaxSecret is the longest secret of a webhook, in bytes.
const MaxSecret = 256

var secretForm = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// GoodSecret reports whether Telegram takes s as a webhook's secret.
func GoodSecret(s string) bool { return len(s) <= MaxSecret && secretForm.MatchString(s) }

// A Webhook says where Telegram is to send updates.
type Webhook struct {
	URL         string
	Secret      string   // sent along in SecretHeader; empty: none
	Connections int      // requests at a time, 1 to 100; 0: as the server does by default
	Allowed     []string // kinds of update; nil: as before
}

// A WebhookInfo tells how a webhook does.
type WebhookInfo struct {
	URL         string   `json:"url"` // empty: none is set
	Pending     int      `json:"pending_update_count"`
	ErrorDate   int64    `json:"last_error_date,omitempty"` // Unix seconds; 0: there was no error
	Error       string   `json:"last_error_message,omitempty"`
	Connections int      `json:"max_connections,omitempty"`
	Allowed     []string `json:"allowed_updates,omitempty"`
}

// SetWebhook has updates sent to an address. What waits is sent there, too.
func (c *Client) SetWebhook(ctx context.Context, w Webhook) error {
	p := tgbotapi.Params{"url": w.URL}
	p.AddNonEmpty("secret_token", w.Secret)
	p.AddNonZero("max_connections", w.Connections)
	if w.Allowed != nil {
		if err := p.AddInterface("allowed_updates", w.Allowed); err != nil {
			return err
		}
	}
	return c.call(ctx, "setWebhook", p, nil)
}

// DeleteWebhook lets GetUpdates work again where a webhook was set. What waits
// is kept for it.
func (c *Client) DeleteWebhook(ctx context.Context) error {
	return c.call(ctx, "deleteWebhook", tgbotapi.Params{}, nil)
}

// GetWebhookInfo tells whether a webhook is set, and how it does.
func (c *Client) GetWebhookInfo(ctx context.Context) (WebhookInfo, error) {
	var w WebhookInfo
	err := c.call(ctx, "getWebhookInfo", tgbotapi.Params{}, &w)
	return w, err
}

// WebhookSecret makes a secret from a bot's token, the same at each start and in
// each process. Nobody learns the token from it.
func WebhookSecret(token string) string {
	h := hmac.New(sha256.New, []byte(token))
	h.Write([]byte("rasid webhook secret 1")) // a hash never fails
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}
