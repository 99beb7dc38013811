package alert_test

import (
	"rasid/rules"
	"rasid/store"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAnArticleReachesWhoWantsItAndNobodyElse(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.watch(nil, 1, "tax")
		r.watch(nil, 2, "football")
		r.watch(nil, 1, "vote")
		l := r.start(nil)
		item := r.accept(l, "the tax vote")[0]
		pass(time.Second)
		want := []told{{Chat: 1, Item: item, Class: store.Normal, Rules: []string{"tax", "vote"}, All: []uint64{item}}}
		got := r.chats.all()
		for i := range got {
			got[i].At = time.Time{}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("chats were told (-want +got):\n%s", diff)
		}
		ring, err := r.store.Sent(t.Context(), store.Dest{Chat: 1})
		if err != nil || len(ring) != 1 || !slices.Equal(ring[0].Rules, []string{"1", "2"}) || ring[0].MessageID != 1 {
			t.Errorf("Sent(1) = %+v, %v, want message 1 for rules 1 and 2", ring, err)
		}
		l.stop()
	})
}

func TestARuleSavedBeforeAnArticleIsInForce(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		l := r.start(nil)
		pass(time.Minute)
		r.watch(nil, 1, "tax") // nobody is told of the change
		r.accept(l, "tax")
		pass(time.Second)
		if got := r.chats.to(1); len(got) != 1 {
			t.Errorf("chat 1 was told %v, want one item", got)
		}
		l.stop()
	})
}

func TestAnItemUnsubscribedAfterDispatchIsWithdrawn(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		d := r.watch(nil, 1, "tax")
		l := r.start(nil)
		r.change(l, d.Dest, "", store.Edit{Op: store.Pause})
		pass(time.Second)
		item := r.accept(l, "tax")[0]
		pass(time.Second)
		if got := r.tally(item); got.Owed != 1 {
			t.Fatalf("Tally = %+v while paused, want 1 owed", got)
		}
		r.change(l, d.Dest, "", store.Edit{Op: store.RemoveRule, N: 1}, store.Edit{Op: store.Resume})
		pass(time.Second)
		if got := r.tally(item); got != (store.Tally{Dropped: 1}) || len(r.chats.all()) != 0 {
			t.Errorf("Tally = %+v, told %v, want 1 dropped, nothing told", got, r.chats.all())
		}
		l.stop()
	})
}

func TestAPauseKeepsWhatIsOwedUntilItEnds(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		d := r.watch(nil, 1, "tax")
		r.watch(nil, 2, "tax")
		l := r.start(nil)
		r.change(l, d.Dest, "", store.Edit{Op: store.Pause})
		pass(time.Second)
		items := r.accept(l, "tax one", "tax two", "tax three")
		pass(time.Minute)
		if got := r.chats.to(1); len(got) != 0 {
			t.Errorf("chat 1 was told %v while paused, want nothing", got)
		}
		if got := r.chats.to(2); !slices.Equal(got, items) {
			t.Errorf("chat 2 was told %v, want %v: a pause of another is not its own", got, items)
		}
		r.change(l, d.Dest, "", store.Edit{Op: store.Resume})
		pass(5 * time.Second)
		if got := r.chats.to(1); !slices.Equal(got, items) {
			t.Errorf("chat 1 was told %v after its pause, want %v", got, items)
		}
		l.stop()
	})
}

func TestAHitThatOnlyAnotherMatcherSawIsToldWithoutWords(t *testing.T) {
	tests := []struct {
		name    string
		matcher string
		edit    store.Edit
		pause   bool
		want    store.Tally
	}{
		{"another version of the matcher saw a hit", "another version", store.Edit{Op: store.Touch}, false, store.Tally{Delivered: 1}},
		{"the same version: the rules have changed since", rules.Version(), store.Edit{Op: store.Touch}, false, store.Tally{Dropped: 1}},
		{"nothing is watched any more", "another version", store.Edit{Op: store.RemoveRule, N: 1}, false, store.Tally{Dropped: 1}},
		{"another version saw it, and it waited in a pause", "another version", store.Edit{Op: store.Touch}, true, store.Tally{Delivered: 1}},
		{"the same version, in a pause", rules.Version(), store.Edit{Op: store.Touch}, true, store.Tally{Dropped: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig) {
				d := r.watch(nil, 1, "tax")
				r.change(nil, d.Dest, "", tt.edit)
				l := r.start(nil)
				item := r.accept(l, "football")[0]
				pass(time.Second)
				if tt.pause {
					r.change(l, d.Dest, "", store.Edit{Op: store.Pause})
					pass(time.Second)
				}
				job := store.Dispatch{Shard: d.Shard, Item: item, Created: time.Now(), Matcher: tt.matcher}
				job.Owed[store.Normal] = []uint32{d.Ordinal}
				if _, err := r.store.Dispatch(t.Context(), job, r.epoch); err != nil {
					t.Fatal(err)
				}
				l.delivery.Owes([]store.Shard{d.Shard}, item)
				pass(time.Second)
				if tt.pause {
					r.change(l, d.Dest, "", store.Edit{Op: store.Resume})
					pass(time.Second)
				}
				if got := r.tally(item); got != tt.want {
					t.Errorf("Tally = %+v, want %+v", got, tt.want)
				}
				for _, m := range r.chats.all() {
					if len(m.Rules) != 0 {
						t.Errorf("told for %v, want no rules named", m.Rules)
					}
				}
				l.stop()
			})
		})
	}
}
