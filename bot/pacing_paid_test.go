package bot_test

import (
	"math/rand/v2"
	"rasid/alert"
	"slices"
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
		used float64 // of the rate, in each ten seconds
	}{
		{"900 a second, up to 125 ms each way", 900, halfThere, .97},
		{"900 a second, always 250 ms for the answer", 900, always(0, 250*time.Millisecond), .97},
		{"900 a second, always 250 ms on the way there", 900, always(250*time.Millisecond, 0), .97},
		{"500 a second, up to 125 ms each way", 500, halfThere, .97},
		{"40 a second, always 250 ms", 40, always(125*time.Millisecond, 125*time.Millisecond), .97},
		{"1000 a second, where answers take 30 ms", 1000, always(15*time.Millisecond, 15*time.Millisecond), .97},
		{"1000 a second, where no more may arrive in one", 1000, halfThere, .88},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const length = 20 * time.Second
				c := crowded(t, int(tt.rate*(length+2*time.Second).Seconds()), tt.way, alert.PacerOptions{Paid: tt.rate})
				c.articles()
				c.chatter(10*time.Second + length)
				c.end()
				paid, free := c.announced()
				free.limitsHold(t)
				if n := most(paid.all, time.Second); n > takesPaid {
					t.Errorf("%d paid messages arrived in one second, want at most %d", n, takesPaid)
				}
				begun := paid.all[0]
				inEach(t, "paid broadcasts", 10*time.Second, counts(paid.all, begun, 10*time.Second, length), tt.used*tt.rate)
				inEach(t, "other messages", length, counts(free.all, begun, length, length), .97*27)
				t.Logf("at most %d paid messages arrived in a second, and %d others", most(paid.all, time.Second), most(free.all, time.Second))
			})
		})
	}
}

// counts counts what arrived in each span of the length from begun on.
func counts(at []time.Time, begun time.Time, span, length time.Duration) []int {
	per := make([]int, length/span)
	for _, x := range at {
		if since := x.Sub(begun); since >= 0 && since < length {
			per[int(since/span)]++
		}
	}
	return per
}

// inEach sees that at least so many arrived a second, in each span.
func inEach(t *testing.T, what string, span time.Duration, per []int, least float64) {
	t.Helper()
	t.Logf("%s in each %v: %v, want at least %.0f", what, span, per, least*span.Seconds())
	if float64(slices.Min(per)) < least*span.Seconds() {
		t.Errorf("%v %s arrived in each %v, want at least %.0f", per, what, span, least*span.Seconds())
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
