package telegram_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"rasid/bot/telegram"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestWritten shows what is known of a request that got no answer, over a real
// transport and pipes whose other end does as told.
func TestWritten(t *testing.T) {
	short, long := "x", strings.Repeat("x", 30_000)
	for _, tt := range []struct {
		name string
		text string
		dial func(ctx context.Context) (net.Conn, error)
		want telegram.Class
	}{
		{"a dial that never ends wrote nothing", short, func(ctx context.Context) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}, telegram.NotWritten},
		{"a dial that is refused wrote nothing", short, func(context.Context) (net.Conn, error) {
			return nil, errors.New("connection refused")
		}, telegram.NotWritten},
		{"a server that goes away in the middle has not got all", long, piped(func(c net.Conn) {
			_, _ = io.ReadFull(c, make([]byte, 1000))
		}), telegram.NotWritten},
		{"a server that goes away after the request may have done it", long, piped(func(c net.Conn) {
			req, err := http.ReadRequest(bufio.NewReader(c))
			if err == nil {
				_, _ = io.Copy(io.Discard, req.Body)
			}
		}), telegram.Unknown},
		{"a server that keeps silent may have done it", short, piped(func(c net.Conn) {
			_, _ = io.Copy(io.Discard, c)
		}), telegram.Unknown},
	} {
		t.Run(tt.name, virtual(func(t *testing.T) {
			transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return tt.dial(ctx) }}
			defer transport.CloseIdleConnections()
			c := client(t, telegram.Options{Base: "http://api.example", HTTP: &http.Client{Transport: transport}, Timeout: time.Minute})
			_, err := c.SendMessage(t.Context(), telegram.Send{Chat: 1, Text: tt.text})
			if got := telegram.Classify(err).Class; got != tt.want {
				t.Errorf("Classify(%v) = %d, want %d", err, got, tt.want)
			}
		}))
	}
}

// virtual is a test on a virtual clock: a time limit ends when nobody has
// anything left to do, however busy the machine is.
func virtual(test func(*testing.T)) func(*testing.T) {
	return func(t *testing.T) { synctest.Test(t, test) }
}

// piped connects to a server that handles one connection and closes it.
func piped(serve func(net.Conn)) func(context.Context) (net.Conn, error) {
	return func(context.Context) (net.Conn, error) {
		near, far := net.Pipe()
		go func() {
			serve(far)
			_ = far.Close()
		}()
		return near, nil
	}
}
