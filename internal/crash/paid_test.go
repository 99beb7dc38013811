package crash

import (
	"fmt"
	"rasid/sandbox"
	"rasid/store"
	"rasid/store/open"
	"rasid/store/storetest/redistest"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// answersTake is how long the answers to a paid broadcast take.
const answersTake = 250 * time.Millisecond

// TestPaceOfAPaidBroadcast announces something to many in real time, on each
// store and with three programs on one Redis, while alerts wait for all of them
// and answers take a quarter of a second. No limit is broken and nobody is told
// twice. What is used of the pace depends on the disk and on what else the
// machine does, so it is printed, and with RASID_CRASH=full has to be far more
// than could be with as few on their way as alerts have, which is 64 a second.
// TestPaceOfPaidBroadcasts of package bot is exact.
func TestPaceOfAPaidBroadcast(t *testing.T) {
	rate, seconds := 100, 5
	if measure() == "full" {
		rate, seconds = 900, 20
	}
	bin := build(t)
	paid := []string{"RASID_RATE=27", fmt.Sprint("RASID_PAID_BROADCAST=", rate), fmt.Sprint("RASID_ADMINS=", first)}
	onBoth(t, func(t *testing.T, store string) {
		box := announcing(t, store, rate*seconds)
		announce(t, aProgram(t, bin, box, store, paid...), box, rate, seconds)
	})
	t.Run("three on redis", func(t *testing.T) {
		redis := redistest.Start(t).URL
		box := announcing(t, redis, rate*seconds)
		announce(t, aFleet(t, bin, box, redis, paid...), box, rate, seconds)
	})
}

// announcing is a town of so many people who all watch the same, and whose
// Telegram has the limits it publishes.
func announcing(t *testing.T, address string, people int) *sandbox.Server {
	t.Helper()
	box := aTown(t, 0)
	box.SetFlood(sandbox.Flood{})
	box.Faults().Add(sandbox.Fault{Kind: sandbox.FaultSlow, Method: "sendMessage", N: -1, Delay: answersTake})
	s, _, err := open.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var g errgroup.Group
	g.SetLimit(64)
	for i := range people {
		box.AddUser(sandbox.User{ID: int64(first + i), Lang: "en", Started: true})
		c := store.Change{Dest: store.Dest{Chat: int64(first + i)}, Kind: store.Private, Now: time.Now()}
		c.Edits = []store.Edit{{Op: store.AddRule, Text: "tax", Lang: "en"}}
		g.Go(func() error {
			_, err := s.Change(t.Context(), c)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	return box
}

func announce(t *testing.T, p bot, box *sandbox.Server, rate, seconds int) {
	t.Helper()
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	ready(t, p)
	if ok, err := p.Push(t.Context(), []byte(`[{"id":"p","lang":"en","source":"s","title":"A new tax","body":"For all."}]`)); err != nil || !ok {
		t.Fatalf("push was not accepted: %v\n%s", err, p.Log())
	}
	if _, err := box.Say(first, first, 0, "/broadcast We are back.", 0); err != nil {
		t.Fatal(err)
	}
	until := time.Now().Add(time.Minute + 5*time.Duration(seconds)*time.Second)
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	for !press(box, "bc:send") && time.Now().Before(until) {
		<-look.C
	}
	look.Reset(time.Second)
	for all := rate * seconds; len(paidOf(box)) < all; <-look.C {
		if time.Now().After(until) {
			t.Fatalf("%d of %d got the announcement\n%s", len(paidOf(box)), all, p.Log())
		}
	}
	reportPaid(t, box, float64(rate), seconds)
	if _, err := p.Stop(15 * time.Second); err != nil {
		t.Error(err)
	}
}

// press presses the button with such data in the first person's chat, and
// reports whether there is one.
func press(box *sandbox.Server, data string) bool {
	for _, m := range box.Chat(first).Messages() {
		for _, row := range m.Buttons {
			for _, b := range row {
				if strings.HasPrefix(b.CallbackData, data) {
					_, err := box.Press(first, first, m.ID, b.Text)
					return err == nil
				}
			}
		}
	}
	return false
}

// paidOf lists when the paid messages arrived.
func paidOf(box *sandbox.Server) (at []time.Time) {
	for _, c := range box.Calls() {
		if c.Params["allow_paid_broadcast"] == "true" && c.Status == 200 {
			at = append(at, c.At)
		}
	}
	return at
}

// reportPaid prints how the pace of paid broadcasts was used, and that of all
// else beside them, and sees that no limit was broken.
func reportPaid(t *testing.T, box *sandbox.Server, rate float64, seconds int) {
	t.Helper()
	paid := paidOf(box)
	took := paid[len(paid)-1].Sub(paid[0]).Seconds()
	others := 0
	for _, c := range box.Calls() {
		if c.Status == 429 {
			t.Errorf("chat %d was refused: %s", c.Chat, c.Answer)
		}
		if c.Method == "sendmessage" && c.Params["allow_paid_broadcast"] != "true" && c.At.After(paid[0]) && c.At.Before(paid[len(paid)-1]) {
			others++
		}
	}
	for _, d := range box.Duplicates() {
		if d.By == "text" && d.Chat != first { // who saw the preview, too
			t.Errorf("chat %d got a message %d times: %s", d.Chat, d.Count, d.Text)
		}
	}
	each := make([]int, seconds)
	for _, at := range paid {
		if n := int(at.Sub(paid[0]) / time.Second); n < seconds {
			each[n]++
		}
	}
	n := 0
	for _, c := range each[:seconds-1] { // in the last one not all have something waiting
		n += c
	}
	used := float64(n) / float64(seconds-1) / rate
	fmt.Printf("%s: paid messages in each second: %v, %.1f %% of the pace; beside them %.1f others a second; at most %d and %d in one\n",
		t.Name(), each, 100*used, float64(others)/took, box.Peaks().Paid.Count, box.Peaks().Bot.Count)
	if measure() == "full" && used < .33 {
		t.Errorf("%.1f %% of the pace of paid broadcasts was used, want 33 at the least", 100*used)
	}
}
