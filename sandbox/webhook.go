package sandbox

import (
	"net/netip"
	"net/url"
	"rasid/sandbox/wire"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Bounds of a webhook, from Client.cpp of the public source.
const (
	maxSecret        = 256 // bytes of secret_token
	hookConnections  = 40  // when none are asked for
	mostConnections  = 100
	localConnections = 100_000
	hookPause        = time.Second // between two setWebhook
)

// A webhook is where updates are told. Setting another one makes a new one,
// which knows nothing of the tries of the old.
type webhook struct {
	url     string
	secret  string
	max     int       // requests at a time
	failed  time.Time // the last one in vain; zero: none
	failure string    // and why
	gone    time.Time // since when it answers 410 and nothing else

	busy  map[lane]bool // lanes with a request under way
	tries map[int64]try // by update
}

// A try is what became of telling an update so far.
type try struct {
	fails int
	delay time.Duration
	due   time.Time
}

var secretShape = regexp.MustCompile(`^[A-Za-z0-9_-]*$`)

// setWebhook closes the old webhook before it looks at the new one, as the
// server does: a refused one leaves none.
func (s *Server) setWebhook(p params) (any, error) {
	if p["url"] == "" {
		return s.deleteWebhook(p)
	}
	q, now := &s.queue, s.now()
	if now.Before(q.nextHook) {
		return nil, wire.TooMany(1)
	}
	q.nextHook = now.Add(hookPause)
	w, drop := s.newWebhook(p), p.flag("drop_pending_updates")
	if old := q.webhook; old != nil && old.url == w.url && old.secret == w.secret && old.max == w.max && !drop {
		q.allow(p["allowed_updates"])
		return described("Webhook is already set"), nil
	}
	q.stopPoll(wire.Conflict("terminated by setWebhook request"))
	q.webhook = nil
	s.wake()
	if drop {
		q.confirm(q.tail)
	}
	u, err := w.check()
	if err != nil {
		return nil, err
	}
	q.allow(p["allowed_updates"])
	if !s.opts.Local {
		if err := checkHost(u); err != nil {
			return nil, err
		}
	}
	q.webhook = w
	return described("Webhook was set"), nil
}

// newWebhook returns what p asks for.
func (s *Server) newWebhook(p params) *webhook {
	most := int64(mostConnections)
	if s.opts.Local {
		most = localConnections
	}
	return &webhook{
		url: p["url"], secret: p["secret_token"], max: int(p.within("max_connections", hookConnections, 1, most)),
		busy: map[lane]bool{}, tries: map[int64]try{},
	}
}

func (w *webhook) check() (*url.URL, error) {
	u, err := hookURL(w.url)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, wire.Bad("invalid webhook URL specified")
	case len(w.secret) > maxSecret:
		return nil, wire.Bad("secret token is too long")
	case !secretShape.MatchString(w.secret):
		return nil, wire.Bad("secret token contains unallowed characters")
	}
	return u, nil
}

// hookURL reads the address of a webhook, which is https unless it says
// otherwise.
func hookURL(raw string) (*url.URL, error) {
	if !strings.Contains(raw, "://") {
		raw = "https://" + raw
	}
	return url.Parse(raw)
}

// checkHost refuses what Telegram's servers cannot or do not want to reach.
// Names are not looked up.
func checkHost(u *url.URL) error {
	switch u.Port() {
	case "", "443", "80", "88", "8443":
	default:
		if u.Scheme == "https" {
			return wire.Bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
		}
	}
	if u.Scheme != "https" {
		return wire.Bad("bad webhook: An HTTPS URL must be provided for webhook")
	}
	ip, known := hookIP(u)
	switch {
	case !known:
		return nil
	case !ip.Is4():
		return wire.Bad("bad webhook: IPv6-only addresses are not allowed")
	case ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified():
		return wire.Bad("bad webhook: IP address %s is reserved", ip)
	}
	return nil
}

// hookIP is the address in a URL, when there is one.
func hookIP(u *url.URL) (netip.Addr, bool) {
	host := u.Hostname()
	if host == "localhost" {
		host = "127.0.0.1"
	}
	ip, err := netip.ParseAddr(host)
	return ip, err == nil
}

func (s *Server) deleteWebhook(p params) (any, error) {
	was := s.queue.webhook != nil
	s.queue.webhook = nil
	if p.flag("drop_pending_updates") {
		s.queue.confirm(s.queue.tail)
	}
	if was {
		return described("Webhook was deleted"), nil
	}
	return described("Webhook is already deleted"), nil
}

func (s *Server) getWebhookInfo(params) (any, error) {
	q := &s.queue
	q.expire(s.now())
	info := wire.WebhookInfo{Pending: len(q.events)}
	if w := q.webhook; w != nil {
		info.URL, info.MaxConnections, info.Address = w.url, w.max, "<unknown>"
		if u, err := hookURL(w.url); err == nil {
			if ip, known := hookIP(u); known {
				info.Address = ip.String()
			}
		}
		if !w.failed.IsZero() {
			info.ErrorDate, info.ErrorMessage = w.failed.Unix(), w.failure
		}
	}
	for _, k := range knownKinds() {
		if q.allowed[k] {
			info.Allowed = append(info.Allowed, k)
		}
	}
	return info, nil
}

// due lists the updates to tell now, the first of each lane that is not busy,
// and how long until the next one may be told; 0: nobody knows. The caller
// holds the server's lock.
func (q *queue) due(now time.Time, w *webhook) (ready []event, wait time.Duration) {
	q.expire(now)
	seen := map[lane]bool{}
	for _, e := range q.events {
		if len(w.busy) >= w.max {
			break
		}
		if w.busy[e.lane] || seen[e.lane] {
			continue
		}
		seen[e.lane] = true
		if left := w.tries[e.id].due.Sub(now); left > 0 {
			if wait == 0 || left < wait {
				wait = left
			}
			continue
		}
		w.busy[e.lane] = true
		ready = append(ready, e)
	}
	return ready, wait
}

// A Delivery is one update that was told to a webhook, or that one tried to
// tell.
type Delivery struct {
	At     time.Time `json:"at"` // when it ended
	Update int64     `json:"update"`
	Kind   string    `json:"kind"`
	Chat   int64     `json:"chat,omitempty"`
	Status int       `json:"status"`          // HTTP status; 0: no answer
	Error  string    `json:"error,omitempty"` // why it will be told again
}

// Deliveries returns what was told to webhooks, oldest first, at most
// Options.Keep of them.
func (s *Server) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.told[max(len(s.told)-s.opts.Keep, 0):])
}
