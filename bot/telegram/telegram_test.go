package telegram_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"rasid/bot/telegram"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// token is made up; its halves are joined here so that no scanner takes it for
// a real one.
const token = "123456789" + ":" + "AAE-made_up_half_0123456789abcdefgh"

// server is a Bot API that answers everything with one answer and remembers
// what it was asked.
type server struct {
	*httptest.Server
	mu    sync.Mutex
	paths []string
	forms []url.Values
}

func serve(t *testing.T, status int, body string) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		s.mu.Lock()
		s.paths = append(s.paths, r.URL.Path)
		s.forms = append(s.forms, r.PostForm)
		s.mu.Unlock()
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) last(t *testing.T) (string, url.Values) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.paths) == 0 {
		t.Fatal("the server was asked nothing")
	}
	return s.paths[len(s.paths)-1], s.forms[len(s.forms)-1]
}

func client(t *testing.T, o telegram.Options) *telegram.Client {
	t.Helper()
	if o.Token == "" {
		o.Token = token
	}
	c, err := telegram.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNew(t *testing.T) {
	for _, tt := range []struct {
		name, base, token, want string
	}{
		{"the default address is Telegram's", "", token, ""},
		{"a server of one's own may stand below a path", "http://proxy.example:8081/tg/", token, ""},
		{"an IPv6 host is fine", "http://[::1]:8081", token, ""},
		{"an address without a scheme is refused", "api.telegram.org", token, "must begin with http:// or https://"},
		{"an address without a host is refused", "https://", token, "has no host"},
		{"a password in the address is refused", "https://a:b@example.org", token, "name or password"},
		{"a query in the address is refused", "https://example.org/?x=1", token, "must not hold ?"},
		{"an address with the token in it is refused", "https://api.telegram.org/bot" + token, token, "must end before /bot"},
		{"an address that ends in /bot is refused", "https://api.telegram.org/bot", token, "must end before /bot"},
		{"what is no URL is not repeated", "https://exa mple/" + token, token, "not a URL"},
		{"an empty token is refused", "", "", "token is empty"},
		{"a token with a slash is refused", "", "12:a/b", "no token has"},
		{"a token with a line break is refused", "", "12:ab\n", "no token has"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := telegram.New(telegram.Options{Base: tt.base, Token: tt.token})
			if tt.want == "" {
				if err != nil {
					t.Errorf("New(%q) = %v, want no error", tt.base, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("New(%q) = %v, want %q", tt.base, err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "made_up_half") {
				t.Errorf("New shows the token: %v", err)
			}
		})
	}
}

// TestCalls shows what each call puts on the wire.
func TestCalls(t *testing.T) {
	type form map[string]string
	keyboard := &telegram.InlineKeyboard{Rows: [][]telegram.Button{{{Text: "Why", Data: "why:1"}}}}
	for _, tt := range []struct {
		name   string
		answer string
		call   func(context.Context, *telegram.Client) error
		method string
		want   form
	}{
		{
			"a plain message sends nothing that was not asked for", `{"message_id":7,"chat":{"id":5,"type":"private"}}`,
			func(ctx context.Context, c *telegram.Client) error {
				_, err := c.SendMessage(ctx, telegram.Send{Chat: 5, Text: "hi"})
				return err
			}, "sendMessage",
			form{"chat_id": "5", "text": "hi"},
		},
		{
			"a message carries the newer fields", `{"message_id":7,"chat":{"id":-1005,"type":"supergroup"}}`,
			func(ctx context.Context, c *telegram.Client) error {
				_, err := c.SendMessage(ctx, telegram.Send{
					Chat: -1005, Thread: 9, Text: "<b>hi</b>", HTML: true, Markup: keyboard, Silent: true,
					Preview: &telegram.LinkPreview{Disabled: true}, Reply: &telegram.ReplyTo{Message: 3, Tolerates: true},
				})
				return err
			}, "sendMessage",
			form{
				"chat_id": "-1005", "message_thread_id": "9", "text": "<b>hi</b>", "parse_mode": "HTML", "disable_notification": "true",
				"reply_markup":         `{"inline_keyboard":[[{"text":"Why","callback_data":"why:1"}]]}`,
				"link_preview_options": `{"is_disabled":true}`, "reply_parameters": `{"message_id":3,"allow_sending_without_reply":true}`,
			},
		},
		{
			"the General topic is sent without its number", `{"message_id":7,"chat":{"id":-1005,"type":"supergroup"}}`,
			func(ctx context.Context, c *telegram.Client) error {
				_, err := c.SendMessage(ctx, telegram.Send{Chat: -1005, Thread: 1, Text: "hi"})
				return err
			}, "sendMessage",
			form{"chat_id": "-1005", "text": "hi"},
		},
		{
			"asking for a reply opens the box", `{"message_id":7,"chat":{"id":5,"type":"private"}}`,
			func(ctx context.Context, c *telegram.Client) error {
				_, err := c.SendMessage(ctx, telegram.Send{Chat: 5, Text: "hi", Markup: telegram.ForceReply{Force: true, Placeholder: "word"}})
				return err
			}, "sendMessage",
			form{"chat_id": "5", "text": "hi", "reply_markup": `{"force_reply":true,"input_field_placeholder":"word"}`},
		},
		{
			"an edit without a keyboard removes it", `{"message_id":7}`,
			func(ctx context.Context, c *telegram.Client) error {
				return c.EditMessageText(ctx, telegram.Edit{Chat: 5, Message: 7, Text: "x", HTML: true})
			}, "editMessageText",
			form{"chat_id": "5", "message_id": "7", "text": "x", "parse_mode": "HTML"},
		},
		{
			"an edit of an inline message answers true", `true`,
			func(ctx context.Context, c *telegram.Client) error {
				return c.EditMessageReplyMarkup(ctx, 5, 7, keyboard)
			}, "editMessageReplyMarkup",
			form{"chat_id": "5", "message_id": "7", "reply_markup": `{"inline_keyboard":[[{"text":"Why","callback_data":"why:1"}]]}`},
		},
		{
			"a message is deleted", `true`,
			func(ctx context.Context, c *telegram.Client) error { return c.DeleteMessage(ctx, 5, 7) },
			"deleteMessage",
			form{"chat_id": "5", "message_id": "7"},
		},
		{
			"a press is answered", `true`,
			func(ctx context.Context, c *telegram.Client) error {
				return c.AnswerCallbackQuery(ctx, telegram.CallbackAnswer{ID: "77", Text: "done", Alert: true})
			}, "answerCallbackQuery",
			form{"callback_query_id": "77", "text": "done", "show_alert": "true"},
		},
		{
			"a menu is set for a language and a scope", `true`,
			func(ctx context.Context, c *telegram.Client) error {
				return c.SetMyCommands(ctx, []telegram.Command{{Command: "watch", Description: "متابعة"}}, telegram.Scope{Type: "all_private_chats"}, "ar")
			}, "setMyCommands",
			form{
				"commands":      `[{"command":"watch","description":"متابعة"}]`,
				"language_code": "ar", "scope": `{"type":"all_private_chats"}`,
			},
		},
		{
			"a description is set", `true`,
			func(ctx context.Context, c *telegram.Client) error { return c.SetMyDescription(ctx, "news", "en") },
			"setMyDescription",
			form{"description": "news", "language_code": "en"},
		},
		{
			"a short description is set", `true`,
			func(ctx context.Context, c *telegram.Client) error { return c.SetMyShortDescription(ctx, "news", "") },
			"setMyShortDescription",
			form{"short_description": "news"},
		},
		{
			"a member is asked for", `{"status":"administrator","user":{"id":8}}`,
			func(ctx context.Context, c *telegram.Client) error {
				m, err := c.GetChatMember(ctx, -1005, 8)
				if err == nil && (!m.Admin() || !m.In() || m.User.ID != 8) {
					t.Errorf("GetChatMember = %+v, want an administrator", m)
				}
				return err
			}, "getChatMember",
			form{"chat_id": "-1005", "user_id": "8"},
		},
		{
			"a chat is asked for", `{"id":-1005,"type":"supergroup","is_forum":true}`,
			func(ctx context.Context, c *telegram.Client) error {
				chat, err := c.GetChat(ctx, -1005)
				if err == nil && !chat.IsForum {
					t.Errorf("GetChat = %+v, want a forum", chat)
				}
				return err
			}, "getChat",
			form{"chat_id": "-1005"},
		},
		{
			"a poll says where it stands", `[]`,
			func(ctx context.Context, c *telegram.Client) error {
				_, err := c.GetUpdates(ctx, telegram.Poll{Offset: 12, Limit: 50, Timeout: time.Hour, Allowed: []string{"message"}})
				return err
			}, "getUpdates",
			form{"offset": "12", "limit": "50", "timeout": "50", "allowed_updates": `["message"]`},
		},
		{
			"a chat is left", `true`,
			func(ctx context.Context, c *telegram.Client) error { return c.LeaveChat(ctx, -5) },
			"leaveChat",
			form{"chat_id": "-5"},
		},
		{
			"a webhook is set", `true`,
			func(ctx context.Context, c *telegram.Client) error {
				return c.SetWebhook(ctx, telegram.Webhook{URL: "https://example.org/x", Secret: "s", Connections: 9, Allowed: []string{"message"}})
			},
			"setWebhook",
			form{"url": "https://example.org/x", "secret_token": "s", "max_connections": "9", "allowed_updates": `["message"]`},
		},
		{
			"a webhook tells how it does", `{"url":"https://example.org/x","pending_update_count":3,"last_error_date":5,"last_error_message":"no","max_connections":40}`,
			func(ctx context.Context, c *telegram.Client) error {
				w, err := c.GetWebhookInfo(ctx)
				if want := (telegram.WebhookInfo{URL: "https://example.org/x", Pending: 3, ErrorDate: 5, Error: "no", Connections: 40}); !cmp.Equal(w, want) {
					t.Errorf("GetWebhookInfo = %+v, want %+v", w, want)
				}
				return err
			},
			"getWebhookInfo",
			form{},
		},
		{
			"a webhook is removed", `true`,
			func(ctx context.Context, c *telegram.Client) error { return c.DeleteWebhook(ctx) },
			"deleteWebhook",
			form{},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, 200, `{"ok":true,"result":`+tt.answer+`}`)
			if err := tt.call(t.Context(), client(t, telegram.Options{Base: s.URL + "/"})); err != nil {
				t.Fatal(err)
			}
			path, got := s.last(t)
			if want := "/bot" + token + "/" + tt.method; path != want {
				t.Errorf("asked %q, want %q", path, want)
			}
			flat := form{}
			for k := range got {
				flat[k] = got.Get(k)
			}
			if diff := cmp.Diff(tt.want, flat); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.method, diff)
			}
		})
	}
}

func TestSentMessage(t *testing.T) {
	for _, tt := range []struct {
		name, result string
		want         int64
	}{
		{"the id is read", `{"message_id":7,"chat":{"id":5,"type":"private"}}`, 7},
		{"a server that repeats the chat as text still delivered", `{"message_id":7,"chat":{"id":"5"}}`, 7},
		{"a server that says only true still delivered", `true`, 0},
		{"a server that says nothing still delivered", `null`, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, 200, `{"ok":true,"result":`+tt.result+`}`)
			m, err := client(t, telegram.Options{Base: s.URL}).SendMessage(t.Context(), telegram.Send{Chat: 5, Text: "x"})
			if err != nil || m.ID != tt.want {
				t.Errorf("SendMessage = %d, %v, want %d and no error", m.ID, err, tt.want)
			}
		})
	}
}

func TestUpdates(t *testing.T) {
	s := serve(t, 200, `{"ok":true,"result":[
		{"update_id":11,"message":{"message_id":1,"message_thread_id":4,"is_topic_message":true,"chat":{"id":-1005,"type":"supergroup","is_forum":true},
			"sender_chat":{"id":-1005,"type":"supergroup"},"from":{"id":1087968824,"is_bot":true},"text":"/watch x","entities":[{"type":"bot_command","offset":0,"length":6}],
			"reply_to_message":{"message_id":4,"chat":{"id":-1005,"type":"supergroup"}}}},
		{"update_id":12,"my_chat_member":{"chat":{"id":5,"type":"private"},"from":{"id":5,"language_code":"ar"},"date":1,
			"old_chat_member":{"status":"member","user":{"id":1}},"new_chat_member":{"status":"kicked","user":{"id":1}}}},
		{"update_id":13,"message":{"message_id":"not a number"}},
		{"update_id":14,"message":{"message_id":2,"chat":{"id":-7,"type":"group"},"migrate_to_chat_id":-1007}},
		{"update_id":15,"callback_query":{"id":"99","from":{"id":5},"data":"why:1","message":{"message_id":3,"date":0,"chat":{"id":5,"type":"private"}}}},
		{"update_id":16,"something_new":{}},
		"no update"
	]}`)
	got, err := client(t, telegram.Options{Base: s.URL}).GetUpdates(t.Context(), telegram.Poll{})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 6 {
		t.Fatalf("got %d updates, want 6", len(got))
	}
	m := got[0].Message
	if m.TopicThread() != 4 || !m.AnonymousAdmin() || !m.Chat.IsForum || m.ReplyTo.ID != 4 {
		t.Errorf("the forum message = %+v, want thread, forum, anonymous administrator and reply", m)
	}
	if c := got[1].MyChatMember; c.New.In() || !c.Old.In() || c.From.LanguageCode != "ar" {
		t.Errorf("my_chat_member = %+v, want a member who left", c)
	}
	if !got[2].Broken || got[2].ID != 13 {
		t.Errorf("the unreadable update = %+v, want its id and Broken", got[2])
	}
	if got[3].Message.MigrateTo != -1007 || got[3].Chat() != -7 {
		t.Errorf("the migration = %+v, want the new id", got[3].Message)
	}
	if q := got[4].CallbackQuery; q.Data != "why:1" || got[4].Chat() != 5 {
		t.Errorf("the press = %+v, want its data and chat", q)
	}
	if got[5].Broken || got[5].Chat() != 0 {
		t.Errorf("the unknown kind = %+v, want an update about nothing", got[5])
	}
}

func TestTopicThread(t *testing.T) {
	for _, tt := range []struct {
		name string
		m    telegram.Message
		want int64
	}{
		{"a message in a topic has its thread", telegram.Message{Thread: 4, IsTopic: true}, 4},
		{"a chain of replies is no topic", telegram.Message{Thread: 4}, 0},
		{"the General topic has no thread", telegram.Message{Thread: 1, IsTopic: true}, 0},
	} {
		if got := tt.m.TopicThread(); got != tt.want {
			t.Errorf("%s: TopicThread() = %d, want %d", tt.name, got, tt.want)
		}
	}
}

func FuzzParseUpdate(f *testing.F) {
	f.Add(`{"update_id":1,"message":{"message_id":1,"chat":{"id":1}}}`)
	f.Add(`{"update_id":1,"message":[]}`)
	f.Add(`{"update_id":1e3}`)
	f.Add(`[]`)
	f.Fuzz(func(t *testing.T, s string) {
		u, err := telegram.ParseUpdate([]byte(s))
		if (err == nil) == u.Broken || err == nil && u.ID == 0 {
			if u.ID != 0 || err == nil {
				t.Errorf("ParseUpdate(%q) = %+v, %v: neither read nor broken", s, u, err)
			}
		}
		_ = u.Chat()
		if again, err2 := json.Marshal(u); err == nil && err2 != nil {
			t.Errorf("ParseUpdate(%q) gives what cannot be written: %s %v", s, again, err2)
		}
	})
}
