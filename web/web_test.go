package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

func get(t *testing.T, h http.Handler, method, path string, body io.Reader) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, body))
	return w
}

func TestPaths(t *testing.T) {
	reg := prometheus.NewRegistry()
	c := prometheus.NewCounter(prometheus.CounterOpts{Name: "rasid_test_total", Help: "x"})
	reg.MustRegister(c)
	full := New(Options{Registry: reg, Version: "v1", Push: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusAccepted)
	}), Webhook: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }), Prefix: "/news/rasid"})
	for _, tt := range []struct {
		name         string
		h            http.Handler
		method, path string
		code         int
		body         string
	}{
		{"the process is alive", full, "GET", "/healthz", 200, `{"status":"alive"}`},
		{"without checks it is ready", full, "GET", "/readyz", 200, `{"ready":true}`},
		{"the index says what this is", full, "GET", "/", 200, "news alert bot"},
		{"the index tells the version", full, "GET", "/", 200, "version v1"},
		{"metrics are in Prometheus' format", full, "GET", "/metrics", 200, "rasid_test_total 0"},
		{"push is mounted", full, "POST", "/v1/articles", 202, ""},
		{"the webhook is mounted", full, "POST", "/v1/telegram", 204, ""},
		{"the webhook is where a proxy leaves it", full, "POST", "/news/rasid/v1/telegram", 204, ""},
		{"and nowhere else", full, "POST", "/other/v1/telegram", 404, ""},
		{"no webhook, no path", New(Options{}), "POST", "/v1/telegram", 404, ""},
		{"other paths are not there", full, "GET", "/admin", 404, ""},
		{"health is only read", full, "POST", "/healthz", 405, ""},
		{"no push, no path", New(Options{}), "POST", "/v1/articles", 404, ""},
		{"no registry, no path", New(Options{}), "GET", "/metrics", 404, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := get(t, tt.h, tt.method, tt.path, nil)
			if w.Code != tt.code || !strings.Contains(w.Body.String(), tt.body) {
				t.Errorf("%s %s = %d %q, want %d with %q", tt.method, tt.path, w.Code, w.Body, tt.code, tt.body)
			}
			if w.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s %s lacks the guarding headers", tt.method, tt.path)
			}
		})
	}
}

func TestReadinessSaysWhatIsMissing(t *testing.T) {
	h := New(Options{Checks: []Check{
		{"store", func(context.Context) error { return nil }},
		{"telegram", func(context.Context) error { return errors.New("no answer yet") }},
	}})
	w := get(t, h, "GET", "/readyz", nil)
	var got state
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if w.Code != http.StatusServiceUnavailable || got.Ready || got.Checks["store"] != "ok" || got.Checks["telegram"] != "no answer yet" {
		t.Errorf("GET /readyz = %d %+v, want 503 that names telegram", w.Code, got)
	}
}

func TestReadinessDoesNotBurdenTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		h := New(Options{Checks: []Check{{"store", func(ctx context.Context) error {
			asked.Add(1)
			<-ctx.Done() // it hangs
			return ctx.Err()
		}}}})
		begun := time.Now()
		for range 10 {
			go get(t, h, "GET", "/readyz", nil)
		}
		synctest.Wait()
		time.Sleep(checkTime)
		synctest.Wait()
		if n := asked.Load(); n != 1 {
			t.Errorf("ten requests asked the store %d times, want once", n)
		}
		time.Sleep(checkKeep)
		if w := get(t, h, "GET", "/readyz", nil); w.Code != http.StatusServiceUnavailable || asked.Load() != 2 {
			t.Errorf("later GET /readyz = %d after %d checks, want 503 after 2", w.Code, asked.Load())
		}
		if d := time.Since(begun); d > 3*checkTime {
			t.Errorf("it took %v", d)
		}
	})
}

func TestBodiesAreBounded(t *testing.T) {
	var read error
	h := New(Options{Push: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, read = io.Copy(io.Discard, r.Body)
	})})
	get(t, h, "POST", "/v1/articles", bytes.NewReader(make([]byte, maxBody+1)))
	if _, ok := errors.AsType[*http.MaxBytesError](read); !ok {
		t.Errorf("a body of %d bytes was read with %v, want a MaxBytesError", maxBody+1, read)
	}
}

func TestServeStopsWhenTold(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	under, release := make(chan bool), make(chan bool)
	h := New(Options{Push: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		under <- true
		<-release
		w.WriteHeader(http.StatusAccepted)
	})})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, l, h, slog.New(slog.DiscardHandler), 10*time.Second) }()
	answer := make(chan int, 1)
	go func() {
		resp, err := http.Post("http://"+l.Addr().String()+"/v1/articles", "application/json", nil)
		if err != nil {
			answer <- 0
			return
		}
		_ = resp.Body.Close()
		answer <- resp.StatusCode
	}()
	<-under
	cancel()
	release <- true
	if code := <-answer; code != http.StatusAccepted {
		t.Errorf("the request under way got %d, want 202", code)
	}
	if err := <-done; err != nil {
		t.Errorf("Serve = %v, want nil", err)
	}
}
