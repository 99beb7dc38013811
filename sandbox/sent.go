package sandbox

import (
	"cmp"
	"rasid/sandbox/flood"
	"slices"
)

// A Duplicate is a text, or an article's link, that one chat was sent more
// than once. Sends whose answer was lost count too.
type Duplicate struct {
	Chat     int64   `json:"chat"`
	Thread   int64   `json:"thread,omitempty"`
	By       string  `json:"by"` // what is the same: text or link
	Text     string  `json:"text"`
	Link     string  `json:"link,omitempty"` // the first in the text
	Count    int     `json:"count"`
	Messages []int64 `json:"messages"` // the first hundred
}

// maxListed is how many ids of one repeated message are kept.
const maxListed = 100

type sentKey struct {
	chat, thread int64
	by, what     string
}

// sentLog remembers what was sent where. It forgets the oldest half when full.
type sentLog struct {
	keep  int
	seen  map[sentKey]*Duplicate
	order []sentKey
	total int
}

func newSentLog(keep int) sentLog { return sentLog{keep: keep, seen: map[sentKey]*Duplicate{}} }

func (l *sentLog) add(chat int64, m *message) {
	l.total++
	link := firstLink(m)
	l.count(sentKey{chat, m.Thread, "text", m.Text}, m, link)
	if link != "" {
		l.count(sentKey{chat, m.Thread, "link", link}, m, link)
	}
}

func (l *sentLog) count(k sentKey, m *message, link string) {
	d := l.seen[k]
	if d == nil {
		d = &Duplicate{Chat: k.chat, Thread: k.thread, By: k.by, Text: m.Text, Link: link}
		l.seen[k] = d
		l.order = append(l.order, k)
	}
	d.Count++
	if len(d.Messages) < maxListed {
		d.Messages = append(d.Messages, m.ID)
	}
	if len(l.order) > 2*l.keep {
		for _, old := range l.order[:l.keep] {
			delete(l.seen, old)
		}
		l.order = slices.Clone(l.order[l.keep:])
	}
}

// Duplicates returns what was sent to a chat more than once, by chat, then the
// most frequent first.
func (s *Server) Duplicates() []Duplicate {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Duplicate
	for _, k := range s.sent.order {
		if d := s.sent.seen[k]; d.Count > 1 {
			copied := *d
			copied.Messages = slices.Clone(d.Messages)
			list = append(list, copied)
		}
	}
	slices.SortStableFunc(list, func(a, b Duplicate) int {
		return cmp.Or(cmp.Compare(a.Chat, b.Chat), cmp.Compare(b.Count, a.Count))
	})
	return list
}

// Sent returns how many messages of the bot took effect.
func (s *Server) Sent() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent.total
}

// Peaks returns the highest rates seen; see package flood.
func (s *Server) Peaks() flood.Peaks {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.flood.Peaks()
}

// SetFlood changes the knobs of the flood model. What was counted stays.
func (s *Server) SetFlood(f Flood) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flood.SetLimits(f)
}

// Limits returns the knobs of the flood model.
func (s *Server) Limits() Flood {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.flood.Limits()
}
