package bot_test

import (
	"rasid/alert"
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
