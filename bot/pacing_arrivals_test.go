package bot_test

import (
	"encoding/json"
	"fmt"
	"rasid/alert"
	"rasid/sandbox"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// What Telegram takes, as the FAQ of the Bot API says it.
const (
	takesSecond = 30
	takesMinute = 20 // in a group
	takesBurst  = 3  // in a chat, and then one a second
)

// arrived is what a sandbox saw of one bot: messages and edits, and those that
// it refused.
type arrived struct {
	all     []time.Time
	chats   map[int64][]time.Time
	refused []sandbox.Call
}

func arrivals(box *sandbox.Server) *arrived {
	a := &arrived{chats: map[int64][]time.Time{}}
	for _, c := range box.Calls() {
		if c.Method != "sendmessage" && c.Method != "editmessagetext" {
			continue
		}
		a.all = append(a.all, c.At)
		a.chats[c.Chat] = append(a.chats[c.Chat], c.At)
		if c.Status == 429 {
			a.refused = append(a.refused, c)
		}
	}
	return a
}

// windows returns how many things happened in the window of length w that ends
// with each.
func windows(at []time.Time, w time.Duration) []int {
	counts := make([]int, len(at))
	from := 0
	for i := range at {
		for at[i].Sub(at[from]) >= w {
			from++
		}
		counts[i] = i - from + 1
	}
	return counts
}

func most(at []time.Time, w time.Duration) int { return slices.Max(append(windows(at, w), 0)) }

// limitsHold looks at every window of the run, and sees that Telegram had
// nothing to refuse.
func (a *arrived) limitsHold(t *testing.T) {
	t.Helper()
	if n := most(a.all, time.Second); n > takesSecond {
		t.Errorf("%d messages arrived in one second, want at most %d", n, takesSecond)
	}
	for chat, at := range a.chats {
		if n := most(at, time.Minute); chat < 0 && n > takesMinute {
			t.Errorf("%d messages arrived in group %d in one minute, want at most %d", n, chat, takesMinute)
		}
		var full time.Time // when the chat's bucket is full again
		for _, now := range at {
			if full.Sub(now) > (takesBurst-1)*time.Second {
				t.Errorf("chat %d got a message %v too early after its burst", chat, full.Sub(now)-(takesBurst-1)*time.Second)
				break
			}
			if full.Before(now) {
				full = now
			}
			full = full.Add(time.Second)
		}
	}
	if len(a.refused) > 0 {
		t.Errorf("%d messages were refused, the first of them %+v; want none", len(a.refused), a.refused[0])
	}
}

// minutes counts what arrived in each whole minute.
func (a *arrived) minutes(at []time.Time, n int) []int {
	per := make([]int, n)
	for _, x := range at {
		if m := int(x.Sub(a.all[0]) / time.Minute); m < n {
			per[m]++
		}
	}
	return per
}

// used sees that the pace was used in each of the first minutes.
func (a *arrived) used(t *testing.T, minutes int, least float64) {
	t.Helper()
	for m, n := range a.minutes(a.all, minutes) {
		if float64(n) < least*27*60 {
			t.Errorf("%d messages arrived in minute %d, want at least %.0f %% of %d", n, m, 100*least, 27*60)
		}
	}
}

// groupsUsed sees the same of groups in which more waits than they take.
func (a *arrived) groupsUsed(t *testing.T, groups []int64, minutes int) {
	t.Helper()
	for _, g := range groups {
		sum := 0
		for _, n := range a.minutes(a.chats[g], minutes) {
			sum += n
		}
		if least := .97 * 18 * float64(minutes); float64(sum) < least {
			t.Errorf("%d messages arrived in group %d in %d minutes, want at least %.0f", sum, g, minutes, least)
		}
	}
}

// neverKnocked sees that no chat was written to before it was time, once it had
// been told to wait.
func (a *arrived) neverKnocked(t *testing.T) {
	t.Helper()
	for _, r := range a.refused {
		until := r.At.Add(time.Duration(retryAfter(t, r)) * time.Second)
		for _, at := range a.chats[r.Chat] {
			if at.After(r.At) && at.Before(until) {
				t.Errorf("chat %d was written to %v before it was time", r.Chat, until.Sub(at))
			}
		}
	}
}

// retryAfter is how many seconds a refused call was told to wait.
func retryAfter(t *testing.T, c sandbox.Call) int {
	t.Helper()
	var answer struct {
		Parameters struct {
			RetryAfter int `json:"retry_after"`
		} `json:"parameters"`
	}
	if err := json.Unmarshal([]byte(c.Answer), &answer); err != nil {
		t.Fatal(err)
	}
	return answer.Parameters.RetryAfter
}

// print shows how the run was spread.
func (a *arrived) print(t *testing.T, p *alert.Pacer) {
	t.Helper()
	var b strings.Builder
	count, last := map[int]int{}, 0
	all := windows(a.all, time.Second)
	for _, n := range all {
		count[n]++
		last = max(last, n)
	}
	fmt.Fprintf(&b, "%d messages and edits. Messages in the second that ends with each of them:\n", len(a.all))
	for n := max(1, last-11); n <= last; n++ {
		fmt.Fprintf(&b, "%4d %6.2f %% %s\n", n, 100*float64(count[n])/float64(len(all)), strings.Repeat("#", (60*count[n]+len(all)-1)/len(all)))
	}
	span := a.all[len(a.all)-1].Sub(a.all[0])
	for m, n := range a.minutes(a.all, int(span/time.Minute)) {
		fmt.Fprintf(&b, "minute %d: %d messages, %.1f %% of the pace\n", m+1, n, 100*float64(n)/(27*60))
	}
	b.WriteString(waits(t, p))
	t.Log("\n" + b.String())
}

// waits words how long messages waited for their slot.
func waits(t *testing.T, p *alert.Pacer) string {
	t.Helper()
	reg := prometheus.NewPedanticRegistry()
	reg.MustRegister(p)
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range families {
		if f.GetName() != "rasid_alert_slot_wait_seconds" {
			continue
		}
		for _, m := range f.GetMetric() {
			h := m.GetHistogram()
			fmt.Fprintf(&b, "%s: %d slots, waited for", m.GetLabel()[0].GetValue(), h.GetSampleCount())
			for _, bucket := range h.GetBucket() {
				if bucket.GetUpperBound() >= .01 && bucket.GetUpperBound() <= 2 {
					fmt.Fprintf(&b, " <=%gs %.0f%%", bucket.GetUpperBound(), 100*float64(bucket.GetCumulativeCount())/float64(h.GetSampleCount()))
				}
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}
