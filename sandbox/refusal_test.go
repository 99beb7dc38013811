package sandbox_test

import (
	"maps"
	"rasid/sandbox"
	"strconv"
	"strings"
	"testing"
	"time"
)

// world is the cast of the refusals: chats in every state that matters.
type world struct {
	client

	ann, blocked, gone, never                     int64
	group, kickedGroup, leftGroup, dead, upgraded int64
	super, kickedSuper, leftSuper, frozen, bound  int64
	forum, topic, closed                          int64
	channel, kickedChannel, reader                int64
	own, theirs                                   int64
}

func newWorld(t *testing.T) *world {
	w := &world{client: open(t, sandbox.Options{Seed: 7, Flood: sandbox.Flood{Off: true}})}
	box := w.box
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	w.ann, w.blocked, w.gone = w.person(), w.person(), w.person()
	w.never = box.AddUser(sandbox.User{FirstName: "Never"})
	check(box.Block(w.blocked))
	check(box.Deactivate(w.gone))
	group := func(super bool) int64 {
		return box.AddGroup(sandbox.Group{Title: "G", Super: super, Admins: []int64{w.ann}})
	}
	w.group, w.kickedGroup, w.leftGroup, w.dead, w.upgraded = group(false), group(false), group(false), group(false), group(false)
	w.super, w.kickedSuper, w.leftSuper, w.frozen, w.bound = group(true), group(true), group(true), group(true), group(true)
	w.forum = box.AddForum(sandbox.Group{Title: "F", Admins: []int64{w.ann}})
	w.channel = box.AddChannel(sandbox.Group{Title: "C", Username: "news", Admins: []int64{w.ann}})
	w.kickedChannel = box.AddChannel(sandbox.Group{Title: "K", Admins: []int64{w.ann}})
	w.reader = box.AddChannel(sandbox.Group{Title: "R", Admins: []int64{w.ann}, Bot: "member"})
	for _, chat := range []int64{w.kickedGroup, w.kickedSuper, w.kickedChannel} {
		check(box.Kick(chat, 0, 0))
	}
	check(box.Leave(w.leftGroup, 0))
	check(box.Leave(w.leftSuper, 0))
	check(box.DeleteGroup(w.dead))
	_, err := box.Migrate(w.upgraded)
	check(err)
	check(box.Mute(w.frozen, true))
	check(box.SetRole(w.bound, 0, "restricted"))
	w.topic, err = box.AddTopic(w.forum, "News")
	check(err)
	w.closed, err = box.AddTopic(w.forum, "Old")
	check(err)
	check(box.CloseTopic(w.forum, w.closed))
	w.own = w.send(args{"chat_id": w.ann, "text": "mine", "reply_markup": `{"inline_keyboard":[[{"text":"a","callback_data":"b"}]]}`})
	w.theirs, err = box.Say(w.ann, w.ann, 0, "hers", 0)
	check(err)
	return w
}

func inline(button string) string { return `{"inline_keyboard":[[` + button + `]]}` }

func TestRefusals(t *testing.T) {
	w := newWorld(t)
	const bad, forbidden = "Bad Request: ", "Forbidden: "
	to := func(chat int64) args { return args{"chat_id": chat, "text": "x"} }
	with := func(more args) args {
		a := to(w.ann)
		maps.Copy(a, more)
		return a
	}
	mine := func(more args) args { return with(more) }
	edit := func(more args) args {
		a := with(args{"message_id": w.own, "text": "other"})
		maps.Copy(a, more)
		return a
	}
	tests := []struct {
		name, method string
		args         args
		want         string
	}{
		{"a method nobody knows", "sendHope", nil, "Not Found: method not found"},

		{"no chat", "sendMessage", args{"text": "x"}, bad + "chat_id is empty"},
		{"a chat nobody has seen", "sendMessage", to(123), bad + "chat not found"},
		{"a name nobody has", "sendMessage", args{"chat_id": "@nobody", "text": "x"}, bad + "chat not found"},
		{"no text", "sendMessage", args{"chat_id": w.ann}, bad + "message text is empty"},
		{"only white space", "sendMessage", with(args{"text": " \n"}), bad + "text must be non-empty"},
		{"more bytes than are read", "sendMessage", with(args{"text": strings.Repeat("x", 32769)}), bad + "text is too long"},
		{"more letters than are shown", "sendMessage", with(args{"text": strings.Repeat("x", 4097)}), bad + "message is too long"},
		{"HTML that does not parse", "sendMessage", with(args{"text": "<br>", "parse_mode": "HTML"}), bad + `can't parse entities: Unsupported start tag "br" at byte offset 0`},
		{"a parse mode nobody knows", "sendMessage", with(args{"parse_mode": "TeX"}), bad + "unsupported parse_mode"},

		{"a person who blocked the bot", "sendMessage", to(w.blocked), forbidden + "bot was blocked by the user"},
		{"a person who is no more", "sendMessage", to(w.gone), forbidden + "user is deactivated"},
		{"a person who never started", "sendMessage", to(w.never), forbidden + "bot can't initiate conversation with a user"},
		{"the bot itself", "sendMessage", to(1000001), forbidden + "the bot can't send messages to the bot"},
		{"a group that threw the bot out", "sendMessage", to(w.kickedGroup), forbidden + "bot was kicked from the group chat"},
		{"a supergroup that threw the bot out", "sendMessage", to(w.kickedSuper), forbidden + "bot was kicked from the supergroup chat"},
		{"a channel that threw the bot out", "sendMessage", to(w.kickedChannel), forbidden + "bot was kicked from the channel chat"},
		{"a group the bot is not in", "sendMessage", to(w.leftGroup), forbidden + "bot is not a member of the group chat"},
		{"a supergroup the bot is not in", "sendMessage", to(w.leftSuper), forbidden + "bot is not a member of the supergroup chat"},
		{"a group that was deleted", "sendMessage", to(w.dead), forbidden + "the group chat was deleted"},
		{"a group that became a supergroup", "sendMessage", to(w.upgraded), bad + "group chat was upgraded to a supergroup chat"},
		{"a bot that may not write", "sendMessage", to(w.bound), bad + "not enough rights to send text messages to the chat"},
		{"a chat nobody may write in", "sendMessage", to(w.frozen), bad + "CHAT_WRITE_FORBIDDEN"},
		{"a channel where the bot is no administrator", "sendMessage", to(w.reader), bad + "need administrator rights in the channel chat"},

		{"a topic there is not", "sendMessage", args{"chat_id": w.forum, "text": "x", "message_thread_id": 999}, bad + "message thread not found"},
		{"the General topic by its id", "sendMessage", args{"chat_id": w.forum, "text": "x", "message_thread_id": 1}, bad + "message thread not found"},
		{"a topic in a chat without topics", "sendMessage", args{"chat_id": w.super, "text": "x", "message_thread_id": 5}, bad + "message thread not found"},
		{"a topic that is closed", "sendMessage", args{"chat_id": w.forum, "text": "x", "message_thread_id": w.closed}, bad + "TOPIC_CLOSED"},
		{"a reply to nothing", "sendMessage", with(args{"reply_parameters": `{"message_id":999}`}), bad + "message to be replied not found"},
		{"a reply to nothing, the old way", "sendMessage", with(args{"reply_to_message_id": 999}), bad + "message to be replied not found"},
		{"reply parameters that are no JSON", "sendMessage", with(args{"reply_parameters": `{`}), bad + "can't parse reply parameters JSON object"},
		{"reply parameters of null", "sendMessage", with(args{"reply_parameters": `null`}), bad + "object expected as reply parameters"},
		{"preview options that are no JSON", "sendMessage", with(args{"link_preview_options": `{`}), bad + "can't parse link preview options JSON object"},

		{"a keyboard that is no JSON", "sendMessage", with(args{"reply_markup": "{"}), bad + "can't parse reply keyboard markup JSON object"},
		{"a keyboard of null", "sendMessage", with(args{"reply_markup": "null"}), bad + "object expected as reply markup"},
		{"a keyboard of one row too few brackets", "sendMessage", with(args{"reply_markup": `{"inline_keyboard":[{"text":"a"}]}`}), bad + `field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays`},
		{"a button that does nothing", "sendMessage", with(args{"reply_markup": inline(`{"text":"a"}`)}), bad + "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"},
		{"a button without text", "sendMessage", with(args{"reply_markup": inline(`{"callback_data":"a"}`)}), bad + `can't parse inline keyboard button: Can't find field "text"`},
		{"a button of empty text", "sendMessage", with(args{"reply_markup": inline(`{"text":"","callback_data":"a"}`)}), bad + "inline keyboard button text must be non-empty"},
		{"a button with 65 bytes of data", "sendMessage", with(args{"reply_markup": inline(`{"text":"a","callback_data":"` + strings.Repeat("x", 65) + `"}`)}), bad + "BUTTON_DATA_INVALID"},
		{"a button with 33 Arabic letters of data", "sendMessage", with(args{"reply_markup": inline(`{"text":"a","callback_data":"` + strings.Repeat("ا", 33) + `"}`)}), bad + "BUTTON_DATA_INVALID"},
		{"a button with a bad address", "sendMessage", with(args{"reply_markup": inline(`{"text":"a","url":"no where"}`)}), bad + "inline keyboard button URL 'no where' is invalid: Wrong HTTP URL"},
		{"a button of a strange style", "sendMessage", with(args{"reply_markup": inline(`{"text":"a","callback_data":"b","style":"loud"}`)}), bad + "can't parse inline keyboard button: invalid button style specified"},
		{"more buttons than fit", "sendMessage", with(args{"reply_markup": inline(strings.TrimSuffix(strings.Repeat(`{"text":"a","callback_data":"b"},`, 101), ","))}), bad + "reply markup is too long"},
		{"text to copy of no letters", "sendMessage", with(args{"reply_markup": inline(`{"text":"a","copy_text":{"text":""}}`)}), bad + "BUTTON_COPY_TEXT_INVALID"},

		{"an edit of nothing", "editMessageText", edit(args{"message_id": 999}), bad + "message to edit not found"},
		{"an edit without saying of what", "editMessageText", args{"text": "x"}, bad + "message identifier is not specified"},
		{"an edit of a person's message", "editMessageText", edit(args{"message_id": w.theirs}), bad + "message can't be edited"},
		{"an edit that changes nothing", "editMessageText", edit(args{"text": "mine", "reply_markup": inline(`{"text":"a","callback_data":"b"}`)}), bad + "message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message"},
		{"the same keyboard again", "editMessageReplyMarkup", mine(args{"message_id": w.own, "reply_markup": inline(`{"text":"a","callback_data":"b"}`)}), bad + "message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message"},
		{"an edit in a chat that blocked", "editMessageText", args{"chat_id": w.blocked, "message_id": 1, "text": "x"}, forbidden + "bot was blocked by the user"},
		{"a deletion of nothing", "deleteMessage", mine(args{"message_id": 999}), bad + "message to delete not found"},
		{"a deletion without saying of what", "deleteMessage", mine(nil), bad + "message identifier is not specified"},
		{"too many deletions", "deleteMessages", mine(args{"message_ids": "[" + strings.TrimSuffix(strings.Repeat("1,", 101), ",") + "]"}), bad + "too many message identifiers specified"},
		{"a copy of nothing", "copyMessage", mine(args{"from_chat_id": w.ann, "message_id": 999}), bad + "message to copy not found"},

		{"an answer to no press", "answerCallbackQuery", args{"callback_query_id": "5"}, bad + "query is too old and response timeout expired or query ID is invalid"},
		{"an answer that is too long", "answerCallbackQuery", args{"callback_query_id": "5", "text": strings.Repeat("x", 201)}, bad + "MESSAGE_TOO_LONG"},
		{"an action nobody knows", "sendChatAction", mine(args{"action": "dancing"}), bad + "wrong parameter action in request"},

		{"a menu that is no JSON", "setMyCommands", args{"commands": "["}, bad + "can't parse commands JSON object"},
		{"a menu that is no list", "setMyCommands", args{"commands": "{}"}, bad + "expected an Array of BotCommand"},
		{"a menu of too many lines", "setMyCommands", args{"commands": "[" + strings.TrimSuffix(strings.Repeat(`{"command":"a","description":"b"},`, 101), ",") + "]"}, bad + "BOT_COMMANDS_TOO_MUCH"},
		{"a command without a name", "setMyCommands", args{"commands": `[{"description":"b"}]`}, bad + "command must be non-empty"},
		{"a command with a long name", "setMyCommands", args{"commands": `[{"command":"` + strings.Repeat("a", 33) + `","description":"b"}]`}, bad + "command length must not exceed 32"},
		{"a command with capitals", "setMyCommands", args{"commands": `[{"command":"Watch","description":"b"}]`}, bad + "BOT_COMMAND_INVALID"},
		{"a command in Arabic", "setMyCommands", args{"commands": `[{"command":"تابع","description":"b"}]`}, bad + "BOT_COMMAND_INVALID"},
		{"a command without description", "setMyCommands", args{"commands": `[{"command":"a"}]`}, bad + "command description must be non-empty"},
		{"a command with a long description", "setMyCommands", args{"commands": `[{"command":"a","description":"` + strings.Repeat("b", 257) + `"}]`}, bad + "command description length must not exceed 256"},
		{"a menu in a language of three letters", "setMyCommands", args{"commands": `[]`, "language_code": "ara"}, bad + "invalid language code specified"},
		{"a scope nobody knows", "setMyCommands", args{"commands": `[]`, "scope": `{"type":"moon"}`}, bad + "can't parse BotCommandScope: Unsupported type specified"},
		{"a scope without its chat", "setMyCommands", args{"commands": `[]`, "scope": `{"type":"chat"}`}, bad + "can't parse BotCommandScope: Empty chat_id specified"},
		{"a description that is too long", "setMyDescription", args{"description": strings.Repeat("x", 513)}, bad + "BOT_DESCRIPTION_TOO_LONG"},
		{"a short description that is too long", "setMyShortDescription", args{"short_description": strings.Repeat("x", 121)}, bad + "BOT_SHORT_DESCRIPTION_TOO_LONG"},
		{"a name that is too long", "setMyName", args{"name": strings.Repeat("x", 65)}, bad + "BOT_TITLE_INVALID"},
		{"a menu button nobody knows", "setChatMenuButton", args{"menu_button": `{"type":"x"}`}, bad + "can't parse menu button: MenuButton has unsupported type"},

		{"a chat of a person who never started", "getChat", to(w.never), bad + "chat not found"},
		{"the standing of nobody", "getChatMember", args{"chat_id": w.group, "user_id": 5}, bad + "PARTICIPANT_ID_INVALID"},
		{"a standing without saying whose", "getChatMember", args{"chat_id": w.group}, bad + "invalid user_id specified"},
		{"administrators of a private chat", "getChatAdministrators", to(w.ann), bad + "there are no administrators in the private chat"},
		{"members of a deleted group", "getChatAdministrators", to(w.dead), forbidden + "the group chat was deleted"},
		{"leaving a private chat", "leaveChat", to(w.ann), bad + "chat member status can't be changed in private chats"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := w.call(t.Context(), tt.method, tt.args)
			if err != nil || got.OK || got.Description != tt.want {
				t.Errorf("%s = %+v, %v; want %s", tt.method, got, err, tt.want)
			}
		})
	}
	if got, err := w.call(t.Context(), "sendMessage", to(w.upgraded)); err != nil || got.Parameters.Migrate == 0 {
		t.Errorf("a migrated group answers %+v, %v; want its new id", got, err)
	}
}

func TestTokens(t *testing.T) {
	w := open(t, sandbox.Options{})
	tests := []struct{ name, path, want string }{
		{"no method", "/bot" + w.box.Token(), `{"ok":false,"error_code":404,"description":"Not Found"}`},
		{"another path", "/hello", `{"ok":false,"error_code":404,"description":"Not Found"}`},
		{"a token without a colon", "/botabc/getMe", `{"ok":false,"error_code":401,"description":"Unauthorized: invalid token specified"}`},
		{"a token that begins with 0", "/bot0:abc/getMe", `{"ok":false,"error_code":401,"description":"Unauthorized: invalid token specified"}`},
		{"a token longer than any", "/bot1:" + strings.Repeat("x", 90) + "/getMe", `{"ok":false,"error_code":401,"description":"Unauthorized: invalid token specified"}`},
		{"a token of another bot", "/bot5:abc/getMe", `{"ok":false,"error_code":401,"description":"Unauthorized"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, body := w.raw(t, "GET", tt.path, "", ""); body != tt.want {
				t.Errorf("%s = %s, want %s", tt.path, body, tt.want)
			}
		})
	}
}

func TestTransport(t *testing.T) {
	w := newWorld(t)
	base, ann := "/bot"+w.box.Token(), strconv.FormatInt(w.ann, 10)
	tests := []struct{ name, method, path, kind, body string }{
		{"arguments in the query", "GET", base + "/sendMessage?text=x&chat_id=" + ann, "", ""},
		{"a method in any case", "GET", base + "/SENDmessage?text=x&chat_id=" + ann, "", ""},
		{"the test servers' path", "GET", base + "/test/sendMessage?text=x&chat_id=" + ann, "", ""},
		{"a form", "POST", base + "/sendMessage", "application/x-www-form-urlencoded", "text=x&entities=null&chat_id=" + ann},
		{"JSON with numbers and nested objects", "POST", base + "/sendMessage", "application/json", `{"text":"x","chat_id":` + ann + `,"entities":null,"reply_markup":{"inline_keyboard":[[{"text":"a","callback_data":"b"}]]}}`},
		{"JSON with everything as text", "POST", base + "/sendMessage", "application/json; charset=utf-8", `{"text":"x","chat_id":"` + ann + `","reply_markup":"{\"force_reply\":true}"}`},
		{"a multipart form", "POST", base + "/sendMessage", "multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nx\r\n--B\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n" + ann + "\r\n--B--\r\n"},
		{"a chat by its name", "GET", base + "/sendMessage?text=x&chat_id=@news", "", ""},
		{"allowed_updates of null", "GET", base + "/getUpdates?allowed_updates=null", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if status, body := w.raw(t, tt.method, tt.path, tt.kind, tt.body); status != 200 || !strings.Contains(body, `"ok":true`) {
				t.Errorf("%s %s = %d %s", tt.method, tt.path, status, body)
			}
		})
	}
}

func TestAnAnswerToAPressMustComeSoonAndOnce(t *testing.T) {
	w := newWorld(t)
	press := func() string {
		q, err := w.box.Press(w.ann, w.ann, w.own, "a")
		if err != nil {
			t.Fatal(err)
		}
		return q
	}
	first, late := press(), press()
	w.must("answerCallbackQuery", args{"callback_query_id": first})
	w.box.Advance(31 * time.Second)
	for _, q := range []string{first, late} {
		got, err := w.call(t.Context(), "answerCallbackQuery", args{"callback_query_id": q})
		if err != nil || !strings.Contains(got.Description, "query is too old") {
			t.Errorf("answer = %+v, %v; want too old", got, err)
		}
	}
}

func TestAnOldMessageCannotBeDeleted(t *testing.T) {
	w := newWorld(t)
	w.box.Advance(49 * time.Hour)
	got, err := w.call(t.Context(), "deleteMessage", args{"chat_id": w.ann, "message_id": w.own})
	if err != nil || got.Description != "Bad Request: message can't be deleted" {
		t.Errorf("deleteMessage = %+v, %v", got, err)
	}
}
