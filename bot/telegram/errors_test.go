package telegram_test

import (
	"errors"
	"fmt"
	"rasid/bot/telegram"
	"strconv"
	"testing"
	"time"
)

func TestClassify(t *testing.T) {
	for _, tt := range []struct {
		name  string
		code  int
		words string
		want  telegram.Class
	}{
		{"a reader blocked the bot", 403, "Forbidden: bot was blocked by the user", telegram.Gone},
		{"an account was deleted", 403, "Forbidden: user is deactivated", telegram.Gone},
		{"a person never wrote first", 403, "Forbidden: bot can't initiate conversation with a user", telegram.Gone},
		{"the bot was thrown out of a group", 403, "Forbidden: bot was kicked from the supergroup chat", telegram.Out},
		{"the bot was thrown out of a channel", 403, "Forbidden: bot was kicked from the channel chat", telegram.Out},
		{"the bot is in no such group", 403, "Forbidden: bot is not a member of the channel chat", telegram.Out},
		{"the group is gone", 403, "Forbidden: the group chat was deleted", telegram.Out},
		{"a refusal that may pass", 403, "Forbidden: bot can't send messages to the user", telegram.Mute},
		{"bots do not hear bots", 403, "Forbidden: bot can't send messages to bots", telegram.Mute},
		{"bots do not hear bots, as it is worded now", 403, "Forbidden: the bot can't send messages to the bot", telegram.Mute},
		{"the chat was never seen", 400, "Bad Request: chat not found", telegram.NoChat},
		{"the bot may not write", 400, "Bad Request: not enough rights to send text messages to the chat", telegram.NoChat},
		{"the bot may not write, as it was worded", 400, "Bad Request: have no rights to send a message", telegram.NoChat},
		{"the chat is closed for writing", 400, "Bad Request: CHAT_WRITE_FORBIDDEN", telegram.NoChat},
		{"the peer cannot be resolved", 400, "Bad Request: PEER_ID_INVALID", telegram.NoChat},
		{"the chat is restricted", 400, "Bad Request: CHAT_RESTRICTED", telegram.NoChat},
		{"the topic was deleted", 400, "Bad Request: message thread not found", telegram.NoThread},
		{"the topic was deleted, by its code", 400, "Bad Request: TOPIC_DELETED", telegram.NoThread},
		{"the topic is closed", 400, "Bad Request: TOPIC_CLOSED", telegram.NoThread},
		{"our tags are wrong", 400, `Bad Request: can't parse entities: Unsupported start tag "p" at byte offset 0`, telegram.Garbled},
		{"our entities are wrong", 400, "Bad Request: can't parse MessageEntity: Field \"type\" must be a String", telegram.Garbled},
		{"our text is too long", 400, "Bad Request: message is too long", telegram.Garbled},
		{"our raw text is too long", 400, "Bad Request: text is too long", telegram.Garbled},
		{"our text is too long for the core", 400, "Bad Request: MESSAGE_TOO_LONG", telegram.Garbled},
		{"our links are too many", 400, "Bad Request: ENTITIES_TOO_LONG", telegram.Garbled},
		{"our button data is too long", 400, "Bad Request: BUTTON_DATA_INVALID", telegram.Garbled},
		{"our button link is wrong", 400, "Bad Request: BUTTON_URL_INVALID", telegram.Garbled},
		{"our button link is wrong in words", 400, "Bad Request: inline keyboard button URL 'x' is invalid: Wrong HTTP URL", telegram.Garbled},
		{"our keyboard is too long", 400, "Bad Request: reply markup is too long", telegram.Garbled},
		{"an edit changes nothing", 400, "Bad Request: message is not modified: specified new message content and reply markup are exactly the same", telegram.Same},
		{"the message to edit is gone", 400, "Bad Request: message to edit not found", telegram.NoMessage},
		{"the message is too old to edit", 400, "Bad Request: message can't be edited", telegram.NoMessage},
		{"the message id is not valid", 400, "Bad Request: MESSAGE_ID_INVALID", telegram.NoMessage},
		{"the press is too old", 400, "Bad Request: query is too old and response timeout expired or query ID is invalid", telegram.TooLate},
		{"the token is refused", 401, "Unauthorized", telegram.BadToken},
		{"the token is malformed for the front", 404, "Not Found", telegram.BadToken},
		{"the server lacks the method", 404, "Not Found: method not found", telegram.Missing},
		{"somebody else polls", 409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running", telegram.Rival},
		{"the server restarts", 500, "Internal Server Error: restart", telegram.Unknown},
		{"the gateway gave up", 504, "Gateway Timeout", telegram.Unknown},
		{"something new is refused", 400, "Bad Request: the moon is in the wrong house", telegram.Refused},
		{"something new is forbidden", 403, "Forbidden: by a new rule", telegram.Refused},
		{"too much at once", 413, "Request Entity Too Large", telegram.Refused},
		{"a refusal in capitals is the same refusal", 403, "FORBIDDEN: BOT WAS BLOCKED BY THE USER", telegram.Gone},
		{"the words count only with their code", 400, "Bad Request: bot was blocked by the user", telegram.Refused},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, tt.code, fmt.Sprintf(`{"ok":false,"error_code":%d,"description":%s}`, tt.code, strconv.Quote(tt.words)))
			_, err := client(t, telegram.Options{Base: s.URL}).SendMessage(t.Context(), telegram.Send{Chat: 5, Text: "x"})
			if got := telegram.Classify(err); got.Class != tt.want {
				t.Errorf("Classify(%v) = %d, want %d", err, got.Class, tt.want)
			}
			var refusal *telegram.Error
			if !errors.As(err, &refusal) || refusal.Code != tt.code || refusal.Method != "sendMessage" {
				t.Errorf("the error is %#v, want an Error of sendMessage with %d", err, tt.code)
			}
		})
	}
}

func TestClassifyParameters(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer string
		want   telegram.Verdict
	}{
		{
			"too many requests say how long", `{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 35","parameters":{"retry_after":35}}`,
			telegram.Verdict{Class: telegram.Flood, After: 35 * time.Second},
		},
		{
			"14 hours are believed", `{"ok":false,"error_code":429,"parameters":{"retry_after":50400}}`,
			telegram.Verdict{Class: telegram.Flood, After: 14 * time.Hour},
		},
		{
			"too many requests without a number are a second", `{"ok":false,"error_code":429,"description":"Too Many Requests"}`,
			telegram.Verdict{Class: telegram.Flood, After: time.Second},
		},
		{
			"a new id of more than 32 bits is read", `{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded to a supergroup chat","parameters":{"migrate_to_chat_id":-1001234567890123}}`,
			telegram.Verdict{Class: telegram.Moved, MovedTo: -1001234567890123},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, 429, tt.answer)
			_, err := client(t, telegram.Options{Base: s.URL}).SendMessage(t.Context(), telegram.Send{Chat: 5, Text: "x"})
			if got := telegram.Classify(err); got != tt.want {
				t.Errorf("Classify(%v) = %+v, want %+v", err, got, tt.want)
			}
		})
	}
	if got := telegram.Classify(errors.New("else")); got.Class != telegram.Broken {
		t.Errorf("Classify of a foreign error = %+v, want Broken", got)
	}
	if got := telegram.Classify(nil); got.Class != telegram.None {
		t.Errorf("Classify(nil) = %+v, want None", got)
	}
}

func TestEditThatChangesNothingSucceeds(t *testing.T) {
	s := serve(t, 400, `{"ok":false,"error_code":400,"description":"Bad Request: message is not modified"}`)
	c := client(t, telegram.Options{Base: s.URL})
	if err := c.EditMessageText(t.Context(), telegram.Edit{Chat: 1, Message: 2, Text: "x"}); err != nil {
		t.Errorf("EditMessageText = %v, want success", err)
	}
}
