package sandbox

import (
	"encoding/json"
	"rasid/sandbox/flood"
	"rasid/sandbox/markup"
	"rasid/sandbox/wire"
	"slices"
	"strings"
	"unicode/utf8"
)

// A draft is a message that was read and not yet sent.
type draft struct {
	text     string
	entities []wire.Entity
	markup   replyMarkup
	preview  json.RawMessage
}

// readDraft makes the checks that come before the chat is looked at.
func readDraft(p params) (draft, error) {
	var d draft
	var err error
	if d.text, d.entities, err = markup.Format(p["text"], p["parse_mode"], p["entities"]); err != nil {
		return d, err
	}
	if d.preview, err = readPreview(p); err != nil {
		return d, err
	}
	d.markup, err = readMarkup(p["reply_markup"])
	return d, err
}

func readPreview(p params) (json.RawMessage, error) {
	raw := p["link_preview_options"]
	switch {
	case raw == "" && p.flag("disable_web_page_preview"):
		return json.RawMessage(`{"is_disabled":true}`), nil
	case raw == "":
		return nil, nil
	case !json.Valid([]byte(raw)):
		return nil, wire.Bad("Can't parse link preview options JSON object")
	case !strings.HasPrefix(strings.TrimSpace(raw), "{"):
		return nil, wire.Bad("Object expected as link preview options")
	default:
		return json.RawMessage(raw), nil
	}
}

// finish makes the checks that come after the chat's.
func (d *draft) finish(p params) error {
	var err error
	if d.text, d.entities, err = markup.Finish(d.text, d.entities); err != nil {
		return err
	}
	return d.markup.checkButtons(p["reply_markup"])
}

// message makes the bot's message of a finished draft.
func (d draft) message() *message {
	return &message{
		Message: wire.Message{Text: d.text, Entities: d.entities, Markup: d.markup.inline, Preview: d.preview},
		out:     true, force: d.markup.force, keyboard: d.markup.keyboard, clear: d.markup.remove,
	}
}

func (s *Server) sendMessage(p params) (any, error) {
	d, err := readDraft(p)
	if err != nil {
		return nil, err
	}
	c, thread, reply, err := s.target(p)
	if err != nil {
		return nil, err
	}
	if err := d.finish(p); err != nil {
		return nil, err
	}
	if err := s.pace(c, flood.Ask{Paid: p.flag("allow_paid_broadcast"), Chars: utf8.RuneCountInString(d.text)}); err != nil {
		return nil, err
	}
	m := d.message()
	m.silent = p.flag("disable_notification")
	return copyOf(s.post(c, thread, reply, m)), nil
}

// target finds and checks where a message is to go: chat, topic and the
// message it answers.
func (s *Server) target(p params) (*room, int64, *message, error) {
	replyID, optional, err := readReply(p)
	if err != nil {
		return nil, 0, nil, err
	}
	c, err := s.access(p["chat_id"], toWrite)
	if err != nil {
		return nil, 0, nil, err
	}
	thread, err := s.thread(c, p)
	if err != nil {
		return nil, 0, nil, err
	}
	reply := c.messages[replyID]
	if replyID != 0 && reply == nil && !optional {
		return nil, 0, nil, wire.Bad("message to be replied not found")
	}
	return c, thread, reply, s.maySend(c)
}

func readReply(p params) (id int64, optional bool, err error) {
	raw := p["reply_parameters"]
	if raw == "" {
		return p.num("reply_to_message_id"), p.flag("allow_sending_without_reply"), nil
	}
	if !json.Valid([]byte(raw)) {
		return 0, false, wire.Bad("Can't parse reply parameters JSON object")
	}
	if !strings.HasPrefix(strings.TrimSpace(raw), "{") {
		return 0, false, wire.Bad("Object expected as reply parameters")
	}
	var object struct {
		ID       *int64 `json:"message_id"`
		Optional bool   `json:"allow_sending_without_reply"`
	}
	if err := json.Unmarshal([]byte(raw), &object); err != nil {
		return 0, false, wire.Bad(`Field "message_id" must be of type Number`)
	}
	if object.ID == nil {
		if strings.TrimSpace(raw) == "{}" {
			return 0, false, nil
		}
		return 0, false, wire.Bad(`Can't find field "message_id"`)
	}
	return *object.ID, object.Optional, nil
}

// pace asks the flood model. Nothing is used up by what it refuses.
func (s *Server) pace(c *room, a flood.Ask) error {
	a.Chat, a.Group = c.ID, !c.private()
	if !c.admin(s.me.ID) {
		a.Slow = c.slow
	}
	if n := s.flood.Take(s.now(), a); n > 0 {
		return wire.TooMany(n)
	}
	return nil
}

// post puts the bot's message into a chat.
func (s *Server) post(c *room, thread int64, reply *message, m *message) *message {
	m.Date = s.now().Unix()
	if c.channel() {
		chat := c.Chat
		m.SenderChat = &chat
	} else {
		me := s.me.User
		m.From = &me
	}
	if reply != nil {
		m.ReplyTo = copyOf(reply)
		if thread == 0 && reply.Topic {
			thread = reply.Thread
		}
	}
	m.Thread, m.Topic = thread, thread != 0
	c.add(m)
	s.sent.add(c.ID, m)
	return m
}

// copyMessage sends a message's content anew.
func (s *Server) copyMessage(p params) (any, error) {
	keys, err := readMarkup(p["reply_markup"])
	if err != nil {
		return nil, err
	}
	if p["message_id"] == "" {
		return nil, wire.Bad("Message identifier is not specified")
	}
	from, err := s.access(p["from_chat_id"], toRead)
	if err != nil {
		return nil, err
	}
	old := from.messages[p.num("message_id")]
	if old == nil {
		return nil, wire.Bad("message to copy not found")
	}
	if old.Text == "" {
		return nil, wire.Bad("message can't be copied")
	}
	c, thread, reply, err := s.target(p)
	if err != nil {
		return nil, err
	}
	if err := keys.checkButtons(p["reply_markup"]); err != nil {
		return nil, err
	}
	if err := s.pace(c, flood.Ask{Paid: p.flag("allow_paid_broadcast"), Chars: utf8.RuneCountInString(old.Text)}); err != nil {
		return nil, err
	}
	d := draft{text: old.Text, entities: slices.Clone(old.Entities), markup: keys, preview: old.Preview}
	m := d.message()
	m.silent = p.flag("disable_notification")
	return map[string]int64{"message_id": s.post(c, thread, reply, m).ID}, nil
}

func (s *Server) sendChatAction(p params) (any, error) {
	actions := []string{
		"cancel", "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
		"upload_document", "choose_sticker", "find_location", "record_video_note", "upload_video_note",
		"record_audio", "upload_audio", "pick_up_location",
	}
	if !slices.Contains(actions, strings.ToLower(p["action"])) {
		return nil, wire.Bad("Wrong parameter action in request")
	}
	c, err := s.access(p["chat_id"], toWrite)
	if err != nil {
		return nil, err
	}
	if _, err := s.thread(c, p); err != nil {
		return nil, err
	}
	return true, s.maySend(c)
}
