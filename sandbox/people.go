package sandbox

import (
	"cmp"
	"fmt"
	"rasid/sandbox/wire"
	"slices"
)

// A User is a person in the sandbox. A person's private chat with the bot has
// the person's id.
type User struct {
	ID        int64  `json:"id"` // 0: the sandbox gives one
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Username  string `json:"username"` // without @
	Lang      string `json:"lang"`     // IETF tag of the person's app
	Started   bool   `json:"started"`  // has opened the chat with the bot before
}

// A Group is a chat of several people.
type Group struct {
	ID       int64   `json:"id"` // 0: the sandbox gives one
	Title    string  `json:"title"`
	Username string  `json:"username"` // of a public chat, without @
	Super    bool    `json:"super"`    // a supergroup; set by AddForum
	Members  []int64 `json:"members"`  // unknown ones are added as people
	Admins   []int64 `json:"admins"`   // members too; the first is the creator
	Bot      string  `json:"bot"`      // member (default), administrator or none
	Hidden   bool    `json:"hidden"`   // the bot has never met it: "chat not found"
	SlowMode int     `json:"slow_mode"`
}

// The standings a person or the bot may have in a chat.
const (
	roleCreator    = "creator"
	roleAdmin      = "administrator"
	roleMember     = "member"
	roleRestricted = "restricted"
	roleLeft       = "left"
	roleKicked     = "kicked"
	roleNone       = "none"
)

// The kinds of chat. A forum is a supergroup with topics.
const (
	kindPrivate    = "private"
	kindGroup      = "group"
	kindSupergroup = "supergroup"
	kindForum      = "forum"
	kindChannel    = "channel"
)

type person struct {
	wire.User

	started     bool // has written to the bot, or opened its chat
	blocked     bool
	deactivated bool
}

// AddUser adds a person, or changes the one with that id, and returns the id.
func (s *Server) AddUser(u User) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u.ID == 0 {
		u.ID = s.newUserID()
	}
	p := s.users[u.ID]
	if p == nil {
		p = &person{}
		s.users[u.ID] = p
	}
	p.User = wire.User{ID: u.ID, FirstName: cmp.Or(u.FirstName, fmt.Sprintf("User %d", u.ID)), LastName: u.LastName, Username: u.Username, Lang: u.Lang}
	p.started = p.started || u.Started
	s.privateChat(p)
	s.notify()
	return u.ID
}

// SetLang changes the language of a person's app.
func (s *Server) SetLang(user int64, lang string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.users[user]
	if p == nil {
		return fmt.Errorf("set language of %d: %w", user, errNoUser)
	}
	p.Lang = lang
	s.notify()
	return nil
}

func (s *Server) newUserID() int64 {
	for {
		if id := 200_000_000 + s.rand.Int64N(700_000_000); s.users[id] == nil && id != s.me.ID {
			return id
		}
	}
}

// AddGroup adds a group (a supergroup with Super) and returns its id.
func (s *Server) AddGroup(g Group) int64 {
	kind := kindGroup
	if g.Super {
		kind = kindSupergroup
	}
	return s.addChat(kind, g)
}

// AddForum adds a supergroup with topics and returns its id.
func (s *Server) AddForum(g Group) int64 { return s.addChat(kindForum, g) }

// AddChannel adds a channel and returns its id. Bots are in channels as
// administrators, so that is the default there.
func (s *Server) AddChannel(g Group) int64 { return s.addChat(kindChannel, g) }

func (s *Server) addChat(kind string, g Group) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := newRoom(cmp.Or(g.ID, s.newChatID(kind)), kind, g)
	for _, id := range slices.Concat(g.Members, g.Admins) {
		s.ensureUser(id)
		c.roles[id] = roleMember
	}
	for i, id := range g.Admins {
		c.roles[id] = roleAdmin
		if i == 0 {
			c.roles[id] = roleCreator
		}
	}
	bot := roleMember
	if kind == kindChannel {
		bot = roleAdmin
	}
	if bot = cmp.Or(g.Bot, bot); bot != roleNone {
		c.roles[s.me.ID] = bot
	}
	s.chats[c.ID] = c
	s.notify()
	return c.ID
}

func (s *Server) ensureUser(id int64) *person {
	if p := s.users[id]; p != nil {
		return p
	}
	p := &person{User: wire.User{ID: id, FirstName: fmt.Sprintf("User %d", id)}}
	s.users[id] = p
	s.privateChat(p)
	return p
}

func (s *Server) newChatID(kind string) int64 {
	for {
		id := -(1_000_000_000_000 + 1_000_000_000 + s.rand.Int64N(900_000_000))
		if kind == kindGroup {
			id = -(1_000_000 + s.rand.Int64N(900_000_000))
		}
		if s.chats[id] == nil {
			return id
		}
	}
}

// AddTopic adds a forum topic and returns its thread id.
func (s *Server) AddTopic(chat int64, name string) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.forum(chat)
	if err != nil {
		return 0, err
	}
	m := c.add(&message{Message: wire.Message{Date: s.now().Unix(), TopicMade: &wire.Topic{Name: name, Color: 7322096}}})
	m.Thread, m.Topic = m.ID, true
	c.topics[m.ID] = &topic{name: name}
	s.notify()
	return m.ID, nil
}

// DeleteTopic removes a forum topic and what is in it.
func (s *Server) DeleteTopic(chat, thread int64) error {
	return s.changeTopic(chat, thread, func(c *room, _ *topic) { c.dropThread(thread) })
}

// CloseTopic closes a forum topic: only administrators may write there.
func (s *Server) CloseTopic(chat, thread int64) error {
	return s.changeTopic(chat, thread, func(_ *room, t *topic) { t.closed = true })
}

// OpenTopic opens a closed forum topic.
func (s *Server) OpenTopic(chat, thread int64) error {
	return s.changeTopic(chat, thread, func(_ *room, t *topic) { t.closed = false })
}

func (s *Server) changeTopic(chat, thread int64, change func(*room, *topic)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.forum(chat)
	if err != nil {
		return err
	}
	t := c.topics[thread]
	if t == nil {
		return fmt.Errorf("topic %d of chat %d: %w", thread, chat, errNoMessage)
	}
	change(c, t)
	s.notify()
	return nil
}

func (s *Server) forum(chat int64) (*room, error) {
	c := s.chats[chat]
	if c == nil || !c.IsForum {
		return nil, fmt.Errorf("forum %d: %w", chat, errNoChat)
	}
	return c, nil
}
