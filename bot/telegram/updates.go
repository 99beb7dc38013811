package telegram

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

// MaxPoll is the longest a poll may wait, see
// https://core.telegram.org/bots/api#getupdates.
const MaxPoll = 50 * time.Second

// pollSlack is how much longer than a poll's own timeout its answer may take.
const pollSlack = 15 * time.Second

// An Update is one thing that happened. Exactly one of the pointers is set,
// or none for a kind that rasid does not know or could not read (Broken).
type Update struct {
	ID                int64          `json:"update_id"`
	Message           *Message       `json:"message,omitempty"`
	EditedMessage     *Message       `json:"edited_message,omitempty"`
	ChannelPost       *Message       `json:"channel_post,omitempty"`
	EditedChannelPost *Message       `json:"edited_channel_post,omitempty"`
	CallbackQuery     *CallbackQuery `json:"callback_query,omitempty"`
	MyChatMember      *MemberUpdate  `json:"my_chat_member,omitempty"`
	Broken            bool           `json:"-"` // only ID could be read; confirm it and go on
}

// Chat returns the chat an update is about, 0 when there is none.
func (u *Update) Chat() int64 { return u.where().ID }

// ChatType returns the type of the chat an update is about, as Telegram names
// it; empty when there is none.
func (u *Update) ChatType() string { return u.where().Type }

func (u *Update) where() Chat {
	for _, m := range []*Message{u.Message, u.EditedMessage, u.ChannelPost, u.EditedChannelPost} {
		if m != nil {
			return m.Chat
		}
	}
	if u.MyChatMember != nil {
		return u.MyChatMember.Chat
	}
	if u.CallbackQuery != nil && u.CallbackQuery.Message != nil {
		return u.CallbackQuery.Message.Chat
	}
	return Chat{}
}

// Poll is what GetUpdates is asked.
type Poll struct {
	Offset  int64         // the id of the first update wanted, which confirms all before it
	Limit   int           // 1 to 100; 0: 100
	Timeout time.Duration // how long the server waits, whole seconds, MaxPoll at most; 0: it answers at once
	Allowed []string      // kinds of update; nil: as before
}

// GetUpdates waits for updates. An update that cannot be read comes with its
// id and Broken set, so that one oddity never stops the others.
func (c *Client) GetUpdates(ctx context.Context, p Poll) ([]Update, error) {
	p.Timeout = min(max(p.Timeout, 0), MaxPoll)
	params := tgbotapi.Params{}
	params.AddNonZero64("offset", p.Offset)
	params.AddNonZero("limit", p.Limit)
	params.AddNonZero("timeout", int(p.Timeout/time.Second))
	if p.Allowed != nil {
		if err := params.AddInterface("allowed_updates", p.Allowed); err != nil {
			return nil, err
		}
	}
	var raw []json.RawMessage
	req := request{method: "getUpdates", params: params, via: c.polls, wait: p.Timeout + min(pollSlack, c.wait)}
	if err := c.request(ctx, req, &raw); err != nil {
		return nil, err
	}
	updates := make([]Update, 0, len(raw))
	for _, data := range raw {
		u, err := ParseUpdate(data)
		if err != nil {
			c.log.Warn("update unreadable", "update", u.ID, "err", c.Redact(err.Error()))
		}
		if u.ID != 0 {
			updates = append(updates, u)
		}
	}
	return updates, nil
}

// ParseUpdate reads one update. With an error it still returns the id, and
// Broken set, when there was one.
func ParseUpdate(data []byte) (Update, error) {
	var u Update
	err := json.Unmarshal(data, &u)
	if err == nil && u.ID != 0 {
		return u, nil
	}
	if err == nil {
		return Update{}, fmt.Errorf("read update: no update_id")
	}
	var bare struct {
		ID json.Number `json:"update_id"`
	}
	// The error that matters is the first; this only saves the id.
	_ = json.Unmarshal(data, &bare)
	id, _ := strconv.ParseInt(bare.ID.String(), 10, 64)
	return Update{ID: id, Broken: true}, fmt.Errorf("read update %d: %w", id, err)
}
