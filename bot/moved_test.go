package bot_test

import (
	"errors"
	"fmt"
	"rasid/store"
	"testing"
	"testing/synctest"
	"time"
)

// TestAGroupMovesOnceAnArticleIsDispatched has a group become a supergroup while
// an article is being dispatched, and its admin say something there meanwhile. A
// dispatch that takes as long as taking over is no fault; one that takes minutes
// is.
func TestAGroupMovesOnceAnArticleIsDispatched(t *testing.T) {
	for name, receivers := range map[string]int{"polled": 0, "by webhook": 2} {
		for takes, fault := range map[time.Duration]bool{20 * time.Second: false, 5 * time.Minute: true} {
			t.Run(fmt.Sprint(name, ", ", takes), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { movesLate(t, receivers, takes, fault) })
			})
		}
	}
}

func movesLate(t *testing.T, receivers int, takes time.Duration, fault bool) {
	var f *front
	if receivers > 0 {
		f = &front{receivers: receivers}
	}
	k, end := hooked(t, f)
	defer end()
	for _, line := range []string{"@group newsroom ann", "@in newsroom", "> /watch@rasid_bot harbour"} {
		_, err := k.play(line)
		k.must(err)
	}
	old := k.chat
	k.flaky.set(func(f *flaky) { f.hands = true })
	k.must(k.migrate(""))
	k.rest(time.Second)
	k.must(k.say("/watch@rasid_bot flood"))
	k.rest(takes)
	if got := k.rules(old); fmt.Sprint(got) != "[harbour]" {
		t.Errorf("rules under the old id = %q while the article is dispatched; want what there was", got)
	}
	k.flaky.set(func(f *flaky) { f.hands = false })
	k.rest(30 * time.Second)
	if got := k.rules(k.chat); fmt.Sprint(got) != "[harbour flood]" || k.box.Updates().Pending != 0 {
		t.Errorf("rules = %q, with %d updates left; want both", got, k.box.Updates().Pending)
	}
	if _, err := k.store.Destination(t.Context(), store.Dest{Chat: old}); !errors.Is(err, store.ErrUnknown) {
		t.Errorf("Destination of the old id = %v; want ErrUnknown", err)
	}
	if n := k.warned.Load(); n > 0 != fault {
		t.Errorf("%d warnings were logged; want some: %v", n, fault)
	}
}
