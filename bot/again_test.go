package bot_test

import (
	"fmt"
	"net/http/httptest"
	"rasid/store"
	"testing"
	"testing/synctest"
	"time"
)

// again has a request come once more, to every process: the newest, or the nth
// before it.
func (k *talk) again(nth int) {
	body := k.front.bodies[len(k.front.bodies)-1-nth]
	for _, b := range k.bots {
		b.Webhook().ServeHTTP(httptest.NewRecorder(), request(k.ctx, body, "s"))
	}
	k.rest(5 * time.Second)
}

func TestAPressThatComesAgainIsNotAnotherOne(t *testing.T) {
	const rule = `"مواجهات في غزة" OR "الجيش الوطني الليبي يعلن الهدنة"`
	for name, tt := range map[string]struct {
		lines []string
		nth   int    // which line before the last comes again
		want  string // what is watched in the end
		shown string // how the last message ends
	}{
		"a topic stays on":                   {[]string{"> /topics", "> [▫️ Libya]"}, 0, "[] [libya]", "[✅ Libya]"},
		"a topic stays off":                  {[]string{"> /topics", "> [▫️ Libya]", "> [✅ Libya]"}, 0, "[] []", "[▫️ Libya]"},
		"a rule stays removed":               {[]string{"> /watch harbour", "> [Undo]"}, 0, "[] []", ""},
		"a rule stays restored":              {[]string{"> /watch harbour", "> [Undo]", "> [Undo]"}, 0, "[harbour] []", ""},
		"a command changes once":             {[]string{"> /watch harbour", "> /unwatch 1", "> /watch harbour"}, 0, "[harbour] []", ""},
		"what was undone since stays undone": {[]string{"> /watch Haftar oil", "> [Add these]", "> [Undo]"}, 1, "[Haftar oil] []", "[Add these]"},
		"a long rule is one":                 {[]string{"> /watch " + rule}, 0, "[" + rule + "] []", ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k, end := hooked(t, &front{receivers: 3})
				defer end()
				for _, line := range tt.lines {
					_, err := k.play(line)
					k.must(err)
				}
				look := func(when string) {
					d, err := k.store.Destination(k.ctx, store.Dest{Chat: k.me})
					k.must(err)
					if got := fmt.Sprint(k.rules(k.me), d.Topics); got != tt.want {
						t.Errorf("%s: %s, want %s", when, got, tt.want)
					}
					if tt.shown != "" {
						m, _ := k.box.Chat(k.me).Last()
						if got := "[" + plain(m.Buttons[0][0].Text) + "]"; got != tt.shown {
							t.Errorf("%s the button is %s, want %s", when, got, tt.shown)
						}
					}
				}
				look("once")
				k.again(tt.nth)
				look("again")
			})
		})
	}
}

func TestWhatIsTriedAgainCountsOnce(t *testing.T) {
	for name, f := range map[string]*front{"by webhook": {receivers: 1}, "by polling": nil} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k, end := hooked(t, f)
				defer end()
				for range 9 { // ten at once are fine
					k.must(k.say("/list"))
				}
				synctest.Wait()
				k.flaky.set(func(f *flaky) { f.full = true })
				k.must(k.say("/watch harbour"))
				k.rest(time.Second)
				k.flaky.set(func(f *flaky) { f.full = false })
				k.rest(time.Minute)
				if got := k.rules(k.me); fmt.Sprint(got) != "[harbour]" {
					t.Errorf("rules = %q; want the tenth command done, though it was tried several times", got)
				}
			})
		})
	}
}
