package serve

import (
	"errors"
	"net/http"
	"rasid/bot/telegram"
	"rasid/sandbox"
	"testing"
	"testing/synctest"
	"time"
)

// A process that does not poll is ready again without having sent anything.
func TestAFailureToReachTelegramDoesNotStand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box, err := sandbox.New(sandbox.Options{})
		if err != nil {
			t.Fatal(err)
		}
		ann := box.AddUser(sandbox.User{FirstName: "Ann", Started: true})
		client, err := telegram.New(telegram.Options{Base: "http://sandbox", Token: box.Token(), HTTP: &http.Client{Transport: box.RoundTripper()}})
		if err != nil {
			t.Fatal(err)
		}
		a := &answering{Client: client}
		if err := a.check(t.Context()); !errors.Is(err, errSilent) {
			t.Errorf("before any call: %v, want %v", err, errSilent)
		}
		box.Faults().Add(sandbox.Fault{Kind: sandbox.FaultDropBefore, N: 2})
		if _, err := a.SendMessage(t.Context(), telegram.Send{Chat: ann, Text: "x"}); err == nil {
			t.Fatal("a message without a connection was sent")
		}
		for _, tt := range []struct {
			after time.Duration
			fails bool
			calls int
		}{{0, true, 1}, {knockAgain, true, 1}, {time.Second, true, 2}, {knockAgain, true, 2}, {time.Second, false, 3}, {time.Hour, false, 3}} {
			time.Sleep(tt.after)
			if err := a.check(t.Context()); (err != nil) != tt.fails || len(box.Calls()) != tt.calls {
				t.Errorf("%v later: %v after %d calls; want failure %v after %d", tt.after, err, len(box.Calls()), tt.fails, tt.calls)
			}
		}
	})
}
