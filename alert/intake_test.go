package alert_test

import (
	"testing"
	"time"
)

// TestTrimmingHoldsUpNoArticle: a store that needs a second to forget a thousand
// articles has many of them to forget at once.
func TestTrimmingHoldsUpNoArticle(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		trims := 0
		r.keep = time.Hour
		r.fail = func(call string) error {
			if call == "trim" {
				trims++
				time.Sleep(time.Second)
			}
			return nil
		}
		r.watch(nil, 1, "tax")
		l := r.start(nil)
		for range 4 {
			r.accept(l, make([]string, 1000)...)
		}
		pass(59 * time.Minute)
		before := trims
		var begun []time.Time
		var items []uint64
		for range 320 {
			begun = append(begun, time.Now())
			items = append(items, r.accept(l, "tax")...)
			pass(2300 * time.Millisecond)
		}
		l.stop()
		if trims-before < 4 {
			t.Fatalf("it trimmed %d times meanwhile; want 4 at least", trims-before)
		}
		got := r.chats.all()
		if len(got) != len(items) {
			t.Fatalf("%d were told; want %d", len(got), len(items))
		}
		for i, m := range got {
			if late := m.At.Sub(begun[i]); late > 2*time.Second {
				t.Fatalf("article %d was told after %v; want 2s at most", i, late)
			}
		}
	})
}
