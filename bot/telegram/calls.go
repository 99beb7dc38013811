package telegram

import (
	"context"
	"encoding/json"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

// A Send is one message to be sent.
type Send struct {
	Chat    int64
	Thread  int64        // message_thread_id; 0: none, which is also the General topic
	Text    string       // at most 4096 characters after parsing
	HTML    bool         // Text is in HTML parse mode
	Markup  Markup       // nil: none
	Preview *LinkPreview // nil: as the server does by default
	Reply   *ReplyTo     // nil: no reply
	Silent  bool         // no sound
	Paid    bool         // allow_paid_broadcast: not held to the bot's pace, for a tenth of a Star of its balance
}

// An Edit replaces a message's text. Without Keyboard the message loses the
// one it has.
type Edit struct {
	Chat     int64
	Message  int64
	Text     string
	HTML     bool
	Keyboard *InlineKeyboard
	Preview  *LinkPreview
}

// A CallbackAnswer ends the waiting of whoever pressed a button.
type CallbackAnswer struct {
	ID    string
	Text  string // at most 200 characters; empty: nothing is shown
	Alert bool   // a dialog instead of a line that passes
	URL   string
}

// GetMe returns the bot itself; it tells whether the token is good.
func (c *Client) GetMe(ctx context.Context) (User, error) {
	var u User
	err := c.call(ctx, "getMe", nil, &u)
	return u, err
}

// SendMessage sends one message and returns it as it was stored.
func (c *Client) SendMessage(ctx context.Context, s Send) (Message, error) {
	p := tgbotapi.Params{"text": s.Text}
	p.AddNonZero64("chat_id", s.Chat)
	if s.Thread != generalTopic {
		p.AddNonZero64("message_thread_id", s.Thread)
	}
	p.AddBool("disable_notification", s.Silent)
	p.AddBool("allow_paid_broadcast", s.Paid)
	addHTML(p, s.HTML)
	if err := addAll(p, map[string]any{"reply_markup": s.Markup, "link_preview_options": s.Preview, "reply_parameters": s.Reply}); err != nil {
		return Message{}, err
	}
	var result json.RawMessage
	if err := c.call(ctx, "sendMessage", p, &result); err != nil {
		return Message{}, err
	}
	return sentMessage(result), nil
}

// sentMessage reads what the server says it sent. The server said ok, so
// whatever it says besides, the message is there: what cannot be read is left
// out.
func sentMessage(result json.RawMessage) Message {
	var m Message
	if json.Unmarshal(result, &m) == nil {
		return m
	}
	var bare struct {
		ID int64 `json:"message_id"`
	}
	if json.Unmarshal(result, &bare) != nil {
		return Message{}
	}
	return Message{ID: bare.ID}
}

// EditMessageText replaces the text and keyboard of one of the bot's messages.
// A message that is equal already is a success.
func (c *Client) EditMessageText(ctx context.Context, e Edit) error {
	p := tgbotapi.Params{"text": e.Text}
	p.AddNonZero64("chat_id", e.Chat)
	p.AddNonZero64("message_id", e.Message)
	addHTML(p, e.HTML)
	if err := addAll(p, map[string]any{"reply_markup": e.Keyboard, "link_preview_options": e.Preview}); err != nil {
		return err
	}
	return unlessSame(c.call(ctx, "editMessageText", p, nil))
}

// EditMessageReplyMarkup replaces the keyboard of one of the bot's messages;
// nil removes it.
func (c *Client) EditMessageReplyMarkup(ctx context.Context, chat, message int64, k *InlineKeyboard) error {
	p := tgbotapi.Params{}
	p.AddNonZero64("chat_id", chat)
	p.AddNonZero64("message_id", message)
	if err := addAll(p, map[string]any{"reply_markup": k}); err != nil {
		return err
	}
	return unlessSame(c.call(ctx, "editMessageReplyMarkup", p, nil))
}

// DeleteMessage deletes a message of the bot, or of others where it may.
func (c *Client) DeleteMessage(ctx context.Context, chat, message int64) error {
	p := tgbotapi.Params{}
	p.AddNonZero64("chat_id", chat)
	p.AddNonZero64("message_id", message)
	return c.call(ctx, "deleteMessage", p, nil)
}

// AnswerCallbackQuery answers a press. It is not rate limited, and one that
// comes too late is no error to act on: see Classify.
func (c *Client) AnswerCallbackQuery(ctx context.Context, a CallbackAnswer) error {
	p := tgbotapi.Params{"callback_query_id": a.ID}
	p.AddNonEmpty("text", a.Text)
	p.AddBool("show_alert", a.Alert)
	p.AddNonEmpty("url", a.URL)
	return c.call(ctx, "answerCallbackQuery", p, nil)
}

// SetMyCommands sets the command menu of a scope in a language ("" for every
// language without its own).
func (c *Client) SetMyCommands(ctx context.Context, commands []Command, s Scope, lang string) error {
	p := tgbotapi.Params{}
	p.AddNonEmpty("language_code", lang)
	fields := map[string]any{"commands": commands}
	if s.Type != "" {
		fields["scope"] = s
	}
	if err := addAll(p, fields); err != nil {
		return err
	}
	return c.call(ctx, "setMyCommands", p, nil)
}

// SetMyDescription sets what an empty chat with the bot shows, at most 512
// characters.
func (c *Client) SetMyDescription(ctx context.Context, text, lang string) error {
	return c.setText(ctx, "setMyDescription", "description", text, lang)
}

// SetMyShortDescription sets what the bot's profile shows, at most 120
// characters.
func (c *Client) SetMyShortDescription(ctx context.Context, text, lang string) error {
	return c.setText(ctx, "setMyShortDescription", "short_description", text, lang)
}

func (c *Client) setText(ctx context.Context, method, field, text, lang string) error {
	p := tgbotapi.Params{field: text}
	p.AddNonEmpty("language_code", lang)
	return c.call(ctx, method, p, nil)
}

// GetChat returns what is known of a chat.
func (c *Client) GetChat(ctx context.Context, chat int64) (Chat, error) {
	p := tgbotapi.Params{}
	p.AddNonZero64("chat_id", chat)
	var found Chat
	err := c.call(ctx, "getChat", p, &found)
	return found, err
}

// GetChatMember returns somebody's standing in a chat.
func (c *Client) GetChatMember(ctx context.Context, chat, user int64) (ChatMember, error) {
	p := tgbotapi.Params{}
	p.AddNonZero64("chat_id", chat)
	p.AddNonZero64("user_id", user)
	var m ChatMember
	err := c.call(ctx, "getChatMember", p, &m)
	return m, err
}

// LeaveChat makes the bot leave a group or channel.
func (c *Client) LeaveChat(ctx context.Context, chat int64) error {
	p := tgbotapi.Params{}
	p.AddNonZero64("chat_id", chat)
	return c.call(ctx, "leaveChat", p, nil)
}

func addHTML(p tgbotapi.Params, html bool) {
	if html {
		p["parse_mode"] = "HTML"
	}
}

// addAll adds what is not nil as JSON. A reply_markup of JSON null would be
// refused by the server, so nil must stay out.
func addAll(p tgbotapi.Params, fields map[string]any) error {
	for name, v := range fields {
		if err := p.AddInterface(name, v); err != nil {
			return err
		}
	}
	return nil
}

func unlessSame(err error) error {
	if Classify(err).Class == Same {
		return nil
	}
	return err
}
