package sandbox

import (
	"rasid/sandbox/wire"
	"strconv"
	"strings"
)

// A right is what a call wants to do in a chat.
type right int

const (
	toRead right = iota
	toReadMembers
	toEdit
	toWrite
)

// access finds the chat a call names and checks that the bot may do there what
// it wants to, in the order of the server's check_chat_access.
func (s *Server) access(id string, want right) (*room, error) {
	c, err := s.find(id)
	if err != nil {
		return nil, err
	}
	switch {
	case c.private():
		return c, s.accessPrivate(c, want)
	case c.super():
		return c, s.accessSuper(c, want)
	default:
		return c, s.accessGroup(c, want)
	}
}

func (s *Server) find(id string) (*room, error) {
	if id == "" {
		return nil, wire.Bad("chat_id is empty")
	}
	if name, ok := strings.CutPrefix(id, "@"); ok {
		for _, c := range s.chats {
			if c.Username != "" && strings.EqualFold(c.Username, name) && !c.private() {
				return c, nil
			}
		}
		return nil, wire.Bad("chat not found")
	}
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return nil, wire.Bad("chat not found")
	}
	if n == s.me.ID {
		return nil, wire.Forbidden("the bot can't send messages to the bot")
	}
	c := s.chats[n]
	if c == nil || c.hidden {
		return nil, wire.Bad("chat not found")
	}
	return c, nil
}

func (s *Server) accessPrivate(c *room, want right) error {
	p := s.users[c.ID]
	switch {
	case p.deactivated && want >= toEdit:
		return wire.Forbidden("user is deactivated")
	case !p.started && want == toWrite:
		return wire.Forbidden("bot can't initiate conversation with a user")
	case !p.started:
		return wire.Bad("chat not found")
	case p.blocked && want >= toEdit:
		return wire.Forbidden("bot was blocked by the user")
	default:
		return nil
	}
}

func (s *Server) accessGroup(c *room, want right) error {
	if want == toReadMembers { // the member list of a dead group is not shown
		want = toWrite
	}
	role := c.role(s.me.ID)
	switch {
	case c.upgraded != 0 && want == toWrite:
		e := wire.Bad("group chat was upgraded to a supergroup chat")
		e.Parameters = &wire.Parameters{MigrateTo: c.upgraded}
		return e
	case c.gone && want == toWrite:
		return wire.Forbidden("the group chat was deleted")
	case c.upgraded != 0 || c.gone:
		return nil
	case role == roleKicked && want >= toEdit:
		return wire.Forbidden("bot was kicked from the group chat")
	case role == roleLeft && want >= toEdit:
		return wire.Forbidden("bot is not a member of the group chat")
	default:
		return nil
	}
}

func (s *Server) accessSuper(c *room, want right) error {
	role := c.role(s.me.ID)
	if role == roleKicked {
		return wire.Forbidden("bot was kicked from the " + c.word() + " chat")
	}
	public := c.Username != ""
	if role == roleLeft && (want >= toEdit || !public) {
		return wire.Forbidden("bot is not a member of the " + c.word() + " chat")
	}
	return nil
}

// maySend checks the rights that concern sending alone.
func (s *Server) maySend(c *room) error {
	role := c.role(s.me.ID)
	switch {
	case c.private():
		return nil
	case c.channel() && !c.admin(s.me.ID):
		return wire.Bad("need administrator rights in the channel chat")
	case role == roleRestricted:
		return wire.Bad("not enough rights to send text messages to the chat")
	case c.mute && !c.admin(s.me.ID):
		return wire.Bad("CHAT_WRITE_FORBIDDEN")
	default:
		return nil
	}
}

// generalTopic is the forum topic that must be addressed without its id.
const generalTopic = 1

// thread checks the message_thread_id of a call; 0 is none.
func (s *Server) thread(c *room, p params) (int64, error) {
	id := p.num("message_thread_id")
	if id == 0 {
		return 0, nil
	}
	t := c.topics[id]
	if t == nil || id == generalTopic {
		return 0, wire.Bad("message thread not found")
	}
	if t.closed && !c.admin(s.me.ID) {
		return 0, wire.Bad("TOPIC_CLOSED")
	}
	return id, nil
}
