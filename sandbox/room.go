package sandbox

import (
	"fmt"
	"rasid/sandbox/wire"
	"slices"
	"time"
)

// maxKept is how many messages a chat remembers; older ones are forgotten as
// if they had been deleted.
const maxKept = 20_000

// A room is one chat as the sandbox keeps it.
type room struct {
	wire.Chat

	kind     string
	roles    map[int64]string // standing of people and the bot; absent: never there
	topics   map[int64]*topic // of a forum, by thread id
	messages map[int64]*message
	order    []int64 // ids of messages, oldest first
	lastID   int64
	upgraded int64 // the supergroup this group became
	gone     bool  // the group was deleted
	hidden   bool  // the bot has never met it
	mute     bool  // members may not write
	slow     time.Duration
}

type topic struct {
	name   string
	closed bool
}

// A message is a message as the sandbox keeps it: the object of the Bot API,
// and what only the person's app shows.
type message struct {
	wire.Message

	out      bool // the bot's own
	silent   bool
	force    *ForceReply
	keyboard [][]string // a keyboard in place of the person's own; nil: none
	clear    bool       // takes such a keyboard away
	service  *Service
}

func newRoom(id int64, kind string, g Group) *room {
	c := &room{
		Chat: wire.Chat{ID: id, Type: kind, Title: g.Title, Username: g.Username},
		kind: kind, roles: map[int64]string{}, topics: map[int64]*topic{},
		messages: map[int64]*message{}, hidden: g.Hidden, slow: time.Duration(g.SlowMode) * time.Second,
	}
	if kind == kindForum {
		c.Type, c.IsForum = kindSupergroup, true
		c.lastID = generalTopic // that id is taken
	}
	if c.Title == "" && kind != kindPrivate {
		c.Title = fmt.Sprintf("Chat %d", id)
	}
	return c
}

// privateChat makes sure a person has a chat with the bot, and that it bears
// the person's names.
func (s *Server) privateChat(p *person) {
	c := s.chats[p.ID]
	if c == nil {
		c = newRoom(p.ID, kindPrivate, Group{})
		s.chats[p.ID] = c
	}
	c.FirstName, c.LastName, c.Username = p.FirstName, p.LastName, p.Username
}

func (c *room) private() bool { return c.kind == kindPrivate }
func (c *room) channel() bool { return c.kind == kindChannel }

// super reports whether the chat has ids of its own kind: a supergroup, forum
// or channel.
func (c *room) super() bool { return !c.private() && c.kind != kindGroup }

// word is how the Bot API's refusals name the kind of chat.
func (c *room) word() string {
	if c.kind == kindForum {
		return kindSupergroup
	}
	return c.kind
}

func (c *room) role(user int64) string {
	if r := c.roles[user]; r != "" {
		return r
	}
	return roleLeft
}

func (c *room) in(user int64) bool {
	r := c.role(user)
	return r != roleLeft && r != roleKicked
}

func (c *room) admin(user int64) bool {
	r := c.role(user)
	return r == roleAdmin || r == roleCreator
}

// add gives m an id and a place at the end of the chat.
func (c *room) add(m *message) *message {
	c.lastID++
	m.ID, m.Chat = c.lastID, c.Chat
	c.messages[m.ID] = m
	c.order = append(c.order, m.ID)
	if len(c.order) > maxKept {
		delete(c.messages, c.order[0])
		c.order = c.order[1:]
	}
	return m
}

func (c *room) remove(id int64) {
	delete(c.messages, id)
	if i, ok := slices.BinarySearch(c.order, id); ok {
		c.order = slices.Delete(c.order, i, i+1)
	}
}

func (c *room) dropThread(thread int64) {
	delete(c.topics, thread)
	for _, id := range slices.Clone(c.order) {
		if c.messages[id].Thread == thread {
			c.remove(id)
		}
	}
}

// copyOf is m as it is told to the bot: one level of reply and no more.
func copyOf(m *message) *wire.Message {
	w := m.Message
	if w.ReplyTo != nil {
		r := *w.ReplyTo
		r.ReplyTo = nil
		w.ReplyTo = &r
	}
	return &w
}
