package sandbox

import (
	"encoding/json"
	"rasid/sandbox/flood"
	"rasid/sandbox/markup"
	"rasid/sandbox/wire"
	"reflect"
	"slices"
	"time"
)

// deletable is how long a bot may delete messages in private chats and its own
// in others, see https://core.telegram.org/bots/api#deletemessage.
const deletable = 48 * time.Hour

const notModified = "message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message"

func (s *Server) editMessageText(p params) (any, error) {
	d, err := readDraft(p)
	if err != nil {
		return nil, err
	}
	c, m, err := s.toBeEdited(p)
	if err != nil {
		return nil, err
	}
	if d.text, d.entities, err = markup.Finish(d.text, d.entities); err != nil {
		return nil, err
	}
	if m.Text == "" {
		return nil, wire.Bad("there is no text in the message to edit")
	}
	same := m.Text == d.text && reflect.DeepEqual(m.Entities, d.entities) && reflect.DeepEqual(m.Markup, d.markup.inline)
	return s.apply(edit{c, m, d.markup, p["reply_markup"], same}, func() {
		m.Text, m.Entities, m.Preview = d.text, d.entities, d.preview
	})
}

func (s *Server) editMessageReplyMarkup(p params) (any, error) {
	keys, err := readMarkup(p["reply_markup"])
	if err != nil {
		return nil, err
	}
	c, m, err := s.toBeEdited(p)
	if err != nil {
		return nil, err
	}
	same := reflect.DeepEqual(m.Markup, keys.inline)
	return s.apply(edit{c, m, keys, p["reply_markup"], same}, func() {})
}

// An edit is what becomes of a message.
type edit struct {
	c    *room
	m    *message
	keys replyMarkup // of the message from now on: what is not given again is removed
	raw  string      // keys as they were sent
	same bool        // nothing would change
}

// apply makes the last checks and the change.
func (s *Server) apply(e edit, change func()) (any, error) {
	if err := e.keys.checkButtons(e.raw); err != nil {
		return nil, err
	}
	if e.same {
		return nil, wire.Bad(notModified)
	}
	if err := s.pace(e.c, flood.Ask{Edit: true}); err != nil {
		return nil, err
	}
	change()
	e.m.Markup, e.m.EditDate = e.keys.inline, s.now().Unix()
	return copyOf(e.m), nil
}

// toBeEdited finds the message of an edit and checks that the bot may edit it.
func (s *Server) toBeEdited(p params) (*room, *message, error) {
	if p["inline_message_id"] != "" {
		return nil, nil, wire.Bad("MESSAGE_ID_INVALID")
	}
	if p["chat_id"] == "" && p["message_id"] == "" {
		return nil, nil, wire.Bad("Message identifier is not specified")
	}
	c, err := s.access(p["chat_id"], toEdit)
	if err != nil {
		return nil, nil, err
	}
	m := c.messages[p.num("message_id")]
	if m == nil {
		return nil, nil, wire.Bad("message to edit not found")
	}
	if !m.out {
		return nil, nil, wire.Bad("message can't be edited")
	}
	return c, m, nil
}

func (s *Server) deleteMessage(p params) (any, error) {
	if p["message_id"] == "" {
		return nil, wire.Bad("Message identifier is not specified")
	}
	c, err := s.access(p["chat_id"], toWrite)
	if err != nil {
		return nil, err
	}
	m := c.messages[p.num("message_id")]
	if m == nil {
		return nil, wire.Bad("message to delete not found")
	}
	if !s.mayDelete(c, m) {
		return nil, wire.Bad("message can't be deleted")
	}
	c.remove(m.ID)
	return true, nil
}

func (s *Server) mayDelete(c *room, m *message) bool {
	if c.admin(s.me.ID) {
		return true
	}
	young := s.now().Sub(time.Unix(m.Date, 0)) < deletable
	return young && (m.out || c.private())
}

// maxDelete is how many messages deleteMessages takes.
const maxDelete = 100

func (s *Server) deleteMessages(p params) (any, error) {
	if p["message_ids"] == "" {
		return nil, wire.Bad("Message identifiers are not specified")
	}
	var ids []int64
	if err := json.Unmarshal([]byte(p["message_ids"]), &ids); err != nil || ids == nil {
		return nil, wire.Bad("Expected an Array of message identifiers")
	}
	if len(ids) > maxDelete {
		return nil, wire.Bad("Too many message identifiers specified")
	}
	c, err := s.access(p["chat_id"], toWrite)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(ids, func(id int64) bool { m := c.messages[id]; return m != nil && !s.mayDelete(c, m) }) {
		return nil, wire.Bad("message can't be deleted")
	}
	for _, id := range ids {
		c.remove(id)
	}
	return true, nil
}
