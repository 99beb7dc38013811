package sandbox

import (
	"errors"
	"fmt"
	"rasid/sandbox/markup"
	"rasid/sandbox/wire"
	"regexp"
	"strings"
)

// errMay reports that a person's app would not let them do that.
var errMay = errors.New("the person may not do that there")

// anonymous is the user that stands for administrators who hide behind their
// group, the same in all of Telegram.
const anonymousID = 1087968824

// Say makes a person write into a chat, and returns the message's id. thread 0
// is no topic, or the General one; replyTo 0 is no reply. Writing to the bot
// for the first time opens the chat.
func (s *Server) Say(from, chat, thread int64, text string, replyTo int64) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, c, err := s.speaker(from, chat)
	if err != nil {
		return 0, fmt.Errorf("say in %d: %w", chat, err)
	}
	m, err := s.spoken(c, text, thread, replyTo)
	if err != nil {
		return 0, fmt.Errorf("say in %d: %w", chat, err)
	}
	u := p.User
	m.From = &u
	if c.channel() {
		m.From, m.SenderChat = nil, &wire.Chat{ID: c.ID, Type: c.Type, Title: c.Title, Username: c.Username}
	}
	if c.private() {
		p.started = true
	}
	s.hear(c, c.add(m))
	return m.ID, nil
}

// SayAnonymously makes an administrator write as the group itself.
func (s *Server) SayAnonymously(chat, thread int64, text string) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[chat]
	if c == nil || c.private() || c.channel() {
		return 0, fmt.Errorf("say in %d: %w", chat, errNoChat)
	}
	m, err := s.spoken(c, text, thread, 0)
	if err != nil {
		return 0, fmt.Errorf("say in %d: %w", chat, err)
	}
	sender := c.Chat
	m.SenderChat = &sender
	m.From = &wire.User{ID: anonymousID, IsBot: true, FirstName: "Group", Username: "GroupAnonymousBot"}
	s.hear(c, c.add(m))
	return m.ID, nil
}

// speaker finds a person and a chat that person may write to.
func (s *Server) speaker(from, chat int64) (*person, *room, error) {
	p, c := s.users[from], s.chats[chat]
	switch {
	case p == nil:
		return nil, nil, errNoUser
	case c == nil:
		return nil, nil, errNoChat
	case p.deactivated, c.private() && (c.ID != from || p.blocked):
		return nil, nil, errMay
	case c.upgraded != 0, c.gone, !c.private() && !c.in(from), c.channel() && !c.admin(from):
		return nil, nil, errMay
	default:
		return p, c, nil
	}
}

// spoken makes a person's message, not yet in the chat.
func (s *Server) spoken(c *room, text string, thread, replyTo int64) (*message, error) {
	text, entities, err := markup.Finish(text, nil)
	if err != nil {
		return nil, err
	}
	m := &message{Message: wire.Message{Text: text, Entities: entities, Date: s.now().Unix()}}
	if replyTo != 0 {
		old := c.messages[replyTo]
		if old == nil {
			return nil, errNoMessage
		}
		m.ReplyTo = copyOf(old)
		if thread == 0 && old.Topic {
			thread = old.Thread
		}
	}
	if thread != 0 && thread != generalTopic {
		if c.topics[thread] == nil {
			return nil, errNoMessage
		}
		m.Thread, m.Topic = thread, true
	}
	return m, nil
}

// hear tells the bot of a message, if it is there and may hear it.
func (s *Server) hear(c *room, m *message) {
	s.notify()
	if !s.hears(c, m) {
		return
	}
	u := wire.Update{Message: copyOf(m)}
	if c.channel() {
		u = wire.Update{ChannelPost: copyOf(m)}
	}
	s.push(u)
}

// hears applies privacy mode: in groups a bot that is no administrator hears
// commands for it, replies to it and service messages.
func (s *Server) hears(c *room, m *message) bool {
	switch {
	case c.private():
		return true
	case !c.in(s.me.ID):
		return false
	case c.channel() || c.admin(s.me.ID) || s.me.ReadsAll || m.service != nil:
		return true
	case m.ReplyTo != nil && m.ReplyTo.From != nil && m.ReplyTo.From.ID == s.me.ID:
		return true
	default:
		return s.forBot(m)
	}
}

// forBot reports whether a message has a command that this bot is meant by.
func (s *Server) forBot(m *message) bool {
	for _, e := range m.Entities {
		if e.Type != "bot_command" {
			continue
		}
		_, name, named := strings.Cut(markup.Slice(m.Text, e.Offset, e.Offset+e.Length), "@")
		if !named || strings.EqualFold(name, s.me.Username) {
			return true
		}
	}
	return false
}

func (s *Server) push(u wire.Update) {
	life := messageLife
	if u.Callback != nil {
		life = callbackLife
	}
	s.queue.push(s.now(), u, life)
}

// Edit makes a person change a message of their own.
func (s *Server) Edit(from, chat, messageID int64, text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, c, err := s.speaker(from, chat)
	if err != nil {
		return fmt.Errorf("edit in %d: %w", chat, err)
	}
	m := c.messages[messageID]
	if m == nil || m.out || m.From != nil && m.From.ID != from {
		return fmt.Errorf("edit message %d of %d: %w", messageID, chat, errNoMessage)
	}
	text, entities, err := markup.Finish(text, nil)
	if err != nil {
		return fmt.Errorf("edit message %d of %d: %w", messageID, chat, err)
	}
	m.Text, m.Entities, m.EditDate = text, entities, s.now().Unix()
	s.notify()
	switch {
	case !s.hears(c, m):
	case c.channel():
		s.push(wire.Update{EditedPost: copyOf(m)})
	default:
		s.push(wire.Update{Edited: copyOf(m)})
	}
	return nil
}

// payloadShape is what a deep link may carry, see
// https://core.telegram.org/bots/features#deep-linking.
var payloadShape = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// Start makes a person open the bot by a deep link and press its button: in
// private, or with a group's id to add the bot there. An empty payload is a
// plain start.
func (s *Server) Start(user int64, payload string, group int64) (int64, error) {
	if payload != "" && !payloadShape.MatchString(payload) {
		return 0, fmt.Errorf("start with payload %q: %w", payload, errMay)
	}
	text, chat := "/start", user
	if group != 0 {
		_, name := s.Bot()
		text, chat = "/start@"+name, group
		if err := s.Join(group, 0, user); err != nil {
			return 0, err
		}
	}
	return s.Say(user, chat, 0, strings.TrimSpace(text+" "+payload), 0)
}
