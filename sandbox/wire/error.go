package wire

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// An Error is a refusal as the Bot API words it.
type Error struct {
	Code        int         `json:"error_code"` // equals the HTTP status
	Description string      `json:"description"`
	Parameters  *Parameters `json:"parameters,omitempty"`
}

// Parameters help a caller to repair a refused call.
type Parameters struct {
	MigrateTo  int64 `json:"migrate_to_chat_id,omitempty"`
	RetryAfter int   `json:"retry_after,omitempty"` // seconds
}

// Error returns the description.
func (e *Error) Error() string { return fmt.Sprintf("%d %s", e.Code, e.Description) }

// Bad returns a 400. The first letter of the message is lowered unless the
// second is a capital or an underscore, as the server does, so that names such
// as BUTTON_DATA_INVALID stay.
func Bad(format string, args ...any) *Error {
	return &Error{Code: 400, Description: "Bad Request: " + lowerFirst(fmt.Sprintf(format, args...))}
}

// Forbidden returns a 403.
func Forbidden(message string) *Error {
	return &Error{Code: 403, Description: "Forbidden: " + message}
}

// Conflict returns a 409.
func Conflict(message string) *Error {
	return &Error{Code: 409, Description: "Conflict: " + message}
}

// TooMany returns a 429 that asks for a pause of so many seconds.
func TooMany(seconds int) *Error {
	return &Error{Code: 429, Description: fmt.Sprintf("Too Many Requests: retry after %d", seconds), Parameters: &Parameters{RetryAfter: seconds}}
}

func lowerFirst(s string) string {
	if len(s) > 1 && (s[1] == '_' || 'A' <= s[1] && s[1] <= 'Z') {
		return s
	}
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(r)) + s[n:]
}
