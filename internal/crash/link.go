package crash

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// A Link is a way to a server on which things go wrong. Programs reach the
// server at Addr.
type Link struct {
	Addr string

	to     string
	listen net.Listener
	ended  sync.WaitGroup

	mu     sync.Mutex
	closed bool
	cut    bool          // nobody comes through, and everybody is told so
	silent bool          // nobody comes through, and nobody is told so
	delay  time.Duration // of answers
	lose   int           // answers of scripts that are to be lost
	lost   int
	ways   map[*way]bool
}

// A way is one connection of a Link.
type way struct {
	link           *Link
	client, server net.Conn

	deaf bool // it was silent once; the link's lock guards it
	last bool // its next answer is lost
}

// NewLink makes a way to the server at an address.
func NewLink(ctx context.Context, to string) (*Link, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("make a link: %w", err)
	}
	link := &Link{Addr: l.Addr().String(), to: to, listen: l, ways: map[*way]bool{}}
	link.ended.Go(link.accept)
	return link, nil
}

// Close ends the link and all that came through it.
func (l *Link) Close() error {
	l.mu.Lock()
	l.closed = true
	l.end(func(*way) bool { return true })
	l.mu.Unlock()
	err := l.listen.Close()
	l.ended.Wait()
	return err
}

// Cut ends every connection, and every new one, until Heal.
func (l *Link) Cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = true
	l.end(func(*way) bool { return true })
}

// Silence swallows everything, on open connections and new ones, until Heal: to
// each side it looks as if the other thought for long.
func (l *Link) Silence() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.silent = true
}

// Delay makes every answer come later, until Heal.
func (l *Link) Delay(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.delay = d
}

// LoseAnswers loses the answers of the next n scripts: the server did what was
// asked, and the connection ends before anybody hears of it.
func (l *Link) LoseAnswers(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lose += n
}

// Lost tells how many answers were lost.
func (l *Link) Lost() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lost
}

// Heal makes the way good again. Connections whose bytes were swallowed end now,
// as they do when a path comes back and one side knows nothing of them.
func (l *Link) Heal() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut, l.silent, l.delay, l.lose = false, false, 0, 0
	l.end(func(w *way) bool { return w.deaf })
}

// end ends the connections that which chooses, as a reset does. The lock is
// held.
func (l *Link) end(which func(*way) bool) {
	for w := range l.ways {
		if which(w) {
			w.reset()
		}
	}
}

func (w *way) reset() {
	for _, c := range []net.Conn{w.client, w.server} {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // it may be closed already
		}
		_ = c.Close() // the same
	}
}

func (l *Link) accept() {
	for {
		c, err := l.listen.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			l.ended.Go(func() { l.serve(c) })
		}
	}
}

// serve carries bytes both ways until one side ends.
func (l *Link) serve(client net.Conn) {
	server, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(context.Background(), "tcp", l.to)
	if err != nil {
		_ = client.Close() // the server is gone, and so is whoever asked
		return
	}
	w := &way{link: l, client: client, server: server}
	l.mu.Lock()
	if l.cut || l.closed {
		w.reset()
	}
	l.ways[w] = true
	l.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { w.carry(client, server, w.asked) })
	both.Go(func() { w.carry(server, client, w.answered) })
	both.Wait()
	l.mu.Lock()
	delete(l.ways, w)
	l.mu.Unlock()
}

// carry carries what from says to to. pass is asked about every piece: whether
// it goes on and whether the connection does.
func (w *way) carry(from, to net.Conn, pass func([]byte) (on, alive bool)) {
	defer w.reset()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		on, alive := pass(buf[:n])
		if !alive {
			return
		}
		if !on {
			continue
		}
		if _, err = to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// swallows reports whether a piece is swallowed. The lock is held.
func (w *way) swallows() bool {
	w.deaf = w.deaf || w.link.silent
	return w.deaf
}

func (w *way) asked(piece []byte) (on, alive bool) {
	w.link.mu.Lock()
	defer w.link.mu.Unlock()
	if w.swallows() {
		return false, true
	}
	if w.link.lose > 0 && isScript(piece) {
		w.link.lose--
		w.last = true
	}
	return true, true
}

func (w *way) answered([]byte) (on, alive bool) {
	w.link.mu.Lock()
	swallowed, last, delay := w.swallows(), w.last, w.link.delay
	if last {
		w.link.lost++
	}
	w.link.mu.Unlock()
	if delay > 0 {
		time.Sleep(delay)
	}
	return !swallowed, !last
}

// isScript reports whether a piece of what a client of Redis sends runs a
// script. A client sends it whole, and waits for the answer before it asks more.
func isScript(piece []byte) bool {
	return bytes.Contains(piece, []byte("evalsha")) || bytes.Contains(piece, []byte("EVALSHA"))
}
