package bot_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"rasid/alert"
	"rasid/bot"
	"rasid/bot/telegram"
	"rasid/sandbox"
	"rasid/store"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// hooked is a talk by webhook, with one person in it who speaks.
func hooked(t *testing.T, f *front) (*talk, func()) {
	k, end := begin(t, f)
	if err := k.person("ann en"); err != nil {
		t.Fatal(err)
	}
	k.rest(time.Second)
	return k, end
}

func (k *talk) must(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

// rules are the texts of what is watched in a chat, in the order of their
// numbers.
func (k *talk) rules(chat int64) []string {
	d, err := k.store.Destination(k.ctx, store.Dest{Chat: chat})
	if errors.Is(err, store.ErrUnknown) {
		return nil
	}
	k.must(err)
	var all []string
	for _, r := range d.Rules {
		all = append(all, r.Text)
	}
	return all
}

func request(ctx context.Context, body, secret string) *http.Request {
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/v1/telegram", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set(telegram.SecretHeader, secret)
	return r
}

func message(update, chat int64, text string) string {
	return fmt.Sprintf(`{"update_id":%d,"message":{"message_id":1,"date":1,"text":%q,"chat":{"id":%d,"type":"private"},"from":{"id":%d,"language_code":"en"}}}`, update, text, chat, chat)
}

func TestWhatAWebhookAnswers(t *testing.T) {
	fine := message(77, 5, "/watch alpha")
	tests := []struct {
		name string
		make func(*http.Request)
		body string
		want int
	}{
		{"an update is taken", nil, fine, 200},
		{"it is posted", func(r *http.Request) { r.Method = http.MethodGet }, fine, 405},
		{"the secret is right", func(r *http.Request) { r.Header.Set(telegram.SecretHeader, "t") }, fine, 403},
		{"the secret is whole", func(r *http.Request) { r.Header.Set(telegram.SecretHeader, "ss") }, fine, 403},
		{"the secret is there", func(r *http.Request) { r.Header.Del(telegram.SecretHeader) }, fine, 403},
		{"it is JSON", func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, fine, 415},
		{"it has 1 MB at most", nil, message(78, 5, strings.Repeat("x", 1<<20)), 413},
		{"what is no JSON does not come back", nil, "{", 200},
		{"what has no number does not come back", nil, "{}", 200},
		{"what cannot be read does not come back", nil, `{"update_id":79,"message":5}`, 200},
		{"what is of no known kind does not come back", nil, `{"update_id":80,"poll":{"id":"1"}}`, 200},
		{"nor does what is of a chat of no known kind", nil, strings.ReplaceAll(message(81, 6, "/start"), "private", "bazaar"), 200},
	}
	synctest.Test(t, func(t *testing.T) {
		k, end := hooked(t, &front{receivers: 1})
		defer end()
		for _, tt := range tests {
			r := request(t.Context(), tt.body, "s")
			if tt.make != nil {
				tt.make(r)
			}
			w := httptest.NewRecorder()
			k.bots[0].Webhook().ServeHTTP(w, r)
			if w.Code != tt.want || w.Body.Len() != 0 {
				t.Errorf("%s: %d %q, want %d", tt.name, w.Code, w.Body, tt.want)
			}
		}
		if got := k.rules(5); fmt.Sprint(got) != "[alpha]" {
			t.Errorf("rules = %q; want what was taken and nothing that was refused", got)
		}
		if d, err := k.store.Destination(t.Context(), store.Dest{Chat: 6}); !errors.Is(err, store.ErrUnknown) {
			t.Errorf("a chat of no known kind is %+v, %v; want it left alone, no file keeps it", d, err)
		}
	})
}

func TestAWebhookWithoutASecretTakesNothing(t *testing.T) {
	w := httptest.NewRecorder()
	bot.New(bot.Options{Pacer: alert.NewPacer(alert.PacerOptions{})}).Webhook().ServeHTTP(w, request(t.Context(), message(1, 1, "x"), ""))
	if w.Code != http.StatusForbidden {
		t.Errorf("without a secret it answers %d, want 403", w.Code)
	}
}

func TestBeforeTelegramAnsweredAWebhookAsksForPatience(t *testing.T) {
	w := httptest.NewRecorder()
	bot.New(bot.Options{Pacer: alert.NewPacer(alert.PacerOptions{}), Hook: bot.Hook{Secret: "s"}}).Webhook().ServeHTTP(w, request(t.Context(), message(1, 1, "x"), "s"))
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("before Run it answers %d with %v, want 503 and when to come again", w.Code, w.Header())
	}
}

func TestNothingIsLostWhileTheStoreIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, end := hooked(t, &front{receivers: 2})
		defer end()
		k.flaky.set(func(f *flaky) { f.down = true })
		for _, rule := range []string{"alpha", "bravo", "charlie"} {
			k.must(k.say("/watch " + rule))
		}
		k.rest(10 * time.Minute)
		if u := k.box.Updates(); u.Pending != 3 || len(k.rules(k.me)) > 1 {
			t.Errorf("with the store down %+v and %q; want all three waiting", u, k.rules(k.me))
		}
		k.flaky.set(func(f *flaky) { f.down = false })
		k.rest(10 * time.Second) // Telegram is asked to come again after 5
		if got := k.rules(k.me); fmt.Sprint(got) != "[alpha bravo charlie]" || k.box.Updates().Pending != 0 {
			t.Errorf("rules = %q, with %d updates left; want all three", got, k.box.Updates().Pending)
		}
	})
}

func TestPoisonDoesNotComeBack(t *testing.T) {
	for name, f := range map[string]*front{"by webhook": {receivers: 1}, "by polling": nil} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k, end := hooked(t, f)
				defer end()
				k.flaky.set(func(f *flaky) { f.breaks = k.me })
				k.must(k.say("/watch alpha"))
				k.rest(time.Hour)
				if n := len(k.flaky.asked); n != 1 || k.box.Updates().Pending != 0 {
					t.Errorf("what breaks the program was tried %d times and %d wait; want once, and nothing", n, k.box.Updates().Pending)
				}
				k.flaky.set(func(f *flaky) { f.breaks = 0 })
				k.must(k.say("/watch bravo"))
				k.rest(5 * time.Second)
				if got := k.rules(k.me); fmt.Sprint(got) != "[bravo]" {
					t.Errorf("rules = %q; want what came after", got)
				}
			})
		})
	}
}

// TestReceiversOfOneStore has two processes take turns while answers are lost,
// the store fails before and after effects, and both are started anew; and then
// has everything come once more, in any order.
func TestReceiversOfOneStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &front{receivers: 2}
		k, end := hooked(t, f)
		defer end()
		people := []int64{k.me}
		for range 4 {
			people = append(people, k.box.AddUser(sandbox.User{FirstName: "Bob", Lang: "en"}))
		}
		k.flaky.set(func(f *flaky) { f.odds = 4 })
		for i := range 60 {
			k.box.Faults().Add(sandbox.Fault{Method: sandbox.WebhookMethod, Skip: i % 7, Kind: []sandbox.Kind{sandbox.FaultDropAfter, sandbox.FaultDropBefore, sandbox.FaultHTML}[i%3]})
		}
		var want []string
		for i := range 12 {
			rule := fmt.Sprintf("word%d", i)
			want = append(want, rule)
			for _, who := range people {
				_, err := k.box.Say(who, who, 0, "/watch "+rule, 0)
				k.must(err)
			}
			if i == 6 {
				k.down()
				k.rest(time.Minute)
				k.up()
			}
			k.rest(20 * time.Second) // within what a person may ask for
		}
		k.rest(time.Hour)
		k.flaky.set(func(f *flaky) { f.odds = 0 })
		k.rest(time.Hour)
		check := func(when string) {
			for _, who := range people {
				if got := k.rules(who); !slices.Equal(got, want) {
					t.Errorf("%s %d watches %q, want %q", when, who, got, want)
				}
			}
		}
		check("in the end")
		if u := k.box.Updates(); u.Pending != 0 || len(k.box.Faults().List()) != 0 || f.took[503] == 0 {
			t.Errorf("%+v, %d faults left, answers %v; want all done, and failures on the way", u, len(k.box.Faults().List()), f.took)
		}
		k.replay(t, f)
		check("when all came again")
	})
}

// replay has everything come again, in disorder, to processes that know nothing
// of it.
func (k *talk) replay(t *testing.T, f *front) {
	k.down()
	k.up()
	k.rest(10 * time.Second)
	var wg sync.WaitGroup
	for _, i := range rand.Perm(len(f.bodies)) {
		wg.Go(func() {
			w := httptest.NewRecorder()
			f.turn().ServeHTTP(w, request(t.Context(), f.bodies[i], "s"))
			if w.Code != http.StatusOK {
				t.Errorf("a repetition is answered with %d, want 200", w.Code)
			}
		})
	}
	wg.Wait()
}

func TestUpdatesWaitForTheBotToStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, end := hooked(t, &front{receivers: 1})
		defer end()
		k.must(k.say("/watch alpha"))
		k.rest(time.Second)
		k.down()
		k.front.to(nil)
		k.must(k.say("/watch bravo"))
		k.rest(time.Hour)
		k.up()
		k.rest(3 * time.Minute) // Telegram tries again after two minutes at most
		if got := k.rules(k.me); fmt.Sprint(got) != "[alpha bravo]" {
			t.Errorf("rules = %q; want what was asked before and meanwhile", got)
		}
	})
}

func TestTheModeIsJustASetting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &front{receivers: 2}
		k, end := hooked(t, f)
		defer end()
		var want []string
		for i, by := range []*front{f, nil, f, nil} {
			k.down()
			rule := fmt.Sprintf("down%d", i)
			k.must(k.say("/watch " + rule))
			k.front = by
			k.rest(time.Minute)
			k.up()
			k.rest(3 * time.Minute)
			k.must(k.say(fmt.Sprintf("/watch up%d", i)))
			k.rest(10 * time.Second)
			if want = append(want, rule, fmt.Sprintf("up%d", i)); !slices.Equal(k.rules(k.me), want) {
				t.Errorf("after start %d rules = %q, want %q", i, k.rules(k.me), want)
			}
		}
		if d := k.box.Duplicates(); len(d) != 0 {
			t.Errorf("answered twice: %+v", d)
		}
	})
}

func TestAWebhookOfBeforeIsDeletedWhenItComesWhilePolling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, end := hooked(t, nil)
		defer end()
		client, err := telegram.New(telegram.Options{Base: "http://sandbox", Token: k.box.Token(), HTTP: &http.Client{Transport: k.box.RoundTripper()}})
		k.must(err)
		k.must(client.SetWebhook(t.Context(), telegram.Webhook{URL: "https://other.example/bot" + k.box.Token()}))
		k.must(k.say("/watch alpha"))
		k.rest(10 * time.Second)
		w, err := client.GetWebhookInfo(t.Context())
		k.must(err)
		if got := k.rules(k.me); fmt.Sprint(got) != "[alpha]" || w.URL != "" {
			t.Errorf("rules = %q with the webhook %q; want the message, and no webhook", got, w.URL)
		}
	})
}

func TestOrderInAChat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, end := hooked(t, &front{receivers: 1})
		defer end()
		h := k.bots[0].Webhook()
		block := make(chan struct{})
		k.flaky.set(func(f *flaky) { f.block = block })
		var wg sync.WaitGroup
		post := func(update, chat int64, text string) {
			wg.Go(func() {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, request(t.Context(), message(update, chat, text), "s"))
				if w.Code != http.StatusOK {
					t.Errorf("update %d: %d", update, w.Code)
				}
			})
			synctest.Wait()
		}
		for _, update := range []int64{11, 15, 13, 13, 14, 12} { // 11 is at work already
			post(update, 5, fmt.Sprintf("/watch w%d", update))
		}
		post(16, 6, "/watch other")
		gone, cancel := context.WithCancel(t.Context())
		wg.Go(func() {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, request(gone, message(10, 5, "/watch w10"), "s"))
			if w.Code != http.StatusServiceUnavailable {
				t.Errorf("a request that was given up: %d", w.Code)
			}
		})
		synctest.Wait()
		cancel()
		synctest.Wait()
		k.flaky.set(func(f *flaky) {
			if fmt.Sprint(f.asked) != "[5 6]" {
				t.Errorf("under way are %v; want one of each chat", f.asked)
			}
			f.block = nil
		})
		close(block)
		wg.Wait()
		if got := k.rules(5); fmt.Sprint(got) != "[w11 w12 w13 w14 w15]" {
			t.Errorf("rules = %q, want them in the order of the updates", got)
		}
	})
}

func TestAStoreThatHangsIsNotWaitedForLongerThanTelegramWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, end := hooked(t, &front{receivers: 1})
		defer end()
		k.flaky.set(func(f *flaky) { f.block = make(chan struct{}) })
		k.must(k.say("/watch alpha"))
		k.rest(59 * time.Second)
		if d := k.box.Deliveries(); len(d) != 1 || d[0].Status != http.StatusServiceUnavailable {
			t.Errorf("deliveries = %+v; want one, answered 503 in time", d)
		}
		k.flaky.set(func(f *flaky) { close(f.block); f.block = nil })
		k.rest(10 * time.Second)
		if got := k.rules(k.me); fmt.Sprint(got) != "[alpha]" {
			t.Errorf("rules = %q", got)
		}
	})
}

func TestAStopLetsRequestsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, end := hooked(t, &front{receivers: 1})
		h := k.bots[0].Webhook()
		block := make(chan struct{})
		k.flaky.set(func(f *flaky) { f.block = block })
		k.must(k.say("/watch alpha"))
		synctest.Wait()
		stopped := make(chan struct{})
		go func() { k.down(); close(stopped) }()
		k.rest(3 * time.Second)
		select {
		case <-stopped:
			t.Error("it stopped with a request under way")
		default:
		}
		k.flaky.set(func(f *flaky) { f.block = nil })
		close(block)
		<-stopped
		synctest.Wait() // until Telegram, too, has the answer
		w := httptest.NewRecorder()
		h.ServeHTTP(w, request(t.Context(), message(99, 5, "/watch late"), "s"))
		if d := k.box.Deliveries(); w.Code != http.StatusServiceUnavailable || len(d) != 1 || d[0].Status != http.StatusOK {
			t.Errorf("deliveries = %+v, and later %d; want 200, then 503", d, w.Code)
		}
		if m, _ := k.box.Chat(k.me).Last(); !m.Bot || !strings.Contains(m.Text, "Watch 1 is on") {
			t.Errorf("the last message is %q; want the answer", m.Text)
		}
		k.up()
		end()
	})
}
