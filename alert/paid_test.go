package alert_test

import (
	"math/rand/v2"
	"rasid/store"
	"testing"
	"time"
)

// TestACrashRepeatsNoPaidBroadcast kills one life after the other while a paid
// broadcast and alerts are under way. What was under way of the broadcast is
// taken as delivered: nobody gets it twice, and no more are without it than
// could be under way. Of alerts none is lost.
func TestACrashRepeatsNoPaidBroadcast(t *testing.T) {
	const people, readers, lives, rate, room = 6000, 100, 12, 900, 300
	bubble(t, func(t *testing.T, r *rig) {
		random := rand.New(rand.NewPCG(1, 2))
		r.chats.takes, r.paid, r.apart = 250*time.Millisecond, rate, true
		for chat := range int64(people) {
			rule := "other"
			if chat < readers {
				rule = "tax"
			}
			r.watch(nil, chat+1, rule)
		}
		items, hello := []uint64(nil), uint64(0)
		most := 0
		for range lives {
			l := r.start(nil)
			if hello == 0 {
				hello = r.announce(l, "hello")
			}
			items = append(items, r.accept(l, "tax")...)
			time.Sleep(300*time.Millisecond + time.Duration(random.IntN(500))*time.Millisecond)
			l.kill()
			l.buried()
			most = max(most, r.open())
		}
		l := r.start(nil)
		pass(5 * time.Minute)
		l.stop()
		lost, again := r.count(readers, items)
		untold, twice := r.count(people, []uint64{hello})
		tally := r.tally(hello)
		t.Logf("%d kills: at most %d attempts were open at one; of the broadcast %d were told twice, and %d not; %+v; of alerts %d lost, %d repeated",
			lives, most, twice, untold, tally, lost, again)
		if twice != 0 || untold > room*lives || tally.Delivered != people || tally.Unknown == 0 {
			t.Errorf("of the broadcast %d were told twice, %d not, and it stands as %+v; want none twice, all delivered", twice, untold, tally)
		}
		if lost != 0 || again > 16*lives {
			t.Errorf("of alerts %d lost, %d repeated; want none lost, at most %d repeated", lost, again, 16*lives)
		}
		if most > room+16 {
			t.Errorf("%d attempts were under way, want at most %d", most, room+16)
		}
	})
}

// open is how many attempts the store knows of that have no end.
func (r *rig) open() (n int) {
	r.t.Helper()
	for s := range store.Shard(store.Shards) {
		marks, err := r.store.Marks(r.t.Context(), s)
		if err != nil {
			r.t.Fatal(err)
		}
		n += len(marks)
	}
	return n
}

// TestAPaidBroadcastHoldsUpNoAlert has alerts come one by one while a paid
// broadcast is under way: each is told as soon as without it.
func TestAPaidBroadcastHoldsUpNoAlert(t *testing.T) {
	const people, articles = 12_000, 10
	slowest := func(paid float64) (worst time.Duration) {
		bubble(t, func(t *testing.T, r *rig) {
			r.chats.takes, r.paid = 250*time.Millisecond, paid
			for chat := range int64(people) {
				rule := "other"
				if chat < 3 {
					rule = "tax"
				}
				r.watch(nil, chat+1, rule)
			}
			l := r.start(nil)
			if paid > 0 {
				r.announce(l, "hello")
			}
			pass(2 * time.Second)
			accepted := map[uint64]time.Time{}
			for range articles {
				for _, seq := range r.accept(l, "tax") {
					accepted[seq] = time.Now()
				}
				pass(1037 * time.Millisecond)
			}
			if n := l.stats.Report().PerMinute; paid > 0 && n < 9_000 {
				t.Errorf("PerMinute = %d, want all of the last minute", n)
			}
			pass(10 * time.Second)
			told := 0
			for _, m := range r.chats.all() {
				if at, is := accepted[m.Item]; is {
					told++
					worst = max(worst, m.At.Sub(at))
				}
			}
			l.stop()
			if told != 3*articles {
				t.Errorf("%d alerts were told, want %d", told, 3*articles)
			}
		})
		return worst
	}
	alone, beside := slowest(0), slowest(900)
	t.Logf("the slowest alert took %v alone, and %v beside a paid broadcast", alone, beside)
	if beside > alone+100*time.Millisecond {
		t.Errorf("the slowest alert took %v beside a paid broadcast, and %v alone", beside, alone)
	}
}
