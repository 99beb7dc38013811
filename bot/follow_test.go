package bot_test

import (
	"fmt"
	"rasid/sandbox"
	"rasid/store"
	"strings"
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

// TestAPressUnderAnOldIDIsNotTakenForAnotherMessage presses [Why] of a message that
// stayed behind, whose number another alert has where the group is by now.
func TestAPressUnderAnOldIDIsNotTakenForAnotherMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, end := hooked(t, &front{receivers: 1})
		defer end()
		for _, line := range []string{"@group newsroom ann", "@in newsroom", "> /language@rasid_bot en", "> /watch@rasid_bot harbour", "> /watch@rasid_bot oil"} {
			_, err := k.play(line)
			k.must(err)
		}
		old := k.chat
		k.must(k.migrate(""))
		k.rest(time.Second)
		for _, line := range []string{"@article en Wire | The harbour is closed | Today.", "@article en Wire | The oil is spilt | Today."} {
			_, err := k.play(line)
			k.must(err)
		}
		k.rest(time.Minute)
		sent, err := k.store.Sent(k.ctx, store.Dest{Chat: k.chat})
		k.must(err)
		if len(sent) != 2 || len(sent[0].Items) != 1 || len(sent[1].Items) != 1 {
			t.Fatalf("sent = %+v; want two alerts", sent)
		}
		k.hears(`{"update_id":7777,"callback_query":{"id":"1","data":"why:%d","from":{"id":%d},"message":{"message_id":%d,"date":0,"chat":{"id":%d,"type":"group"}}}}`,
			sent[0].Items[0], k.me, sent[1].MessageID, old)
		k.rest(30 * time.Second)
		want, err := k.store.Item(k.ctx, sent[0].Items[0])
		k.must(err)
		word := "harbour"
		if !strings.Contains(want.Article.Title, word) {
			word = "oil"
		}
		if said := k.last(); !strings.Contains(said, "Why") || !strings.Contains(said, word) {
			t.Errorf("the answer is %q; want why %q was sent", said, want.Article.Title)
		}
	})
}
