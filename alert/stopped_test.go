package alert_test

import (
	"rasid/alert"
	"rasid/news"
	"rasid/store"
	"sync/atomic"
	"testing"
	"time"
)

// stopBroadcast does what the bot does when an admin presses Stop.
func (r *rig) stopBroadcast(id string, item uint64) {
	r.t.Helper()
	ctx := r.t.Context()
	note := store.Item{Article: news.Article{ID: store.StopID(id)}, Quiet: true}
	if _, err := r.store.Accept(ctx, []store.Item{note}, time.Now()); err != nil {
		r.t.Fatal(err)
	}
	for s := range store.Shard(store.Shards) {
		if err := r.store.Cancel(ctx, s, item); err != nil {
			r.t.Fatal(err)
		}
	}
}

func everyShard() []store.Shard {
	all := make([]store.Shard, store.Shards)
	for i := range all {
		all[i] = store.Shard(i)
	}
	return all
}

// TestABroadcastStoppedBeforeItIsDispatchedIsToldToNobody stops one at every
// turn of its dispatch, also of one that another leader has to end. A second
// one, which nobody stops, goes out.
func TestABroadcastStoppedBeforeItIsDispatchedIsToldToNobody(t *testing.T) {
	const people, never = 300, 1 << 30
	tests := []struct {
		name          string
		stopAt, dieAt int // shards that were dispatched; 0: before the first
	}{
		{"before there was a leader", 0, never},
		{"after the first shard", 1, never},
		{"half way", 80, never},
		{"half way, after the leader died", 80, 80},
		{"half way, and the leader dies later", 80, 100},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				for chat := range int64(people) {
					r.watch(nil, chat+1, "tax")
				}
				all := []store.Item{
					{Article: news.Article{ID: "broadcast 1"}, Broadcast: &store.BroadcastNote{Text: "never mind"}},
					{Article: news.Article{ID: "broadcast 2"}, Broadcast: &store.BroadcastNote{Text: "hello"}},
				}
				var items []uint64
				stopped := make(chan struct{})
				stop := func() { r.stopBroadcast("broadcast 1", items[0]); close(stopped) }
				if tt.stopAt == 0 {
					items = r.acceptItems(nil, all)
					stop()
				}
				var met atomic.Int64
				l := r.start(func(point string, l *life) {
					if point != alert.CrashMidDispatch {
						return
					}
					n := int(met.Add(1))
					if n == tt.dieAt {
						l.kill()
					}
					if n == tt.stopAt {
						stop()
					}
					if n == tt.stopAt+10 { // delivery looks into all shards once that is done, while intake is not through
						<-stopped
						l.delivery.Owes(everyShard(), items[0])
						time.Sleep(time.Second)
					}
				})
				if items == nil {
					pass(1300 * time.Millisecond) // delivery does not look into the store just then
					items = r.acceptItems(nil, all)
					l.intake.Wake()
				}
				pass(2 * time.Second)
				if l.dead.Load() {
					l.buried()
					l = r.start(nil)
				}
				pass(2 * time.Minute)
				l.stop()
				told := map[uint64]int{}
				for _, m := range r.chats.all() {
					told[m.Item]++
				}
				if told[items[0]] > 0 || told[items[1]] != people {
					t.Errorf("%d were told what was stopped, and %d the other; want none, and %d", told[items[0]], told[items[1]], people)
				}
				if got := r.tally(items[0]); got != (store.Tally{Dropped: got.Dropped}) {
					t.Errorf("Tally of the stopped one = %+v, want all that was owed dropped", got)
				}
				if cursor, err := r.store.Cursor(t.Context()); err != nil || cursor < items[1] {
					t.Errorf("Cursor = %d, %v, want %d or more", cursor, err, items[1])
				}
			})
		})
	}
}

func TestAStoppedBroadcastStops(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		for chat := range int64(300) {
			r.watch(nil, chat+1, "tax")
		}
		l := r.start(nil)
		item := r.acceptItems(l, []store.Item{{Article: news.Article{ID: "broadcast 1"}, Broadcast: &store.BroadcastNote{Text: "hello"}}})[0]
		pass(2 * time.Second)
		for s := range store.Shard(store.Shards) {
			if err := r.store.Cancel(t.Context(), s, item); err != nil {
				t.Fatal(err)
			}
		}
		before := len(r.chats.all())
		pass(time.Minute)
		after := len(r.chats.all())
		if before == 0 || after-before > 16 {
			t.Errorf("%d messages before the stop, %d after it; want some, and then at most what was in flight", before, after-before)
		}
		if got := l.stats.Report(); got.Owed != [store.Classes]int{} {
			t.Errorf("%v owed, want nothing", got.Owed)
		}
		l.stop()
	})
}
