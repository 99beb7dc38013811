package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"rasid/sandbox/page"
	"strconv"
	"strings"
	"time"
)

// controlPrefix is where the control API lives.
const controlPrefix = "/__ctl/"

// maxControl is the largest body of a control request, in bytes.
const maxControl = 1 << 20

// Control serves the control API under /__ctl/; see the package's page.
func (s *Server) Control() http.Handler {
	m := http.NewServeMux()
	for pattern, h := range s.peopleRoutes() {
		m.HandleFunc(pattern, h)
	}
	for pattern, h := range s.worldRoutes() {
		m.HandleFunc(pattern, h)
	}
	for pattern, h := range s.viewRoutes() {
		m.HandleFunc(pattern, h)
	}
	m.HandleFunc("GET "+controlPrefix+"events", s.events)
	return guardHost(m)
}

// Page serves the chat page. It talks to the control API beside it.
func (s *Server) Page() http.Handler {
	return guardHost(page.Handler(page.Bot{ID: s.me.ID, Name: s.opts.Name, Username: s.opts.Username}))
}

// guardHost refuses requests for a host with a name other than localhost, so
// that a web page elsewhere cannot reach the sandbox by a name of its own that
// points to loopback.
func guardHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err != nil && host != "localhost" && !isAPI(r.URL.Path) {
			http.Error(w, "open the sandbox by its address or as localhost", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// ref names what most control requests are about.
type ref struct {
	User    int64  `json:"user"`
	Chat    int64  `json:"chat"`
	Thread  int64  `json:"thread"`
	Message int64  `json:"message_id"`
	From    int64  `json:"from"`
	ReplyTo int64  `json:"reply_to"`
	Text    string `json:"text"`
	Label   string `json:"label"`
	Name    string `json:"name"`
	State   string `json:"state"`
	Status  string `json:"status"`
	Lang    string `json:"lang"`
	Payload string `json:"payload"`
	Group   int64  `json:"group"`
	Seconds int64  `json:"seconds"`
}

// peopleRoutes are what people do.
func (s *Server) peopleRoutes() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"POST " + controlPrefix + "user":  post(func(u User) (any, error) { return id(s.AddUser(u)), nil }),
		"POST " + controlPrefix + "lang":  post(func(q ref) (any, error) { return nil, s.SetLang(q.User, q.Lang) }),
		"POST " + controlPrefix + "chat":  post(s.addAnyChat),
		"POST " + controlPrefix + "topic": post(s.changeAnyTopic),
		"POST " + controlPrefix + "say": post(func(q ref) (any, error) {
			n, err := s.Say(q.From, q.Chat, q.Thread, q.Text, q.ReplyTo)
			return map[string]int64{"message_id": n}, err
		}),
		"POST " + controlPrefix + "edit": post(func(q ref) (any, error) { return nil, s.Edit(q.From, q.Chat, q.Message, q.Text) }),
		"POST " + controlPrefix + "press": post(func(q ref) (any, error) {
			query, err := s.Press(q.User, q.Chat, q.Message, q.Label)
			return map[string]string{"query": query}, err
		}),
		"POST " + controlPrefix + "start": post(func(q ref) (any, error) {
			n, err := s.Start(q.User, q.Payload, q.Group)
			return map[string]int64{"message_id": n}, err
		}),
		"POST " + controlPrefix + "block":      post(func(q ref) (any, error) { return nil, s.Block(q.User) }),
		"POST " + controlPrefix + "unblock":    post(func(q ref) (any, error) { return nil, s.Unblock(q.User) }),
		"POST " + controlPrefix + "deactivate": post(func(q ref) (any, error) { return nil, s.Deactivate(q.User) }),
		"POST " + controlPrefix + "kick":       post(func(q ref) (any, error) { return nil, s.Kick(q.Chat, q.User, q.From) }),
		"POST " + controlPrefix + "join":       post(func(q ref) (any, error) { return nil, s.Join(q.Chat, q.User, q.From) }),
		"POST " + controlPrefix + "leave":      post(func(q ref) (any, error) { return nil, s.Leave(q.Chat, q.User) }),
		"POST " + controlPrefix + "role":       post(func(q ref) (any, error) { return nil, s.SetRole(q.Chat, q.User, q.Status) }),
	}
}

// worldRoutes are what happens without people.
func (s *Server) worldRoutes() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"POST " + controlPrefix + "migrate": post(func(q ref) (any, error) {
			n, err := s.Migrate(q.Chat)
			return id(n), err
		}),
		"POST " + controlPrefix + "clock": post(func(q ref) (any, error) {
			s.Advance(time.Duration(q.Seconds) * time.Second)
			return nil, nil
		}),
		"POST " + controlPrefix + "killpoll": post(func(struct{}) (any, error) { return map[string]bool{"killed": s.KillPoll()}, nil }),
		"POST " + controlPrefix + "reset": post(func(struct{}) (any, error) {
			s.Reset()
			return nil, nil
		}),
		"POST " + controlPrefix + "faults": post(func(f Fault) (any, error) {
			s.faults.Add(f)
			return s.faults.List(), nil
		}),
		"PUT " + controlPrefix + "flood": post(func(f Flood) (any, error) {
			s.SetFlood(f)
			return s.Limits(), nil
		}),
	}
}

func id(n int64) map[string]int64 { return map[string]int64{"id": n} }

func (s *Server) addAnyChat(q struct {
	Group

	Kind string `json:"kind"`
},
) (any, error) {
	switch q.Kind {
	case kindGroup:
		return id(s.AddGroup(q.Group)), nil
	case kindSupergroup:
		q.Super = true
		return id(s.AddGroup(q.Group)), nil
	case kindForum:
		return id(s.AddForum(q.Group)), nil
	case kindChannel:
		return id(s.AddChannel(q.Group)), nil
	default:
		return nil, fmt.Errorf("add chat: kind %q is none of group, supergroup, forum, channel", q.Kind)
	}
}

func (s *Server) changeAnyTopic(q ref) (any, error) {
	switch q.State {
	case "":
		n, err := s.AddTopic(q.Chat, q.Name)
		return map[string]int64{"thread": n}, err
	case "closed":
		return nil, s.CloseTopic(q.Chat, q.Thread)
	case "open":
		return nil, s.OpenTopic(q.Chat, q.Thread)
	case "deleted":
		return nil, s.DeleteTopic(q.Chat, q.Thread)
	default:
		return nil, fmt.Errorf("change topic: state %q is none of closed, open, deleted", q.State)
	}
}

// post makes a handler that reads a JSON object. Another content type is
// refused: a form on some other site could send it.
func post[T any](do func(T) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
			writeJSON(w, http.StatusUnsupportedMediaType, problem{"send application/json"})
			return
		}
		var q T
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxControl))
		if err == nil && len(body) > 0 {
			err = json.Unmarshal(body, &q)
		}
		if err != nil {
			writeJSON(w, http.StatusBadRequest, problem{"read request: " + err.Error()})
			return
		}
		result, err := do(q)
		if err != nil {
			writeJSON(w, statusOf(err), problem{err.Error()})
			return
		}
		if result == nil {
			result = map[string]bool{"ok": true}
		}
		writeJSON(w, http.StatusOK, result)
	}
}

type problem struct {
	Error string `json:"error"`
}

func statusOf(err error) int {
	if errors.Is(err, errNoChat) || errors.Is(err, errNoUser) || errors.Is(err, errNoMessage) {
		return http.StatusNotFound
	}
	return http.StatusBadRequest
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	// Whoever went away does not hear the rest.
	_, _ = w.Write(body)
}

// asked reads a number from the query; what is none is 0.
func asked(r *http.Request, key string) int64 {
	n, err := strconv.ParseInt(r.URL.Query().Get(key), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
