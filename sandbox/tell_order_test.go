package sandbox_test

import (
	"fmt"
	"net/http"
	"rasid/sandbox"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestOrderIsKeptInAChatAndNotBeyond(t *testing.T) {
	for name, tt := range map[string]struct {
		max  int
		want string
		most int
	}{
		"side by side": {40, "[0s a1 0s b1 1s a2 2s a3]", 2},
		"one by one":   {1, "[0s a1 1s a2 2s a3 3s b1]", 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := &receiver{answer: func(int, http.ResponseWriter, *http.Request) { time.Sleep(time.Second) }}
				c := told(t, r, sandbox.Options{}, args{"max_connections": tt.max})
				ann, bob := c.person(), c.person()
				c.say(ann, "a1")
				c.say(ann, "a2")
				c.say(ann, "a3")
				c.say(bob, "b1")
				time.Sleep(10 * time.Second)
				got := r.seen()
				slices.Sort(got)
				if fmt.Sprint(got) != tt.want || r.most != tt.most {
					t.Errorf("told %v, %d at a time; want %s, %d", got, r.most, tt.want, tt.most)
				}
			})
		})
	}
}

func TestWhatFailsHoldsUpItsOwnChatOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{answer: func(n int, w http.ResponseWriter, _ *http.Request) {
			if n == 0 {
				w.Header().Set("Retry-After", "9")
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		}}
		c := told(t, r, sandbox.Options{}, nil)
		ann, bob := c.person(), c.person()
		c.say(ann, "a1")
		synctest.Wait()
		c.say(ann, "a2")
		c.say(bob, "b1")
		time.Sleep(10 * time.Second)
		if got := fmt.Sprint(r.seen()); got != "[0s a1 0s b1 9s a1 9s a2]" {
			t.Errorf("told %s", got)
		}
	})
}

// A press and a message of one chat are of different queues, as are messages of
// different chats; what one person presses is in order.
func TestPressesAreALaneOfTheirOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{answer: func(int, http.ResponseWriter, *http.Request) { time.Sleep(time.Second) }}
		c := told(t, r, sandbox.Options{}, nil)
		ann := c.person()
		id := c.send(args{"chat_id": ann, "text": "q", "reply_markup": `{"inline_keyboard":[[{"text":"Go","callback_data":"go"}]]}`})
		c.say(ann, "m")
		for range 2 {
			if _, err := c.box.Press(ann, ann, id, "Go"); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(5 * time.Second)
		got := r.seen()
		slices.Sort(got)
		if fmt.Sprint(got) != "[0s  0s m 1s ]" {
			t.Errorf("told %q; want the message and a press at once, the other press after", got)
		}
	})
}
