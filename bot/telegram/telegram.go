// Package telegram speaks the Bot API: typed calls, typed errors, and a token
// that is never printed. It is the only package that imports
// go-telegram-bot-api, which it keeps behind MakeRequest: newer methods and
// fields are reached with our own types, and every request goes through an
// HTTP client that carries the context, bounds time and size, redacts, and
// tells whether a request was written at all.
//
// The facts about the Bot API are those of https://core.telegram.org/bots/api
// and of the server's source, https://github.com/tdlib/telegram-bot-api.
package telegram

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

// DefaultBase is Telegram's own Bot API server.
const DefaultBase = "https://api.telegram.org"

// Options says which bot this is and where its server stands. Only Token has
// no default.
type Options struct {
	Base    string        // the server's address without /bot; default DefaultBase
	Token   string        // as given by @BotFather
	HTTP    *http.Client  // its Transport carries every request (tests); nil: two transports of our own
	Logger  *slog.Logger  // default: nothing is logged
	Timeout time.Duration // for the answer to one call, polls have theirs on top; default 60s
}

// String shows o without the token.
func (o Options) String() string { return fmt.Sprintf("{Base:%q Token:%s}", o.Base, hidden) }

// GoString shows o without the token.
func (o Options) GoString() string { return o.String() }

func (o Options) withDefaults() Options {
	o.Base = cmp.Or(o.Base, DefaultBase)
	o.Timeout = cmp.Or(o.Timeout, 60*time.Second)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// A Client calls one bot's methods. It is safe for use by several goroutines
// and starts none.
type Client struct {
	wire  *wire
	sends *http.Client // everything but polls
	polls *http.Client // getUpdates, so that a waiting poll never holds a send's connection
	wait  time.Duration
	log   *slog.Logger
}

// New makes a client. It checks Base and Token for form only and sends
// nothing; call GetMe to learn whether the token is good.
func New(o Options) (*Client, error) {
	o = o.withDefaults()
	w, err := newWire(o.Base, o.Token)
	if err != nil {
		return nil, err
	}
	muteLibrary()
	c := &Client{wire: w, wait: o.Timeout, log: o.Logger}
	c.sends, c.polls = newHTTP(o.HTTP), newHTTP(o.HTTP)
	return c, nil
}

// Redact returns s with every spelling of the token replaced. Whoever prints
// text that may hold a request's address sends it through here.
func (c *Client) Redact(s string) string { return c.wire.secret.redact(s) }

// String names the client without its token.
func (c *Client) String() string { return "telegram at " + c.wire.base }

// call makes one request on the client meant for everything but polls and
// decodes the result into result unless that is nil.
func (c *Client) call(ctx context.Context, method string, p tgbotapi.Params, result any) error {
	return c.request(ctx, request{method: method, params: p, via: c.sends, wait: c.wait}, result)
}

type request struct {
	method string
	params tgbotapi.Params
	via    *http.Client
	wait   time.Duration
}

func (c *Client) request(ctx context.Context, r request, result any) error {
	ctx, cancel := context.WithTimeout(ctx, r.wait)
	defer cancel()
	trip := &trip{ctx: ctx, wire: c.wire, via: r.via, method: r.method}
	// The library is told a stand-in for the token: it puts what it is told
	// into its errors. The trip writes the real address.
	api := &tgbotapi.BotAPI{Token: standIn, Client: trip}
	api.SetAPIEndpoint(libraryEndpoint)
	resp, err := api.MakeRequest(r.method, r.params)
	if err != nil {
		return trip.fail(err)
	}
	if result == nil {
		return nil
	}
	if err = json.Unmarshal(resp.Result, result); err != nil {
		return trip.fail(fmt.Errorf("read the result: %w", err))
	}
	return nil
}
