package bot_test

import (
	"fmt"
	"rasid/sandbox"
	"testing"
	"testing/synctest"
	"time"
)

// strangers have n people each write something in a group that nothing is known
// of, and wait between for some time.
func (k *talk) strangers(n int, said string, between time.Duration) {
	k.t.Helper()
	for i := range n {
		bob := k.box.AddUser(sandbox.User{FirstName: "Bob"})
		k.hears(`{"update_id":%d,"message":{"message_id":%d,"date":1,"text":%q,"chat":{"id":%d,"type":"group"},"from":{"id":%d}}}`,
			bob, 70+i, said, k.chat, bob)
		k.rest(between)
	}
}

// TestHowOftenTelegramIsAskedOfAGroupNothingIsKnownOf counts questions, and how
// long what is said there is kept waiting by them.
func TestHowOftenTelegramIsAskedOfAGroupNothingIsKnownOf(t *testing.T) {
	const method = "getChatMember"
	for name, tt := range map[string]struct {
		fault  sandbox.Fault
		did    func(k *talk)
		asked  int
		atMost time.Duration
	}{
		"once a minute, however many strangers write": {
			did: func(k *talk) {
				k.strangers(30, "/help@rasid_bot", time.Second)
				k.rest(time.Minute)
				k.strangers(5, "/help@rasid_bot", 0)
			}, asked: 2, atMost: 91 * time.Second,
		},
		"no second time for who may not watch": {
			did: func(k *talk) { k.strangers(1, "/watch@rasid_bot oil", 0) }, asked: 1, atMost: time.Second,
		},
		"no second time for whom Telegram refuses to tell of": {
			fault: sandbox.Fault{Kind: sandbox.FaultStatus, Status: 400, Description: "Bad Request: user not found", N: -1},
			did:   func(k *talk) { k.strangers(1, "/watch@rasid_bot oil", 0) }, asked: 1, atMost: time.Second,
		},
		"not before the end of a flood": {
			fault: sandbox.Fault{Kind: sandbox.FaultStatus, RetryAfter: 90, N: 1},
			did: func(k *talk) {
				k.strangers(80, "/watch@rasid_bot oil", time.Second)
				k.rest(20 * time.Second)
				k.strangers(1, "/watch@rasid_bot oil", 0)
			}, asked: 2, atMost: 101 * time.Second,
		},
		"a Telegram that hangs holds up one of many": {
			fault: sandbox.Fault{Kind: sandbox.FaultHang, N: -1},
			did:   func(k *talk) { k.strangers(20, "/help@rasid_bot", time.Second) }, asked: 1, atMost: 31 * time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k, end := hooked(t, &front{receivers: 1})
				defer end()
				k.front.to(nil) // nor does it hear that it is added
				_, err := k.play("@group newsroom ann")
				k.must(err)
				if k.chat, err = k.id("newsroom"); err != nil {
					t.Fatal(err)
				}
				if tt.fault.Kind != "" {
					tt.fault.Method = method
					k.box.Faults().Add(tt.fault)
				}
				before, begun := k.box.Count(method), time.Now()
				tt.did(k)
				if got := k.box.Count(method) - before; got != tt.asked {
					t.Errorf("Telegram is asked %d times; want %d", got, tt.asked)
				}
				if took := time.Since(begun); took > tt.atMost {
					t.Errorf("it took %v; want %v at most", took, tt.atMost)
				}
				k.front.to(k.bots)
			})
		})
	}
}

// TestWhoBecomesAnAdministratorIsHeardWithinAMinute also where they were refused.
func TestWhoBecomesAnAdministratorIsHeardWithinAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, end := hooked(t, nil)
		defer end()
		for _, line := range []string{"@group newsroom ann", "@person bob en"} {
			_, err := k.play(line)
			k.must(err)
		}
		k.chat = k.names["newsroom"]
		k.must(k.box.Join(k.chat, k.me, k.names["ann"]))
		k.must(k.say("/watch@rasid_bot oil"))
		k.rest(time.Second)
		k.must(k.box.SetRole(k.chat, k.me, "administrator"))
		k.rest(time.Minute)
		k.must(k.say("/watch@rasid_bot harbour"))
		k.rest(time.Second)
		if got := k.rules(k.chat); fmt.Sprint(got) != "[harbour]" {
			t.Errorf("rules = %q; want what was asked for as an administrator", got)
		}
	})
}
