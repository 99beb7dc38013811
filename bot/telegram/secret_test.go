package telegram_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"rasid/bot/telegram"
	"strings"
	"testing"
	"time"
)

// A way in which a request goes wrong.
type mishap struct {
	name  string
	setup func(t *testing.T) telegram.Options
	ctx   func(context.Context) (context.Context, context.CancelFunc)
	want  telegram.Class
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func through(f roundTrip) func(*testing.T) telegram.Options {
	return func(*testing.T) telegram.Options {
		return telegram.Options{Base: "http://api.example", HTTP: &http.Client{Transport: f}}
	}
}

func answering(status int, header, body string) func(*testing.T) telegram.Options {
	return func(t *testing.T) telegram.Options {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if header != "" {
				w.Header().Set("Location", header)
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, strings.ReplaceAll(body, "PATH", r.URL.Path))
		}))
		t.Cleanup(s.Close)
		return telegram.Options{Base: s.URL}
	}
}

func hijacking(then func(net.Conn)) func(*testing.T) telegram.Options {
	return func(t *testing.T) telegram.Options {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			then(conn)
			_ = conn.Close()
		}))
		t.Cleanup(s.Close)
		return telegram.Options{Base: s.URL}
	}
}

func mishaps() []mishap {
	elsewhere := "http://127.0.0.1:1/bot" + token + "/getMe"
	return []mishap{
		{"nobody listens", func(t *testing.T) telegram.Options {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			_ = l.Close()
			return telegram.Options{Base: "http://" + l.Addr().String()}
		}, nil, telegram.NotWritten},
		{"the certificate is not trusted", func(t *testing.T) telegram.Options {
			s := httptest.NewUnstartedServer(http.NotFoundHandler())
			s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
			s.StartTLS()
			t.Cleanup(s.Close)
			return telegram.Options{Base: s.URL}
		}, nil, telegram.NotWritten},
		{"the server speaks no TLS", func(t *testing.T) telegram.Options {
			s := httptest.NewServer(http.NotFoundHandler())
			t.Cleanup(s.Close)
			return telegram.Options{Base: strings.Replace(s.URL, "http:", "https:", 1)}
		}, nil, telegram.NotWritten},
		{"the name is not known", through(func(r *http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: r.URL.String()}}
		}), nil, telegram.NotWritten},
		{"the transport quotes the address", through(func(r *http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("cannot reach %s: %w", r.URL, io.ErrUnexpectedEOF)
		}), nil, telegram.Unknown},
		{"the transport quotes the escaped address twice over", through(func(r *http.Request) (*http.Response, error) {
			return nil, &url.Error{Op: "Post", URL: r.URL.String(), Err: errors.New(url.QueryEscape(r.URL.Path))}
		}), nil, telegram.Unknown},
		{"the transport panics with the address", through(func(r *http.Request) (*http.Response, error) {
			panic("cannot handle " + r.URL.String())
		}), nil, telegram.Unknown},
		{"the caller gave up before", answering(200, "", `{"ok":true}`), func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return ctx, cancel
		}, telegram.NotWritten},
		{"the connection is closed without an answer", hijacking(func(net.Conn) {}), nil, telegram.Unknown},
		{"the answer breaks off", hijacking(func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"ok\":true,")
		}), nil, telegram.Unknown},
		{"the answer is not HTTP", hijacking(func(c net.Conn) { _, _ = io.WriteString(c, "bot"+token+"\r\n\r\n") }), nil, telegram.Unknown},
		{"the answer is broken JSON", answering(200, "", `{"ok":tr PATH`), nil, telegram.Unknown},
		{"the answer is a page", answering(200, "", `<html>PATH</html>`), nil, telegram.Unknown},
		{"the result has another form", answering(200, "", `{"ok":true,"result":"PATH"}`), nil, telegram.Unknown},
		{"the answer is endless", answering(200, "", strings.Repeat(" ", 9<<20)), nil, telegram.Unknown},
		{"the front answers 502 with a page", answering(502, "", `<html>502 PATH</html>`), nil, telegram.Unknown},
		{"a proxy refuses with a page", answering(403, "", `<html>PATH</html>`), nil, telegram.NotWritten},
		{"the server sends elsewhere", answering(302, elsewhere, `PATH`), nil, telegram.NotWritten},
		{"the server quotes the address", answering(400, "", `{"ok":false,"error_code":400,"description":"Bad Request: what is PATH"}`), nil, telegram.Refused},
		{"the server does not know the token", answering(401, "", `{"ok":false,"error_code":401,"description":"Unauthorized PATH"}`), nil, telegram.BadToken},
		{"the server leaves out the code", answering(500, "", `{"ok":false,"description":"PATH"}`), nil, telegram.Unknown},
	}
}

// TestTokenNeverShown walks every way a call can fail and looks for the token
// in all that could be printed of it.
func TestTokenNeverShown(t *testing.T) {
	for _, tt := range mishaps() {
		t.Run(tt.name, tt.shows)
	}
	t.Run("the server never answers", virtual(func(t *testing.T) {
		transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return piped(func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })(ctx)
		}}
		mishap{setup: func(*testing.T) telegram.Options {
			return telegram.Options{Base: "http://api.example", HTTP: &http.Client{Transport: transport}}
		}, want: telegram.Unknown}.shows(t)
	}))
}

// shows has a call meet a mishap, and looks at what is shown of it.
func (m mishap) shows(t *testing.T) {
	var log bytes.Buffer
	o := m.setup(t)
	o.Token = token
	o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c := client(t, o)
	ctx := t.Context()
	if m.ctx != nil {
		var cancel context.CancelFunc
		ctx, cancel = m.ctx(ctx)
		defer cancel()
	}
	_, err := c.GetMe(ctx)
	if err == nil {
		t.Fatal("GetMe succeeded, want an error")
	}
	if got := telegram.Classify(err).Class; got != m.want {
		t.Errorf("Classify(%v) = %d, want %d", err, got, m.want)
	}
	_, perr := c.GetUpdates(ctx, telegram.Poll{})
	o.Logger.Error("call", "err", err, "poll", perr, "client", c, "options", o)
	hides(t, log.String(), fmt.Sprintf("%v %+v %#v %v %+v %#v %v %+v %#v", c, c, c, o, o, o, *c, *c, *c))
	for e := range chain(err, perr) {
		hides(t, e.Error(), fmt.Sprintf("%v|%+v|%#v|%s|%q", e, e, e, e, e))
	}
}

func hides(t *testing.T, texts ...string) {
	t.Helper()
	for _, s := range texts {
		for _, part := range []string{token, url.QueryEscape(token), "made_up_half"} {
			if strings.Contains(s, part) {
				t.Errorf("the token is shown: %s", s)
			}
		}
	}
}

// chain yields the errors and all that they wrap.
func chain(errs ...error) func(func(error) bool) {
	return func(yield func(error) bool) {
		for _, err := range errs {
			for ; err != nil; err = errors.Unwrap(err) {
				if !yield(err) {
					return
				}
			}
		}
	}
}

func TestErrorsKeepTheirCause(t *testing.T) {
	c := client(t, telegram.Options{Base: "http://api.example", HTTP: &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, fmt.Errorf("%s: %w", r.URL, r.Context().Err())
	})}})
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err := c.GetMe(ctx)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("GetMe = %v, want one that is context.DeadlineExceeded", err)
	}
	hides(t, err.Error())
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	other := serve(t, 200, `{"ok":true,"result":{"id":1}}`)
	c := client(t, answering(307, other.URL, "")(t))
	if _, err := c.GetMe(t.Context()); err == nil {
		t.Error("GetMe followed a redirect, want an error")
	}
	if len(other.paths) != 0 {
		t.Errorf("the other server was asked %q, want silence", other.paths)
	}
}

// TestPostsAreNotRepeated has a server that takes a second request on a kept
// connection and goes away: http.Transport would send some requests again.
func TestPostsAreNotRepeated(t *testing.T) {
	asked := make(chan string, 10)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		asked <- r.PostForm.Get("text")
		if r.PostForm.Get("text") == "first" {
			_, _ = io.WriteString(w, `{"ok":true,"result":{"message_id":1}}`)
			return
		}
		conn, _, _ := w.(http.Hijacker).Hijack()
		_ = conn.Close()
	}))
	c := client(t, telegram.Options{Base: s.URL})
	_, err1 := c.SendMessage(t.Context(), telegram.Send{Chat: 1, Text: "first"})
	_, err2 := c.SendMessage(t.Context(), telegram.Send{Chat: 1, Text: "second"})
	s.Close()
	if err1 != nil || telegram.Classify(err2).Class != telegram.Unknown {
		t.Errorf("sent with %v and %v, want success and an unknown outcome", err1, err2)
	}
	if n := len(asked); n != 2 {
		t.Errorf("the server was asked %d times, want 2", n)
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(200, `{"ok":true,"result":{}}`)
	f.Add(429, `{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 5","parameters":{"retry_after":5}}`)
	f.Add(400, `{"ok":false,"error_code":400,"parameters":{"migrate_to_chat_id":-100}}`)
	f.Add(502, `<html>`)
	f.Add(200, `{"ok":null}`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		status = 200 + (status%400+400)%400
		c := client(t, telegram.Options{Base: "http://api.example", HTTP: &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			return &http.Response{
				StatusCode: status, Header: http.Header{"Location": {r.URL.String()}}, Request: r,
				Body: io.NopCloser(strings.NewReader(body + r.URL.Path)),
			}, nil
		})}})
		_, err := c.SendMessage(t.Context(), telegram.Send{Chat: 1, Text: "x"})
		v := telegram.Classify(err)
		if (err == nil) != (v.Class == telegram.None) || v.Class == telegram.Broken {
			t.Errorf("%d %q: %v is class %d", status, body, err, v.Class)
		}
		if v.Class == telegram.Flood && v.After <= 0 || v.Class == telegram.Moved && v.MovedTo == 0 {
			t.Errorf("%d %q: verdict %+v says too little", status, body, v)
		}
		if err != nil {
			hides(t, err.Error())
		}
	})
}
