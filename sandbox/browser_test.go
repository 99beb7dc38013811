package sandbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"rasid/internal/testenv/browser"
	"rasid/sandbox"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// serve runs a sandbox on loopback until the test ends.
func serve(t *testing.T) client {
	t.Helper()
	c := open(t, sandbox.Options{Listen: "127.0.0.1:0", Seed: 5})
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.box.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return c
}

// echo is a small bot: it answers each text with a button, and each press with
// a toast. It returns when ctx ends.
func echo(ctx context.Context, c client) {
	offset := int64(0)
	for ctx.Err() == nil {
		got, err := c.call(ctx, "getUpdates", args{"offset": offset, "timeout": 20})
		if err != nil {
			return
		}
		var list []struct {
			ID      int64 `json:"update_id"`
			Message *struct {
				Text string
				Chat struct{ ID int64 }
			}
			Press *struct{ ID, Data string } `json:"callback_query"`
		}
		if json.Unmarshal(got.Result, &list) != nil {
			return
		}
		for _, u := range list {
			offset = u.ID + 1
			if u.Message != nil {
				_, _ = c.call(ctx, "sendMessage", args{"chat_id": u.Message.Chat.ID, "text": "<b>" + u.Message.Text + "</b>", "parse_mode": "HTML", "reply_markup": inline(`{"text":"لماذا؟","callback_data":"why"}`)})
			}
			if u.Press != nil {
				_, _ = c.call(ctx, "answerCallbackQuery", args{"callback_query_id": u.Press.ID, "text": "because: " + u.Press.Data})
			}
		}
	}
}

func TestAPersonTalksToTheBotInTheBrowser(t *testing.T) {
	ctx := browser.Open(t)
	c := serve(t)
	ann := c.box.AddUser(sandbox.User{FirstName: "ليلى", Lang: "ar"})
	go echo(t.Context(), c)
	const news = "خبر عاجل"
	err := chromedp.Do(ctx,
		chromedp.Navigate(fmt.Sprintf("%s/?user=%d", c.box.URL(), ann)),
		chromedp.Click("#big"),
		chromedp.WaitVisible(".msg .key"),
		chromedp.SendKeys("#text", news+"\r"),
		chromedp.WaitVisible(".msg ~ .msg ~ .msg ~ .msg .key"),
	)
	if err != nil {
		t.Fatal(err)
	}
	const last = ".msg:last-child "
	dir := browser.Read(ctx, t, `document.documentElement.dir`)
	bold := browser.Read(ctx, t, `document.querySelector("`+last+`b").textContent`)
	line := browser.Read(ctx, t, `getComputedStyle(document.querySelector("`+last+`.line")).direction`)
	if err := chromedp.Do(ctx, chromedp.Click(last+".key"), chromedp.WaitVisible("#toast.shown")); err != nil {
		t.Fatal(err)
	}
	toast := browser.Read(ctx, t, `document.getElementById("toast").textContent`)
	if dir != "rtl" || bold != news || line != "rtl" || toast != "because: why" {
		t.Errorf("page direction %q, bold %q in a line of direction %q, toast %q", dir, bold, line, toast)
	}
}

func TestThePageLoadsNothingFromElsewhere(t *testing.T) {
	c := serve(t)
	for _, path := range []string{"/", "/assets/app.js", "/assets/state.js", "/assets/style.css", "/assets/icon.svg"} {
		res := fetch(t, c.box.URL()+path, "")
		if res.StatusCode != http.StatusOK || !strings.Contains(res.Header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("GET %s = %d with policy %q", path, res.StatusCode, res.Header.Get("Content-Security-Policy"))
		}
	}
	if res := fetch(t, c.box.URL()+"/", "evil.example"); res.StatusCode != http.StatusForbidden {
		t.Errorf("a page by a strange host name = %d; want 403", res.StatusCode)
	}
}

func fetch(t *testing.T, address, host string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}
