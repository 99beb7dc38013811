package sandbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"rasid/sandbox"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func updateID(t *testing.T, u map[string]json.RawMessage) int64 {
	t.Helper()
	var id int64
	if err := json.Unmarshal(u["update_id"], &id); err != nil {
		t.Fatal(err)
	}
	return id
}

func TestOffsets(t *testing.T) {
	tests := []struct {
		name   string
		offset func(first int64) int64
		want   []int64 // distance from the first id
		left   int
	}{
		{"none deletes nothing", func(int64) int64 { return 0 }, []int64{0, 1, 2}, 3},
		{"the first id deletes nothing", func(f int64) int64 { return f }, []int64{0, 1, 2}, 3},
		{"an id deletes all before it", func(f int64) int64 { return f + 2 }, []int64{2}, 1},
		{"a negative one keeps the newest", func(int64) int64 { return -1 }, []int64{2}, 1},
		{"one far ahead is not taken seriously", func(f int64) int64 { return f + 1000 }, []int64{0, 1, 2}, 3},
		{"one from long ago is not taken seriously", func(int64) int64 { return 1 }, []int64{0, 1, 2}, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := open(t, sandbox.Options{Seed: 1})
			ann := c.person()
			for i := range 3 {
				if _, err := c.box.Say(ann, ann, 0, fmt.Sprint(i), 0); err != nil {
					t.Fatal(err)
				}
			}
			first := c.box.Updates().First
			var got []int64
			for _, u := range c.updates(args{"offset": tt.offset(first)}) {
				got = append(got, updateID(t, u)-first)
			}
			if fmt.Sprint(got) != fmt.Sprint(tt.want) || c.box.Updates().Pending != tt.left {
				t.Errorf("got %v with %d left, want %v with %d", got, c.box.Updates().Pending, tt.want, tt.left)
			}
		})
	}
}

func TestTwoPollsConflict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := open(t, sandbox.Options{})
		first := make(chan answer)
		go func() {
			got, _ := c.call(context.Background(), "getUpdates", args{"timeout": 50})
			first <- got
		}()
		synctest.Wait()
		go func() { _, _ = c.call(context.Background(), "getUpdates", args{"timeout": 5}) }()
		got := <-first
		if got.Code != 409 || !strings.HasPrefix(got.Description, "Conflict: terminated by other getUpdates request") {
			t.Errorf("the older poll got %+v; want a conflict", got)
		}
	})
}

func TestAPollThatSpinsIsSlowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := open(t, sandbox.Options{})
		begin := time.Now()
		c.updates(nil)
		c.updates(nil)
		if took := time.Since(begin); took != 3*time.Second {
			t.Errorf("two empty polls took %v; want 3s", took)
		}
	})
}

func TestAllowedUpdatesFilterWhatIsMade(t *testing.T) {
	c := open(t, sandbox.Options{})
	ann := c.person()
	c.must("getUpdates", args{"allowed_updates": `["callback_query"]`})
	_, _ = c.box.Say(ann, ann, 0, "unheard", 0)
	c.must("setWebhook", args{"url": "https://example.org/x", "allowed_updates": `[]`})
	if got, err := c.call(t.Context(), "getUpdates", nil); err != nil || !strings.Contains(got.Description, "while webhook is active") {
		t.Errorf("getUpdates beside a webhook = %+v, %v", got, err)
	}
	c.must("deleteWebhook", nil)
	_, _ = c.box.Say(ann, ann, 0, "heard", 0)
	if got := c.updates(args{"offset": -5}); len(got) != 1 || !strings.Contains(string(got[0]["message"]), "heard") {
		t.Errorf("updates = %s; want only the second message", got)
	}
}

func TestPrivacyInGroups(t *testing.T) {
	c := open(t, sandbox.Options{})
	ann := c.person()
	g := c.box.AddGroup(sandbox.Group{Title: "G", Admins: []int64{ann}, Super: true})
	own := c.send(args{"chat_id": g, "text": "ask me"})
	tests := []struct {
		name, text string
		reply      int64
		want       bool
	}{
		{"talk is not heard", "hello all", 0, false},
		{"a command is heard", "/list", 0, true},
		{"a command for this bot is heard", "/list@rasid_bot", 0, true},
		{"a command for another bot is not", "/list@other_bot", 0, false},
		{"a reply to the bot is heard", "yes", own, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := c.box.Updates().Pending
			if _, err := c.box.Say(ann, g, 0, tt.text, tt.reply); err != nil {
				t.Fatal(err)
			}
			if got := c.box.Updates().Pending > before; got != tt.want {
				t.Errorf("%q heard: %v, want %v", tt.text, got, tt.want)
			}
		})
	}
}

func TestStandingsAreTold(t *testing.T) {
	c := open(t, sandbox.Options{})
	ann := c.person()
	g := c.box.AddGroup(sandbox.Group{Title: "G", Admins: []int64{ann}})
	steps := []struct {
		name string
		do   func() error
		want []string
	}{
		{"a block", func() error { return c.box.Block(ann) }, []string{`"my_chat_member"`, `"status":"kicked"`}},
		{"an unblock", func() error { return c.box.Unblock(ann) }, []string{`"my_chat_member"`, `"status":"member"`}},
		{"being thrown out", func() error { return c.box.Kick(g, 0, ann) }, []string{`"my_chat_member"`, `"status":"kicked"`}},
		{"coming back", func() error { return c.box.Join(g, 0, ann) }, []string{`"my_chat_member"`, `"new_chat_members"`}},
		{"becoming a supergroup", func() error { _, err := c.box.Migrate(g); return err }, []string{`"migrate_to_chat_id"`, `"migrate_from_chat_id"`}},
	}
	for _, s := range steps {
		t.Run(s.name, func(t *testing.T) {
			if err := s.do(); err != nil {
				t.Fatal(err)
			}
			all, err := json.Marshal(c.updates(nil))
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range s.want {
				if !strings.Contains(string(all), want) {
					t.Errorf("updates %s lack %s", all, want)
				}
			}
			c.must("getUpdates", args{"offset": -1})
			c.must("getUpdates", args{"offset": c.box.Updates().First + 1})
		})
	}
}

func TestFaults(t *testing.T) {
	tests := []struct {
		name   string
		fault  sandbox.Fault
		want   string // part of the answer or the error
		effect int    // messages there afterwards
	}{
		{"a status", sandbox.Fault{Kind: sandbox.FaultStatus, Status: 500}, "500", 0},
		{"a pause", sandbox.Fault{Kind: sandbox.FaultStatus, RetryAfter: 7}, "retry after 7", 0},
		{"a front end's page", sandbox.Fault{Kind: sandbox.FaultHTML}, "status 502", 0},
		{"a drop before the effect", sandbox.Fault{Kind: sandbox.FaultDropBefore}, "EOF", 0},
		{"a drop after the effect", sandbox.Fault{Kind: sandbox.FaultDropAfter}, "EOF", 1},
		{"half an answer", sandbox.Fault{Kind: sandbox.FaultTruncate}, "unexpected EOF", 1},
		{"a slow answer", sandbox.Fault{Kind: sandbox.FaultSlow, Delay: 9 * time.Second}, "true", 1},
		{"no answer at all", sandbox.Fault{Kind: sandbox.FaultHang}, "deadline exceeded", 0},
		{"one for another method", sandbox.Fault{Kind: sandbox.FaultDropBefore, Method: "getMe"}, "true", 1},
		{"one for the second call", sandbox.Fault{Kind: sandbox.FaultDropBefore, Skip: 1}, "true", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := open(t, sandbox.Options{})
				ann := c.person()
				c.box.Faults().Add(tt.fault)
				ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
				defer stop()
				got, err := c.call(ctx, "sendMessage", args{"chat_id": ann, "text": "x"})
				if all := fmt.Sprintf("%v %v %s %d %v", got.OK, err, got.Description, got.Code, err); !strings.Contains(all, tt.want) {
					t.Errorf("answer %q, want %q in it", all, tt.want)
				}
				if n := len(c.box.Chat(ann).FromBot()); n != tt.effect {
					t.Errorf("%d messages are there, want %d", n, tt.effect)
				}
			})
		})
	}
}

func TestDuplicatesAreFoundAndTokensAreNot(t *testing.T) {
	c := open(t, sandbox.Options{Flood: sandbox.Flood{Off: true}})
	ann, bob := c.person(), c.person()
	c.box.Faults().Add(sandbox.Fault{Kind: sandbox.FaultDropAfter})
	text := `<a href="https://example.org/1">News</a>` + " " + c.box.Token()
	_, _ = c.call(t.Context(), "sendMessage", args{"chat_id": ann, "text": text, "parse_mode": "HTML"})
	c.send(args{"chat_id": ann, "text": text, "parse_mode": "HTML"})
	c.send(args{"chat_id": bob, "text": text, "parse_mode": "HTML"})
	c.send(args{"chat_id": bob, "text": `<a href="https://example.org/1">The same, worded otherwise</a>`, "parse_mode": "HTML"})
	var got []string
	for _, d := range c.box.Duplicates() {
		got = append(got, fmt.Sprintf("%v %s %s %d", d.Chat == ann, d.By, d.Link, d.Count))
	}
	want := map[string]bool{"true text https://example.org/1 2": true, "true link https://example.org/1 2": true, "false link https://example.org/1 2": true}
	for _, g := range got {
		if !want[g] {
			t.Errorf("unexpected duplicate %s", g)
		}
		delete(want, g)
	}
	if len(want) > 0 {
		t.Errorf("duplicates %q lack %v", got, want)
	}
	calls, err := json.Marshal(c.box.Calls())
	if err != nil || strings.Contains(string(calls), c.box.Token()) || !strings.Contains(string(calls), "sendmessage") {
		t.Errorf("the token stands in the calls, or the calls are missing (%v)", err)
	}
}

func TestFloodControlAnswers429WithTheHeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := open(t, sandbox.Options{})
		ann := c.person()
		for range 3 {
			c.send(args{"chat_id": ann, "text": "x"})
		}
		got, err := c.call(t.Context(), "sendMessage", args{"chat_id": ann, "text": "x"})
		if err != nil || got.Code != 429 || got.Parameters.Retry != 1 || got.Description != "Too Many Requests: retry after 1" {
			t.Fatalf("the fourth at once = %+v, %v; want 429, retry after 1", got, err)
		}
		time.Sleep(time.Second)
		c.send(args{"chat_id": ann, "text": "x"})
		if p := c.box.Peaks(); p.Chat.Count != 3 || p.ChatAsked.Count != 4 {
			t.Errorf("peaks = %+v", p)
		}
	})
}

func TestAskingBeforeTheEndCostsMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := open(t, sandbox.Options{Flood: sandbox.Flood{Grow: 2}})
		ann, bob := c.person(), c.person()
		ask := func(chat int64) int {
			got, err := c.call(t.Context(), "sendMessage", args{"chat_id": chat, "text": "x"})
			if err != nil || !got.OK && got.Description != fmt.Sprintf("Too Many Requests: retry after %d", got.Parameters.Retry) {
				t.Errorf("sendMessage = %+v, %v", got, err)
			}
			return got.Parameters.Retry
		}
		var waits []int
		for range 8 {
			waits = append(waits, ask(ann))
		}
		if fmt.Sprint(waits) != "[0 0 0 1 2 4 8 16]" {
			t.Errorf("asking again and again waits %v; want ever longer", waits)
		}
		if n := ask(bob); n != 0 {
			t.Errorf("another chat waits %d, want 0", n)
		}
		time.Sleep(15 * time.Second)
		if n := ask(ann); n != 32 {
			t.Errorf("a second too early waits %d, want 32", n)
		}
		time.Sleep(32 * time.Second)
		if n := ask(ann); n != 0 {
			t.Errorf("after the whole wait it is still %d", n)
		}
		for range 40 {
			ask(ann)
		}
		if n := ask(ann); n != 14*3600 {
			t.Errorf("it grows to %d s; want 14 hours, the longest ever reported", n)
		}
	})
}

func TestMenusFollowScopeAndLanguage(t *testing.T) {
	c := open(t, sandbox.Options{})
	ann := c.box.AddUser(sandbox.User{FirstName: "Ann", Lang: "ar-EG", Started: true})
	set := func(name, scope, lang string) {
		c.must("setMyCommands", args{"commands": `[{"command":"` + name + `","description":"d"}]`, "scope": scope, "language_code": lang})
	}
	steps := []struct{ name, scope, lang string }{
		{"all", `{"type":"default"}`, ""},
		{"arabic", `{"type":"default"}`, "ar"},
		{"private", `{"type":"all_private_chats"}`, ""},
		{"own", fmt.Sprintf(`{"type":"chat","chat_id":%d}`, ann), ""},
	}
	for _, s := range steps {
		set(s.name, s.scope, s.lang)
		if got := c.box.Commands(ann, ann); len(got) != 1 || got[0].Name != s.name {
			t.Errorf("after %s the menu is %+v", s.name, got)
		}
	}
}

func TestSameSeedSameIDs(t *testing.T) {
	ids := func() string {
		c := open(t, sandbox.Options{Seed: 42})
		ann := c.person()
		_, _ = c.box.Say(ann, ann, 0, "x", 0)
		return fmt.Sprint(ann, c.box.AddGroup(sandbox.Group{}), c.box.Updates().First)
	}
	if a, b := ids(), ids(); a != b {
		t.Errorf("ids %s, then %s", a, b)
	}
}
