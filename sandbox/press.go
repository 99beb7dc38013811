package sandbox

import (
	"fmt"
	"rasid/sandbox/markup"
	"rasid/sandbox/wire"
	"strconv"
	"time"
	"unicode/utf8"
)

// answerTime is how long the bot may answer a press. Telegram does not publish
// it; this is a model.
const answerTime = 30 * time.Second

// maxToast is the longest text of an answer, in characters.
const maxToast = 200

// maxPresses is how many presses are remembered.
const maxPresses = 10_000

// An Answer is what the bot answered to a press.
type Answer struct {
	Query    string `json:"query"`
	Answered bool   `json:"answered"`
	Text     string `json:"text"`  // shown to the person; may be empty
	Alert    bool   `json:"alert"` // in a dialog and not as a line that passes
	URL      string `json:"url"`
}

type press struct {
	Answer

	at time.Time
}

type presses struct {
	byID  map[string]*press
	order []string
}

func (l *presses) add(p *press) {
	if l.byID == nil {
		l.byID = map[string]*press{}
	}
	l.byID[p.Query] = p
	l.order = append(l.order, p.Query)
	if len(l.order) > maxPresses {
		delete(l.byID, l.order[0])
		l.order = l.order[1:]
	}
}

// Press makes a person press a button under a message: the first whose label
// or callback data is the given one. It returns the id of the callback query.
func (s *Server) Press(user, chat, messageID int64, label string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, c := s.users[user], s.chats[chat]
	switch {
	case p == nil:
		return "", fmt.Errorf("press %q: %w", label, errNoUser)
	case c == nil:
		return "", fmt.Errorf("press %q: %w", label, errNoChat)
	case p.deactivated, c.private() && (c.ID != user || p.blocked), !c.private() && !c.in(user):
		return "", fmt.Errorf("press %q: %w", label, errMay)
	}
	m := c.messages[messageID]
	b, ok := button(m, label)
	if !ok {
		return "", fmt.Errorf("press %q under message %d of %d: %w", label, messageID, chat, errNoMessage)
	}
	if b.CallbackData == "" {
		return "", fmt.Errorf("press %q: it asks the bot nothing: %w", label, errMay)
	}
	id := strconv.FormatInt(s.rand.Int64N(1<<62)+1, 10)
	s.presses.add(&press{Answer: Answer{Query: id}, at: s.now()})
	s.push(wire.Update{Callback: &wire.CallbackQuery{
		ID: id, From: p.User, Message: copyOf(m), Data: b.CallbackData,
		ChatInstance: strconv.FormatInt(c.ID*7919, 10),
	}})
	s.notify()
	return id, nil
}

// PressGone makes a person press a button of a message that is no longer
// there, as an app that has not heard of it does.
func (s *Server) PressGone(user, chat, messageID int64, data string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, c := s.users[user], s.chats[chat]
	if p == nil || c == nil {
		return "", fmt.Errorf("press in %d: %w", chat, errNoChat)
	}
	id := strconv.FormatInt(s.rand.Int64N(1<<62)+1, 10)
	s.presses.add(&press{Answer: Answer{Query: id}, at: s.now()})
	s.push(wire.Update{Callback: &wire.CallbackQuery{
		ID: id, From: p.User, Message: &wire.Inaccessible{Chat: c.Chat, ID: messageID}, Data: data,
		ChatInstance: strconv.FormatInt(c.ID*7919, 10),
	}})
	s.notify()
	return id, nil
}

func button(m *message, label string) (wire.Button, bool) {
	if m == nil || m.Markup == nil {
		return wire.Button{}, false
	}
	for _, row := range m.Markup.Rows {
		for _, b := range row {
			if b.Text == label || b.CallbackData == label && label != "" {
				return b, true
			}
		}
	}
	return wire.Button{}, false
}

// Answer returns what the bot answered to a press so far.
func (s *Server) Answer(query string) (Answer, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.presses.byID[query]
	if p == nil {
		return Answer{}, false
	}
	return p.Answer, true
}

func (s *Server) answerCallbackQuery(p params) (any, error) {
	if utf8.RuneCountInString(p["text"]) > maxToast {
		return nil, wire.Bad("MESSAGE_TOO_LONG")
	}
	query := s.presses.byID[p["callback_query_id"]]
	if query == nil || query.Answered || s.now().Sub(query.at) > answerTime {
		return nil, wire.Bad("query is too old and response timeout expired or query ID is invalid")
	}
	text, _ := markup.Clean(p["text"], nil)
	query.Answered, query.Text, query.Alert, query.URL = true, text, p.flag("show_alert"), p["url"]
	return true, nil
}
