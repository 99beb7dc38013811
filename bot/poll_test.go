package bot_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// TestUpdatesAreConfirmedAfterAQuietWeek: Telegram numbers updates anew then, at
// random, so that they may begin below those of before.
func TestUpdatesAreConfirmedAfterAQuietWeek(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, end := hooked(t, nil)
		defer end()
		var want []string
		for i, first := range []int64{500_000_000, 2_000_001, 999_000_000, 400_000_000} {
			k.box.Renumber(first)
			for j := range 3 {
				rule := fmt.Sprintf("week%d word%d", i, j)
				want = append(want, rule)
				k.must(k.say("/watch " + rule))
				k.rest(time.Minute)
			}
			if u := k.box.Updates(); u.Pending != 0 {
				t.Fatalf("%d updates from %d on that were handled are not confirmed", u.Pending, first)
			}
		}
		if got := k.rules(k.me); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("rules = %q, want %q", got, want)
		}
	})
}
