// Package web is rasid's door for other programs: pushed articles, what
// Telegram sends, health and metrics. It serves what cmd mounts in it and knows nothing of the rooms
// behind.
package web

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Options says what a handler serves. The zero value serves health and an
// index page.
type Options struct {
	Checks   []Check             // of /readyz; none: ready at once
	Push     http.Handler        // of /v1/articles; nil: 404
	Webhook  http.Handler        // of WebhookPath; nil: 404
	Prefix   string              // of the public address: a proxy may leave it in front of WebhookPath
	Backup   http.Handler        // of /v1/backup; nil: 404
	Registry prometheus.Gatherer // of /metrics; nil: 404
	Version  string              // shown on the index page
}

// WebhookPath is where Telegram sends messages to.
const WebhookPath = "/v1/telegram"

// maxScrapes is how many scrapes of /metrics are answered at a time.
const maxScrapes = 4

// New returns the handler of everything under /.
func New(o Options) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"status": "alive"})
	})
	mux.Handle("GET /readyz", newReadiness(o.Checks))
	mux.Handle("GET /{$}", index(o))
	if o.Registry != nil {
		mux.Handle("GET /metrics", promhttp.HandlerFor(o.Registry, promhttp.HandlerOpts{MaxRequestsInFlight: maxScrapes}))
	}
	if o.Push != nil {
		mux.Handle("/v1/articles", o.Push)
	}
	if o.Webhook != nil {
		mux.Handle(WebhookPath, o.Webhook)
		if o.Prefix != "" {
			mux.Handle(o.Prefix+WebhookPath, o.Webhook)
		}
	}
	if o.Backup != nil {
		mux.Handle("/v1/backup", o.Backup)
	}
	return guarded(mux)
}

// maxBody is the largest body that is read of any request: push has a tighter
// limit of its own, 10 MB.
const maxBody = 11 << 20

// guarded bounds bodies and tells browsers to run nothing.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; form-action 'none'; base-uri 'none'")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

//go:embed index.html
var indexPage string

func index(o Options) http.Handler {
	page := fmt.Appendf(nil, indexPage, o.Version)
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(page) // the reader may have gone
	})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the reader may have gone
}

// A Check is one thing that must hold before work can be done.
type Check struct {
	Name string                      // store, telegram, rules
	Test func(context.Context) error // nil when it holds; the error is shown, so it must hold no secret
}
