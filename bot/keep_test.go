package bot_test

import (
	"net/http"
	"rasid/bot/telegram"
	"rasid/sandbox"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// told are the messages that the operator's admin got and that say what.
func (k *talk) told(what string) (n int) {
	for _, m := range k.box.Chat(admin).FromBot() {
		if strings.Contains(m.Text, what) {
			n++
		}
	}
	return n
}

func (k *talk) client() *telegram.Client {
	k.t.Helper()
	c, err := telegram.New(telegram.Options{Base: "http://sandbox", Token: k.box.Token(), HTTP: &http.Client{Transport: k.box.RoundTripper()}})
	k.must(err)
	return c
}

func TestTheWebhookIsSetAndKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, end := hooked(t, &front{receivers: 3})
		defer end()
		want := map[string]string{"url": "https://bot.example/hook", "secret_token": "s", "allowed_updates": `["message","callback_query","my_chat_member"]`}
		sets := 0
		for _, c := range k.box.Calls() {
			if c.Method != "setwebhook" {
				continue
			}
			sets++
			for name, value := range want {
				if c.Params[name] != value {
					t.Errorf("setWebhook has %s %q, want %q", name, c.Params[name], value)
				}
			}
			if c.Params["drop_pending_updates"] != "" {
				t.Error("setWebhook drops what is pending")
			}
		}
		if sets != 1 {
			t.Errorf("three processes set the webhook %d times; want one of them to do it", sets)
		}
		k.must(k.client().SetWebhook(t.Context(), telegram.Webhook{URL: "https://other.example/x"}))
		k.rest(2 * time.Minute)
		if w, err := k.client().GetWebhookInfo(t.Context()); err != nil || w.URL != want["url"] || len(w.Allowed) != 3 {
			t.Errorf("after somebody changed it the webhook is %+v, %v; want ours", w, err)
		}
	})
}

func TestAdminsHearOnceThatTelegramCannotDeliver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, end := hooked(t, &front{receivers: 1})
		defer end()
		k.box.AddUser(sandbox.User{ID: admin, FirstName: "Op", Lang: "en", Started: true})
		k.must(k.say("/list"))
		k.box.Faults().Add(sandbox.Fault{Method: sandbox.WebhookMethod, Kind: sandbox.FaultHTML, Status: 502})
		k.must(k.say("/list"))
		k.rest(5 * time.Minute)
		if n := k.told("502"); n != 0 {
			t.Errorf("a failure that passed was told %d times", n)
		}
		for trouble := 1; trouble <= 2; trouble++ {
			k.flaky.set(func(f *flaky) { f.down = true })
			k.must(k.say("/list"))
			k.rest(15 * time.Minute)
			if n := k.told("503 Service Unavailable"); n != trouble {
				t.Errorf("trouble %d was told %d times in all, want once each", trouble, n)
			}
			k.flaky.set(func(f *flaky) { f.down = false })
			k.rest(5 * time.Minute)
		}
		k.down()
		k.up()
		k.rest(5 * time.Minute)
		if n := k.told("503"); n != 2 {
			t.Errorf("after a restart the old trouble was told again: %d times", n)
		}
	})
}

func TestAdminsHearOnceThatTheAddressIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, end := begin(t, &front{receivers: 1, url: "https://10.0.0.1/hook"})
		defer end()
		k.box.AddUser(sandbox.User{ID: admin, FirstName: "Op", Lang: "en", Started: true})
		k.rest(10 * time.Minute)
		if n := k.told("IP address 10.0.0.1 is reserved"); n != 1 {
			t.Errorf("a refused address was told %d times, want once", n)
		}
	})
}
