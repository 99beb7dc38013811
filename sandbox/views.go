package sandbox

import (
	"cmp"
	"fmt"
	"net/http"
	"rasid/sandbox/wire"
	"slices"
	"strings"
	"time"
)

// A ChatInfo is one line of the list of chats.
type ChatInfo struct {
	ID      int64   `json:"id"`
	Kind    string  `json:"kind"` // private, group, supergroup, forum or channel
	Title   string  `json:"title"`
	Last    string  `json:"last"`    // text of the newest message
	Date    int64   `json:"date"`    // of the newest message; 0: none
	Writes  bool    `json:"writes"`  // the person may write there
	Started bool    `json:"started"` // of a private chat: the bot was started
	Blocked bool    `json:"blocked"` // of a private chat: the person blocked the bot
	Count   int     `json:"count"`   // messages
	Topics  []Topic `json:"topics,omitempty"`
}

// A Topic is one of a forum's.
type Topic struct {
	Thread int64  `json:"thread"`
	Name   string `json:"name"`
	Closed bool   `json:"closed"`
}

// A Town is everybody and the chats one person sees.
type Town struct {
	Bot   wire.User  `json:"bot"`
	Users []User     `json:"users"`
	Chats []ChatInfo `json:"chats"`
	About string     `json:"about"` // what an empty chat with the bot shows
}

// Town returns people, and the chats that a person sees (all when user is 0),
// the newest first.
func (s *Server) Town(user int64) Town {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := Town{Bot: s.me.User, Users: []User{}, Chats: []ChatInfo{}}
	t.Bot.FirstName = cmp.Or(s.profile.names[""], t.Bot.FirstName)
	for _, p := range s.users {
		if !p.deactivated {
			t.Users = append(t.Users, User{ID: p.ID, FirstName: p.FirstName, LastName: p.LastName, Username: p.Username, Lang: p.Lang, Started: p.started})
		}
	}
	slices.SortFunc(t.Users, func(a, b User) int { return cmp.Compare(a.ID, b.ID) })
	if p := s.users[user]; p != nil {
		lang, _, _ := strings.Cut(p.Lang, "-")
		t.About = cmp.Or(s.profile.texts[lang], s.profile.texts[""])
		t.Bot.FirstName = cmp.Or(s.profile.names[lang], t.Bot.FirstName)
	}
	for _, c := range s.chats {
		if user == 0 || c.ID == user || !c.private() && c.in(user) {
			t.Chats = append(t.Chats, s.chatInfo(c, user))
		}
	}
	slices.SortFunc(t.Chats, func(a, b ChatInfo) int {
		return cmp.Or(cmp.Compare(b.Date, a.Date), cmp.Compare(b.ID, a.ID))
	})
	return t
}

func (s *Server) chatInfo(c *room, user int64) ChatInfo {
	i := ChatInfo{ID: c.ID, Kind: c.kind, Title: c.Title, Count: len(c.order), Writes: c.in(user) && (!c.channel() || c.admin(user)) && c.upgraded == 0 && !c.gone}
	if p := s.users[c.ID]; c.private() && p != nil {
		i.Title, i.Writes = strings.TrimSpace(p.FirstName+" "+p.LastName), c.ID == user && !p.blocked
		i.Started, i.Blocked = p.started, p.blocked
	}
	if n := len(c.order); n > 0 {
		m := c.messages[c.order[n-1]]
		i.Last, i.Date = m.Text, m.Date
	}
	for thread, t := range c.topics {
		i.Topics = append(i.Topics, Topic{Thread: thread, Name: t.name, Closed: t.closed})
	}
	slices.SortFunc(i.Topics, func(a, b Topic) int { return cmp.Compare(a.Thread, b.Thread) })
	return i
}

func (s *Server) viewRoutes() map[string]http.HandlerFunc {
	get := func(view func(r *http.Request) any) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { writeJSON(w, http.StatusOK, view(r)) }
	}
	return map[string]http.HandlerFunc{
		"GET " + controlPrefix + "chats": get(func(r *http.Request) any { return s.Town(asked(r, "user")) }),
		"GET " + controlPrefix + "messages": get(func(r *http.Request) any {
			list := s.Chat(asked(r, "chat")).Messages()
			if limit := int(asked(r, "limit")); limit > 0 {
				list = list[max(len(list)-limit, 0):]
			}
			return append([]Message{}, list...)
		}),
		"GET " + controlPrefix + "commands": get(func(r *http.Request) any {
			return append([]Command{}, s.Commands(asked(r, "chat"), asked(r, "user"))...)
		}),
		"GET " + controlPrefix + "calls":      get(func(r *http.Request) any { return s.callsLike(r) }),
		"GET " + controlPrefix + "duplicates": get(func(*http.Request) any { return append([]Duplicate{}, s.Duplicates()...) }),
		"GET " + controlPrefix + "peaks":      get(func(*http.Request) any { return s.Peaks() }),
		"GET " + controlPrefix + "updates":    get(func(*http.Request) any { return s.Updates() }),
		"GET " + controlPrefix + "deliveries": get(func(*http.Request) any { return append([]Delivery{}, s.Deliveries()...) }),
		"GET " + controlPrefix + "flood":      get(func(*http.Request) any { return s.Limits() }),
		"GET " + controlPrefix + "faults":     get(func(*http.Request) any { return append([]Fault{}, s.faults.List()...) }),
		"DELETE " + controlPrefix + "faults": get(func(*http.Request) any {
			s.faults.Clear()
			return []Fault{}
		}),
		"GET " + controlPrefix + "answer": func(w http.ResponseWriter, r *http.Request) {
			a, ok := s.Answer(r.URL.Query().Get("query"))
			if !ok {
				writeJSON(w, http.StatusNotFound, problem{"no such press"})
				return
			}
			writeJSON(w, http.StatusOK, a)
		},
	}
}

func (s *Server) callsLike(r *http.Request) []Call {
	method, chat, since := strings.ToLower(r.URL.Query().Get("method")), asked(r, "chat"), int(asked(r, "since"))
	list := []Call{}
	for _, c := range s.Calls() {
		if (method == "" || c.Method == method) && (chat == 0 || c.Chat == chat) && c.N > since {
			list = append(list, c)
		}
	}
	return list
}

// Server-sent events: how soon after one change the next is told, and how
// often a silent stream says that it lives.
const (
	eventGap  = 60 * time.Millisecond
	eventBeat = 15 * time.Second
)

// events tells a page whenever something changed: a number that grows.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	out := http.NewResponseController(w)
	beat := time.NewTicker(eventBeat)
	defer beat.Stop()
	told, due := uint64(0), true
	for {
		s.mu.Lock()
		changed, version := s.changed, s.version
		s.mu.Unlock()
		if due || version != told {
			if _, err := fmt.Fprintf(w, "data: %d\n\n", version); err != nil || out.Flush() != nil {
				return
			}
			told = version
			s.sleep(r.Context(), eventGap)
		}
		due = false
		select {
		case <-changed:
		case <-beat.C:
			due = true
		case <-r.Context().Done():
			return
		case <-s.closing:
			return
		}
	}
}
