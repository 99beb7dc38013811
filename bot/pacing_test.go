package bot_test

import (
	"fmt"
	"math/rand/v2"
	"rasid/alert"
	"rasid/sandbox"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// TestPace is the proof of the pacer: a real delivery and bot at the end of
// roads of all kinds, and the sandbox's own record of what arrived when. With
// -v it prints how the seconds and the minutes were used.
func TestPace(t *testing.T) {
	tests := []struct {
		name string
		way  way
	}{
		{"at once", func(*rand.Rand) (there, back time.Duration) { return 0, 0 }},
		{"up to 250 ms on the way there", func(r *rand.Rand) (there, back time.Duration) { return upTo(r, 250*time.Millisecond), 0 }},
		{"up to 125 ms each way", halfThere},
		{"100 to 250 ms, most of them on the way there", func(r *rand.Rand) (there, back time.Duration) {
			return 80*time.Millisecond + upTo(r, 150*time.Millisecond), 20 * time.Millisecond
		}},
		{"always 250 ms on the way there", func(*rand.Rand) (there, back time.Duration) { return 250 * time.Millisecond, 0 }},
		{"always 250 ms for the answer", func(*rand.Rand) (there, back time.Duration) { return 0, 250 * time.Millisecond }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := crowded(t, 1000, tt.way, alert.PacerOptions{})
				c.articles()
				c.chatter(2*time.Minute + 5*time.Second)
				c.end()
				a := arrivals(c.box)
				a.limitsHold(t)
				a.used(t, 2, .97)
				a.print(t, c.pacer)
			})
		})
	}
}

// TestPaceWhereAnswersAreLate has every tenth message answered seconds later:
// that costs pace, and breaks no limit.
func TestPaceWhereAnswersAreLate(t *testing.T) {
	for name, late := range map[string]way{
		"they arrive late": func(r *rand.Rand) (there, back time.Duration) { return upTo(r, 5*time.Second), 0 },
		"they arrive":      func(r *rand.Rand) (there, back time.Duration) { return 0, upTo(r, 5*time.Second) },
		"either":           func(r *rand.Rand) (there, back time.Duration) { return upTo(r, 3*time.Second), upTo(r, 3*time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := func(r *rand.Rand) (there, back time.Duration) {
					if r.IntN(10) == 0 {
						return late(r)
					}
					return halfThere(r)
				}
				c := crowded(t, 600, w, alert.PacerOptions{})
				c.articles()
				c.chatter(65 * time.Second)
				c.end()
				a := arrivals(c.box)
				a.limitsHold(t)
				a.used(t, 1, .7)
				a.print(t, c.pacer)
			})
		})
	}
}

// TestPaceOfGroups has little to tell but to forums, whose topics share what a
// group takes.
func TestPaceOfGroups(t *testing.T) {
	for name, w := range map[string]way{
		"at once":               func(*rand.Rand) (there, back time.Duration) { return 0, 0 },
		"up to 125 ms each way": halfThere,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := crowded(t, 30, w, alert.PacerOptions{})
				c.articles()
				time.Sleep(5 * time.Minute)
				c.end()
				a := arrivals(c.box)
				a.limitsHold(t)
				a.groupsUsed(t, c.groups[3:], 4)
			})
		})
	}
}

// TestAChatThatIsToldToWaitHoldsUpNobody has Telegram ask for long waits in a
// few chats.
func TestAChatThatIsToldToWaitHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := crowded(t, 1600, halfThere, alert.PacerOptions{})
		for i, chat := range []int64{c.people[3], c.people[700], c.groups[0], c.groups[4]} {
			c.box.Faults().Add(sandbox.Fault{Kind: sandbox.FaultStatus, Method: "sendMessage", Chat: chat, RetryAfter: 30 + i})
		}
		c.articles()
		c.chatter(3 * time.Minute)
		c.end()
		a := arrivals(c.box)
		if len(a.refused) != 4 {
			t.Errorf("%d refusals, want 4", len(a.refused))
		}
		a.neverKnocked(t)
		a.refused = nil
		a.limitsHold(t)
		a.used(t, 2, .97)
	})
}

// TestAStricterTelegramIsObeyed lowers the sandbox's limits for chats below what
// the pacer knows, and has it double what it asks for whenever that is ignored.
func TestAStricterTelegramIsObeyed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := crowded(t, 60, halfThere, alert.PacerOptions{})
		c.box.SetFlood(sandbox.Flood{ChatBurst: 1, ChatEvery: 4 * time.Second, GroupSends: 5, GroupWindow: time.Minute, Grow: 2})
		c.articles()
		c.chatter(5 * time.Minute)
		c.end()
		a := arrivals(c.box)
		if len(a.refused) < 20 {
			t.Errorf("%d refusals, want many", len(a.refused))
		}
		a.neverKnocked(t)
		for _, r := range a.refused {
			if n := retryAfter(t, r); n > 60 {
				t.Errorf("chat %d was told to wait %d s: the wait grew", r.Chat, n)
			}
		}
	})
}

// TestAStormStopsAllAndThePaceRecovers has the whole bot told to wait, with 16
// messages on their way.
func TestAStormStopsAllAndThePaceRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		back := func(*rand.Rand) (there, back time.Duration) { return 0, 200 * time.Millisecond }
		c := crowded(t, 1600, back, alert.PacerOptions{})
		c.box.Faults().Add(sandbox.Fault{Kind: sandbox.FaultStatus, Method: "sendMessage", Skip: 1000, N: 6, RetryAfter: 30})
		c.articles()
		time.Sleep(4 * time.Minute)
		c.end()
		a := arrivals(c.box)
		a.neverKnocked(t)
		if len(a.refused) < 3 {
			t.Fatalf("%d refusals, want at least three", len(a.refused))
		}
		told, resumed := a.refused[2].At.Add(200*time.Millisecond), a.refused[len(a.refused)-1].At.Add(30*time.Second)
		for _, at := range a.all {
			if at.After(told) && at.Before(resumed) {
				t.Errorf("a message arrived %v after three chats were told to wait, want none for 30 s", at.Sub(told))
			}
		}
		for m, want := range []float64{14, 15} { // 13.5, and one more a second in each minute
			from := resumed.Add(time.Duration(m) * time.Minute)
			n := 0
			for _, at := range a.all {
				if !at.Before(from) && at.Before(from.Add(time.Minute)) {
					n++
				}
			}
			if float64(n) < .97*60*want || float64(n) > 1.01*60*want {
				t.Errorf("%d messages in minute %d after the pause, want %.0f a second", n, m, want)
			}
		}
		a.refused = nil
		a.limitsHold(t)
	})
}

// TestAStrictBotLimitIsFound has the sandbox take ten messages a second, close
// to the whole bot when there are more, and double the wait whenever that is
// ignored. What was on its way cannot be helped; nothing follows it.
func TestAStrictBotLimitIsFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const back = 150 * time.Millisecond
		c := crowded(t, 1600, func(*rand.Rand) (_, _ time.Duration) { return 0, back }, alert.PacerOptions{})
		c.box.SetFlood(sandbox.Flood{BotSends: 10, Scope: "bot", Grow: 2})
		c.articles()
		time.Sleep(5 * time.Minute)
		c.end()
		a := arrivals(c.box)
		var closed time.Time // until then
		told, storms := map[int64]bool{}, 0
		var since time.Time // when three chats' answers were there
		refused := a.refused
		for _, at := range a.all {
			if !since.IsZero() && at.After(since) && at.Before(closed) {
				t.Errorf("a message arrived at %v, and the bot had been told to wait until %v", at, closed)
			}
			if len(refused) == 0 || at.Before(refused[0].At) {
				if at.After(closed) {
					clear(told)
					since = time.Time{}
				}
				continue
			}
			told[refused[0].Chat] = true
			closed = at.Add(time.Duration(retryAfter(t, refused[0])) * time.Second)
			if refused = refused[1:]; len(told) == 3 && since.IsZero() {
				since = at.Add(back)
				storms++
			}
		}
		if storms < 2 || storms > 6 {
			t.Errorf("%d storms in 5 minutes, want a few, until the pace is found", storms)
		}
		t.Logf("%d storms, %d refusals, %d messages taken", storms, len(a.refused), len(a.all)-len(a.refused))
	})
}

// TestPaceOfAnyRoad has roads of chance: there and back some time that all need,
// and some that each needs differently, a quarter of a second at most in all.
func TestPaceOfAnyRoad(t *testing.T) {
	for seed := range uint64(5) {
		t.Run(fmt.Sprint("road ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var part [4]time.Duration
				r := rand.New(rand.NewPCG(seed, seed))
				left := 250 * time.Millisecond
				for _, i := range r.Perm(len(part)) {
					part[i] = upTo(r, left)
					left -= part[i]
				}
				c := crowded(t, 700, func(r *rand.Rand) (there, back time.Duration) {
					return part[0] + upTo(r, part[1]), part[2] + upTo(r, part[3])
				}, alert.PacerOptions{})
				c.articles()
				c.chatter(80 * time.Second)
				c.end()
				a := arrivals(c.box)
				a.limitsHold(t)
				a.used(t, 1, .97)
				t.Logf("there %v and up to %v, back %v and up to %v: at most %d in a second, %d in the first minute",
					part[0], part[1], part[2], part[3], most(a.all, time.Second), a.minutes(a.all, 1)[0])
			})
		})
	}
}

var _ prometheus.Collector = (*alert.Pacer)(nil)
