package sandbox

import (
	"context"
	"rasid/sandbox/wire"
	"strings"
)

// A method is one call of the Bot API. The caller of a method holds mu.
type method func(p params) (any, error)

// methods returns what the bot may call, by the name in lower case. getUpdates
// is not among them: it waits.
func (s *Server) methods() map[string]method {
	return map[string]method{
		"getme":                  func(params) (any, error) { return s.me, nil },
		"logout":                 func(params) (any, error) { return true, nil },
		"close":                  func(params) (any, error) { return true, nil },
		"setwebhook":             s.setWebhook,
		"deletewebhook":          s.deleteWebhook,
		"getwebhookinfo":         s.getWebhookInfo,
		"sendmessage":            s.sendMessage,
		"copymessage":            s.copyMessage,
		"sendchataction":         s.sendChatAction,
		"editmessagetext":        s.editMessageText,
		"editmessagereplymarkup": s.editMessageReplyMarkup,
		"deletemessage":          s.deleteMessage,
		"deletemessages":         s.deleteMessages,
		"answercallbackquery":    s.answerCallbackQuery,
		"getchat":                s.getChat,
		"getchatmember":          s.getChatMember,
		"getchatadministrators":  s.getChatAdministrators,
		"getchatmembercount":     s.getChatMemberCount,
		"leavechat":              s.leaveChat,
		"setmycommands":          s.setMyCommands,
		"getmycommands":          s.getMyCommands,
		"deletemycommands":       s.deleteMyCommands,
		"setmyname":              s.setMyName,
		"getmyname":              s.getMyName,
		"setmydescription":       s.setMyDescription,
		"getmydescription":       s.getMyDescription,
		"setmyshortdescription":  s.setMyShortDescription,
		"getmyshortdescription":  s.getMyShortDescription,
		"setchatmenubutton":      s.setChatMenuButton,
		"getchatmenubutton":      s.getChatMenuButton,
	}
}

// invoke makes a call and returns its result or refusal.
func (s *Server) invoke(ctx context.Context, c *call) (any, error) {
	if c.method == "getupdates" {
		return s.getUpdates(ctx, c.params)
	}
	m := s.table[c.method]
	if m == nil {
		return nil, &wire.Error{Code: 404, Description: "Not Found: method not found"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, &wire.Error{Code: 500, Description: "Internal Server Error: restart"}
	}
	result, err := m(c.params)
	if err == nil && !strings.HasPrefix(c.method, "get") {
		s.notify()
	}
	return result, err
}
