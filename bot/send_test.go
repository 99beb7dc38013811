package bot

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"rasid/alert"
	"rasid/bot/telegram"
	"rasid/news"
	"rasid/store"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// An endpoint is a Bot API in memory that answers by a script, and with
// success when the script is at its end. It remembers what it was asked.
type endpoint struct {
	mu     sync.Mutex
	script []answer // for sendMessage
	down   bool     // getMe gets no answer
	sends  []url.Values
	knocks int
}

// An answer is a status with a description, or none at all when status is 0.
type answer struct {
	status int
	words  string
	more   string // parameters
}

func (e *endpoint) RoundTrip(r *http.Request) (*http.Response, error) {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(data))
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if path.Base(r.URL.Path) == "getMe" {
		e.knocks++
		if e.down {
			return nil, io.ErrUnexpectedEOF
		}
		return reply(200, `{"ok":true,"result":{"id":1,"is_bot":true}}`), nil
	}
	e.sends = append(e.sends, form)
	if len(e.script) == 0 {
		return reply(200, fmt.Sprintf(`{"ok":true,"result":{"message_id":%d}}`, len(e.sends))), nil
	}
	a := e.script[0]
	e.script = e.script[1:]
	switch a.status {
	case 0:
		return nil, io.ErrUnexpectedEOF
	case 200:
		return reply(200, fmt.Sprintf(`{"ok":true,"result":{"message_id":%d}}`, len(e.sends))), nil
	default:
		return reply(a.status, fmt.Sprintf(`{"ok":false,"error_code":%d,"description":%q,"parameters":{%s}}`, a.status, a.words, a.more)), nil
	}
}

func reply(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
}

func senderFor(t *testing.T, e *endpoint, o SenderOptions) *Sender {
	t.Helper()
	c, err := telegram.New(telegram.Options{Base: "http://api.example", Token: "1:test-token", HTTP: &http.Client{Transport: e}})
	if err != nil {
		t.Fatal(err)
	}
	o.API, o.Render.Words = c, say
	return NewSender(o)
}

func sample(chat, thread int64) alert.Alert {
	return alert.Alert{
		To: store.Destination{Dest: store.Dest{Chat: chat, Thread: thread}, Kind: store.Private, Lang: "en"},
		Item: store.Item{Seq: 9, Article: news.Article{
			Title: "Harbour <reopens>", URL: "https://news.example/a", Source: "Coast Daily",
		}},
		Class: store.Normal,
	}
}

func deliver(t *testing.T, s *Sender, a alert.Alert) alert.Outcome {
	t.Helper()
	m, err := s.Prepare(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	return sendAll(t, s, m)
}

// sendAll sends a message in each form that is asked for, as Delivery does.
func sendAll(t *testing.T, s *Sender, m alert.Message) alert.Outcome {
	t.Helper()
	for range 3 {
		if out := s.Send(t.Context(), m); out.Fate != alert.Reworded {
			return out
		} else {
			m = out.Instead
		}
	}
	t.Error("a message is to be sent in a fourth form")
	return alert.Outcome{}
}

func TestSendOutcome(t *testing.T) {
	for _, tt := range []struct {
		name   string
		script []answer
		want   alert.Outcome
		sent   string // html, plain, thread: what was sent, in order
	}{
		{"a message that is taken is delivered", nil, alert.Outcome{Fate: alert.Delivered, MessageID: 1}, "html+7"},
		{"too many requests wait as long as is asked", []answer{{429, "Too Many Requests: retry after 35", `"retry_after":35`}}, alert.Outcome{Fate: alert.Wait, After: 35 * time.Second}, "html+7"},
		{"who blocked the bot is suspended", []answer{{403, "Forbidden: bot was blocked by the user", ""}}, alert.Outcome{Fate: alert.Refused, Suspend: store.Blocked}, "html+7"},
		{"who deleted the account is suspended", []answer{{403, "Forbidden: user is deactivated", ""}}, alert.Outcome{Fate: alert.Refused, Suspend: store.Blocked}, "html+7"},
		{"who never wrote first is suspended", []answer{{403, "Forbidden: bot can't initiate conversation with a user", ""}}, alert.Outcome{Fate: alert.Refused, Suspend: store.Blocked}, "html+7"},
		{"a group that threw the bot out is suspended", []answer{{403, "Forbidden: bot was kicked from the supergroup chat", ""}}, alert.Outcome{Fate: alert.Refused, Suspend: store.Kicked}, "html+7"},
		{"a channel the bot is not in is suspended", []answer{{403, "Forbidden: bot is not a member of the channel chat", ""}}, alert.Outcome{Fate: alert.Refused, Suspend: store.Kicked}, "html+7"},
		{"a group that is gone is suspended", []answer{{403, "Forbidden: the group chat was deleted", ""}}, alert.Outcome{Fate: alert.Refused, Suspend: store.Kicked}, "html+7"},
		{"a refusal that may pass is a strike", []answer{{403, "Forbidden: bot can't send messages to the user", ""}}, alert.Outcome{Fate: alert.Refused, Strike: true}, "html+7"},
		{"a chat that is not found is a strike", []answer{{400, "Bad Request: chat not found", ""}}, alert.Outcome{Fate: alert.Refused, Strike: true}, "html+7"},
		{"a missing right is a strike", []answer{{400, "Bad Request: not enough rights to send text messages to the chat", ""}}, alert.Outcome{Fate: alert.Refused, Strike: true}, "html+7"},
		{"a chat closed for writing is a strike", []answer{{400, "Bad Request: CHAT_WRITE_FORBIDDEN", ""}}, alert.Outcome{Fate: alert.Refused, Strike: true}, "html+7"},
		{"a chat that moved says where", []answer{{400, "Bad Request: group chat was upgraded to a supergroup chat", `"migrate_to_chat_id":-1009876543210`}}, alert.Outcome{Fate: alert.Moved, MovedTo: -1009876543210}, "html+7"},
		{"a topic that is gone is left out once", []answer{{400, "Bad Request: message thread not found", ""}}, alert.Outcome{Fate: alert.Delivered, MessageID: 2}, "html+7 html"},
		{"a topic that is closed is left out once", []answer{{400, "Bad Request: TOPIC_CLOSED", ""}}, alert.Outcome{Fate: alert.Delivered, MessageID: 2}, "html+7 html"},
		{"without the topic it is refused for good", []answer{{400, "Bad Request: TOPIC_CLOSED", ""}, {400, "Bad Request: TOPIC_CLOSED", ""}}, alert.Outcome{Fate: alert.Refused, Strike: true}, "html+7 html"},
		{"tags that are refused go as plain text", []answer{{400, "Bad Request: can't parse entities: Unsupported start tag", ""}}, alert.Outcome{Fate: alert.Delivered, MessageID: 2}, "html+7 plain+7"},
		{"a text that is too long goes as plain text", []answer{{400, "Bad Request: message is too long", ""}}, alert.Outcome{Fate: alert.Delivered, MessageID: 2}, "html+7 plain+7"},
		{"links that are too long go as plain text", []answer{{400, "Bad Request: ENTITIES_TOO_LONG", ""}}, alert.Outcome{Fate: alert.Delivered, MessageID: 2}, "html+7 plain+7"},
		{"buttons that are refused are left out", []answer{{400, "Bad Request: BUTTON_DATA_INVALID", ""}}, alert.Outcome{Fate: alert.Delivered, MessageID: 2}, "html+7 plain+7"},
		{"a refusal nobody knows goes as plain text, then it is dead", []answer{{400, "Bad Request: odd", ""}, {400, "Bad Request: odd", ""}}, alert.Outcome{Fate: alert.Refused}, "html+7 plain+7"},
		{"a topic that is gone and tags that are refused are three messages at most", []answer{{400, "Bad Request: message thread not found", ""}, {400, "Bad Request: can't parse entities", ""}, {400, "Bad Request: odd", ""}}, alert.Outcome{Fate: alert.Refused}, "html+7 html plain"},
		{"a refused token stops the whole bot for a while", []answer{{401, "Unauthorized", ""}}, alert.Outcome{Fate: alert.Wait, WholeBot: true, After: waitToken}, "html+7"},
		{"another process stops the whole bot for a moment", []answer{{409, "Conflict: terminated by other getUpdates request", ""}}, alert.Outcome{Fate: alert.Wait, WholeBot: true, After: waitRival}, "html+7"},
		{"a server error leaves the outcome unknown", []answer{{500, "Internal Server Error: restart", ""}}, alert.Outcome{Fate: alert.Unknown}, "html+7"},
		{"no answer leaves the outcome unknown", []answer{{0, "", ""}}, alert.Outcome{Fate: alert.Unknown}, "html+7"},
		{"plain text may be lost too", []answer{{400, "Bad Request: odd", ""}, {0, "", ""}}, alert.Outcome{Fate: alert.Unknown}, "html+7 plain+7"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := &endpoint{script: tt.script}
			got := deliver(t, senderFor(t, e, SenderOptions{}), sample(5, 7))
			if (got.Reason == "") != (got.Fate == alert.Delivered) {
				t.Errorf("Send gives the reason %q for fate %d", got.Reason, got.Fate)
			}
			got.Reason = ""
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Send (-want +got):\n%s", diff)
			}
			if sent := e.summary(); sent != tt.sent {
				t.Errorf("Send sent %q, want %q", sent, tt.sent)
			}
		})
	}
}

// summary tells of each message sent whether it had tags, and its thread.
func (e *endpoint) summary() string {
	var all []string
	for _, f := range e.sends {
		s := "plain"
		if f.Get("parse_mode") == "HTML" {
			s = "html"
		}
		if th := f.Get("message_thread_id"); th != "" {
			s += "+" + th
		}
		all = append(all, s)
	}
	return strings.Join(all, " ")
}

func TestSendThatWasNeverWritten(t *testing.T) {
	e := &endpoint{}
	s := senderFor(t, e, SenderOptions{})
	m, err := s.Prepare(t.Context(), sample(5, 0))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := s.Send(ctx, m); got.Fate != alert.NotWritten || len(e.sends) != 0 {
		t.Errorf("Send after the end = %+v with %d messages, want NotWritten and none", got, len(e.sends))
	}
}

func TestSendAsPlainText(t *testing.T) {
	e := &endpoint{script: []answer{{400, "Bad Request: can't parse entities", ""}}}
	s := senderFor(t, e, SenderOptions{})
	deliver(t, s, sample(5, 0))
	first, second := e.sends[0], e.sends[1]
	if !strings.Contains(first.Get("text"), `<a href="https://news.example/a">Harbour &lt;reopens&gt;</a>`) || first.Get("reply_markup") == "" {
		t.Errorf("first sent %q, want a linked title and buttons", first)
	}
	text := second.Get("text")
	if !strings.HasPrefix(text, "Harbour <reopens>\n") || !strings.HasSuffix(text, "\nhttps://news.example/a") || second.Has("reply_markup") || second.Has("parse_mode") {
		t.Errorf("then sent %q, want bare words, the link in a line of its own, no buttons", second)
	}
	if got := s.Stats().Plain; got != 1 {
		t.Errorf("Stats().Plain = %d, want 1", got)
	}
}

// TestSendMakesOneRequest: each has a slot of its own.
func TestSendMakesOneRequest(t *testing.T) {
	for _, words := range []string{"TOPIC_CLOSED", "can't parse entities", "CHAT_SEND_PLAIN_FORBIDDEN"} {
		e := &endpoint{script: []answer{{400, "Bad Request: " + words, ""}}}
		s := senderFor(t, e, SenderOptions{})
		m, err := s.Prepare(t.Context(), sample(-1005, 7))
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Send(t.Context(), m); got.Fate != alert.Reworded || got.Instead == nil || len(e.sends) != 1 {
			t.Errorf("Send answered with %s = %+v after %d requests, want another form after one", words, got, len(e.sends))
		}
	}
}

// TestLostThreadIsTold once in a day, and alerts go to the chat meanwhile.
func TestLostThreadIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []store.Dest
		gone := answer{400, "Bad Request: message thread not found", ""}
		ok := answer{status: 200}
		e := &endpoint{script: []answer{gone, ok, ok, ok, ok, gone, ok}}
		s := senderFor(t, e, SenderOptions{LostThread: func(_ context.Context, d store.Dest) { told = append(told, d) }})
		deliver(t, s, sample(-1005, 7))
		deliver(t, s, sample(-1005, 7))
		deliver(t, s, sample(-1005, 8))
		deliver(t, s, sample(-1006, 7))
		time.Sleep(25 * time.Hour)
		deliver(t, s, sample(-1005, 7))
		if want := "html+7 html html html+8 html+7 html+7 html"; e.summary() != want {
			t.Errorf("sent %q, want %q", e.summary(), want)
		}
		if len(told) != 2 || told[0] != (store.Dest{Chat: -1005, Thread: 7}) {
			t.Errorf("told of %v, want thread 7 twice, a day apart", told)
		}
	})
}

func TestLostThreadsAreBounded(t *testing.T) {
	var l lostThreads
	now := time.Now()
	for i := range 2 * lostMost {
		l.add(store.Dest{Chat: -5, Thread: int64(i + 1)}, now)
	}
	if len(l.when) > lostMost || !l.has(store.Dest{Chat: -5, Thread: 2 * lostMost}, now) {
		t.Errorf("%d topics are remembered, want %d at most with the newest", len(l.when), lostMost)
	}
}

func TestSendRefusesWhatItDidNotPrepare(t *testing.T) {
	if got := senderFor(t, &endpoint{}, SenderOptions{}).Send(t.Context(), "text"); got.Fate != alert.Refused {
		t.Errorf("Send of a string = %+v, want Refused", got)
	}
}

func TestPrepareRefusesNothing(t *testing.T) {
	a := sample(5, 0)
	a.Item.Article = news.Article{Title: " \u2067\u2069 "}
	if m, err := senderFor(t, &endpoint{}, SenderOptions{}).Prepare(t.Context(), a); err == nil {
		t.Errorf("Prepare of nothing = %v, want an error", m)
	}
}

// TestGate shows that a Telegram which swallows messages gets no fourth one
// until it answers getMe.
func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &endpoint{down: true, script: []answer{{}, {}, {}}}
		s := senderFor(t, e, SenderOptions{})
		for i := range 3 {
			if got := deliver(t, s, sample(5, 0)); got.Fate != alert.Unknown {
				t.Fatalf("message %d = %+v, want Unknown", i+1, got)
			}
		}
		end := time.Now().Add(10 * time.Minute)
		waits := 0
		for time.Now().Before(end) {
			got := deliver(t, s, sample(5, 0))
			if got.Fate != alert.Wait || !got.WholeBot || got.After <= 0 || got.After > 30*time.Second {
				t.Fatalf("at a closed gate: %+v, want to wait with the whole bot", got)
			}
			waits++
			time.Sleep(got.After)
		}
		if len(e.sends) != 3 || !s.Stats().Closed {
			t.Errorf("%d messages were sent, want 3 and a closed gate", len(e.sends))
		}
		if e.knocks < 10 || e.knocks > 40 || e.knocks > waits {
			t.Errorf("getMe was asked %d times in 10 minutes, want backoff up to 30s", e.knocks)
		}
		e.down = false
		time.Sleep(30 * time.Second)
		if got := deliver(t, s, sample(5, 0)); got.Fate != alert.Delivered || s.Stats().Closed {
			t.Errorf("after an answer: %+v, want Delivered through an open gate", got)
		}
	})
}

// The promises that other rooms hold a Sender to.
var (
	_ alert.Sender = (*Sender)(nil)
	_ alert.Prober = (*Sender)(nil)
)

func TestProbeOpensTheGate(t *testing.T) {
	e := &endpoint{down: true, script: []answer{{}, {}, {}}}
	s := senderFor(t, e, SenderOptions{})
	for range 3 {
		deliver(t, s, sample(5, 0))
	}
	if err := s.Probe(t.Context()); err == nil || !s.Stats().Closed {
		t.Errorf("Probe of a silent server = %v, want an error and a closed gate", err)
	}
	e.down = false
	if err := s.Probe(t.Context()); err != nil || s.Stats().Closed {
		t.Errorf("Probe = %v, want an answer and an open gate", err)
	}
}

func TestGateStaysOpen(t *testing.T) {
	for _, tt := range []struct {
		name   string
		script []answer
	}{
		{"two lost messages and an answer", []answer{{}, {}, {status: 200}, {}, {}}},
		{"a refusal is an answer", []answer{{}, {}, {403, "Forbidden: bot was blocked by the user", ""}, {}, {}}},
		{"too many requests is an answer", []answer{{}, {}, {429, "Too Many Requests", `"retry_after":1`}, {}, {}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := &endpoint{script: tt.script}
			s := senderFor(t, e, SenderOptions{})
			for range tt.script {
				deliver(t, s, sample(5, 0))
			}
			if len(e.sends) != len(tt.script) || s.Stats().Closed || e.knocks != 0 {
				t.Errorf("%d messages sent, gate closed: %v, want all sent", len(e.sends), s.Stats().Closed)
			}
		})
	}
}

// TestGateLetsOneKnock has many senders at a closed gate.
func TestGateLetsOneKnock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &endpoint{script: []answer{{}, {}, {}}}
		s := senderFor(t, e, SenderOptions{})
		for range 3 {
			deliver(t, s, sample(5, 0))
		}
		var wg sync.WaitGroup
		for i := range 16 {
			wg.Go(func() {
				for deliver(t, s, sample(int64(i+1), 0)).Fate == alert.Wait {
					time.Sleep(time.Second)
				}
			})
		}
		wg.Wait()
		if e.knocks != 1 || len(e.sends) != 3+16 {
			t.Errorf("getMe was asked %d times and %d messages sent, want 1 and 19", e.knocks, len(e.sends))
		}
	})
}
