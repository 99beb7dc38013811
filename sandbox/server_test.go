package sandbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"rasid/sandbox"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A client calls the Bot API in memory.
type client struct {
	t   *testing.T
	box *sandbox.Server
}

func open(t *testing.T, o sandbox.Options) client {
	t.Helper()
	box, err := sandbox.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	return client{t, box}
}

type answer struct {
	OK          bool            `json:"ok"`
	Result      json.RawMessage `json:"result"`
	Code        int             `json:"error_code"`
	Description string          `json:"description"`
	Parameters  struct {
		Retry   int   `json:"retry_after"`
		Migrate int64 `json:"migrate_to_chat_id"`
	} `json:"parameters"`
}

type args map[string]any

// call makes a call and returns its answer, or a transport error.
func (c client) call(ctx context.Context, method string, a args) (answer, error) {
	form := url.Values{}
	for k, v := range a {
		form.Set(k, fmt.Sprint(v))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://sandbox.invalid/bot"+c.box.Token()+"/"+method, strings.NewReader(form.Encode()))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := (&http.Client{Transport: c.box.RoundTripper()}).Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return answer{}, err
	}
	var got answer
	if err := json.Unmarshal(body, &got); err != nil {
		return answer{}, fmt.Errorf("status %d: %w", res.StatusCode, err)
	}
	if !got.OK && got.Code != res.StatusCode {
		c.t.Errorf("%s: error_code %d with status %d", method, got.Code, res.StatusCode)
	}
	return got, nil
}

// must makes a call that has to succeed and returns the result.
func (c client) must(method string, a args) json.RawMessage {
	c.t.Helper()
	got, err := c.call(c.t.Context(), method, a)
	if err != nil || !got.OK {
		c.t.Fatalf("%s(%v) = %+v, %v", method, a, got, err)
	}
	return got.Result
}

// send sends a message that has to arrive and returns its id.
func (c client) send(a args) int64 {
	c.t.Helper()
	var m struct {
		ID int64 `json:"message_id"`
	}
	if err := json.Unmarshal(c.must("sendMessage", a), &m); err != nil {
		c.t.Fatal(err)
	}
	return m.ID
}

// person adds somebody who has started the bot.
func (c client) person() int64 {
	return c.box.AddUser(sandbox.User{FirstName: "Ann", Lang: "en", Started: true})
}

// updates polls once without waiting.
func (c client) updates(a args) []map[string]json.RawMessage {
	c.t.Helper()
	var list []map[string]json.RawMessage
	if err := json.Unmarshal(c.must("getUpdates", a), &list); err != nil {
		c.t.Fatal(err)
	}
	return list
}

func TestAPersonWritesAndTheBotAnswersWithAButton(t *testing.T) {
	c := open(t, sandbox.Options{Seed: 1})
	ann := c.box.AddUser(sandbox.User{FirstName: "Ann", Lang: "en"})
	if _, err := c.box.Say(ann, ann, 0, "/start", 0); err != nil {
		t.Fatal(err)
	}
	got := c.updates(nil)
	if len(got) != 1 || !strings.Contains(string(got[0]["message"]), `"bot_command"`) {
		t.Fatalf("updates = %s; want one message with a bot_command", got)
	}
	id := c.send(args{"chat_id": ann, "text": "<b>Hello</b> & welcome", "parse_mode": "HTML", "reply_markup": `{"inline_keyboard":[[{"text":"Go","callback_data":"go:1"}]]}`})
	query, err := c.box.Press(ann, ann, id, "Go")
	if err != nil {
		t.Fatal(err)
	}
	first, err := strconv.ParseInt(string(got[0]["update_id"]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if next := c.updates(args{"offset": first + 1}); len(next) != 1 || next[0]["callback_query"] == nil {
		t.Errorf("updates after the first = %s; want the press alone", next)
	}
	c.must("answerCallbackQuery", args{"callback_query_id": query, "text": "done", "show_alert": true})
	a, ok := c.box.Answer(query)
	if !ok || !a.Answered || a.Text != "done" || !a.Alert {
		t.Errorf("Answer(%s) = %+v, %v", query, a, ok)
	}
	list := c.box.Chat(ann).Messages()
	if len(list) != 2 || list[1].HTML != "<b>Hello</b> &amp; welcome" || list[1].Buttons[0][0].Text != "Go" {
		t.Errorf("messages = %+v", list)
	}
}

func TestALongPollWaitsOnVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := open(t, sandbox.Options{})
		ann := c.person()
		begin := time.Now()
		if got := c.updates(args{"timeout": 30}); len(got) != 0 || time.Since(begin) != 30*time.Second {
			t.Errorf("poll gave %d updates after %v; want none after 30s", len(got), time.Since(begin))
		}
		go func() {
			time.Sleep(7 * time.Second)
			_, _ = c.box.Say(ann, ann, 0, "hi", 0)
		}()
		begin = time.Now()
		if got := c.updates(args{"timeout": 30}); len(got) != 1 || time.Since(begin) != 7*time.Second {
			t.Errorf("poll gave %d updates after %v; want one after 7s", len(got), time.Since(begin))
		}
	})
}

func TestARunEndsWithItsContextAndEndsPolls(t *testing.T) {
	c := open(t, sandbox.Options{Listen: "127.0.0.1:0"})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.box.Run(ctx) }()
	polled := make(chan error, 1)
	go func() {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.box.URL()+"/bot"+c.box.Token()+"/getUpdates?timeout=50", nil)
		if err != nil {
			polled <- err
			return
		}
		res, err := http.DefaultClient.Do(req)
		if err == nil {
			_ = res.Body.Close()
		}
		polled <- nil
	}()
	stop()
	if err := errors.Join(<-done, <-polled); err != nil {
		t.Errorf("Run = %v; want nil", err)
	}
}

// raw makes a request of any shape and returns the status and body.
func (c client) raw(t *testing.T, method, path, kind, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://sandbox.invalid"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	res, err := c.box.RoundTripper().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(data)
}
