package sandbox

import (
	"bytes"
	"cmp"
	"encoding/json"
	"rasid/sandbox/wire"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Limits of the bot's profile, see https://core.telegram.org/bots/api#setmycommands.
const (
	maxCommands     = 100
	maxCommand      = 32
	maxCommandText  = 256
	maxName         = 64
	maxDescription  = 512
	maxShortDescrip = 120
)

// profile is what the bot says of itself: by language, "" for the others.
type profile struct {
	commands map[menuKey][]wire.Command
	names    map[string]string
	texts    map[string]string
	shorts   map[string]string
	button   map[int64]json.RawMessage // by chat, 0 for all
}

// A menuKey is the scope and language of a command menu.
type menuKey struct {
	scope      string
	chat, user int64
	lang       string
}

func newProfile(name string) profile {
	return profile{
		commands: map[menuKey][]wire.Command{}, names: map[string]string{"": name},
		texts: map[string]string{}, shorts: map[string]string{}, button: map[int64]json.RawMessage{},
	}
}

var (
	langShape    = regexp.MustCompile(`^([a-z]{2})?$`)
	commandShape = regexp.MustCompile(`^[a-z0-9_]{1,32}$`)
)

func (s *Server) setMyCommands(p params) (any, error) {
	list, err := readCommands(p["commands"])
	if err != nil {
		return nil, err
	}
	key, err := s.menuKey(p)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		delete(s.profile.commands, key)
	} else {
		s.profile.commands[key] = list
	}
	return true, nil
}

func (s *Server) getMyCommands(p params) (any, error) {
	key, err := s.menuKey(p)
	if err != nil {
		return nil, err
	}
	if list := s.profile.commands[key]; list != nil {
		return list, nil
	}
	return []wire.Command{}, nil
}

func (s *Server) deleteMyCommands(p params) (any, error) {
	key, err := s.menuKey(p)
	if err != nil {
		return nil, err
	}
	delete(s.profile.commands, key)
	return true, nil
}

// A scope is whom commands are shown to, as it is asked for.
type scope struct {
	Type string          `json:"type"`
	Chat json.RawMessage `json:"chat_id"`
	User int64           `json:"user_id"`
}

func readScope(raw string) (q scope, err error) {
	if !json.Valid([]byte(raw)) {
		return q, wire.Bad("Can't parse BotCommandScope JSON object")
	}
	if !strings.HasPrefix(strings.TrimSpace(raw), "{") {
		return q, badScope("BotCommandScope must be an Object")
	}
	if json.Unmarshal([]byte(raw), &q) != nil {
		return q, badScope("a field has the wrong type")
	}
	return q, nil
}

func badScope(why string) error { return wire.Bad("Can't parse BotCommandScope: %s", why) }

func (s *Server) menuKey(p params) (menuKey, error) {
	key := menuKey{scope: "default", lang: p["language_code"]}
	if !langShape.MatchString(key.lang) {
		return key, wire.Bad("invalid language code specified")
	}
	raw := p["scope"]
	if raw == "" {
		return key, nil
	}
	scope, err := readScope(raw)
	if err != nil {
		return key, err
	}
	key.scope = scope.Type
	switch scope.Type {
	case "default", "all_private_chats", "all_group_chats", "all_chat_administrators":
		return key, nil
	case "chat", "chat_administrators", "chat_member":
	case "":
		return key, badScope(`Can't find field "type"`)
	default:
		return key, badScope("Unsupported type specified")
	}
	chat := string(bytes.Trim(scope.Chat, `"`))
	if chat == "" {
		return key, badScope("Empty chat_id specified")
	}
	if scope.Type == "chat_member" {
		if scope.User <= 0 {
			return key, badScope("Invalid user_id specified")
		}
		key.user = scope.User
	}
	c, err := s.access(chat, toRead)
	if err != nil {
		return key, err
	}
	key.chat = c.ID
	return key, nil
}

func readCommands(raw string) ([]wire.Command, error) {
	if raw == "" {
		return nil, nil
	}
	if !json.Valid([]byte(raw)) {
		return nil, wire.Bad("Can't parse commands JSON object")
	}
	var items []json.RawMessage
	if err := json.Unmarshal([]byte(raw), &items); err != nil || items == nil {
		return nil, wire.Bad("Expected an Array of BotCommand")
	}
	if len(items) > maxCommands {
		return nil, wire.Bad("BOT_COMMANDS_TOO_MUCH")
	}
	list := make([]wire.Command, 0, len(items))
	for _, item := range items {
		c, err := readCommand(item)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

func readCommand(item json.RawMessage) (wire.Command, error) {
	const prefix = "Can't parse BotCommand: "
	var c wire.Command
	if len(item) == 0 || item[0] != '{' {
		return c, wire.Bad(prefix + "expected an Object")
	}
	if err := json.Unmarshal(item, &c); err != nil {
		return c, wire.Bad(prefix + "a field has the wrong type")
	}
	c.Name = strings.TrimPrefix(strings.TrimSpace(c.Name), "/")
	c.Description = strings.TrimSpace(c.Description)
	switch {
	case c.Name == "":
		return c, wire.Bad("Command must be non-empty")
	case utf8.RuneCountInString(c.Name) > maxCommand:
		return c, wire.Bad("Command length must not exceed %d", maxCommand)
	case c.Description == "":
		return c, wire.Bad("Command description must be non-empty")
	case utf8.RuneCountInString(c.Description) > maxCommandText:
		return c, wire.Bad("Command description length must not exceed %d", maxCommandText)
	case !commandShape.MatchString(c.Name):
		return c, wire.Bad("BOT_COMMAND_INVALID")
	default:
		return c, nil
	}
}

// A text of the profile: where it is kept, its parameter and longest form.
type profileText struct {
	field, complaint string
	limit            int
	kept             map[string]string
}

func (s *Server) setText(p params, t profileText) (any, error) {
	lang := p["language_code"]
	if !langShape.MatchString(lang) {
		return nil, wire.Bad("invalid language code specified")
	}
	text := strings.TrimSpace(p[t.field])
	if utf8.RuneCountInString(text) > t.limit {
		return nil, wire.Bad("%s", t.complaint)
	}
	if text == "" {
		delete(t.kept, lang)
	} else {
		t.kept[lang] = text
	}
	return true, nil
}

func (s *Server) getText(p params, t profileText) (any, error) {
	return map[string]string{t.field: cmp.Or(t.kept[p["language_code"]], t.kept[""])}, nil
}

func (s *Server) nameText() profileText {
	return profileText{"name", "BOT_TITLE_INVALID", maxName, s.profile.names}
}

func (s *Server) aboutText() profileText {
	return profileText{"description", "BOT_DESCRIPTION_TOO_LONG", maxDescription, s.profile.texts}
}

func (s *Server) shortText() profileText {
	return profileText{"short_description", "BOT_SHORT_DESCRIPTION_TOO_LONG", maxShortDescrip, s.profile.shorts}
}

func (s *Server) setMyName(p params) (any, error)             { return s.setText(p, s.nameText()) }
func (s *Server) getMyName(p params) (any, error)             { return s.getText(p, s.nameText()) }
func (s *Server) setMyDescription(p params) (any, error)      { return s.setText(p, s.aboutText()) }
func (s *Server) getMyDescription(p params) (any, error)      { return s.getText(p, s.aboutText()) }
func (s *Server) setMyShortDescription(p params) (any, error) { return s.setText(p, s.shortText()) }
func (s *Server) getMyShortDescription(p params) (any, error) { return s.getText(p, s.shortText()) }

func (s *Server) setChatMenuButton(p params) (any, error) {
	chat, err := s.buttonChat(p)
	if err != nil {
		return nil, err
	}
	raw := cmp.Or(p["menu_button"], `{"type":"default"}`)
	var button struct {
		Type string `json:"type"`
	}
	if !json.Valid([]byte(raw)) {
		return nil, wire.Bad("Can't parse menu button JSON object")
	}
	if json.Unmarshal([]byte(raw), &button) != nil || !strings.HasPrefix(strings.TrimSpace(raw), "{") {
		return nil, wire.Bad("Can't parse menu button: MenuButton must be an Object")
	}
	switch button.Type {
	case "default", "commands", "web_app":
		s.profile.button[chat] = json.RawMessage(raw)
		return true, nil
	default:
		return nil, wire.Bad("Can't parse menu button: MenuButton has unsupported type")
	}
}

func (s *Server) getChatMenuButton(p params) (any, error) {
	chat, err := s.buttonChat(p)
	if err != nil {
		return nil, err
	}
	if b := s.profile.button[chat]; b != nil {
		return b, nil
	}
	return json.RawMessage(`{"type":"commands"}`), nil
}

func (s *Server) buttonChat(p params) (int64, error) {
	if p["chat_id"] == "" {
		return 0, nil
	}
	c, err := s.access(p["chat_id"], toRead)
	if err != nil {
		return 0, err
	}
	if !c.private() {
		return 0, wire.Bad("chat %d is not a private chat", c.ID)
	}
	return c.ID, nil
}

// Commands returns the menu a person sees in a chat: the narrowest scope that
// has one, first in the person's language, see
// https://core.telegram.org/bots/api#determining-list-of-commands.
func (s *Server) Commands(chat, user int64) []wire.Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, p := s.chats[chat], s.users[user]
	if c == nil || p == nil {
		return nil
	}
	lang, _, _ := strings.Cut(p.Lang, "-")
	for _, scope := range menuScopes(c, user) {
		for _, l := range []string{lang, ""} {
			scope.lang = l
			if list := s.profile.commands[scope]; list != nil {
				return list
			}
		}
	}
	return nil
}

func menuScopes(c *room, user int64) []menuKey {
	if c.private() {
		return []menuKey{{scope: "chat", chat: c.ID}, {scope: "all_private_chats"}, {scope: "default"}}
	}
	scopes := []menuKey{{scope: "chat_member", chat: c.ID, user: user}}
	if c.admin(user) {
		scopes = append(scopes, menuKey{scope: "chat_administrators", chat: c.ID})
	}
	scopes = append(scopes, menuKey{scope: "chat", chat: c.ID})
	if c.admin(user) {
		scopes = append(scopes, menuKey{scope: "all_chat_administrators"})
	}
	return append(scopes, menuKey{scope: "all_group_chats"}, menuKey{scope: "default"})
}
