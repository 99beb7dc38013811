package telegram

import "encoding/json"

// A User is a person or a bot.
type User struct {
	ID           int64  `json:"id"`
	IsBot        bool   `json:"is_bot,omitempty"`
	FirstName    string `json:"first_name,omitempty"`
	LastName     string `json:"last_name,omitempty"`
	Username     string `json:"username,omitempty"`
	LanguageCode string `json:"language_code,omitempty"` // IETF tag of the person's app
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

// A Message is one message as far as rasid looks at it.
type Message struct {
	ID              int64           `json:"message_id"`
	Thread          int64           `json:"message_thread_id,omitempty"`
	IsTopic         bool            `json:"is_topic_message,omitempty"` // Thread is a forum topic and not merely a chain of replies
	From            *User           `json:"from,omitempty"`             // nil in channels
	SenderChat      *Chat           `json:"sender_chat,omitempty"`      // the group itself for an anonymous administrator
	Chat            Chat            `json:"chat"`
	Date            int64           `json:"date,omitempty"` // Unix seconds; 0: the message is no longer accessible
	EditDate        int64           `json:"edit_date,omitempty"`
	ReplyTo         *Message        `json:"reply_to_message,omitempty"`
	Text            string          `json:"text,omitempty"`
	Entities        []Entity        `json:"entities,omitempty"`
	Caption         string          `json:"caption,omitempty"`
	ForwardOrigin   json.RawMessage `json:"forward_origin,omitempty"` // present: a forward
	MigrateTo       int64           `json:"migrate_to_chat_id,omitempty"`
	MigrateFrom     int64           `json:"migrate_from_chat_id,omitempty"`
	NewMembers      []User          `json:"new_chat_members,omitempty"`
	LeftMember      *User           `json:"left_chat_member,omitempty"`
	GroupCreated    bool            `json:"group_chat_created,omitempty"`
	SupergroupMade  bool            `json:"supergroup_chat_created,omitempty"`
	ChannelMade     bool            `json:"channel_chat_created,omitempty"`
	TopicCreated    json.RawMessage `json:"forum_topic_created,omitempty"`
	TopicClosed     json.RawMessage `json:"forum_topic_closed,omitempty"`
	ViaBot          *User           `json:"via_bot,omitempty"`
	AuthorSignature string          `json:"author_signature,omitempty"`
	Keyboard        *InlineKeyboard `json:"reply_markup,omitempty"`
}

// TopicThread returns the forum topic a message is in, 0 outside forums and
// in the General topic, where message_thread_id must not be sent.
func (m *Message) TopicThread() int64 {
	if !m.IsTopic || m.Thread == generalTopic {
		return 0
	}
	return m.Thread
}

// generalTopic is the id of a forum's General topic.
const generalTopic = 1

// Anonymous reports whether the sender hides behind the chat: an anonymous
// administrator, or a channel writing in its group.
func (m *Message) Anonymous() bool { return m.SenderChat != nil }

// AnonymousAdmin reports whether an administrator wrote as the group itself.
func (m *Message) AnonymousAdmin() bool {
	return m.SenderChat != nil && m.SenderChat.ID == m.Chat.ID && m.Chat.Type != "channel"
}

// An Entity is a marked part of a text; offsets are in UTF-16 units.
type Entity struct {
	Type   string `json:"type"`
	Offset int    `json:"offset"`
	Length int    `json:"length"`
	URL    string `json:"url,omitempty"`
	User   *User  `json:"user,omitempty"`
}

// A CallbackQuery is a press of an inline button.
type CallbackQuery struct {
	ID           string   `json:"id"`
	From         User     `json:"from"`
	Message      *Message `json:"message,omitempty"` // nil for inline messages; Date 0 when too old
	InlineID     string   `json:"inline_message_id,omitempty"`
	ChatInstance string   `json:"chat_instance,omitempty"`
	Data         string   `json:"data,omitempty"`
}

// A ChatMember is a person's or bot's standing in a chat.
type ChatMember struct {
	Status    string `json:"status"` // creator, administrator, member, restricted, left or kicked
	User      User   `json:"user"`
	IsMember  bool   `json:"is_member,omitempty"` // of restricted
	CanSend   *bool  `json:"can_send_messages,omitempty"`
	CanPost   *bool  `json:"can_post_messages,omitempty"`
	Anonymous bool   `json:"is_anonymous,omitempty"`
}

// Admin reports whether m may change how the bot behaves in the chat.
func (m ChatMember) Admin() bool { return m.Status == "creator" || m.Status == "administrator" }

// In reports whether m is in the chat.
func (m ChatMember) In() bool {
	switch m.Status {
	case "left", "kicked":
		return false
	case "restricted":
		return m.IsMember
	default:
		return true
	}
}

// A MemberUpdate tells that somebody's standing changed; the bot's own in
// Update.MyChatMember.
type MemberUpdate struct {
	Chat Chat       `json:"chat"`
	From User       `json:"from"`
	Date int64      `json:"date"`
	Old  ChatMember `json:"old_chat_member"`
	New  ChatMember `json:"new_chat_member"`
}

// A Command is one entry of the command menu.
type Command struct {
	Command     string `json:"command"`     // [a-z0-9_]{1,32}
	Description string `json:"description"` // 1 to 256 characters
}

// A Scope says who sees a command menu. Its zero value is everyone.
type Scope struct {
	Type string `json:"type"` // default, all_private_chats, all_group_chats, all_chat_administrators, chat, ...
	Chat int64  `json:"chat_id,omitempty"`
	User int64  `json:"user_id,omitempty"`
}

// A Markup is what may stand below a message: *InlineKeyboard, ForceReply.
type Markup interface{ markup() }

// An InlineKeyboard is rows of buttons below a message.
type InlineKeyboard struct {
	Rows [][]Button `json:"inline_keyboard"`
}

// A Button has a text and one of Data, URL and Copy.
type Button struct {
	Text string    `json:"text"`
	Data string    `json:"callback_data,omitempty"` // 1 to 64 bytes
	URL  string    `json:"url,omitempty"`
	Copy *CopyText `json:"copy_text,omitempty"`
}

// CopyText is what a button puts into the clipboard, 1 to 256 characters.
type CopyText struct {
	Text string `json:"text"`
}

// ForceReply opens the reply box for the person.
type ForceReply struct {
	Force       bool   `json:"force_reply"`                       // must be true
	Placeholder string `json:"input_field_placeholder,omitempty"` // 1 to 64 characters
	Selective   bool   `json:"selective,omitempty"`               // only for the person replied to
}

func (*InlineKeyboard) markup() {}
func (ForceReply) markup()      {}

// LinkPreview says what becomes of the first link of a text.
type LinkPreview struct {
	Disabled bool   `json:"is_disabled,omitempty"`
	URL      string `json:"url,omitempty"`
}

// ReplyTo says which message a message answers.
type ReplyTo struct {
	Message   int64 `json:"message_id"`
	Tolerates bool  `json:"allow_sending_without_reply,omitempty"` // send also when it is gone
}
