package bot_test

import (
	"math/rand/v2"
	"rasid/alert"
	"testing"
	"testing/synctest"
	"time"
)

// takesPaid is how many paid broadcasts Telegram takes in a second.
const takesPaid = 1000

// TestPaceOfPaidBroadcasts announces something to many, as a paid broadcast,
// while alerts wait for all of them and people ask things.
func TestPaceOfPaidBroadcasts(t *testing.T) {
	always := func(there, back time.Duration) way {
		return func(*rand.Rand) (_, _ time.Duration) { return there, back }
	}
	tests := []struct {
		name string
		rate float64
		way  way
		tens int     // ten seconds, so often
		used float64 // of the rate, in each
	}{
		{"900 a second, up to 125 ms each way", 900, halfThere, 2, .97},
		{"900 a second, always 250 ms", 900, always(60*time.Millisecond, 190*time.Millisecond), 1, .97},
		{"500 a second, up to 125 ms each way", 500, halfThere, 2, .97},
		{"40 a second, always 250 ms", 40, always(125*time.Millisecond, 125*time.Millisecond), 2, .97},
		{"1000 a second, where answers take 30 ms", 1000, always(15*time.Millisecond, 15*time.Millisecond), 1, .97},
		{"1000 a second, where no more may arrive in one", 1000, halfThere, 1, .88},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const span = 10 * time.Second
				length := time.Duration(tt.tens) * span
				c := crowded(t, int(tt.rate*(length+time.Second).Seconds()), tt.way, alert.PacerOptions{Paid: tt.rate})
				c.articles()
				c.chatter(11*time.Second + length)
				c.end()
				paid, free := c.announced()
				free.limitsHold(t)
				if n := most(paid.all, time.Second); n > takesPaid {
					t.Errorf("%d paid messages arrived in one second, want at most %d", n, takesPaid)
				}
				begun := paid.all[0]
				for n := range tt.tens {
					at := begun.Add(time.Duration(n) * span)
					inTime(t, "paid broadcasts", between(paid.all, at, span), tt.used*tt.rate*span.Seconds())
				}
				inTime(t, "other messages", between(free.all, begun, length), .97*27*length.Seconds())
				t.Logf("at most %d paid messages arrived in a second, and %d others", most(paid.all, time.Second), most(free.all, time.Second))
			})
		})
	}
}

// between counts what arrived for so long from begun on.
func between(at []time.Time, begun time.Time, length time.Duration) (n int) {
	for _, x := range at {
		if since := x.Sub(begun); since >= 0 && since < length {
			n++
		}
	}
	return n
}

// inTime sees that at least so many arrived.
func inTime(t *testing.T, what string, n int, least float64) {
	t.Helper()
	t.Logf("%d %s, want at least %.0f", n, what, least)
	if float64(n) < least {
		t.Errorf("%d %s arrived, want at least %.0f", n, what, least)
	}
}

// announced splits what arrived into what was paid for, which is the
// announcement to all but who made it, and the rest. A chat's messages are all
// with the rest: what it takes does not depend on who pays.
func (c *crowd) announced() (paid, free *arrived) {
	c.t.Helper()
	paid, free = &arrived{}, arrivals(c.box)
	free.all = nil
	for _, call := range c.box.Calls() {
		if call.Method != "sendmessage" && call.Method != "editmessagetext" {
			continue
		}
		isPaid := call.Params["allow_paid_broadcast"] == "true"
		if isPaid != (call.Params["text"] == "We are back." && call.Chat != c.admin) {
			c.t.Fatalf("paid for %q in chat %d: %v", call.Params["text"], call.Chat, isPaid)
		}
		if isPaid {
			paid.all = append(paid.all, call.At)
		} else {
			free.all = append(free.all, call.At)
		}
	}
	return paid, free
}
