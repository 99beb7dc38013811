package sandbox

import (
	"context"
	"encoding/json"
	"rasid/sandbox/markup"
	"rasid/sandbox/wire"
	"slices"
	"strings"
)

// A Message is what a person sees of a message: edits applied, deleted ones
// gone.
type Message struct {
	ID       int64       `json:"id"`
	From     int64       `json:"from"` // 0 for a channel's own posts
	Name     string      `json:"name"` // of the sender, or the channel's title
	Bot      bool        `json:"bot"`  // written by the bot
	Thread   int64       `json:"thread,omitempty"`
	Date     int64       `json:"date"`             // Unix seconds
	Edited   int64       `json:"edited,omitempty"` // Unix seconds; 0: never
	Text     string      `json:"text"`
	HTML     string      `json:"html"` // in HTML parse mode
	Entities []Entity    `json:"entities,omitempty"`
	Buttons  [][]Button  `json:"buttons,omitempty"`
	Reply    *Quoted     `json:"reply,omitempty"`
	Silent   bool        `json:"silent,omitempty"`
	Preview  string      `json:"preview,omitempty"` // address of the link shown below; empty: none
	Force    *ForceReply `json:"force_reply,omitempty"`
	Keyboard [][]string  `json:"keyboard,omitempty"` // a keyboard in place of the person's own
	Clear    bool        `json:"clear,omitempty"`    // takes that keyboard away
	Service  *Service    `json:"service,omitempty"`
}

// An Entity is a marked part of a text; offsets count UTF-16 units.
type Entity = wire.Entity

// A Button is one key of an inline keyboard.
type Button = wire.Button

// A Command is one line of the bot's menu.
type Command = wire.Command

// Quoted is the message a reply answers.
type Quoted struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
	Text string `json:"text"`
}

// A Service is something that happened in a chat and is not said by anyone.
type Service struct {
	Kind string `json:"kind"` // joined, left, migrated or topic
	Name string `json:"name,omitempty"`
}

// A Chat is a view of one chat.
type Chat struct {
	s  *Server
	id int64
}

// Chat returns a view of a chat, which is empty when there is none.
func (s *Server) Chat(id int64) Chat { return Chat{s, id} }

// Messages returns what is seen in the chat, oldest first.
func (c Chat) Messages() []Message {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	r := c.s.chats[c.id]
	if r == nil {
		return nil
	}
	list := make([]Message, 0, len(r.order))
	for _, id := range r.order {
		list = append(list, seen(r.messages[id]))
	}
	return list
}

// Message returns one message of the chat.
func (c Chat) Message(id int64) (Message, bool) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	r := c.s.chats[c.id]
	if r == nil || r.messages[id] == nil {
		return Message{}, false
	}
	return seen(r.messages[id]), true
}

// FromBot returns what the bot wrote and is still there, oldest first.
func (c Chat) FromBot() []Message {
	return slices.DeleteFunc(c.Messages(), func(m Message) bool { return !m.Bot })
}

// Last returns the newest message.
func (c Chat) Last() (Message, bool) {
	list := c.Messages()
	if len(list) == 0 {
		return Message{}, false
	}
	return list[len(list)-1], true
}

// Texts returns the texts of the chat, oldest first.
func (c Chat) Texts() []string {
	var texts []string
	for _, m := range c.Messages() {
		texts = append(texts, m.Text)
	}
	return texts
}

// WaitBot waits until the bot's messages number at least n, and returns them.
func (c Chat) WaitBot(ctx context.Context, n int) ([]Message, error) {
	var list []Message
	err := c.s.Wait(ctx, func() bool {
		list = c.FromBot()
		return len(list) >= n
	})
	return list, err
}

func seen(m *message) Message {
	v := Message{
		ID: m.ID, Bot: m.out, Thread: m.Thread, Date: m.Date, Edited: m.EditDate, Text: m.Text,
		HTML: markup.Render(m.Text, m.Entities), Entities: slices.Clone(m.Entities), Silent: m.silent,
		Preview: previewed(m), Force: m.force, Keyboard: m.keyboard, Clear: m.clear, Service: m.service,
	}
	v.From, v.Name = sender(&m.Message)
	if m.Markup != nil {
		v.Buttons = slices.Clone(m.Markup.Rows)
	}
	if r := m.ReplyTo; r != nil {
		_, name := sender(r)
		v.Reply = &Quoted{ID: r.ID, Name: name, Text: r.Text}
	}
	if m.TopicMade != nil {
		v.Service = &Service{Kind: "topic", Name: m.TopicMade.Name}
	}
	return v
}

func sender(m *wire.Message) (int64, string) {
	switch {
	case m.SenderChat != nil:
		return 0, m.SenderChat.Title
	case m.From != nil:
		return m.From.ID, strings.TrimSpace(m.From.FirstName + " " + m.From.LastName)
	default:
		return 0, ""
	}
}

// previewed returns the address whose preview an app would show.
func previewed(m *message) string {
	var o struct {
		Off bool   `json:"is_disabled"`
		URL string `json:"url"`
	}
	// What was stored was checked to be an object; a strange field is ignored.
	_ = json.Unmarshal(m.Preview, &o)
	if o.Off {
		return ""
	}
	if o.URL != "" {
		return o.URL
	}
	return firstLink(m)
}

func firstLink(m *message) string {
	for _, e := range m.Entities {
		switch e.Type {
		case "text_link":
			return e.URL
		case "url":
			return markup.CheckLink(markup.Slice(m.Text, e.Offset, e.Offset+e.Length))
		}
	}
	return ""
}
