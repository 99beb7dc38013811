package sandbox_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"rasid/sandbox"
	"strings"
	"testing"
)

// A control is the control API as a script uses it.
type control struct {
	client

	base string
}

func controlled(t *testing.T) control {
	t.Helper()
	c := serve(t)
	return control{c, c.box.URL() + "/__ctl/"}
}

func (c control) do(method, path, kind, body string) (int, string) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return res.StatusCode, strings.TrimSpace(string(data))
}

func TestControlOverHTTP(t *testing.T) {
	c := controlled(t)
	steps := []struct {
		name, method, path, body string
		status                   int
		want                     string // part of the answer
	}{
		{"a person is added", "POST", "user", `{"id":11,"first_name":"Ann","lang":"en"}`, 200, `{"id":11}`},
		{"a person changes language", "POST", "lang", `{"user":11,"lang":"ar"}`, 200, `"ok":true`},
		{"a person writes", "POST", "say", `{"from":11,"chat":11,"text":"/start"}`, 200, `{"message_id":1}`},
		{"a person edits", "POST", "edit", `{"from":11,"chat":11,"message_id":1,"text":"/begin"}`, 200, `"ok":true`},
		{"the chat shows it", "GET", "messages?chat=11", ``, 200, `"text":"/begin"`},
		{"updates wait", "GET", "updates", ``, 200, `"pending":2`},
		{"nothing was told to a webhook", "GET", "deliveries", ``, 200, `[]`},
		{"a group is added", "POST", "chat", `{"id":-5,"kind":"group","title":"G","admins":[11]}`, 200, `{"id":-5}`},
		{"a chat of no kind is refused", "POST", "chat", `{"kind":"club"}`, 400, `none of group`},
		{"the group migrates", "POST", "migrate", `{"chat":-5}`, 200, `{"id":-100`},
		{"a forum has topics", "POST", "chat", `{"id":-6,"kind":"forum","admins":[11]}`, 200, `{"id":-6}`},
		{"a topic is added", "POST", "topic", `{"chat":-6,"name":"News"}`, 200, `{"thread":2}`},
		{"a topic is closed", "POST", "topic", `{"chat":-6,"thread":2,"state":"closed"}`, 200, `"ok":true`},
		{"a topic that is none is not found", "POST", "topic", `{"chat":-6,"thread":9,"state":"open"}`, 404, `topic 9`},
		{"the bot is thrown out", "POST", "kick", `{"chat":-6}`, 200, `"ok":true`},
		{"the bot comes back", "POST", "join", `{"chat":-6}`, 200, `"ok":true`},
		{"a deep link starts the bot", "POST", "start", `{"user":11,"payload":"topic_libya"}`, 200, `{"message_id":2}`},
		{"a payload with a space is refused", "POST", "start", `{"user":11,"payload":"a b"}`, 400, `payload`},
		{"nobody presses nothing", "POST", "press", `{"user":11,"chat":11,"message_id":1,"label":"x"}`, 404, `press`},
		{"a fault is added", "POST", "faults", `{"method":"sendMessage","kind":"drop before","n":2}`, 200, `"kind":"drop before"`},
		{"faults are forgotten", "DELETE", "faults", ``, 200, `[]`},
		{"the flood model is changed", "PUT", "flood", `{"chat_burst":9,"grow":2}`, 200, `"chat_burst":9`},
		{"the clock goes on", "POST", "clock", `{"seconds":3600}`, 200, `"ok":true`},
		{"no answer was given to no press", "GET", "answer?query=5", ``, 404, `no such press`},
		{"the person sees the chats", "GET", "chats?user=11", ``, 200, `"kind":"forum"`},
		{"a blocked bot is not written to", "POST", "block", `{"user":11}`, 200, `"ok":true`},
		{"nor may the person write", "POST", "say", `{"from":11,"chat":11,"text":"x"}`, 400, `may not`},
		{"nobody is nobody", "POST", "block", `{"user":99}`, 404, `no such user`},
		{"what is no JSON is refused", "POST", "say", `{`, 400, `read request`},
		{"everything is forgotten", "POST", "reset", ``, 200, `"ok":true`},
		{"and gone", "GET", "chats", ``, 200, `"chats":[]`},
	}
	for _, s := range steps {
		t.Run(s.name, func(t *testing.T) {
			if status, body := c.do(s.method, s.path, "application/json", s.body); status != s.status || !strings.Contains(body, s.want) {
				t.Errorf("%s %s %s = %d %s; want %d with %s", s.method, s.path, s.body, status, body, s.status, s.want)
			}
		})
	}
	if status, _ := c.do("POST", "reset", "text/plain", ""); status != http.StatusUnsupportedMediaType {
		t.Errorf("a form from another site = %d; want 415", status)
	}
}

func TestEventsTellOfChanges(t *testing.T) {
	c := controlled(t)
	ann := c.person()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.base+"events", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	in := bufio.NewReader(res.Body)
	line := func() (s string) {
		for s = "\n"; s == "\n"; {
			if s, err = in.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
		}
		return s
	}
	first := line()
	if _, err := c.box.Say(ann, ann, 0, "hi", 0); err != nil {
		t.Fatal(err)
	}
	if second := line(); second == first || !strings.HasPrefix(second, "data: ") {
		t.Errorf("events %q, then %q", first, second)
	}
}

func BenchmarkSendMessage(b *testing.B) {
	box, err := sandbox.New(sandbox.Options{Flood: sandbox.Flood{Off: true}})
	if err != nil {
		b.Fatal(err)
	}
	ann := box.AddUser(sandbox.User{FirstName: "Ann", Started: true})
	web := &http.Client{Transport: box.RoundTripper()}
	address := "http://sandbox.invalid/bot" + box.Token() + "/sendMessage"
	form := fmt.Sprintf("chat_id=%d&parse_mode=HTML&text=<b>x</b>+news+https://example.org/a", ann)
	for b.Loop() {
		req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, address, strings.NewReader(form))
		if err != nil {
			b.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := web.Do(req)
		if err != nil {
			b.Fatal(err)
		}
		_ = res.Body.Close()
	}
	if box.Sent() == 0 {
		b.Fatal("nothing was sent")
	}
}
