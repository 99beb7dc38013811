package sandbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"rasid/sandbox"
	"slices"
	"sync"
	"testing"
	"time"
)

// A receiver is a bot's side of a webhook.
type receiver struct {
	mu     sync.Mutex
	begun  time.Time
	got    []string // what came when: "0s 1"
	secret string   // that came last
	now    int      // requests under way
	most   int
	answer func(n int, w http.ResponseWriter, r *http.Request) // n counts from 0; nil: 200
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	var u struct {
		Message struct {
			Text string `json:"text"`
		} `json:"message"`
	}
	if err != nil || json.Unmarshal(body, &u) != nil || req.Method != http.MethodPost || req.Header.Get("Content-Type") != "application/json" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	n := len(r.got)
	r.got = append(r.got, fmt.Sprintf("%v %s", time.Since(r.begun).Round(time.Millisecond), u.Message.Text))
	r.secret = req.Header.Get("X-Telegram-Bot-Api-Secret-Token")
	r.now++
	r.most = max(r.most, r.now)
	answer := r.answer
	r.mu.Unlock()
	if answer != nil {
		answer(n, w, req)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now--
}

func (r *receiver) seen() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

// told is a sandbox in a bubble whose webhook is r.
func told(t *testing.T, r *receiver, o sandbox.Options, a args) client {
	t.Helper()
	o.Web = sandbox.Serving(r)
	o.Flood.Off = true
	c := open(t, o)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.box.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
	if a == nil {
		a = args{}
	}
	a["url"] = hook
	c.must("setWebhook", a)
	r.begun = time.Now()
	return c
}

func (c client) say(who int64, text string) {
	c.t.Helper()
	if _, err := c.box.Say(who, who, 0, text, 0); err != nil {
		c.t.Fatal(err)
	}
}

func status(code int) func(int, http.ResponseWriter, *http.Request) {
	return func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}
