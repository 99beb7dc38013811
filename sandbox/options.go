package sandbox

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"rasid/sandbox/flood"
	"regexp"
	"time"
)

// DefaultToken is the token of a sandbox that was given none. It opens nothing
// but a sandbox.
const DefaultToken = "1000001:sandbox-token-that-opens-nothing-else"

// Flood holds the numbers of the flood model; see package flood.
type Flood = flood.Limits

// Options set up a sandbox. The zero value is ready to use.
type Options struct {
	Token    string            // what the bot calls with; default DefaultToken
	Listen   string            // address to serve on, such as 127.0.0.1:0; empty: none
	Seed     uint64            // of ids and chance; the same seed gives the same ids
	Now      func() time.Time  // default time.Now
	Flood    Flood             // zero fields have the documented numbers
	Local    bool              // webhooks may use http, any port and any address
	Web      http.RoundTripper // carries updates to webhooks; default: the network
	Scale    float64           // divides the waits between tries at a webhook, for tests; default 1
	Name     string            // the bot's; default "Rasid"
	Username string            // the bot's, without @; default "rasid_bot"
	Keep     int               // calls, answers and sent texts remembered; default 50,000
	ReadsAll bool              // privacy mode is off: the bot hears everything in groups
}

func (o Options) withDefaults() Options {
	o.Token = cmp.Or(o.Token, DefaultToken)
	o.Name = cmp.Or(o.Name, "Rasid")
	o.Username = cmp.Or(o.Username, "rasid_bot")
	o.Keep = cmp.Or(o.Keep, 50_000)
	o.Scale = cmp.Or(o.Scale, 1)
	if o.Web == nil {
		o.Web = newWeb()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// errToken reports a token no Bot API server would take. The token itself is
// left out on purpose.
var errToken = errors.New("token must look like 123456:letters")

// errNoChat, errNoUser and errNoMessage are the control API's own refusals.
var (
	errNoChat    = errors.New("no such chat")
	errNoUser    = errors.New("no such user")
	errNoMessage = errors.New("no such message")
)

var tokenShape = regexp.MustCompile(`^([1-9][0-9]{0,15}):[A-Za-z0-9_-]{1,60}$`)

// errScale reports a scale that would turn time around.
var errScale = errors.New("scale must be above 0")

func (o Options) check() (botID string, err error) {
	if !(o.Scale > 0) {
		return "", fmt.Errorf("check options: %w", errScale)
	}
	parts := tokenShape.FindStringSubmatch(o.Token)
	if parts == nil || len(o.Token) > maxToken {
		return "", fmt.Errorf("check options: %w", errToken)
	}
	return parts[1], nil
}
