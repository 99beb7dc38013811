package bot_test

import (
	"rasid/sandbox"
	"rasid/store"
	"testing"
	"testing/synctest"
	"time"
)

// TestAnAnswerWithoutAnAnswerComesTwiceAgainAtMost loses Telegram's answers to
// ours.
func TestAnAnswerWithoutAnAnswerComesTwiceAgainAtMost(t *testing.T) {
	tests := []struct {
		name   string
		faults []sandbox.Fault
		copies int
		counts int64
	}{
		{"answered at once", nil, 1, 0},
		{"answered the second time", []sandbox.Fault{{Kind: sandbox.FaultDropAfter}}, 2, 1},
		{"never answered", []sandbox.Fault{{Kind: sandbox.FaultDropAfter, N: -1}}, 3, 3},
		{"told to wait in between", []sandbox.Fault{
			{Kind: sandbox.FaultDropAfter}, {Kind: sandbox.FaultStatus, RetryAfter: 2}, {Kind: sandbox.FaultDropAfter, N: -1},
		}, 3, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k, end := hooked(t, nil)
				defer end()
				for _, f := range tt.faults {
					f.Method = "sendMessage"
					k.box.Faults().Add(f)
				}
				k.must(k.say("/list"))
				k.rest(5 * time.Minute)
				if got := len(k.box.Chat(k.me).FromBot()); got != tt.copies {
					t.Errorf("the answer came %d times, want %d", got, tt.copies)
				}
				if got := k.stats.Report().Unanswered; got != tt.counts {
					t.Errorf("%d were counted as unanswered, want %d", got, tt.counts)
				}
			})
		})
	}
}

// TestChatsThatHaveToWaitHoldUpNoOther: Telegram tells some chats to wait for an
// hour, one at a time, so that it does not mean the bot.
func TestChatsThatHaveToWaitHoldUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, end := hooked(t, nil)
		defer end()
		for range 12 {
			who := k.box.AddUser(sandbox.User{FirstName: "Bob", Lang: "en"})
			k.box.Faults().Add(sandbox.Fault{Method: "sendMessage", Kind: sandbox.FaultStatus, RetryAfter: 3600})
			_, err := k.box.Say(who, who, 0, "/list", 0)
			k.must(err)
			k.rest(time.Minute)
		}
		k.must(k.say("/list"))
		k.rest(10 * time.Second)
		if got := len(k.box.Chat(k.me).FromBot()); got != 1 {
			t.Errorf("whoever asks meanwhile has %d answers after 10s, want 1", got)
		}
	})
}

// TestOneChatFillsNobodyElsesOutbox: a group's many members press, and it is
// answered no faster than Telegram lets it be.
func TestOneChatFillsNobodyElsesOutbox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, end := hooked(t, nil)
		defer end()
		crowd, groups := k.panels(1)
		k.pressAll(crowd, groups, 5000)
		k.rest(100 * time.Millisecond)
		people := k.others(20, "/list")
		k.rest(30 * time.Second)
		for _, who := range people {
			if got := len(k.box.Chat(who).FromBot()); got != 1 {
				t.Errorf("another person has %d answers after 30s, want 1", got)
			}
		}
	})
}

// panels are so many groups of the same 500 people, with a message of ours in
// each that has a button.
func (k *talk) panels(n int) (crowd, groups []int64) {
	for range 500 {
		crowd = append(crowd, k.box.AddUser(sandbox.User{FirstName: "Bob", Lang: "en"}))
	}
	for range n {
		group := k.box.AddGroup(sandbox.Group{Super: true, Admins: []int64{k.me}, Members: crowd})
		groups = append(groups, group)
		_, err := k.box.Say(k.me, group, 0, "/watch@rasid_bot libya", 0)
		k.must(err)
		k.rest(5 * time.Second)
	}
	return crowd, groups
}

// pressAll has a crowd press the list's button in each of the groups, so many
// times in all; each of them no more often than a person may.
func (k *talk) pressAll(crowd, groups []int64, times int) {
	for i := range times {
		group := groups[i%len(groups)]
		panel := k.box.Chat(group).FromBot()[0]
		_, err := k.box.Press(crowd[i%len(crowd)], group, panel.ID, "list")
		k.must(err)
	}
}

// TestOfManyEditsOfAMessageTheLastOneCounts presses while Telegram does not let
// the chat be written to.
func TestOfManyEditsOfAMessageTheLastOneCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, end := hooked(t, nil)
		defer end()
		k.must(k.say("/topics"))
		k.rest(5 * time.Second)
		panel, _ := k.box.Chat(k.me).Last()
		k.box.Faults().Add(sandbox.Fault{Method: "editMessageText", Kind: sandbox.FaultStatus, RetryAfter: 3600})
		for range 151 {
			_, err := k.box.Press(k.me, k.me, panel.ID, "t:0:libya")
			k.must(err)
			k.rest(3 * time.Second) // as often as a person may
		}
		k.rest(2 * time.Hour)
		panel, _ = k.box.Chat(k.me).Last()
		d, err := k.store.Destination(t.Context(), store.Dest{Chat: k.me})
		k.must(err)
		if got := panel.Buttons[0][0].Text; len(d.Topics) != 1 || got != "✅ Libya" {
			t.Errorf("topics are %q and the button says %q; want Libya, and so", d.Topics, got)
		}
	})
}

// TestManyGroupsFillNobodyElsesOutbox: each group is answered no faster than
// Telegram lets it be, and there are so many that all room is taken.
func TestManyGroupsFillNobodyElsesOutbox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, end := hooked(t, nil)
		defer end()
		crowd, groups := k.panels(70)
		k.pressAll(crowd, groups, 70*70)
		who := k.others(1, "/list")[0]
		k.rest(30 * time.Second)
		if got := len(k.box.Chat(who).FromBot()); got != 1 {
			t.Errorf("another person has %d answers after 30s, want 1", got)
		}
	})
}

// TestAnAnswerWaitsUntilTelegramCanBeReached: while nothing can come twice it is
// kept, but not for ever.
func TestAnAnswerWaitsUntilTelegramCanBeReached(t *testing.T) {
	for away, want := range map[time.Duration]int{5 * time.Minute: 1, 30 * time.Minute: 0} {
		t.Run(away.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k, end := hooked(t, nil)
				defer end()
				k.box.Faults().Add(unreachable())
				k.must(k.say("/list"))
				k.rest(away)
				k.box.Faults().Clear()
				k.rest(time.Minute)
				if got := len(k.box.Chat(k.me).FromBot()); got != want {
					t.Errorf("%d answers came after Telegram was away for %v, want %d", got, away, want)
				}
				k.must(k.say("/list"))
				k.rest(5 * time.Second)
				if got := len(k.box.Chat(k.me).FromBot()); got != want+1 {
					t.Errorf("what was asked afterwards brought %d answers in all, want %d", got, want+1)
				}
			})
		})
	}
}
