package telegram

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

// A staleConn is a kept connection whose other end is gone: from some moment
// on it takes nothing.
type staleConn struct {
	net.Conn
	gone *atomic.Bool
}

func (c staleConn) Write(p []byte) (int, error) {
	if c.gone.Load() {
		return 0, &net.OpError{Op: "write", Net: "tcp", Err: io.ErrClosedPipe}
	}
	return c.Conn.Write(p)
}

// TestStaleConnection sends on a kept connection that takes nothing any more,
// over plain HTTP and over TLS: the message was not written, and may be sent
// again.
func TestStaleConnection(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"ok":true,"result":{"message_id":1}}`)
	})
	plain, secure := httptest.NewServer(handler), httptest.NewTLSServer(handler)
	defer plain.Close()
	defer secure.Close()
	for _, s := range []*httptest.Server{plain, secure} {
		var gone atomic.Bool
		transport := newTransport(func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := (&net.Dialer{}).DialContext(ctx, network, addr)
			return staleConn{c, &gone}, err
		})
		if s.TLS != nil {
			transport.TLSClientConfig = s.Client().Transport.(*http.Transport).TLSClientConfig
		}
		c, err := New(Options{Base: s.URL, Token: "1:a", HTTP: &http.Client{Transport: transport}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = c.SendMessage(t.Context(), Send{Chat: 1, Text: "x"}); err != nil {
			t.Fatal(err)
		}
		gone.Store(true)
		_, err = c.SendMessage(t.Context(), Send{Chat: 1, Text: "x"})
		if got := Classify(err).Class; got != NotWritten {
			t.Errorf("%s: Classify(%v) = %d, want NotWritten", s.URL, err, got)
		}
		transport.CloseIdleConnections()
	}
}
