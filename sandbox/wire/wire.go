// Package wire holds the objects of the Bot API as they are written in JSON:
// what the sandbox answers and what it hands out as updates. Names and fields
// follow https://core.telegram.org/bots/api; only what an alert bot meets is
// here.
package wire

import "encoding/json"

// A User is a person or a bot.
type User struct {
	ID        int64  `json:"id"`
	IsBot     bool   `json:"is_bot"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name,omitempty"`
	Username  string `json:"username,omitempty"`
	Lang      string `json:"language_code,omitempty"` // IETF tag
}

// A Me is the bot as getMe returns it.
type Me struct {
	User

	CanJoinGroups   bool `json:"can_join_groups"`
	ReadsAll        bool `json:"can_read_all_group_messages"`
	InlineQueries   bool `json:"supports_inline_queries"`
	Business        bool `json:"can_connect_to_business"`
	MainWebApp      bool `json:"has_main_web_app"`
	TopicsEnabled   bool `json:"has_topics_enabled"`
	UsersMakeTopics bool `json:"allows_users_to_create_topics"`
}

// A Chat is where messages are.
type Chat struct {
	ID        int64  `json:"id"`
	Type      string `json:"type"` // private, group, supergroup or channel
	Title     string `json:"title,omitempty"`
	Username  string `json:"username,omitempty"`
	FirstName string `json:"first_name,omitempty"`
	LastName  string `json:"last_name,omitempty"`
	IsForum   bool   `json:"is_forum,omitempty"`
}

// A FullChat is what getChat returns.
type FullChat struct {
	Chat

	AccentColor  int      `json:"accent_color_id"`
	MaxReactions int      `json:"max_reaction_count"`
	SlowMode     int      `json:"slow_mode_delay,omitempty"` // seconds
	Usernames    []string `json:"active_usernames,omitempty"`
}

// An Entity is a marked part of a text. Offset and Length count UTF-16 units.
type Entity struct {
	Type          string `json:"type"`
	Offset        int    `json:"offset"`
	Length        int    `json:"length"`
	URL           string `json:"url,omitempty"`
	User          *User  `json:"user,omitempty"`
	Language      string `json:"language,omitempty"`
	CustomEmojiID string `json:"custom_emoji_id,omitempty"`
	UnixTime      int64  `json:"unix_time,omitempty"`
	TimeFormat    string `json:"date_time_format,omitempty"`
}

// A Button is one key of an inline keyboard.
type Button struct {
	Text         string    `json:"text"`
	URL          string    `json:"url,omitempty"`
	CallbackData string    `json:"callback_data,omitempty"`
	CopyText     *CopyText `json:"copy_text,omitempty"`
	Style        string    `json:"style,omitempty"` // danger, success or primary
	SwitchInline *string   `json:"switch_inline_query,omitempty"`
	SwitchHere   *string   `json:"switch_inline_query_current_chat,omitempty"`
}

// A CopyText is what a button puts on the clipboard.
type CopyText struct {
	Text string `json:"text"`
}

// An InlineKeyboard is the keyboard under a message.
type InlineKeyboard struct {
	Rows [][]Button `json:"inline_keyboard"`
}

// A Message is one message.
type Message struct {
	ID          int64           `json:"message_id"`
	Thread      int64           `json:"message_thread_id,omitempty"`
	From        *User           `json:"from,omitempty"`
	SenderChat  *Chat           `json:"sender_chat,omitempty"`
	Chat        Chat            `json:"chat"`
	Date        int64           `json:"date"` // Unix seconds
	EditDate    int64           `json:"edit_date,omitempty"`
	Topic       bool            `json:"is_topic_message,omitempty"`
	ReplyTo     *Message        `json:"reply_to_message,omitempty"`
	Text        string          `json:"text,omitempty"`
	Entities    []Entity        `json:"entities,omitempty"`
	Preview     json.RawMessage `json:"link_preview_options,omitempty"`
	Markup      *InlineKeyboard `json:"reply_markup,omitempty"`
	NewMembers  []User          `json:"new_chat_members,omitempty"`
	LeftMember  *User           `json:"left_chat_member,omitempty"`
	Created     bool            `json:"group_chat_created,omitempty"`
	MigrateTo   int64           `json:"migrate_to_chat_id,omitempty"`
	MigrateFrom int64           `json:"migrate_from_chat_id,omitempty"`
	TopicMade   *Topic          `json:"forum_topic_created,omitempty"`
	TopicClosed *struct{}       `json:"forum_topic_closed,omitempty"`
	TopicOpened *struct{}       `json:"forum_topic_reopened,omitempty"`
}

// A Topic is the service message that begins a forum topic.
type Topic struct {
	Name  string `json:"name"`
	Color int    `json:"icon_color"`
}

// An Inaccessible stands for a message that can no longer be seen. Its date
// is always 0.
type Inaccessible struct {
	Chat Chat  `json:"chat"`
	ID   int64 `json:"message_id"`
	Date int64 `json:"date"`
}

// A CallbackQuery is a press of an inline button.
type CallbackQuery struct {
	ID           string `json:"id"`
	From         User   `json:"from"`
	Message      any    `json:"message,omitempty"` // *Message or *Inaccessible
	ChatInstance string `json:"chat_instance"`
	Data         string `json:"data,omitempty"`
}

// A Member is somebody's standing in a chat. Which of the rights are present
// depends on Status.
type Member struct {
	Status    string `json:"status"` // creator, administrator, member, restricted, left or kicked
	User      User   `json:"user"`
	Anonymous *bool  `json:"is_anonymous,omitempty"`
	IsMember  *bool  `json:"is_member,omitempty"`
	Until     *int64 `json:"until_date,omitempty"`
	CanEdit   *bool  `json:"can_be_edited,omitempty"`
	CanManage *bool  `json:"can_manage_chat,omitempty"`
	CanDelete *bool  `json:"can_delete_messages,omitempty"`
	CanPost   *bool  `json:"can_post_messages,omitempty"`
	CanSend   *bool  `json:"can_send_messages,omitempty"`
}

// A MemberUpdate tells of a changed standing.
type MemberUpdate struct {
	Chat Chat   `json:"chat"`
	From User   `json:"from"`
	Date int64  `json:"date"`
	Old  Member `json:"old_chat_member"`
	New  Member `json:"new_chat_member"`
}

// An Update is one thing that happened; one of the pointers is set.
type Update struct {
	ID          int64          `json:"update_id"`
	Message     *Message       `json:"message,omitempty"`
	Edited      *Message       `json:"edited_message,omitempty"`
	ChannelPost *Message       `json:"channel_post,omitempty"`
	EditedPost  *Message       `json:"edited_channel_post,omitempty"`
	Callback    *CallbackQuery `json:"callback_query,omitempty"`
	MyMember    *MemberUpdate  `json:"my_chat_member,omitempty"`
	Member      *MemberUpdate  `json:"chat_member,omitempty"`
}

// Kind returns the update's name as allowed_updates spells it.
func (u *Update) Kind() string {
	switch {
	case u.Message != nil:
		return "message"
	case u.Edited != nil:
		return "edited_message"
	case u.ChannelPost != nil:
		return "channel_post"
	case u.EditedPost != nil:
		return "edited_channel_post"
	case u.Callback != nil:
		return "callback_query"
	case u.MyMember != nil:
		return "my_chat_member"
	case u.Member != nil:
		return "chat_member"
	default:
		return ""
	}
}

// A Command is one line of the bot's menu.
type Command struct {
	Name        string `json:"command"`
	Description string `json:"description"`
}

// A WebhookInfo is what getWebhookInfo returns.
type WebhookInfo struct {
	URL            string   `json:"url"`
	Certificate    bool     `json:"has_custom_certificate"`
	Pending        int      `json:"pending_update_count"`
	ErrorDate      int64    `json:"last_error_date,omitempty"` // Unix seconds
	ErrorMessage   string   `json:"last_error_message,omitempty"`
	MaxConnections int      `json:"max_connections,omitempty"`
	Address        string   `json:"ip_address,omitempty"`
	Allowed        []string `json:"allowed_updates,omitempty"`
}
