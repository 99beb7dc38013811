package alert_test

import (
	"rasid/alert"
	"rasid/store"
	"slices"
	"testing"
	"time"
)

// TestWhatIsUnknownOfAListIsSoOfAllItsAlerts: each counts the attempt, and is
// given up after the third.
func TestWhatIsUnknownOfAListIsSoOfAllItsAlerts(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.chats.answer = func(alert.Alert, int) alert.Outcome { return alert.Outcome{Fate: alert.Unknown} }
		r.watch(nil, 1, "tax")
		items := r.accept(nil, titles(5)...)
		l := r.start(nil)
		pass(2 * time.Minute)
		l.stop()
		for _, it := range items {
			if got := r.tally(it); got != (store.Tally{Dead: 1, Unknown: store.MaxTries}) {
				t.Errorf("Tally(%d) = %+v, want it dead after %d attempts", it, got, store.MaxTries)
			}
		}
		if r.chats.messages != store.MaxTries {
			t.Errorf("%d messages, want %d", r.chats.messages, store.MaxTries)
		}
		d, err := r.store.Destination(t.Context(), store.Dest{Chat: 1})
		if err != nil {
			t.Fatal(err)
		}
		dead, err := r.store.Dead(t.Context(), d.Shard, 10)
		if err != nil || len(dead) != 1 || !slices.Equal(dead[0].Items, items) {
			t.Errorf("Dead = %+v, %v, want one letter of %v", dead, err, items)
		}
	})
}

// TestTriesOfAListAreEachAlertsOwn: an alert that was tried before is given up
// earlier than those that came to its list later.
func TestTriesOfAListAreEachAlertsOwn(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.chats.answer = func(_ alert.Alert, nth int) alert.Outcome { return alert.Outcome{Fate: alert.Unknown} }
		r.watch(nil, 1, "tax")
		l := r.start(nil)
		first := r.accept(l, "tax")[0]
		pass(time.Second)
		rest := r.accept(l, titles(3)...)
		pass(7 * time.Second) // the second attempt tells all four
		if got := r.tally(first); got != (store.Tally{Owed: 1, Unknown: 2}) {
			t.Errorf("Tally(%d) = %+v, want two attempts", first, got)
		}
		pass(5 * time.Minute)
		l.stop()
		for _, it := range append(rest, first) {
			if got := r.tally(it); got != (store.Tally{Dead: 1, Unknown: store.MaxTries}) {
				t.Errorf("Tally(%d) = %+v, want it dead after %d attempts", it, got, store.MaxTries)
			}
		}
	})
}

// TestAKillLosesNothingOfAList kills the program at each point of a list's way.
func TestAKillLosesNothingOfAList(t *testing.T) {
	for point, repeats := range map[string]int{
		alert.CrashBeforeBegin: 0, alert.CrashBeforeWrite: 0, alert.CrashBeforeFinish: 1, alert.CrashAfterFinish: 0,
	} {
		t.Run(point, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				r.room = 1
				const people = 5
				for chat := range int64(people) {
					r.watch(nil, chat+1, "tax")
				}
				items := r.accept(nil, titles(8)...)
				l := r.start(dieAt(point))
				pass(time.Second)
				if !l.dead.Load() {
					t.Fatal("the point was not met")
				}
				l.buried()
				l = r.start(nil)
				pass(2 * time.Minute)
				l.stop()
				lost, again := r.count(people, items)
				if lost != 0 || again > repeats*len(items) {
					t.Errorf("%d lost, %d repeated; want none lost, at most %d messages repeated", lost, again, repeats)
				}
				if r.chats.messages > people+2 {
					t.Errorf("%d messages, want lists", r.chats.messages)
				}
			})
		})
	}
}

// TestWhatAnotherProcessMayHaveToldIsToldAlone: the owner before settles its
// attempt late. What came meanwhile is told, and the attempt's alert not again.
func TestWhatAnotherProcessMayHaveToldIsToldAlone(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.shared = true
		d := r.watch(nil, 1, "tax")
		first := r.accept(nil, "tax")
		l := r.start(func(p string, l *life) {
			if p == alert.CrashBeforeFinish {
				l.kill()
			}
		})
		pass(time.Second)
		l.buried()
		marks, err := r.store.Marks(t.Context(), d.Shard)
		if err != nil || len(marks) != 1 {
			t.Fatalf("Marks = %+v, %v, want the attempt of the first life", marks, err)
		}
		rest := r.accept(nil, titles(5)...)
		l = r.start(nil)
		pass(30 * time.Second)
		if err := r.store.Finish(t.Context(), marks[0], store.Outcome{Fate: store.Delivered, MessageID: 1}, time.Now()); err != nil {
			t.Fatal(err)
		}
		pass(5 * time.Minute)
		l.stop()
		if got, want := r.chats.to(1), append(first, rest...); !slices.Equal(got, want) {
			t.Errorf("chat 1 was told %v, want %v", got, want)
		}
	})
}
