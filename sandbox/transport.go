package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"rasid/sandbox/wire"
	"strconv"
	"strings"
	"time"
)

// maxToken is the longest token the server reads, see ClientManager.cpp of the
// public Bot API server.
const maxToken = 80

// A reply is the answer to one call, before a transport writes it.
type reply struct {
	status int
	kind   string // content type
	retry  int    // Retry-After in seconds; 0: none
	body   []byte
	cut    cut
}

// A cut says where the connection ends too early.
type cut int

const (
	cutNone cut = iota
	cutAll      // before anything was answered
	cutHalf     // in the middle of the body
)

func isAPI(path string) bool {
	return strings.HasPrefix(path, "/bot") || strings.HasPrefix(path, "/file/bot")
}

// Handler serves the Bot API: /bot<token>/<method>.
func (s *Server) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rep := s.serve(r)
		if rep.cut == cutAll || r.Context().Err() != nil {
			panic(http.ErrAbortHandler)
		}
		h := w.Header()
		h.Set("Content-Type", rep.kind)
		h.Set("Content-Length", strconv.Itoa(len(rep.body)))
		if rep.retry > 0 {
			h.Set("Retry-After", strconv.Itoa(rep.retry))
		}
		w.WriteHeader(rep.status)
		if rep.cut == cutHalf {
			rep.body = rep.body[:len(rep.body)/2]
		}
		// Whoever went away does not hear the rest.
		_, _ = w.Write(rep.body)
		if rep.cut == cutHalf {
			panic(http.ErrAbortHandler)
		}
	})
}

// RoundTripper answers calls in memory and in the caller's goroutine, whatever
// their host, so that a bot can be tested on the virtual time of a
// testing/synctest bubble.
func (s *Server) RoundTripper() http.RoundTripper { return tripper{s} }

type tripper struct{ s *Server }

// RoundTrip answers one call.
func (t tripper) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }()
	}
	rep := t.s.serve(r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if rep.cut == cutAll {
		return nil, fmt.Errorf("read answer: %w", io.EOF)
	}
	res := &http.Response{
		Status: http.StatusText(rep.status), StatusCode: rep.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {rep.kind}}, ContentLength: int64(len(rep.body)),
	}
	if rep.retry > 0 {
		res.Header.Set("Retry-After", strconv.Itoa(rep.retry))
	}
	var body io.Reader = bytes.NewReader(rep.body)
	if rep.cut == cutHalf {
		body = io.MultiReader(bytes.NewReader(rep.body[:len(rep.body)/2]), brokenReader{})
	}
	res.Body = io.NopCloser(body)
	return res, nil
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// serve reads a call, lets the script of faults have its way, and answers.
func (s *Server) serve(r *http.Request) reply {
	token, method, ok := splitPath(r.URL.Path)
	if !ok {
		return refusal(&wire.Error{Code: 404, Description: "Not Found"})
	}
	if err := s.checkToken(token); err != nil {
		return refusal(err)
	}
	p, err := readParams(r)
	if err != nil {
		return refusal(asRefusal(err))
	}
	return s.perform(r.Context(), &call{method: method, params: p, chat: p.num("chat_id")})
}

// perform makes a call and remembers it.
func (s *Server) perform(ctx context.Context, c *call) reply {
	rep := s.answer(ctx, c)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls.add(s.record(c, rep))
	s.wake()
	return rep
}

// splitPath takes /bot<token>/<method> and /bot<token>/test/<method> apart.
func splitPath(path string) (token, method string, ok bool) {
	rest, ok := strings.CutPrefix(path, "/bot")
	if !ok {
		return "", "", false
	}
	if token, method, ok = strings.Cut(rest, "/"); !ok {
		return "", "", false
	}
	return token, strings.ToLower(strings.TrimPrefix(method, "test/")), true
}

func (s *Server) checkToken(token string) *wire.Error {
	switch {
	case token == s.opts.Token:
		return nil
	case !strings.Contains(token, ":") || strings.HasPrefix(token, "0") || len(token) > maxToken:
		return &wire.Error{Code: 401, Description: "Unauthorized: invalid token specified"}
	default:
		return &wire.Error{Code: 401, Description: "Unauthorized"}
	}
}

// answer makes one call, with the fault that strikes it, if any.
func (s *Server) answer(ctx context.Context, c *call) reply {
	fault, struck := s.faults.next(c.method, c.chat)
	if !struck {
		return s.do(ctx, c)
	}
	switch fault.Kind {
	case FaultHang:
		s.sleep(ctx, -1)
		return reply{cut: cutAll}
	case FaultDropBefore:
		return reply{cut: cutAll}
	case FaultHTML:
		return htmlReply(fault.Status)
	case FaultStatus:
		return refusal(fault.refusal())
	case FaultSlow:
		s.sleep(ctx, fault.Delay)
		if ctx.Err() != nil {
			return reply{cut: cutAll}
		}
		return s.do(ctx, c)
	case FaultDropAfter, FaultTruncate:
		rep := s.do(ctx, c)
		rep.cut = cutAll
		if fault.Kind == FaultTruncate {
			rep.cut = cutHalf
		}
		return rep
	default:
		return refusal(&wire.Error{Code: 500, Description: "Internal Server Error: unknown kind of fault " + strconv.Quote(string(fault.Kind))})
	}
}

// sleep waits for d (for ever when it is below 0), or until the caller went
// away or the sandbox closed.
func (s *Server) sleep(ctx context.Context, d time.Duration) {
	var after <-chan time.Time
	if d >= 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		after = t.C
	}
	select {
	case <-after:
	case <-ctx.Done():
	case <-s.closing:
	}
}

func (s *Server) do(ctx context.Context, c *call) reply {
	result, err := s.invoke(ctx, c)
	if err != nil {
		return refusal(asRefusal(err))
	}
	ok := okBody{OK: true, Result: result}
	if d, is := result.(described); is {
		ok.Result, ok.Description = true, string(d)
	}
	body, err := json.Marshal(ok)
	if err != nil {
		return refusal(&wire.Error{Code: 500, Description: "Internal Server Error: " + err.Error()})
	}
	return reply{status: 200, kind: "application/json", body: body}
}

// described is a result of true with a description.
type described string

type okBody struct {
	OK          bool   `json:"ok"`
	Result      any    `json:"result"`
	Description string `json:"description,omitempty"`
}

type errorBody struct {
	OK bool `json:"ok"`
	*wire.Error
}

func asRefusal(err error) *wire.Error {
	if e, ok := errors.AsType[*wire.Error](err); ok {
		return e
	}
	return &wire.Error{Code: 500, Description: "Internal Server Error: " + err.Error()}
}

func refusal(e *wire.Error) reply {
	// A refusal is strings and numbers: it always encodes.
	body, _ := json.Marshal(errorBody{Error: e})
	rep := reply{status: e.Code, kind: "application/json", body: body}
	if e.Parameters != nil {
		rep.retry = e.Parameters.RetryAfter
	}
	return rep
}

func htmlReply(status int) reply {
	if status == 0 {
		status = http.StatusBadGateway
	}
	body := fmt.Sprintf("<html>\r\n<head><title>%d %s</title></head>\r\n<body><center><h1>%[1]d %[2]s</h1></center></body>\r\n</html>\r\n", status, http.StatusText(status))
	return reply{status: status, kind: "text/html", body: []byte(body)}
}

func (f Fault) refusal() *wire.Error {
	if f.RetryAfter > 0 {
		return wire.TooMany(f.RetryAfter)
	}
	e := &wire.Error{Code: f.Status, Description: f.Description}
	if e.Code == 0 {
		e.Code = 500
	}
	if e.Description == "" {
		e.Description = http.StatusText(e.Code)
	}
	return e
}
