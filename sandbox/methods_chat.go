package sandbox

import (
	"maps"
	"rasid/sandbox/wire"
	"slices"
)

func (s *Server) getChat(p params) (any, error) {
	c, err := s.access(p["chat_id"], toRead)
	if err != nil {
		return nil, err
	}
	full := wire.FullChat{Chat: c.Chat, MaxReactions: 11, SlowMode: int(c.slow.Seconds())}
	if c.Username != "" {
		full.Usernames = []string{c.Username}
	}
	return full, nil
}

func (s *Server) getChatMember(p params) (any, error) {
	c, err := s.access(p["chat_id"], toReadMembers)
	if err != nil {
		return nil, err
	}
	id := p.num("user_id")
	if id <= 0 {
		return nil, wire.Bad("invalid user_id specified")
	}
	u, ok := s.user(id)
	if !ok {
		return nil, wire.Bad("PARTICIPANT_ID_INVALID")
	}
	if c.private() {
		if id != c.ID && id != s.me.ID {
			return nil, wire.Bad("member not found")
		}
		return member(u, roleMember), nil
	}
	return member(u, c.role(id)), nil
}

// user returns a person or the bot.
func (s *Server) user(id int64) (wire.User, bool) {
	if id == s.me.ID {
		return s.me.User, true
	}
	if p := s.users[id]; p != nil {
		u := p.User
		u.Lang = "" // told only with what a person does
		return u, true
	}
	return wire.User{}, false
}

// member is somebody's standing with the rights that go with it.
func member(u wire.User, role string) wire.Member {
	yes, no, never := true, false, int64(0)
	m := wire.Member{Status: role, User: u}
	switch role {
	case roleCreator:
		m.Anonymous = &no
	case roleAdmin:
		m.Anonymous, m.CanEdit, m.CanManage, m.CanDelete, m.CanPost = &no, &no, &yes, &yes, &yes
	case roleRestricted:
		m.IsMember, m.CanSend, m.Until = &yes, &no, &never
	case roleKicked:
		m.Until = &never
	}
	return m
}

func (s *Server) getChatAdministrators(p params) (any, error) {
	c, err := s.access(p["chat_id"], toReadMembers)
	if err != nil {
		return nil, err
	}
	if c.private() {
		return nil, wire.Bad("there are no administrators in the private chat")
	}
	list := []wire.Member{}
	for _, id := range slices.Sorted(maps.Keys(c.roles)) {
		if u, ok := s.user(id); ok && c.admin(id) && (id == s.me.ID || !u.IsBot) {
			list = append(list, member(u, c.role(id)))
		}
	}
	return list, nil
}

func (s *Server) getChatMemberCount(p params) (any, error) {
	c, err := s.access(p["chat_id"], toRead)
	if err != nil {
		return nil, err
	}
	if c.private() {
		return 2, nil
	}
	n := 0
	for id := range c.roles {
		if c.in(id) {
			n++
		}
	}
	return n, nil
}

func (s *Server) leaveChat(p params) (any, error) {
	c, err := s.access(p["chat_id"], toRead)
	if err != nil {
		return nil, err
	}
	if c.private() {
		return nil, wire.Bad("chat member status can't be changed in private chats")
	}
	if !c.in(s.me.ID) {
		return nil, wire.Forbidden("bot is not a member of the " + c.word() + " chat")
	}
	s.setRole(c, s.me.ID, s.me.ID, roleLeft)
	return true, nil
}
