package telegram

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"regexp"
	"strings"
	"sync"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

// hidden is what people see where a token would stand.
const hidden = "<token>"

// A secret is a token. It is always held by pointer in unexported fields, so
// that printing what holds it prints an address.
type secret struct{ token string }

// maxToken is longer than any token: the server refuses more than 80 bytes.
const maxToken = 256

func newSecret(token string) (*secret, error) {
	switch {
	case token == "":
		return nil, errors.New("the bot token is empty")
	case len(token) > maxToken:
		return nil, errors.New("the bot token is too long")
	case strings.ContainsFunc(token, notToken):
		return nil, errors.New("the bot token has a character that no token has")
	}
	return &secret{token}, nil
}

func notToken(r rune) bool {
	letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	return !letter && r != ':' && r != '-' && r != '_'
}

// String hides the token.
func (*secret) String() string { return hidden }

// GoString hides the token.
func (*secret) GoString() string { return hidden }

// LogValue hides the token.
func (*secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// redact replaces the token, its escaped spelling, and the half after the
// colon, which is the secret proper.
func (s *secret) redact(text string) string {
	text = strings.ReplaceAll(text, s.token, hidden)
	text = strings.ReplaceAll(text, url.QueryEscape(s.token), hidden)
	if _, half, ok := strings.Cut(s.token, ":"); ok && len(half) >= minHalf {
		text = strings.ReplaceAll(text, half, hidden)
	}
	return text
}

// minHalf keeps redact from blotting out common words in tests with short
// tokens; real halves have 35 bytes.
const minHalf = 8

// clean returns err with its text redacted. What a caller may ask of the
// chain by errors.Is or errors.As still answers, as long as its own text
// holds no token.
func (s *secret) clean(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // u's text is the address, which holds the token
	}
	if text := err.Error(); s.redact(text) != text {
		return &redacted{text: s.redact(text), cause: s.safe(err)}
	}
	return err
}

// safe returns the first error in the chain that does not show the token.
func (s *secret) safe(err error) error {
	for err != nil {
		if text := err.Error(); s.redact(text) == text {
			return err
		}
		err = errors.Unwrap(err)
	}
	return nil
}

type redacted struct {
	text  string
	cause error
}

// Error returns the text without the token.
func (r *redacted) Error() string { return r.text }

// Unwrap returns what is safe to look at.
func (r *redacted) Unwrap() error { return r.cause }

// muteLibrary takes the library's one global logger out of the game. rasid
// never turns on what logs there; should a line come all the same, it goes to
// slog without anything that looks like a token.
//
//nolint:gochecknoglobals // the library's logger is a global; setting it twice at a time would be a race
var muteLibrary = sync.OnceFunc(func() {
	// The only error is about a nil logger.
	_ = tgbotapi.SetLogger(libraryLog{regexp.MustCompile(`[0-9]+:[\w-]+|/bot[^/\s]+`)})
})

type libraryLog struct{ secrets *regexp.Regexp }

// Println logs at debug level.
func (l libraryLog) Println(v ...any) { l.print(fmt.Sprintln(v...)) }

// Printf logs at debug level.
func (l libraryLog) Printf(format string, v ...any) { l.print(fmt.Sprintf(format, v...)) }

func (l libraryLog) print(text string) {
	slog.Debug("telegram library", "text", l.secrets.ReplaceAllString(text, hidden))
}
