package telegram

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

const (
	standIn         = "bot-token"               // what the library believes to be the token
	libraryEndpoint = "http://library/bot%s/%s" // what it believes to be the address
	maxAnswer       = 8 << 20                   // bytes; getUpdates answers 4 MiB at most
)

// A wire knows where requests go.
type wire struct {
	base   string // without a slash at the end
	secret *secret
}

func newWire(base, token string) (*wire, error) {
	s, err := newSecret(token)
	if err != nil {
		return nil, err
	}
	base, err = checkBase(base)
	if err != nil {
		return nil, s.clean(fmt.Errorf("telegram address: %w", err))
	}
	return &wire{base: base, secret: s}, nil
}

// checkBase returns the address of a Bot API server in the form to which
// /bot<token>/<method> is appended. The parse error is not passed on: it
// repeats the address, and people paste tokens into it.
func checkBase(base string) (string, error) {
	u, err := url.Parse(base)
	switch {
	case err != nil:
		return "", errors.New("not a URL")
	case u.Scheme != "http" && u.Scheme != "https":
		return "", errors.New("must begin with http:// or https://")
	case u.Hostname() == "":
		return "", errors.New("has no host")
	case u.User != nil:
		return "", errors.New("must not hold a name or password")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", errors.New("must not hold ? or #")
	case strings.Contains(u.Path+"/", "/bot/") || strings.Contains(u.Path, "/bot") && strings.Contains(u.Path, ":"):
		return "", errors.New("must end before /bot, which rasid appends with the token")
	}
	return strings.TrimRight(u.String(), "/"), nil
}

// newHTTP returns a client of its own: redirects are not followed, for they
// would carry the token elsewhere.
func newHTTP(given *http.Client) *http.Client {
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if given != nil && given.Transport != nil {
		c.Transport = given.Transport
		return c
	}
	c.Transport = newTransport((&net.Dialer{Timeout: dialTimeout}).DialContext)
	return c
}

// A trip is one request on its way. The library sees it as its HTTP client.
type trip struct {
	ctx    context.Context // the library's interface has no place for one
	wire   *wire
	via    *http.Client
	method string
	seen   progress
	tried  bool          // a transport was asked; before that nothing could be written
	status int           // HTTP status of the answer
	after  time.Duration // what its Retry-After says
}

// Do sends req with the trip's context to the real address.
func (t *trip) Do(req *http.Request) (resp *http.Response, err error) {
	defer func() {
		if p := recover(); p != nil {
			resp, err = nil, fmt.Errorf("panic in the transport: %s", t.wire.secret.redact(fmt.Sprint(p)))
		}
	}()
	if err = t.ctx.Err(); err != nil {
		return nil, err
	}
	onward, err := t.address(req)
	if err != nil {
		return nil, err
	}
	t.tried = true
	resp, err = t.via.Do(onward)
	if err != nil {
		return nil, err
	}
	return t.answer(resp)
}

// address copies req to where it really goes. GetBody stays nil, so that no
// transport sends a body a second time.
func (t *trip) address(req *http.Request) (*http.Request, error) {
	ctx := httptrace.WithClientTrace(t.ctx, t.seen.trace())
	target := t.wire.base + "/bot" + t.wire.secret.token + "/" + t.method
	onward, err := http.NewRequestWithContext(ctx, http.MethodPost, target, req.Body)
	if err != nil {
		return nil, err
	}
	onward.ContentLength = req.ContentLength
	onward.Header = req.Header.Clone()
	onward.GetBody = nil
	return onward, nil
}

// answer reads the whole answer, so that the library can only meet a short
// piece of JSON. What is no Bot API answer becomes a foreign error with the
// HTTP status, or for 2xx an error: the request may have had its effect.
func (t *trip) answer(resp *http.Response) (*http.Response, error) {
	t.status = resp.StatusCode
	t.after = seconds(resp.Header.Get("Retry-After"))
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	closed := resp.Body.Close()
	if err = errors.Join(err, closed); err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	if len(data) > maxAnswer {
		return nil, errors.New("the answer is too long")
	}
	var form struct {
		OK *bool `json:"ok"`
	}
	if json.Unmarshal(data, &form) == nil && form.OK != nil {
		resp.Body = io.NopCloser(bytes.NewReader(data))
		return resp, nil
	}
	if resp.StatusCode >= 200 && resp.StatusCode < 300 {
		return nil, errors.New("the answer is not a Bot API answer")
	}
	return nil, &foreignError{code: resp.StatusCode}
}

// foreignError is an answer of something that is not a Bot API server: a
// proxy, a balancer, a page.
type foreignError struct{ code int }

// Error says what came instead.
func (f *foreignError) Error() string {
	return http.StatusText(f.code) + ", which is not a Bot API answer"
}

// seconds reads a number of seconds, 0 when there is none. The longest wait
// ever reported is 14 hours; 30 days is where a number stops being one.
func seconds(s string) time.Duration {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0
	}
	return time.Duration(min(n, 30*24*60*60)) * time.Second
}

// fail types what the library returned.
func (t *trip) fail(err error) error {
	if api, ok := errors.AsType[*tgbotapi.Error](err); ok {
		return &Error{
			Method: t.method, Code: cmp.Or(api.Code, t.status), Description: t.wire.secret.redact(api.Message),
			RetryAfter: max(seconds(strconv.Itoa(api.RetryAfter)), t.after), MigrateTo: api.MigrateToChatID,
		}
	}
	if foreign, ok := errors.AsType[*foreignError](err); ok {
		return &Error{Method: t.method, Code: foreign.code, Description: foreign.Error(), RetryAfter: t.after, Foreign: true}
	}
	return &TransportError{Method: t.method, Written: t.written(err), Err: t.wire.secret.clean(err)}
}

// written reports whether the server may have got the whole request. In doubt
// it may.
func (t *trip) written(err error) bool {
	var op *net.OpError
	switch {
	case !t.tried:
		return false
	case t.seen.asked.Load():
		return t.seen.written()
	case errors.As(err, &op) && op.Op == "dial":
		return false // a transport without traces
	default:
		return true
	}
}
