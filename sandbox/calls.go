package sandbox

import (
	"context"
	"slices"
	"strings"
	"time"
)

// A Call is one call of the Bot API as it was made. The bot's token is
// replaced wherever it stood.
type Call struct {
	N      int               `json:"n"` // counts calls from 1
	At     time.Time         `json:"at"`
	Method string            `json:"method"` // in lower case
	Chat   int64             `json:"chat,omitempty"`
	Params map[string]string `json:"params"`
	Status int               `json:"status"`        // HTTP status
	Answer string            `json:"answer"`        // the body; of getUpdates only when it was refused
	Cut    bool              `json:"cut,omitempty"` // the connection ended before the caller had it
}

// call is a call under way.
type call struct {
	method string
	params params
	chat   int64
}

// redacted stands where the token stood.
const redacted = "<token>"

// maxRecorded bounds the body kept of a call, in bytes.
const maxRecorded = 4096

type callLog struct {
	keep  int
	total int
	list  []Call
	count map[string]int // calls by method, forgotten ones included
}

func (l *callLog) add(c Call) {
	if l.count == nil {
		l.count = map[string]int{}
	}
	l.total++
	c.N = l.total
	l.count[c.Method]++
	l.list = append(l.list, c)
	if len(l.list) > 2*l.keep {
		l.list = slices.Clone(l.list[len(l.list)-l.keep:])
	}
}

// record makes the entry of a call. The caller holds mu.
func (s *Server) record(c *call, rep reply) Call {
	p := make(map[string]string, len(c.params))
	for k, v := range c.params {
		p[k] = strings.ReplaceAll(v, s.opts.Token, redacted)
	}
	entry := Call{At: s.now(), Method: c.method, Chat: c.chat, Params: p, Status: rep.status, Cut: rep.cut != cutNone}
	if c.method != "getupdates" || rep.status != 200 {
		entry.Answer = strings.ReplaceAll(string(rep.body[:min(len(rep.body), maxRecorded)]), s.opts.Token, redacted)
	}
	return entry
}

// Calls returns the calls that were answered, oldest first, at most
// Options.Keep of them.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.calls.list
	return slices.Clone(list[max(len(list)-s.opts.Keep, 0):])
}

// Count returns how often a method was called, in any case and whatever the
// answer; of every method when it is empty.
func (s *Server) Count(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if method == "" {
		return s.calls.total
	}
	return s.calls.count[strings.ToLower(method)]
}

// WaitCalls waits until a method was called at least n times since the sandbox
// began, whatever the answers.
func (s *Server) WaitCalls(ctx context.Context, method string, n int) error {
	return s.Wait(ctx, func() bool { return s.Count(method) >= n })
}
