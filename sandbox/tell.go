package sandbox

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// How a webhook is told, from WebhookActor.cpp of the public source.
const (
	hookBudget   = 60 * time.Second // for one request
	hookDial     = 10 * time.Second
	hookFirst    = time.Second // doubled before each try but the first two
	hookLongest  = 60 * time.Second
	hookAfter    = time.Hour // the longest Retry-After that is heeded
	hookGone     = 23 * time.Hour
	maxHookReply = 1 << 20 // bytes read of an answer
)

// tell tells updates to the webhook that is set, until ctx ends.
func (s *Server) tell(ctx context.Context) {
	if web, ok := s.opts.Web.(*http.Transport); ok {
		defer web.CloseIdleConnections()
	}
	for ctx.Err() == nil {
		s.mu.Lock()
		w, changed := s.queue.webhook, s.changed
		s.mu.Unlock()
		if w != nil {
			s.tellOne(ctx, w)
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// tellOne tells updates to one webhook, those of a lane one after the other,
// until another is set. What is under way then is cut off.
func (s *Server) tellOne(ctx context.Context, w *webhook) {
	ctx, cut := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cut()
	for {
		s.mu.Lock()
		if s.queue.webhook != w {
			s.mu.Unlock()
			return
		}
		ready, wait := s.queue.due(s.now(), w)
		changed := s.changed
		s.mu.Unlock()
		for _, e := range ready {
			wg.Go(func() { s.carry(ctx, w, e) })
		}
		var timer *time.Timer
		var after <-chan time.Time
		if wait > 0 {
			timer = time.NewTimer(wait)
			after = timer.C
		}
		select {
		case <-changed:
		case <-after:
		case <-ctx.Done():
		}
		if timer != nil {
			timer.Stop()
		}
		if ctx.Err() != nil {
			return
		}
	}
}

// carry tells one update and settles what became of it.
func (s *Server) carry(ctx context.Context, w *webhook, e event) {
	got := s.request(ctx, w, e)
	s.mu.Lock()
	delete(w.busy, e.lane)
	if ctx.Err() == nil && s.queue.webhook == w {
		s.settle(w, e, got)
	}
	s.wake()
	s.mu.Unlock()
	if got.failure == "" {
		s.obey(ctx, got)
	}
}

// A hookReply is what a webhook answered.
type hookReply struct {
	status  int           // 0: nothing
	failure string        // why it does not count; empty: it does
	after   time.Duration // what its Retry-After says
	kind    string        // content type
	body    []byte
}

// request makes one request, with the fault that strikes it, if any.
func (s *Server) request(ctx context.Context, w *webhook, e event) hookReply {
	fault, _ := s.faults.next(WebhookMethod, e.chat)
	ctx, cancel := context.WithTimeout(ctx, hookBudget)
	defer cancel()
	switch fault.Kind {
	case FaultDropBefore:
		return hookReply{failure: "Connection closed"}
	case FaultHang:
		<-ctx.Done()
		return hookReply{failure: "Read timeout expired"}
	case FaultStatus, FaultHTML: // a front end's, in place of the webhook's
		rep := refusal(fault.refusal())
		return answered(rep.status, http.Header{"Retry-After": {strconv.Itoa(rep.retry)}})
	case FaultSlow:
		s.sleep(ctx, fault.Delay)
	}
	got := s.exchange(ctx, w, e)
	if fault.Kind == FaultDropAfter || fault.Kind == FaultTruncate {
		return hookReply{failure: "Connection closed"}
	}
	return got
}

func (s *Server) exchange(ctx context.Context, w *webhook, e event) hookReply {
	u, err := hookURL(w.url)
	if err != nil {
		return hookReply{failure: err.Error()} // it was read when it was set
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(e.data))
	if err != nil {
		return hookReply{failure: err.Error()}
	}
	req.GetBody = nil // the transport is not to try again by itself
	req.Header.Set("Content-Type", "application/json")
	if w.secret != "" {
		req.Header.Set("X-Telegram-Bot-Api-Secret-Token", w.secret)
	}
	res, err := s.opts.Web.RoundTrip(req)
	if err != nil {
		return hookReply{failure: connectionError(err)}
	}
	defer func() { _ = res.Body.Close() }()
	got := answered(res.StatusCode, res.Header)
	got.kind = res.Header.Get("Content-Type")
	if got.body, err = io.ReadAll(io.LimitReader(res.Body, maxHookReply)); err != nil {
		return hookReply{failure: connectionError(err)}
	}
	return got
}

func answered(status int, h http.Header) hookReply {
	got := hookReply{status: status}
	if status < 200 || status > 299 {
		got.failure = "Wrong response from the webhook: " + strconv.Itoa(status) + " " + http.StatusText(status)
		seconds, err := strconv.Atoi(h.Get("Retry-After"))
		if err == nil && seconds > 0 {
			got.after = min(time.Duration(seconds)*time.Second, hookAfter)
		}
	}
	return got
}

// connectionError words what kept a request from being answered.
func connectionError(err error) string {
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var op *net.OpError
	switch {
	case errors.As(err, &name):
		return "Failed to resolve host: Name or service not known"
	case errors.As(err, &certificate):
		return "SSL error {certificate verify failed}"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "Connection refused"
	case errors.Is(err, syscall.ECONNRESET):
		return "Connection reset by peer"
	case errors.As(err, &op) && op.Op == "dial":
		return "Connection timed out"
	case errors.Is(err, context.DeadlineExceeded):
		return "Read timeout expired"
	}
	return "Connection closed"
}

// settle drops an update that was taken, and says when one that was not is
// told again. The caller holds mu.
func (s *Server) settle(w *webhook, e event, got hookReply) {
	now := s.now()
	s.told = append(s.told, Delivery{At: now, Update: e.id, Kind: e.kind, Chat: e.chat, Status: got.status, Error: got.failure})
	if len(s.told) > 2*s.opts.Keep {
		s.told = append([]Delivery(nil), s.told[len(s.told)-s.opts.Keep:]...)
	}
	switch {
	case got.status == 0:
	case got.status != http.StatusGone:
		w.gone = time.Time{}
	case w.gone.IsZero():
		w.gone = now
	case now.Sub(w.gone) > hookGone:
		s.queue.webhook = nil
		return
	}
	if got.failure == "" {
		delete(w.tries, e.id)
		s.queue.drop(e.id)
		return
	}
	w.failed, w.failure = now, got.failure
	t := w.tries[e.id]
	wait := got.after
	if t.delay = max(t.delay, hookFirst); wait == 0 && t.fails > 0 {
		longest := hookLongest + time.Duration(s.rand.Int64N(int64(hookLongest)))
		t.delay = min(2*t.delay, longest)
		wait = t.delay
	}
	wait = time.Duration(float64(wait) / s.opts.Scale)
	if now.Add(wait).After(e.expires) {
		delete(w.tries, e.id)
		s.queue.drop(e.id)
		return
	}
	t.fails++
	t.due = now.Add(wait)
	w.tries[e.id] = t
}

// obey makes the call that a webhook's answer may hold. Its result is lost.
func (s *Server) obey(ctx context.Context, got hookReply) {
	p := params{}
	if len(got.body) == 0 || p.addBody(got.kind, got.body) != nil {
		return
	}
	method := strings.ToLower(p["method"])
	switch {
	case method == "", method == "setwebhook", method == "deletewebhook", method == "close", method == "logout", strings.HasPrefix(method, "get"):
		return
	}
	delete(p, "method")
	s.perform(ctx, &call{method: method, params: p, chat: p.num("chat_id")})
}

// newWeb is the network as webhooks are reached: directly, and without
// following anybody elsewhere.
func newWeb() http.RoundTripper {
	return &http.Transport{
		DialContext:           (&net.Dialer{Timeout: hookDial}).DialContext,
		TLSHandshakeTimeout:   hookDial,
		ResponseHeaderTimeout: hookBudget,
		MaxIdleConnsPerHost:   mostConnections,
		IdleConnTimeout:       hookBudget,
	}
}
