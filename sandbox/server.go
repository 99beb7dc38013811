package sandbox

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"rasid/sandbox/flood"
	"rasid/sandbox/wire"
	"strconv"
	"sync"
	"time"
)

// A Server is one local Telegram with one bot. Its methods may be called from
// many goroutines.
type Server struct {
	opts   Options
	listen net.Listener // nil: not listening
	faults *Faults
	table  map[string]method // by name in lower case

	mu      sync.Mutex
	rand    *rand.Rand
	me      wire.Me
	skew    time.Duration // how far the clock was put forward
	users   map[int64]*person
	chats   map[int64]*room
	queue   queue
	presses presses
	profile profile
	flood   *flood.Meter
	calls   callLog
	told    []Delivery
	sent    sentLog
	changed chan struct{} // closed and replaced when something happened
	version uint64        // how often something changed that can be seen
	closing chan struct{} // closed when Run ends
	closed  bool
}

// New returns a sandbox with no people in it. When Options.Listen is set the
// address is taken at once, so that URL is known before Run.
func New(o Options) (*Server, error) {
	o = o.withDefaults()
	bot, err := o.check()
	if err != nil {
		return nil, err
	}
	id, err := strconv.ParseInt(bot, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("read the bot's id: %w", err)
	}
	s := &Server{
		opts: o, faults: &Faults{},
		rand:  rand.New(rand.NewPCG(o.Seed, o.Seed^0x9e3779b97f4a7c15)),
		me:    wire.Me{User: wire.User{ID: id, IsBot: true, FirstName: o.Name, Username: o.Username}, CanJoinGroups: true, ReadsAll: o.ReadsAll},
		flood: flood.NewMeter(o.Flood), closing: make(chan struct{}),
	}
	s.table = s.methods()
	s.forget()
	if o.Listen != "" {
		if s.listen, err = listen(o.Listen); err != nil {
			return nil, fmt.Errorf("listen on %s: %w", o.Listen, err)
		}
	}
	return s, nil
}

// listen opens addr; nothing in it waits, so there is no context.
func listen(addr string) (net.Listener, error) {
	a, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return nil, err
	}
	return net.ListenTCP("tcp", a)
}

// forget empties the sandbox. The caller holds mu, or nobody else has s yet.
func (s *Server) forget() {
	s.users, s.chats = map[int64]*person{}, map[int64]*room{}
	s.queue = newQueue(s.rand)
	s.presses = presses{}
	s.profile = newProfile(s.opts.Name)
	s.flood.Reset()
	s.calls, s.sent, s.told = callLog{keep: s.opts.Keep}, newSentLog(s.opts.Keep), nil
	if s.changed == nil {
		s.changed = make(chan struct{})
	}
}

// Reset forgets people, chats, updates, calls and faults.
func (s *Server) Reset() {
	s.faults.Clear()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget()
	s.notify()
}

// Token returns the token the bot calls with.
func (s *Server) Token() string { return s.opts.Token }

// Bot returns the bot's id and username.
func (s *Server) Bot() (id int64, username string) { return s.me.ID, s.me.Username }

// Addr returns the address it listens on, empty when there is none.
func (s *Server) Addr() string {
	if s.listen == nil {
		return ""
	}
	return s.listen.Addr().String()
}

// URL returns the base of the Bot API and of the page, without a slash at its
// end. It is empty when the sandbox does not listen.
func (s *Server) URL() string {
	if s.listen == nil {
		return ""
	}
	return "http://" + s.Addr()
}

// Run serves the API, the control API and the page, and tells the webhook what
// happens, until ctx ends, and returns nil then. Waiting polls are ended. A
// sandbox runs once.
func (s *Server) Run(ctx context.Context) error {
	telling, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { s.tell(telling) })
	defer wg.Wait()
	defer stop()
	if s.listen == nil {
		<-ctx.Done()
		return s.Close()
	}
	srv := &http.Server{Handler: s.mux(), ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(s.listen) }()
	var err error
	select {
	case err = <-done:
	case <-ctx.Done():
		err = errors.Join(s.Close(), srv.Close())
		err = errors.Join(err, notClosed(<-done))
	}
	if err = notClosed(err); err != nil {
		return fmt.Errorf("serve sandbox: %w", err)
	}
	return nil
}

// notClosed leaves out that a server was closed: that was asked for.
func notClosed(err error) error {
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// Close ends waiting polls and gives the address back. Run calls it; a sandbox
// that was never run may be closed by itself.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	close(s.closing)
	if s.listen != nil {
		if err := s.listen.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			return fmt.Errorf("close %s: %w", s.Addr(), err)
		}
	}
	return nil
}

func (s *Server) mux() http.Handler {
	m := http.NewServeMux()
	m.Handle("/bot", s.Handler())
	m.Handle("/file/", s.Handler())
	m.Handle(controlPrefix, s.Control())
	m.Handle("/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isAPI(r.URL.Path) {
			s.Handler().ServeHTTP(w, r)
			return
		}
		s.Page().ServeHTTP(w, r)
	}))
	return guardHost(m)
}

// now is the sandbox's time. The caller holds mu.
func (s *Server) now() time.Time { return s.opts.Now().Add(s.skew) }

// Advance puts the clock forward for dates, lifetimes and the flood model.
// Waiting polls and slow answers keep the time they were given.
func (s *Server) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.skew += max(d, 0)
	s.notify()
}

// notify says that something changed which people or the bot can see. The
// caller holds mu.
func (s *Server) notify() {
	s.version++
	s.wake()
}

// wake wakes whoever waits. The caller holds mu.
func (s *Server) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// Wait returns nil as soon as cond holds, and the context's cause when it ends
// first. cond is asked again after each change and must not block.
func (s *Server) Wait(ctx context.Context, cond func() bool) error {
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if cond() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
