package bot_test

import (
	"fmt"
	"rasid/sandbox"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestUpdatesAreConfirmedAfterAQuietWeek: Telegram numbers updates anew then, at
// random, so that they may begin below those of before.
func TestUpdatesAreConfirmedAfterAQuietWeek(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, end := hooked(t, nil)
		defer end()
		var want []string
		for i, first := range []int64{500_000_000, 2_000_001, 999_000_000, 400_000_000} {
			k.box.Renumber(first)
			for j := range 3 {
				rule := fmt.Sprintf("week%d word%d", i, j)
				want = append(want, rule)
				k.must(k.say("/watch " + rule))
				k.rest(time.Minute)
			}
			if u := k.box.Updates(); u.Pending != 0 {
				t.Fatalf("%d updates from %d on that were handled are not confirmed", u.Pending, first)
			}
		}
		if got := k.rules(k.me); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("rules = %q, want %q", got, want)
		}
	})
}

// others are new people who each write something.
func (k *talk) others(n int, text string) []int64 {
	people := make([]int64, n)
	for i := range people {
		people[i] = k.box.AddUser(sandbox.User{FirstName: "Bob", Lang: "en"})
		_, err := k.box.Say(people[i], people[i], 0, text, 0)
		k.must(err)
	}
	return people
}

// watching counts those of some people who watch something.
func (k *talk) watching(people []int64) (n int) {
	for _, who := range people {
		n += len(k.rules(who))
	}
	return n
}

// TestAChatThatCannotBeServedHoldsUpNoOther: what it asked for stays with
// Telegram meanwhile, and is done in order when it can be.
func TestAChatThatCannotBeServedHoldsUpNoOther(t *testing.T) {
	for name, trouble := range map[string]struct {
		begin, end func(*talk)
		pending    int
	}{
		"its record is damaged": {
			func(k *talk) { me := k.me; k.flaky.set(func(f *flaky) { f.torn = me }) },
			func(k *talk) { k.flaky.set(func(f *flaky) { f.torn = 0 }) }, 2,
		},
		"it moves, and intake stands still": {
			func(k *talk) { k.flaky.set(func(f *flaky) { f.hands = true }); k.must(k.migrate("")) },
			func(k *talk) { k.flaky.set(func(f *flaky) { f.hands = false }) }, 4,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k, end := hooked(t, nil)
				defer end()
				for _, line := range []string{"@group newsroom ann", "@in newsroom", "> /watch@rasid_bot harbour"} {
					_, err := k.play(line)
					k.must(err)
				}
				if strings.Contains(name, "record") {
					k.chat = k.me
				}
				trouble.begin(k)
				k.must(k.say("/watch@rasid_bot flood"))
				k.must(k.say("/watch@rasid_bot storm"))
				k.rest(time.Second)
				for range 20 {
					bob := k.others(1, "/watch oil")
					if k.rest(2 * time.Second); k.watching(bob) != 1 {
						t.Fatal("another's command was not done within 2s")
					}
				}
				if got := k.box.Updates().Pending; got < trouble.pending {
					t.Errorf("%d updates wait with Telegram, want at least the %d that could not be handled", got, trouble.pending)
				}
				trouble.end(k)
				k.rest(10 * time.Second)
				if got := k.rules(k.chat); !slices.Equal(got[len(got)-2:], []string{"flood", "storm"}) || k.box.Updates().Pending != 0 {
					t.Errorf("rules = %q, and %d updates wait; want all done, in order", got, k.box.Updates().Pending)
				}
				if d := k.box.Duplicates(); len(d) != 0 {
					t.Errorf("answered twice: %+v", d)
				}
			})
		})
	}
}

func TestAnAnswerThatTelegramOwesOneGroupHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, end := hooked(t, nil)
		defer end()
		for _, line := range []string{"@group newsroom ann", "@in newsroom"} {
			_, err := k.play(line)
			k.must(err)
		}
		k.box.Faults().Add(sandbox.Fault{Method: "getChatMember", Kind: sandbox.FaultHang, N: -1})
		for range 20 {
			k.must(k.say("/watch@rasid_bot harbour"))
		}
		k.rest(time.Second)
		bob := k.others(1, "/watch oil")
		if k.rest(2 * time.Second); k.watching(bob) != 1 {
			t.Error("another's command was not done within 2s")
		}
	})
}

// TestManyGoPastAChatThatCannotBeServed: more than Telegram tells of at once.
func TestManyGoPastAChatThatCannotBeServed(t *testing.T) {
	for name, n := range map[string]int{"that asks little": 1, "that asks without end": 1500} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k, end := hooked(t, nil)
				k.flaky.set(func(f *flaky) { f.torn = k.me })
				for i := range n {
					k.must(k.say(fmt.Sprintf("/watch word%d", i)))
				}
				people := k.others(250, "/watch oil")
				k.rest(30 * time.Second)
				if n == 1 && k.watching(people) < 90 {
					t.Errorf("%d of 250 others watch after 30s, want those that Telegram tells of", k.watching(people))
				}
				k.rest(3 * time.Minute)
				if got := k.watching(people); got != 250 || k.box.Updates().Pending != 0 {
					t.Errorf("%d of 250 others watch, and %d updates wait; want all of them past it", got, k.box.Updates().Pending)
				}
				k.flaky.set(func(f *flaky) { f.torn = 0 })
				k.rest(2 * time.Minute)
				if got := k.rules(k.me); len(got) == 0 || got[0] != "word0" {
					t.Errorf("rules = %q; want what was tried on", got)
				}
				end()
				if !slices.ContainsFunc(k.logs, func(line string) bool {
					return strings.Contains(line, "level=ERROR") && strings.Contains(line, "holds up no other any more")
				}) {
					t.Error("the log does not say that a message was confirmed before it was handled")
				}
			})
		})
	}
}

// TestNothingIsConfirmedWhileTheStoreIsAway has a bot that many write to find its
// store away, or full, for an hour, and be started anew.
func TestNothingIsConfirmedWhileTheStoreIsAway(t *testing.T) {
	for name, away := range map[string]func(f *flaky, is bool){
		"down": func(f *flaky, is bool) { f.down = is },
		"full": func(f *flaky, is bool) { f.full = is },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k, end := hooked(t, nil)
				defer end()
				k.flaky.set(func(f *flaky) { away(f, true) })
				people := k.others(150, "/watch oil")
				k.others(20, "/list")
				for range 3 {
					k.rest(20 * time.Minute)
					k.down()
					k.up()
				}
				k.flaky.set(func(f *flaky) { away(f, false) })
				k.rest(time.Minute)
				if got := k.watching(people); got != 150 || k.box.Updates().Pending != 0 {
					t.Errorf("%d of 150 watch, and %d updates wait; want all done", got, k.box.Updates().Pending)
				}
			})
		})
	}
}

// TestAStopConfirmsWhatWasAnswered: else it is answered again at the next start.
func TestAStopConfirmsWhatWasAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, end := hooked(t, nil)
		defer end()
		k.flaky.set(func(f *flaky) { f.torn = k.me })
		before := k.others(5, "/list")
		k.must(k.say("/watch harbour"))
		after := k.others(1, "/list")
		k.rest(100 * time.Millisecond)
		k.down()
		if got := k.box.Updates().Pending; got != 2 {
			t.Errorf("%d updates wait with Telegram after a stop, want the one that was not handled and the one behind it", got)
		}
		k.flaky.set(func(f *flaky) { f.torn = 0 })
		k.up()
		k.rest(10 * time.Second)
		for _, who := range before {
			if got := len(k.box.Chat(who).FromBot()); got != 1 {
				t.Errorf("who was answered before the stop has %d answers, want 1", got)
			}
		}
		if got := k.rules(k.me); fmt.Sprint(got) != "[harbour]" || len(k.box.Chat(after[0]).FromBot()) == 0 {
			t.Errorf("rules = %q; want what could not be handled before the stop", got)
		}
	})
}

// TestAStopTellsWhichAnswersItDropped: a group may be written to eighteen times a
// minute, and the stop does not wait for that.
func TestAStopTellsWhichAnswersItDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, end := hooked(t, nil)
		for _, line := range []string{"@group newsroom ann", "@in newsroom"} {
			_, err := k.play(line)
			k.must(err)
		}
		for range 5 {
			for range 5 {
				k.must(k.say("/list@rasid_bot"))
			}
			k.rest(10 * time.Second)
		}
		end()
		got, pending := len(k.box.Chat(k.chat).FromBot()), k.box.Updates().Pending
		want := fmt.Sprintf("answers=%d", 25-got)
		if pending != 0 || got == 25 || !slices.ContainsFunc(k.logs, func(line string) bool { return strings.HasSuffix(line, want) }) {
			t.Errorf("%d of 25 are answered, %d updates wait, and the log says %q; want how many answers were dropped", got, pending, k.logs)
		}
	})
}
