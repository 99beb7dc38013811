package sandbox

import (
	"fmt"
	"maps"
	"rasid/sandbox/wire"
)

// Block makes a person block the bot.
func (s *Server) Block(user int64) error { return s.setBlocked(user, true) }

// Unblock makes a person unblock the bot.
func (s *Server) Unblock(user int64) error { return s.setBlocked(user, false) }

func (s *Server) setBlocked(user int64, blocked bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.users[user]
	if p == nil {
		return fmt.Errorf("block or unblock for %d: %w", user, errNoUser)
	}
	if p.blocked == blocked {
		return nil
	}
	p.blocked = blocked
	before, after := roleMember, roleKicked
	if !blocked {
		before, after = after, before
	}
	s.tellMember(s.chats[user], p.User, before, after)
	s.notify()
	return nil
}

// Deactivate makes a person delete their account.
func (s *Server) Deactivate(user int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.users[user]
	if p == nil {
		return fmt.Errorf("deactivate %d: %w", user, errNoUser)
	}
	p.deactivated = true
	p.FirstName, p.LastName, p.Username = "", "", ""
	s.notify()
	return nil
}

// Kick throws a person out of a chat, or the bot when user is 0. by is who
// does it; 0 is the chat's first administrator.
func (s *Server) Kick(chat, user, by int64) error { return s.changeRole(chat, user, by, roleKicked) }

// Join brings a person into a chat, or the bot when user is 0. Into channels
// the bot comes as an administrator.
func (s *Server) Join(chat, user, by int64) error {
	s.mu.Lock()
	c := s.chats[chat]
	role := roleMember
	if c != nil && c.channel() && (user == 0 || user == s.me.ID) {
		role = roleAdmin
	}
	already := c != nil && c.in(s.member(user))
	s.mu.Unlock()
	if already {
		return nil
	}
	return s.changeRole(chat, user, by, role)
}

// Leave makes a person leave a chat; user 0 is the bot, taken out without ban.
func (s *Server) Leave(chat, user int64) error { return s.changeRole(chat, user, 0, roleLeft) }

// SetRole changes a standing: administrator, member or restricted. user 0 is
// the bot.
func (s *Server) SetRole(chat, user int64, role string) error {
	return s.changeRole(chat, user, 0, role)
}

// Mute takes from a chat's members, the bot included, the right to write.
func (s *Server) Mute(chat int64, mute bool) error {
	return s.changeChat(chat, func(c *room) { c.mute = mute })
}

// DeleteGroup deletes a group for everyone.
func (s *Server) DeleteGroup(chat int64) error {
	return s.changeChat(chat, func(c *room) { c.gone = true })
}

// DeleteMessage makes a message disappear as a person or moderator would.
func (s *Server) DeleteMessage(chat, messageID int64) error {
	return s.changeChat(chat, func(c *room) { c.remove(messageID) })
}

func (s *Server) changeChat(chat int64, change func(*room)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[chat]
	if c == nil {
		return fmt.Errorf("change chat %d: %w", chat, errNoChat)
	}
	change(c)
	s.notify()
	return nil
}

// member turns the 0 that stands for the bot into its id.
func (s *Server) member(user int64) int64 {
	if user == 0 {
		return s.me.ID
	}
	return user
}

func (s *Server) changeRole(chat, user, by int64, role string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[chat]
	if c == nil || c.private() {
		return fmt.Errorf("change standing in %d: %w", chat, errNoChat)
	}
	user = s.member(user)
	if _, ok := s.user(user); !ok {
		return fmt.Errorf("change standing of %d in %d: %w", user, chat, errNoUser)
	}
	if by == 0 {
		by = c.firstAdmin(user)
	}
	s.setRole(c, user, by, role)
	s.notify()
	return nil
}

// firstAdmin returns the creator, or else whoever the change is about.
func (c *room) firstAdmin(user int64) int64 {
	for id, role := range c.roles {
		if role == roleCreator {
			return id
		}
	}
	return user
}

// setRole changes a standing, with the service message and the updates that
// go with it. The caller holds mu.
func (s *Server) setRole(c *room, user, by int64, role string) {
	before, wasIn := c.role(user), c.in(user)
	if before == role {
		return
	}
	c.roles[user] = role
	who, _ := s.user(user)
	actor, ok := s.user(by)
	if !ok {
		actor = who
	}
	if user == s.me.ID {
		c.hidden = false
		s.tellMember(c, actor, before, role)
	} else if c.admin(s.me.ID) {
		s.push(wire.Update{Member: s.memberUpdate(c, actor, who, [2]string{before, role})})
	}
	if c.channel() || wasIn == c.in(user) {
		return
	}
	m := &message{Message: wire.Message{From: &actor, Date: s.now().Unix()}}
	if c.in(user) {
		m.NewMembers, m.service = []wire.User{who}, &Service{Kind: "joined", Name: who.FirstName}
	} else {
		m.LeftMember, m.service = &who, &Service{Kind: "left", Name: who.FirstName}
	}
	s.hear(c, c.add(m))
}

// tellMember tells the bot that its own standing changed.
func (s *Server) tellMember(c *room, actor wire.User, before, after string) {
	s.push(wire.Update{MyMember: s.memberUpdate(c, actor, s.me.User, [2]string{before, after})})
}

func (s *Server) memberUpdate(c *room, actor, who wire.User, roles [2]string) *wire.MemberUpdate {
	return &wire.MemberUpdate{Chat: c.Chat, From: actor, Date: s.now().Unix(), Old: member(who, roles[0]), New: member(who, roles[1])}
}

// Migrate makes a supergroup of a group and returns its id.
func (s *Server) Migrate(chat int64) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.chats[chat]
	if old == nil || old.kind != kindGroup || old.upgraded != 0 {
		return 0, fmt.Errorf("migrate %d: %w", chat, errNoChat)
	}
	c := newRoom(s.newChatID(kindSupergroup), kindSupergroup, Group{Title: old.Title})
	c.roles = maps.Clone(old.roles)
	s.chats[c.ID] = c
	old.upgraded = c.ID
	from, ok := s.user(old.firstAdmin(s.me.ID))
	if !ok {
		from = s.me.User
	}
	service := &Service{Kind: "migrated"}
	date := s.now().Unix()
	s.hear(old, old.add(&message{Message: wire.Message{From: &from, Date: date, MigrateTo: c.ID}, service: service}))
	s.hear(c, c.add(&message{Message: wire.Message{From: &from, Date: date, MigrateFrom: old.ID}, service: service}))
	return c.ID, nil
}
