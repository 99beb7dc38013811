package bot_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"rasid/sandbox"
	"rasid/store"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestAGroupMovesOnceAnArticleIsDispatched has a group become a supergroup while
// an article is being dispatched, and its admin say something there meanwhile. A
// dispatch that takes as long as taking over is no fault; one that takes minutes
// is.
func TestAGroupMovesOnceAnArticleIsDispatched(t *testing.T) {
	for name, receivers := range map[string]int{"polled": 0, "by webhook": 2} {
		for takes, fault := range map[time.Duration]bool{20 * time.Second: false, 5 * time.Minute: true} {
			t.Run(fmt.Sprint(name, ", ", takes), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { movesLate(t, receivers, takes, fault) })
			})
		}
	}
}

func movesLate(t *testing.T, receivers int, takes time.Duration, fault bool) {
	var f *front
	if receivers > 0 {
		f = &front{receivers: receivers}
	}
	k, end := hooked(t, f)
	defer end()
	for _, line := range []string{"@group newsroom ann", "@in newsroom", "> /watch@rasid_bot harbour"} {
		_, err := k.play(line)
		k.must(err)
	}
	old := k.chat
	k.flaky.set(func(f *flaky) { f.hands = true })
	k.must(k.migrate(""))
	k.rest(time.Second)
	k.must(k.say("/watch@rasid_bot flood"))
	k.rest(takes)
	if got := k.rules(old); fmt.Sprint(got) != "[harbour]" {
		t.Errorf("rules under the old id = %q while the article is dispatched; want what there was", got)
	}
	k.flaky.set(func(f *flaky) { f.hands = false })
	k.rest(30 * time.Second)
	if got := k.rules(k.chat); fmt.Sprint(got) != "[harbour flood]" || k.box.Updates().Pending != 0 {
		t.Errorf("rules = %q, with %d updates left; want both", got, k.box.Updates().Pending)
	}
	if _, err := k.store.Destination(t.Context(), store.Dest{Chat: old}); !errors.Is(err, store.ErrUnknown) {
		t.Errorf("Destination of the old id = %v; want ErrUnknown", err)
	}
	if n := k.warned.Load(); n > 0 != fault {
		t.Errorf("%d warnings were logged; want some: %v", n, fault)
	}
}

// overtaken is a paused group with two watches whose administrator adds a third
// under the old id, which is handled when the group has another already. want is
// what is watched in the end; default: all three.
func overtaken(t *testing.T, f *front, then func(k *talk), want ...string) {
	if len(want) == 0 {
		want = []string{"1 harbour", "2 oil", "3 flood"}
	}
	synctest.Test(t, func(t *testing.T) {
		k, end := hooked(t, f)
		defer end()
		for _, line := range []string{"@group newsroom ann", "@in newsroom", "> /language@rasid_bot en", "> /watch@rasid_bot harbour", "> /watch@rasid_bot oil", "> /pause@rasid_bot"} {
			_, err := k.play(line)
			k.must(err)
		}
		old := k.chat
		then(k)
		k.rest(time.Minute)
		d, err := k.store.Destination(k.ctx, store.Dest{Chat: k.chat})
		k.must(err)
		var rules []string
		for _, r := range d.Rules {
			rules = append(rules, fmt.Sprint(r.N, " ", r.Text))
		}
		if !slices.Equal(rules, want) || !d.Paused || d.Kind != store.Supergroup {
			t.Errorf("rules = %q, paused %v, a %s; want %q, paused, a supergroup", rules, d.Paused, d.Kind, want)
		}
		if _, err := k.store.Destination(t.Context(), store.Dest{Chat: old}); !errors.Is(err, store.ErrUnknown) {
			t.Errorf("Destination of the old id = %v; want ErrUnknown", err)
		}
		if said := k.last(); !strings.Contains(said, "Watch "+want[len(want)-1][:1]+" is on") {
			t.Errorf("the answer in the supergroup is %q; want that %q is watched", said, want[len(want)-1])
		}
	})
}

// last is the newest message of the bot's here.
func (k *talk) last() string {
	m, _ := k.box.Chat(k.chat).Last()
	return m.Text
}

func TestACommandThatComesWithItsGroupsMove(t *testing.T) {
	for name, idle := range map[string]time.Duration{"its administrators are known": 0, "its administrators have to be asked for": 2 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			for range 8 { // which chat is begun with is a matter of luck
				overtaken(t, nil, func(k *talk) {
					k.rest(idle)
					k.box.Faults().Add(sandbox.Fault{Method: "getUpdates", Kind: sandbox.FaultSlow, Delay: 5 * time.Second, N: 1})
					_, err := k.box.Say(k.me, k.me, 0, "/help", 0) // this ends a poll, and the next one takes its time
					k.must(err)
					k.rest(time.Second)
					k.must(k.say("/watch@rasid_bot flood"))
					k.must(k.migrate(""))
				})
			}
		})
	}
}

// TestWhatIsSaidUnderBothIDsIsDoneInOrder has the bot hear at once of what was
// said before and after the move.
func TestWhatIsSaidUnderBothIDsIsDoneInOrder(t *testing.T) {
	for range 8 {
		overtaken(t, nil, func(k *talk) {
			k.down()
			for _, said := range []string{"/resume@rasid_bot", "/unwatch@rasid_bot 1", "/watch@rasid_bot storm"} {
				k.must(k.say(said))
			}
			k.must(k.migrate(""))
			for _, said := range []string{"/pause@rasid_bot", "/unwatch@rasid_bot 3", "/watch@rasid_bot flood"} {
				k.must(k.say(said))
			}
			k.up()
		}, "2 oil", "4 flood")
	}
}

func TestACommandThatComesAfterItsGroupsMove(t *testing.T) {
	late := func(k *talk, old int64) {
		k.hears(`{"update_id":7777,"message":{"message_id":77,"date":1,"text":"/watch@rasid_bot flood","chat":{"id":%d,"type":"group"},"from":{"id":%d}}}`, old, k.names["ann"])
	}
	for name, then := range map[string]func(k *talk, old int64){
		"the same process followed it": func(k *talk, old int64) {
			k.must(k.migrate(""))
			k.rest(time.Second)
			late(k, old)
		},
		"it was started anew since": func(k *talk, old int64) {
			k.must(k.migrate(""))
			k.rest(time.Second)
			k.down()
			k.up()
			k.rest(time.Second)
			late(k, old)
		},
		"another process followed it": func(k *talk, old int64) {
			k.front.to(nil)
			k.must(k.migrate(""))
			k.must(k.store.Migrate(k.ctx, old, k.chat, time.Now()))
			late(k, old)
			k.front.to(k.bots)
		},
		"another process follows it in that very moment": func(k *talk, old int64) {
			k.front.to(nil)
			k.must(k.migrate(""))
			k.flaky.set(func(f *flaky) { f.first = func() error { return k.store.Migrate(k.ctx, old, k.chat, time.Now()) } })
			late(k, old)
			k.front.to(k.bots)
		},
		"no process did": func(k *talk, old int64) {
			k.front.to(nil)
			k.rest(2 * time.Minute)
			k.must(k.migrate(""))
			late(k, old)
			k.front.to(k.bots)
		},
	} {
		t.Run(name, func(t *testing.T) {
			overtaken(t, &front{receivers: 1}, func(k *talk) { then(k, k.chat) })
		})
	}
}

// hears has the first bot hear of an update by webhook.
func (k *talk) hears(format string, args ...any) {
	k.t.Helper()
	w := httptest.NewRecorder()
	k.bots[0].Webhook().ServeHTTP(w, request(k.ctx, fmt.Sprintf(format, args...), "s"))
	if w.Code != http.StatusOK {
		k.t.Errorf("the update is answered %d; want 200", w.Code)
	}
}

// TestAPressUnderAnOldIDEditsNothing presses a button of a message that stayed
// behind, whose number another has where the group is by now.
func TestAPressUnderAnOldIDEditsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, end := hooked(t, &front{receivers: 1})
		defer end()
		for _, line := range []string{"@group newsroom ann", "@in newsroom", "> /watch@rasid_bot harbour", "> /watch@rasid_bot oil"} {
			_, err := k.play(line)
			k.must(err)
		}
		old := k.chat
		k.must(k.migrate(""))
		_, err := k.play("> /list@rasid_bot")
		k.must(err)
		was, _ := k.box.Chat(k.chat).Last()
		k.hears(`{"update_id":7777,"callback_query":{"id":"1","data":"unwatch:1","from":{"id":%d},"message":{"message_id":%d,"date":0,"chat":{"id":%d,"type":"group"}}}}`,
			k.names["ann"], was.ID, old)
		k.rest(30 * time.Second)
		if got := k.rules(k.chat); fmt.Sprint(got) != "[oil]" {
			t.Errorf("rules = %q; want the first one removed", got)
		}
		for _, m := range k.box.Chat(k.chat).Messages() {
			if m.ID == was.ID && m.Text != was.Text {
				t.Errorf("a message of the supergroup says %q; want still %q", m.Text, was.Text)
			}
		}
		if said := k.last(); said == was.Text {
			t.Error("nothing in the supergroup tells that a watch was removed")
		}
	})
}

func TestLeavingAnOldIDMakesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, end := hooked(t, &front{receivers: 1})
		defer end()
		k.hears(`{"update_id":7777,"my_chat_member":{"date":1,"chat":{"id":-55,"type":"group"},"from":{"id":5},
			"old_chat_member":{"status":"member","user":{"id":1}},"new_chat_member":{"status":"left","user":{"id":1}}}}`)
		if _, err := k.store.Destination(k.ctx, store.Dest{Chat: -55}); !errors.Is(err, store.ErrUnknown) {
			t.Errorf("an unknown group that was left is looked up: %v; want ErrUnknown", err)
		}
	})
}
