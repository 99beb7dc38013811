package alert_test

import (
	"fmt"
	"math"
	"rasid/alert"
	"rasid/news"
	"rasid/rules"
	"rasid/store"
	"slices"
	"testing"
	"time"
)

// loudAndQuiet has an urgent and a low topic; readers' rules are normal.
func loudAndQuiet(t *testing.T) *rules.File {
	return ruleFile(t, `
topics:
  - {id: fire, title: {en: Fire}, match: fire, priority: urgent}
  - {id: sport, title: {en: Sport}, match: football, priority: low}
`)
}

// subscribe gives a private chat both topics and a rule.
func (r *rig) subscribe(chat int64) {
	r.t.Helper()
	r.change(nil, store.Dest{Chat: chat}, store.Private,
		store.Edit{Op: store.Subscribe, Text: "fire"}, store.Edit{Op: store.Subscribe, Text: "sport"}, store.Edit{Op: store.AddRule, Text: "tax", Lang: "en"})
}

// announce accepts a broadcast to all.
func (r *rig) announce(l *life, text string) uint64 {
	r.t.Helper()
	return r.acceptItems(l, []store.Item{{
		Article: news.Article{ID: "broadcast " + text, Body: text}, Broadcast: &store.BroadcastNote{Text: text, From: 1},
	}})[0]
}

// TestClassesShare: with something of each class waiting all the time, each
// gets its share of any stretch; what a class does not use goes to the loudest
// that waits, so that nothing gets more than its own while something louder
// does.
func TestClassesShare(t *testing.T) {
	const urgent, normal, low = "fire", "tax", "football"
	tests := []struct {
		name      string
		titles    []string
		broadcast bool
		want      [store.Classes]float64 // hundredths
	}{
		{"each has its share", []string{urgent, normal, low}, true, [...]float64{60, 25, 10, 5}},
		{"the urgent share flows to normal", []string{normal, low}, true, [...]float64{0, 85, 10, 5}},
		{"the share of urgent and normal flows to low", []string{low}, true, [...]float64{0, 0, 95, 5}},
		{"a broadcast has no more than its own while something louder waits", []string{urgent}, true, [...]float64{95, 0, 0, 5}},
		{"low has no more than its own while something louder waits", []string{urgent, low}, false, [...]float64{90, 0, 10, 0}},
		{"a broadcast alone has all", nil, true, [...]float64{0, 0, 0, 100}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				r.file = loudAndQuiet(t)
				for chat := range int64(1800) {
					r.subscribe(chat + 1)
				}
				l := r.start(nil)
				if tt.broadcast {
					r.announce(l, "hear")
				}
				r.accept(l, tt.titles...)
				pass(time.Minute)
				l.stop()
				var got [store.Classes]float64
				all := r.chats.all()[20:] // what was taken before the others came is out
				all = all[:len(all)/100*100]
				for _, m := range all {
					got[m.Class] += 100 / float64(len(all))
				}
				for c := range got {
					if math.Abs(got[c]-tt.want[c]) > 0.5 {
						t.Errorf("of %d messages the classes had %.1f %%, want %v", len(all), got, tt.want)
						break
					}
				}
			})
		})
	}
}

// TestABroadcastDoesNotSlowAlerts: ten urgent alerts a second go out within two
// seconds while an announcement to many waits, and so do normal ones at their
// own share.
func TestABroadcastDoesNotSlowAlerts(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.file = ruleFile(t, "topics:\n  - {id: fire, title: {en: Fire}, match: fire, priority: urgent}\n")
		const people = 1500
		for chat := range int64(people) {
			r.change(nil, store.Dest{Chat: chat + 1}, store.Private, store.Edit{Op: store.AddRule, Text: fmt.Sprintf("word%d #urgent", chat+1), Lang: "en"})
			r.change(nil, store.Dest{Chat: people + chat + 1}, store.Private, store.Edit{Op: store.Touch})
		}
		r.chats.takes = 150 * time.Millisecond
		l := r.start(nil)
		announcement := r.announce(l, "hear")
		pass(10 * time.Second)
		accepted := map[uint64]time.Time{}
		for n := range 10 * 60 {
			accepted[r.accept(l, fmt.Sprintf("word%d", n*7%people+1))[0]] = time.Now()
			pass(100 * time.Millisecond)
		}
		pass(10 * time.Second)
		left := r.tally(announcement).Owed
		l.stop()
		var waits []time.Duration
		for _, m := range r.chats.all() {
			if at, ok := accepted[m.Item]; ok {
				waits = append(waits, m.At.Sub(at))
			}
		}
		slices.Sort(waits)
		if len(waits) != len(accepted) {
			t.Fatalf("%d alerts came, want %d", len(waits), len(accepted))
		}
		p99 := waits[len(waits)*99/100]
		t.Logf("urgent alerts waited: p50 %v, p99 %v, most %v; %d of the announcement left", waits[len(waits)/2], p99, waits[len(waits)-1], left)
		if p99 >= 2*time.Second || left == 0 {
			t.Errorf("p99 = %v with %d of the announcement left, want less than 2 s while it goes on", p99, left)
		}
	})
}

var _ alert.Sender = (*chats)(nil)
