package telegram

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// An Error is a refusal: the server answered.
type Error struct {
	Method      string
	Code        int           // as in HTTP
	Description string        // the server's words, without the token
	RetryAfter  time.Duration // of 429; 0: not said
	MigrateTo   int64         // the chat's new id; 0: it has not moved
	Foreign     bool          // the answer came from something that is no Bot API server
}

// Error says what was refused, and the server's words.
func (e *Error) Error() string { return fmt.Sprintf("%s: %d %s", e.Method, e.Code, e.Description) }

// A TransportError is a request without an answer that could be read.
type TransportError struct {
	Method  string
	Written bool // the server may have got it, and done it
	Err     error
}

// Error says what was attempted and what went wrong.
func (e *TransportError) Error() string {
	if e.Written {
		return fmt.Sprintf("%s, outcome unknown: %v", e.Method, e.Err)
	}
	return fmt.Sprintf("%s, not sent: %v", e.Method, e.Err)
}

// Unwrap returns what went wrong.
func (e *TransportError) Unwrap() error { return e.Err }

// A Class says what a caller does about an error.
type Class uint8

// The classes. Their comments say what to do.
const (
	None       Class = iota // no error
	Flood                   // wait for After: the chat, or the whole bot
	Gone                    // the person blocked the bot or is deactivated: suspend
	Out                     // the bot is not, or no longer, in the chat: suspend
	Mute                    // may pass: suspend only after repeats
	NoChat                  // no such chat or no right to write: suspend after repeats
	Moved                   // the chat has a new id: MovedTo
	NoThread                // the forum topic is gone or closed: once without it
	Garbled                 // our text or buttons were refused: once as plain text
	Same                    // the edit changes nothing: success
	NoMessage               // what to edit is gone: send anew
	TooLate                 // the press is too old: ignore
	BadToken                // the token is refused: nothing will work
	Rival                   // another process polls with this token: back off
	Missing                 // the server lacks the method
	Refused                 // any other 4xx
	NotWritten              // nothing reached the server: retry with backoff
	Unknown                 // it may have been done
	Broken                  // not about the request: our own failure before sending
)

// A Verdict is what is known of an error.
type Verdict struct {
	Class   Class
	After   time.Duration // of Flood
	MovedTo int64         // of Moved
}

// Classify tells what an error of a Client's call means.
func Classify(err error) Verdict {
	if err == nil {
		return Verdict{}
	}
	if refusal, ok := errors.AsType[*Error](err); ok {
		return refusal.verdict()
	}
	var lost *TransportError
	switch {
	case !errors.As(err, &lost):
		return Verdict{Class: Broken}
	case lost.Written:
		return Verdict{Class: Unknown}
	default:
		return Verdict{Class: NotWritten}
	}
}

func (e *Error) verdict() Verdict {
	switch {
	case e.MigrateTo != 0:
		return Verdict{Class: Moved, MovedTo: e.MigrateTo}
	case e.Code == 429:
		return Verdict{Class: Flood, After: max(e.RetryAfter, minFlood)}
	}
	words := strings.ToLower(e.Description)
	for _, row := range refusals {
		if row.fits(e, words) {
			return Verdict{Class: row.class}
		}
	}
	return Verdict{Class: Unknown}
}

// minFlood is how long a 429 without retry_after holds.
const minFlood = time.Second

// A refusalRow is one line of the error table.
type refusalRow struct {
	from, to int    // codes, both included
	words    string // lower case, somewhere in the description; empty: any
	foreign  bool   // only answers of something that is no Bot API server
	class    Class
}

func (r refusalRow) fits(e *Error, words string) bool {
	return e.Code >= r.from && e.Code <= r.to && r.foreign == e.Foreign && strings.Contains(words, r.words)
}
