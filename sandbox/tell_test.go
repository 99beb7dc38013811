package sandbox_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"rasid/sandbox"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestAWebhookIsToldOneUpdateARequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{}
		c := told(t, r, sandbox.Options{}, args{"secret_token": "s-1_"})
		ann := c.person()
		c.say(ann, "a")
		c.say(ann, "b")
		synctest.Wait()
		if got := r.seen(); fmt.Sprint(got) != "[0s a 0s b]" || r.secret != "s-1_" {
			t.Errorf("told %q with the secret %q; want a and b with s-1_", got, r.secret)
		}
		if u := c.box.Updates(); u.Pending != 0 || u.Confirmed == 0 {
			t.Errorf("updates = %+v; want all confirmed", u)
		}
		if d := c.box.Deliveries(); len(d) != 2 || d[0].Status != 200 || d[0].Kind != "message" || d[0].Chat != ann || d[0].Error != "" {
			t.Errorf("deliveries = %+v", d)
		}
	})
}

func TestAWebhookIsToldAgain(t *testing.T) {
	wait := func(seconds string, code int) func(int, http.ResponseWriter, *http.Request) {
		return func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", seconds)
			w.WriteHeader(code)
		}
	}
	tests := []struct {
		name   string
		answer func(int, http.ResponseWriter, *http.Request)
		o      sandbox.Options
		want   string // of the first 63 seconds
	}{
		{"at once, and then ever later", status(500), sandbox.Options{}, "[0s 0s 2s 6s 14s 30s 1m2s]"},
		{"a redirection is a failure", status(301), sandbox.Options{}, "[0s 0s 2s 6s 14s 30s 1m2s]"},
		{"any answer of 200 to 299 will do", status(299), sandbox.Options{}, "[0s]"},
		{"when the bot says so", wait("20", 503), sandbox.Options{}, "[0s 20s 40s 1m0s]"},
		{"a bad Retry-After is none", wait("soon", 429), sandbox.Options{}, "[0s 0s 2s 6s 14s 30s 1m2s]"},
		{"sooner for tests", func(n int, w http.ResponseWriter, r *http.Request) {
			if n < 4 {
				status(500)(n, w, r)
			}
		}, sandbox.Options{Scale: 10}, "[0s 0s 200ms 600ms 1.4s]"},
		{"after a cut connection", func(n int, _ http.ResponseWriter, _ *http.Request) {
			if n == 0 {
				panic(http.ErrAbortHandler)
			}
		}, sandbox.Options{}, "[0s 0s]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := &receiver{answer: tt.answer}
				c := told(t, r, tt.o, nil)
				c.say(c.person(), "x")
				time.Sleep(63 * time.Second)
				if got := strings.ReplaceAll(fmt.Sprint(r.seen()), " x", ""); got != tt.want {
					t.Errorf("told at %v, want %v", got, tt.want)
				}
			})
		})
	}
}

func TestAWebhookIsToldForADayAndNoLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{answer: status(500)}
		c := told(t, r, sandbox.Options{}, nil)
		ann := c.person()
		c.say(ann, "x")
		time.Sleep(23 * time.Hour)
		if n := len(r.seen()); n < 23*30 || n > 23*60+6 || c.info().Pending != 1 {
			t.Errorf("told %d times in 23 hours; want once in 60 to 120 s", n)
		}
		c.say(ann, "y")
		r.mu.Lock()
		r.answer = func(n int, w http.ResponseWriter, req *http.Request) {
			if n%2 == 0 {
				w.WriteHeader(http.StatusInternalServerError)
			}
		}
		r.mu.Unlock()
		time.Sleep(2 * time.Hour)
		all := r.seen()
		if last := all[len(all)-1]; !strings.HasSuffix(last, " y") || c.info().Pending != 0 {
			t.Errorf("last was told %q with %d left; want y, which had to wait, and nothing left", last, c.info().Pending)
		}
	})
}

func TestAWebhookIsToldSoonerWhenTheClockIsPutForward(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{answer: status(500)}
		c := told(t, r, sandbox.Options{}, nil)
		c.say(c.person(), "x")
		for want := 2; want < 6; want++ {
			synctest.Wait()
			if n := len(r.seen()); n != want {
				t.Errorf("told %d times, want %d", n, want)
			}
			c.box.Advance(time.Minute)
		}
	})
}

func TestAWebhookThatIsGoneIsClosedAfter23Hours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{answer: status(410)}
		c := told(t, r, sandbox.Options{}, nil)
		ann := c.person()
		for range 3 { // each lives for a day
			c.say(ann, "x")
			time.Sleep(7 * time.Hour)
		}
		if got := c.info(); got.URL != hook || got.Message != "Wrong response from the webhook: 410 Gone" {
			t.Errorf("after 21 hours the webhook is %+v", got)
		}
		time.Sleep(3 * time.Hour)
		if got := c.info(); got.URL != "" || got.Pending == 0 {
			t.Errorf("after 24 hours the webhook is %+v; want none, and updates left", got)
		}
	})
}

func TestAnAnswerMayBeACall(t *testing.T) {
	tests := []struct{ name, kind, body, want string }{
		{"as JSON", "application/json", `{"method":"sendMessage","chat_id":%d,"text":"hi"}`, "hi"},
		{"as a form", "application/x-www-form-urlencoded", `method=SENDMESSAGE&chat_id=%d&text=hi`, "hi"},
		{"not to read", "application/json", `{"method":"getMe","id":%d}`, ""},
		{"not to change the webhook", "application/json", `{"method":"deleteWebhook","id":%d}`, ""},
		{"not to log out", "application/json", `{"method":"logOut","id":%d}`, ""},
		{"what is none is no failure", "application/json", `%d{`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var ann int64
				c := told(t, &receiver{answer: func(_ int, w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", tt.kind)
					_, _ = fmt.Fprintf(w, tt.body, ann)
				}}, sandbox.Options{}, nil)
				ann = c.person()
				calls := len(c.box.Calls())
				c.say(ann, "x")
				synctest.Wait()
				m, _ := c.box.Chat(ann).Last()
				made := len(c.box.Calls()) - calls
				if tt.want != "" && (m.Text != tt.want || !m.Bot || made != 1) || tt.want == "" && made != 0 {
					t.Errorf("the chat ends with %q after %d calls; want %q", m.Text, made, tt.want)
				}
				if got := c.info(); got.URL != hook || got.Pending != 0 || got.Message != "" {
					t.Errorf("getWebhookInfo = %+v", got)
				}
			})
		})
	}
}

func TestLastErrorOfAWebhook(t *testing.T) {
	cut := func(int, http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	hang := func(_ int, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	tests := []struct {
		name   string
		answer func(int, http.ResponseWriter, *http.Request)
		fault  sandbox.Fault
		want   string
	}{
		{"a status", status(500), sandbox.Fault{}, "Wrong response from the webhook: 500 Internal Server Error"},
		{"a redirection", status(302), sandbox.Fault{}, "Wrong response from the webhook: 302 Found"},
		{"a cut connection", cut, sandbox.Fault{}, "Connection closed"},
		{"no answer in a minute", hang, sandbox.Fault{}, "Read timeout expired"},
		{"a front end that refuses", nil, sandbox.Fault{Kind: sandbox.FaultHTML, Status: 502}, "Wrong response from the webhook: 502 Bad Gateway"},
		{"a connection that is lost before", nil, sandbox.Fault{Kind: sandbox.FaultDropBefore}, "Connection closed"},
		{"an answer that is lost", nil, sandbox.Fault{Kind: sandbox.FaultDropAfter}, "Connection closed"},
		{"a front end that hangs", nil, sandbox.Fault{Kind: sandbox.FaultHang}, "Read timeout expired"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := &receiver{answer: tt.answer}
				c := told(t, r, sandbox.Options{}, nil)
				if tt.fault.Kind != "" {
					tt.fault.Method = sandbox.WebhookMethod
					c.box.Faults().Add(tt.fault)
				}
				c.say(c.person(), "x")
				time.Sleep(61 * time.Second)
				if got := c.info(); got.Message != tt.want || got.Date == 0 {
					t.Errorf("last error %q at %d, want %q", got.Message, got.Date, tt.want)
				}
				if tt.answer == nil && c.info().Pending != 0 {
					t.Errorf("%d are pending after the fault was over", c.info().Pending)
				}
				if tt.fault.Kind == sandbox.FaultDropAfter && len(r.seen()) != 2 {
					t.Errorf("told %v; want the same twice", r.seen())
				}
			})
		})
	}
}

func TestAWebhookOnTheNetwork(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + l.Addr().String() + "/hook"
	_ = l.Close()
	c := open(t, sandbox.Options{Local: true, Scale: 100})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.box.Run(ctx) }()
	c.must("setWebhook", args{"url": address})
	c.say(c.person(), "x")
	failed := func() bool { d := c.box.Deliveries(); return len(d) > 1 && d[0].Error == "Connection refused" }
	if err := c.box.Wait(t.Context(), failed); err != nil {
		t.Fatalf("deliveries = %+v", c.box.Deliveries())
	}
	r := &receiver{begun: time.Now()}
	if l, err = net.Listen("tcp", strings.Split(address, "/")[2]); err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: r, ReadHeaderTimeout: time.Second}
	go func() { _ = srv.Serve(l) }()
	if err := c.box.Wait(t.Context(), func() bool { return c.box.Updates().Pending == 0 }); err != nil {
		t.Fatal(err)
	}
	if got := c.info(); got.Message != "Connection refused" || len(r.seen()) != 1 {
		t.Errorf("told %v, getWebhookInfo = %+v", r.seen(), got)
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("Run = %v", err)
	}
	_ = srv.Close()
}

func TestPollsAndWebhooksExcludeEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{answer: status(500)}
		c := told(t, r, sandbox.Options{}, nil)
		ann := c.person()
		c.say(ann, "x")
		time.Sleep(time.Second)
		got, err := c.call(t.Context(), "getUpdates", nil)
		if err != nil || got.Code != 409 || got.Description != "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first" {
			t.Errorf("getUpdates beside a webhook = %+v, %v", got, err)
		}
		c.must("deleteWebhook", nil)
		list := c.updates(nil)
		if len(list) != 1 {
			t.Fatalf("%d updates are left for polls, want the one that was not taken", len(list))
		}
		poll := make(chan answer, 1)
		go func() {
			got, _ := c.call(t.Context(), "getUpdates", args{"timeout": 50, "offset": updateID(t, list[0]) + 1})
			poll <- got
		}()
		synctest.Wait()
		c.must("setWebhook", args{"url": hook})
		if got := <-poll; got.Description != "Conflict: terminated by setWebhook request" {
			t.Errorf("the waiting poll got %+v", got)
		}
		c.say(ann, "y")
		synctest.Wait()
		time.Sleep(2 * time.Second)
		synctest.Wait() // until a try of this very moment is over
		c.must("setWebhook", args{"url": hook, "drop_pending_updates": true})
		n := len(r.seen())
		time.Sleep(time.Hour)
		if c.info().Pending != 0 || len(r.seen()) != n {
			t.Errorf("dropped updates are pending (%d), or still told (%d, then %d)", c.info().Pending, n, len(r.seen()))
		}
	})
}
