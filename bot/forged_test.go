package bot_test

import (
	"fmt"
	"net/http/httptest"
	"rasid/store"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// What a button carries may be made up by who presses it.
func TestForgedPressesChangeNothing(t *testing.T) {
	for name, press := range map[string]struct{ data, text string }{
		"a number that no record can hold":     {"restore:3000000000", "Removed: \u2068harbour\u2069"},
		"the highest number that it can":       {"restore:2147483647", "Removed: \u2068harbour\u2069"},
		"a number that no rule ever had":       {"restore:2", "Removed: \u2068harbour\u2069"},
		"a removed rule, as something else":    {"restore:1", "Removed: \u2068(harbour\u2069"},
		"a wider rule back, as something else": {"narrow:1:(harbour", "Now: \u2068harbour\u2069"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k, end := hooked(t, &front{receivers: 1})
				defer end()
				k.must(k.say("/watch storm"))
				k.rest(5 * time.Second)
				body := fmt.Sprintf(`{"update_id":900,"callback_query":{"id":"1","from":{"id":%d,"language_code":"en"},"data":%q,"message":{"message_id":3,"date":1,"text":%q,"chat":{"id":%d,"type":"private"},"reply_markup":{"inline_keyboard":[[{"text":"x","callback_data":%q}]]}}}}`, k.me, press.data, press.text, k.me, press.data)
				w := httptest.NewRecorder()
				k.bots[0].Webhook().ServeHTTP(w, request(k.ctx, body, "s"))
				if w.Code != 200 {
					t.Errorf("the press was answered with %d", w.Code)
				}
				k.rest(5 * time.Second)
				d, err := k.store.Destination(k.ctx, store.Dest{Chat: k.me})
				if err != nil || d.NextRule != 1 || len(d.Rules) != 1 || d.Rules[0].Text != "storm" {
					t.Errorf("after %s there are the rules %v, the last number is %d (%v)", press.data, d.Rules, d.NextRule, err)
				}
			})
		})
	}
}

// forge has somebody press a button that is not there, in their private chat, and
// returns what the press was answered.
func (k *talk) forge(update int, who int64, data string) string {
	k.t.Helper()
	return k.pressOn(update, who, data, "")
}

// pressOn has somebody press a button on a message of which Telegram shows more.
func (k *talk) pressOn(update int, who int64, data, more string) string {
	k.t.Helper()
	body := fmt.Sprintf(`{"update_id":%d,"callback_query":{"id":"forged%d","from":{"id":%d,"language_code":"en"},"data":%q,"message":{"message_id":9999,"date":0,"chat":{"id":%d,"type":"private"}%s}}}`, update, update, who, data, who, more)
	w := httptest.NewRecorder()
	k.bots[0].Webhook().ServeHTTP(w, request(k.ctx, body, "s"))
	if w.Code != 200 {
		k.t.Errorf("the press of %s was answered with %d", data, w.Code)
	}
	k.rest(5 * time.Second)
	for _, c := range k.box.Calls() {
		if c.Method == "answercallbackquery" && c.Params["callback_query_id"] == fmt.Sprintf("forged%d", update) {
			return c.Params["text"]
		}
	}
	k.t.Errorf("the press of %s was not answered", data)
	return ""
}

// TestNobodyReadsWhatWasNotForThem has somebody ask for every item by its number.
func TestNobodyReadsWhatWasNotForThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, end := hooked(t, &front{receivers: 1})
		defer end()
		ann := k.me
		for _, line := range []string{
			"@person admin en", "> /start", "> /broadcast Secret plans for Friday",
			"@person bob en", "> /watch harbour", "@article en Wire | Harbour opens | Ships are in.",
			"@as ann", "@in ann", "> /watch secret OR ships OR harbour", "@article en Wire | Ships leave | Two ships left.",
		} {
			k.names["ann"] = ann
			_, err := k.play(line)
			k.must(err)
		}
		was := len(k.box.Chat(ann).FromBot())
		update := 900
		for _, action := range []string{"open", "why"} {
			for seq := range 6 {
				update++
				got, shown := k.forge(update, ann, fmt.Sprintf("%s:%d", action, seq)), len(k.box.Chat(ann).FromBot())
				if seq == 3 { // what ann was told
					if shown != was+1 {
						t.Errorf("%s:%d shows %d messages, and says %q; want what was sent to ann", action, seq, shown-was, got)
					}
				} else if shown != was || got != "That button is old. Use the list." {
					t.Errorf("%s:%d shows %d messages, and says %q; want none", action, seq, shown-was, got)
				}
				was = shown
			}
		}
	})
}

// TestAButtonOutlivesTheRing presses the buttons of an alert that was sent so long
// ago that the store knows of it no more, and Telegram still shows.
func TestAButtonOutlivesTheRing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, end := hooked(t, &front{receivers: 1})
		defer end()
		for _, line := range []string{"@article en Wire | Harbour opens | Ships are in.", "> /watch harbour", "@person admin en", "> /start", "> /broadcast Secret plans for Friday"} {
			_, err := k.play(line)
			k.must(err)
			if line == "> /watch harbour" {
				k.names["reader"] = k.me
			}
		}
		reader := k.names["reader"]
		was := len(k.box.Chat(reader).FromBot())
		for update, press := range []struct {
			data string
			want int
		}{{"why:1", 1}, {"open:1", 1}, {"open:2", 0}} { // the second item is the draft
			markup := fmt.Sprintf(`,"reply_markup":{"inline_keyboard":[[{"text":"x","callback_data":%q}]]}`, press.data)
			k.pressOn(950+update, reader, press.data, markup)
			is := len(k.box.Chat(reader).FromBot())
			if is != was+press.want {
				t.Errorf("%s brings %d messages, want %d", press.data, is-was, press.want)
			}
			was = is
		}
	})
}

// TestNobodyAsksWithoutEnd has somebody ask for something a thousand times in ten
// seconds, by presses that they made up and by plain words.
func TestNobodyAsksWithoutEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, end := hooked(t, &front{receivers: 1})
		defer end()
		k.must(k.say("/start"))
		k.rest(time.Minute)
		post := func(body string) {
			k.bots[0].Webhook().ServeHTTP(httptest.NewRecorder(), request(k.ctx, body, "s"))
			k.rest(10 * time.Millisecond)
		}
		for i := range 1000 {
			post(fmt.Sprintf(`{"update_id":%d,"callback_query":{"id":"q%d","from":{"id":%d,"language_code":"en"},"data":"w:word%d","message":{"message_id":9999,"date":0,"chat":{"id":%d,"type":"private"}}}}`, 1000+i, i, k.me, i, k.me))
		}
		if n := len(k.rules(k.me)); n < 10 || n > 13 {
			t.Errorf("presses made %d rules in ten seconds, want ten at once and one each three seconds", n)
		}
		toasts := 0
		for _, c := range k.box.Calls() {
			if c.Method == "answercallbackquery" && strings.Contains(c.Params["text"], "You can go on in") {
				toasts++
			}
		}
		if toasts < 980 {
			t.Errorf("%d of 1000 presses are told that they are too many, want all that did nothing", toasts)
		}
		k.rest(time.Minute)
		before := len(k.box.Chat(k.me).FromBot())
		for i := range 1000 {
			post(message(int64(5000+i), k.me, "tell me about oil"))
		}
		k.rest(time.Minute)
		if n := len(k.box.Chat(k.me).FromBot()) - before; n < 10 || n > 17 {
			t.Errorf("plain words were answered %d times in ten seconds, want ten at once and one each three seconds, and what is said of the rest", n)
		}
	})
}

// TestAPressIsOfAButtonThatIsThere: what Telegram says of the message is not made
// up. A member of a group could have its alerts replaced.
func TestAPressIsOfAButtonThatIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, end := hooked(t, &front{receivers: 1})
		defer end()
		ann := k.me
		k.names["ann"] = ann
		for _, line := range []string{"@person bob en", "@group newsroom ann bob", "@in newsroom", "@as ann", "> /watch@rasid_bot harbour", "@article en Wire | Harbour opens | Ships are in."} {
			_, err := k.play(line)
			k.must(err)
		}
		m, _ := k.box.Chat(k.chat).Last()
		press := func(update int, data string) {
			body := fmt.Sprintf(`{"update_id":%d,"callback_query":{"id":"1","from":{"id":%d,"language_code":"en"},"data":%q,"message":{"message_id":%d,"date":1,"text":"x","chat":{"id":%d,"type":"group"},
				"reply_markup":{"inline_keyboard":[[{"text":"Why?","callback_data":"why:1"},{"text":"Unwatch","callback_data":"unwatch:1"}]]}}}}`, update, k.names["bob"], data, m.ID, k.chat)
			k.bots[0].Webhook().ServeHTTP(httptest.NewRecorder(), request(k.ctx, body, "s"))
			k.rest(5 * time.Second)
		}
		for i, data := range []string{"tp:0", "missed:0", "list", "help"} {
			press(900+i, data)
			if now, _ := k.box.Chat(k.chat).Last(); now.ID != m.ID || now.Text != m.Text {
				t.Errorf("after a made-up press of %s the last message says %q; want the alert as it was", data, now.Text)
			}
		}
		press(910, "why:1")
		if now, _ := k.box.Chat(k.chat).Last(); now.ID == m.ID {
			t.Error("a press of a button that is there brought nothing")
		}
	})
}
