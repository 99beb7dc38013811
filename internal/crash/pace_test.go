package crash

import (
	"fmt"
	"math/rand/v2"
	"rasid/sandbox"
	"rasid/store"
	"rasid/store/open"
	"rasid/store/storetest/redistest"
	"testing"
	"time"
)

// paceChats watch the same in TestPaceOfPrograms.
const paceChats = 600

// TestPaceOfPrograms has three programs at their own pace, in real time, on one
// Redis and against the limits that Telegram publishes. All have alerts to
// send, and one answers people whose alerts another sends.
func TestPaceOfPrograms(t *testing.T) {
	bin, box := build(t), aTown(t, 0)
	box.SetFlood(sandbox.Flood{})
	for i := range paceChats {
		box.AddUser(sandbox.User{ID: int64(first + i), Lang: "en", Started: true})
	}
	redis := redistest.Start(t).URL
	allWatch(t, redis)
	f := aFleet(t, bin, box, redis, "RASID_RATE=27")
	if err := f.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Kill)
	ready(t, f)
	if ok, err := f.Push(t.Context(), []byte(`[{"id":"p","lang":"en","source":"s","title":"A new tax","body":"For all."}]`)); err != nil || !ok {
		t.Fatalf("push was not accepted: %v\n%s", err, f.Log())
	}
	tick := time.NewTicker(300 * time.Millisecond)
	defer tick.Stop()
	for range 60 {
		<-tick.C
		person := int64(first + rand.IntN(10)) // few, so that they are answered as fast as a chat may be
		if _, err := box.Say(person, person, 0, "/rules", 0); err != nil {
			t.Fatal(err)
		}
	}
	reportPace(t, box.Calls())
	if p := box.Peaks(); p.BotAsked.Count > 30 || p.Bot.Count == 0 {
		t.Errorf("peaks = %+v, want at most 30 in any second", p)
	}
	if _, err := f.Stop(15 * time.Second); err != nil {
		t.Error(err)
	}
}

// allWatch gives every chat the same rule.
func allWatch(t *testing.T, address string) {
	t.Helper()
	s, _, err := open.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for i := range paceChats {
		c := store.Change{Dest: store.Dest{Chat: int64(first + i)}, Kind: store.Private, Now: time.Now()}
		c.Edits = []store.Edit{{Op: store.AddRule, Text: "tax", Lang: "en"}}
		if _, err := s.Change(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
}

// reportPace prints how the pace was used while more waited than fits, and sees
// that nothing was refused.
func reportPace(t *testing.T, calls []sandbox.Call) {
	t.Helper()
	var at []time.Time
	for _, c := range calls {
		if c.Method != "sendmessage" {
			continue
		}
		at = append(at, c.At)
		if c.Status != 200 {
			t.Errorf("chat %d was refused: %s", c.Chat, c.Answer)
		}
	}
	if len(at) < 100 {
		t.Fatalf("%d messages were sent, want hundreds", len(at))
	}
	const from, to = 2 * time.Second, 14 * time.Second // after the first message
	n, seconds := 0, make([]int, int(to/time.Second))
	for _, x := range at {
		since := x.Sub(at[0])
		if since < to {
			seconds[int(since/time.Second)]++
		}
		if since >= from && since < to {
			n++
		}
	}
	used := float64(n) / (to - from).Seconds() / 27
	t.Logf("three programs: %s messages in each second, %.1f %% of the pace", fmt.Sprint(seconds), 100*used)
	if used < .9 { // in real time, on a machine with other work; TestPace of package bot is exact
		t.Errorf("%.1f %% of the pace was used, want 90 at the least, and 97 on a machine with nothing else to do", 100*used)
	}
}
