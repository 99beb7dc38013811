package bot_test

import (
	"rasid/alert"
	"rasid/sandbox"
	"rasid/store"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestAnAnnouncementThatWasSentIsNoPreviewAnyMore: the buttons are there until
// its progress is shown.
func TestAnAnnouncementThatWasSentIsNoPreviewAnyMore(t *testing.T) {
	for _, data := range []string{"bc:limit", "bc:cancel"} {
		t.Run(data, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := crowded(t, 20, halfThere, alert.PacerOptions{})
				time.Sleep(4 * time.Second)
				if _, err := c.box.Say(c.admin, c.admin, 0, "/broadcast We are back.", 0); err != nil {
					t.Fatal(err)
				}
				time.Sleep(1500 * time.Millisecond)
				before, _ := c.box.Chat(c.admin).Last()
				c.press("bc:send")
				c.press(data)
				time.Sleep(500 * time.Millisecond)
				if after, _ := c.box.Chat(c.admin).Last(); after.Text != before.Text {
					t.Errorf("after it was sent the message says %q", after.Text)
				}
				time.Sleep(20 * time.Second)
				if after, _ := c.box.Chat(c.admin).Last(); !strings.Contains(after.Text, "done: 30 sent") {
					t.Errorf("in the end the message says %q; want that 30 were sent it", after.Text)
				}
				c.end()
			})
		})
	}
}

// TestTheReportOfAnAnnouncementArrives: without it the message would go on
// offering to stop what is over.
func TestTheReportOfAnAnnouncementArrives(t *testing.T) {
	for name, trouble := range map[string]func(*talk){
		"though Telegram refuses edits for a while": func(k *talk) {
			k.rest(17 * time.Second) // until most are told
			k.box.Faults().Add(sandbox.Fault{Method: "editMessageText", Kind: sandbox.FaultStatus, Status: 400, Description: "Bad Request: not now", N: 3})
		},
		"though the store is away when the bot is started anew": func(k *talk) {
			k.rest(2 * time.Second)
			k.down()
			k.flaky.set(func(f *flaky) { f.down = true })
			k.up()
			k.rest(8 * time.Second) // it is looked for after six
			k.flaky.set(func(f *flaky) { f.down = false })
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k, end := begin(t, nil)
				defer end()
				for _, line := range []string{"@crowd 500 en", "@person admin en", "> /broadcast We are back."} {
					_, err := k.play(line)
					k.must(err)
				}
				k.must(k.say("[Send to 500]"))
				trouble(k)
				k.rest(10 * time.Minute)
				if m, _ := k.box.Chat(admin).Last(); len(m.Buttons) != 0 || !strings.Contains(m.Text, "done: 500 sent") {
					t.Errorf("in the end the message says %q with %d rows of buttons; want the report", m.Text, len(m.Buttons))
				}
			})
		})
	}
}

// TestAnAnnouncementCountsAsSentWhenTheStoreSaysSo has the store take it in and not
// say that it is there to stay, as where too few replicas confirm it.
func TestAnAnnouncementCountsAsSentWhenTheStoreSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, end := begin(t, nil)
		defer end()
		for _, line := range []string{"@crowd 20 en", "@person admin en", "> /broadcast We are back."} {
			_, err := k.play(line)
			k.must(err)
		}
		k.flaky.set(func(f *flaky) { f.unsure = true })
		k.must(k.say("[Send to 20]"))
		k.rest(time.Minute)
		if m, _ := k.box.Chat(admin).Last(); len(m.Buttons) < 2 {
			t.Errorf("while the store does not say that it is there the message says %q; want the preview", m.Text)
		}
		k.flaky.set(func(f *flaky) { f.unsure = false })
		k.rest(time.Minute)
		if m, _ := k.box.Chat(admin).Last(); !strings.Contains(m.Text, "done: 20 sent, 0 failed") {
			t.Errorf("in the end the message says %q; want that 20 were sent it", m.Text)
		}
		if got := k.stats.Report().Sent[store.Broadcast]; got != 20 {
			t.Errorf("%d were sent it; want 20, each once", got)
		}
	})
}
