package telegram

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

const (
	maxHeader   = 64 << 10         // bytes of an answer's header
	dialTimeout = 10 * time.Second // for the connection, and again for TLS
	idleTimeout = 30 * time.Second // of a kept connection, less than servers keep theirs
	idleConns   = 576              // more than the sends in flight: those of alerts, of paid broadcasts, and replies
)

type dialer func(ctx context.Context, network, addr string) (net.Conn, error)

// newTransport returns a transport over connections that count. It speaks
// HTTP/1 only: on a shared HTTP/2 connection one stall holds up every send.
func newTransport(dial dialer) *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := dial(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return &countedConn{Conn: c}, nil
		},
		TLSHandshakeTimeout:    dialTimeout,
		IdleConnTimeout:        idleTimeout,
		MaxIdleConnsPerHost:    idleConns,
		MaxResponseHeaderBytes: maxHeader,
		Protocols:              protocols,
	}
}

// A countedConn knows how many bytes it was given that may have left. A kept
// connection that the server closed takes none, and that is worth knowing: the
// request on it did not happen.
type countedConn struct {
	net.Conn
	out atomic.Int64
}

// Write counts before it writes, so that a write under way counts, and takes
// back what certainly stayed.
func (c *countedConn) Write(p []byte) (int, error) {
	c.out.Add(int64(len(p)))
	n, err := c.Conn.Write(p)
	if err != nil && n == 0 {
		c.out.Add(-int64(len(p)))
	}
	return n, err
}

// progress is how far a request came, told by httptrace from other
// goroutines.
type progress struct {
	asked   atomic.Bool // a transport that reports began with a connection
	ready   atomic.Bool // it had one, so bytes may be under way
	partial atomic.Bool // writing broke off, so the server cannot have all
	conn    atomic.Pointer[countedConn]
	before  atomic.Int64 // what the connection had written for others
}

func (p *progress) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) { p.asked.Store(true) },
		GotConn: func(info httptrace.GotConnInfo) {
			p.count(info.Conn)
			p.ready.Store(true)
		},
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			if info.Err != nil {
				p.partial.Store(true)
			}
		},
	}
}

func (p *progress) count(c net.Conn) {
	if s, ok := c.(*tls.Conn); ok {
		c = s.NetConn()
	}
	if counted, ok := c.(*countedConn); ok {
		p.before.Store(counted.out.Load())
		p.conn.Store(counted)
	}
}

// written reports whether the server may have got the whole request.
func (p *progress) written() bool {
	if !p.ready.Load() || p.partial.Load() {
		return false
	}
	c := p.conn.Load()
	return c == nil || c.out.Load() != p.before.Load()
}
