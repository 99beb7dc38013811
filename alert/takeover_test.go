package alert_test

import (
	"rasid/news"
	"rasid/store"
	"rasid/store/record"
	"slices"
	"testing"
	"time"
)

// takenOver kills a life and begins another, with something done in between.
func (l *life) takenOver(meanwhile func()) *life {
	l.kill()
	l.buried()
	meanwhile()
	return l.rig.start(nil)
}

// TestATakeoverTellsNobodyOfWhatCameBeforeTheirRule though an article before that
// still cannot be read. It is told when it can.
func TestATakeoverTellsNobodyOfWhatCameBeforeTheirRule(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.watch(nil, 1, "tax")
		r.accept(nil, "tax", "tax", "tax")
		r.store.Spoil(2, record.ErrNewer)
		l := r.start(nil)
		pass(time.Minute)
		l = l.takenOver(func() { r.watch(nil, 2, "tax") })
		pass(time.Minute)
		if got := r.chats.to(2); len(got) != 0 {
			t.Errorf("chat 2 was told %v; want nothing of what came before its rule", got)
		}
		r.accept(l, "tax")
		pass(time.Minute)
		r.told("after a takeover", 1, 3, 4)
		if got := r.chats.to(2); !slices.Equal(got, []uint64{4}) {
			t.Errorf("chat 2 was told %v; want what came after its rule", got)
		}
		r.store.Spoil(2, nil)
		pass(time.Minute)
		r.told("when it can be read", 1, 3, 4, 2)
		r.cursorIs("when it can be read", 4)
		l.stop()
	})
}

// TestATakeoverTellsAMergedGroupNothingTwice though an article before what it was
// told still cannot be read.
func TestATakeoverTellsAMergedGroupNothingTwice(t *testing.T) {
	const from, to = -5, -1005
	bubble(t, func(t *testing.T, r *rig) {
		r.change(nil, store.Dest{Chat: from}, store.Group, store.Edit{Op: store.AddRule, Text: "storm", Lang: "en"})
		r.change(nil, store.Dest{Chat: to}, store.Supergroup, store.Edit{Op: store.AddRule, Text: "tax", Lang: "en"})
		r.accept(nil, "tax", "tax", "tax")
		r.store.Spoil(2, record.ErrNewer)
		l := r.start(nil)
		pass(time.Minute)
		l = l.takenOver(func() {
			if err := r.store.Migrate(t.Context(), from, to, time.Now()); err != nil {
				t.Fatal(err)
			}
		})
		pass(time.Minute)
		if got := r.chats.to(to); !slices.Equal(got, []uint64{1, 3}) {
			t.Errorf("the group was told %v; want each once", got)
		}
		l.stop()
	})
}

// TestATakeoverMatchesNothingAnew but looks at all that could not be read, also where
// nothing but that came in last.
func TestATakeoverMatchesNothingAnew(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		r.watch(nil, 1, "tax")
		r.accept(nil, make([]string, 600)...)
		for _, seq := range []uint64{5, 300, 599, 600} {
			r.store.Spoil(seq, record.ErrNewer)
		}
		l := r.start(nil)
		pass(time.Minute)
		r.reachIs("before", store.Reach{To: 600, Unread: []uint64{5, 300, 599, 600}})
		l = l.takenOver(func() { r.store.Spoil(300, nil) })
		pass(time.Minute)
		r.reachIs("after a takeover", store.Reach{To: 600, Unread: []uint64{5, 599, 600}})
		if got := l.stats.Report().Articles; got != 1 {
			t.Errorf("%d articles were matched; want one, that can be read now", got)
		}
		for _, seq := range []uint64{5, 599, 600} {
			r.store.Spoil(seq, record.ErrDamaged)
		}
		pass(4 * time.Minute)
		l = l.takenOver(func() {})
		pass(4 * time.Minute)
		r.cursorIs("before each process tried for five minutes", 4)
		pass(3 * time.Minute)
		r.reachIs("in the end", store.Reach{To: 600})
		if got := l.stats.Report(); got.Articles != 0 || got.PassedOver != 3 {
			t.Errorf("%d articles were matched and %d passed over; want none and 3", got.Articles, got.PassedOver)
		}
		l.stop()
	})
}

// reachIs fails the test unless intake is so far.
func (r *rig) reachIs(when string, want store.Reach) {
	r.t.Helper()
	if got, err := r.store.Reach(r.t.Context()); err != nil || !got.Equal(want) {
		r.t.Errorf("%s Reach = %v, %v; want %v", when, got, err, want)
	}
}

// TestWhatIsGonePastMayBeLostMeanwhile: the store fails to note that an article
// cannot be read, and has lost the one before by then, and given its number to another.
func TestWhatIsGonePastMayBeLostMeanwhile(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig) {
		before := newRig(t)
		for _, one := range []*rig{before, r} { // at the same places
			one.watch(nil, 1, "tax")
			one.watch(nil, 2, "flood")
			one.accept(nil, "tax")
		}
		before.accept(nil, "tax")
		other := r.acceptItems(nil, []store.Item{{Article: news.Article{ID: "other", Title: "flood", Lang: "en"}}})[0]
		s := &relapse{Ledger: before.store, now: r.store}
		_, stop := lead(t, s, quiet())
		pass(time.Minute)
		before.reachIs("before the loss", store.Reach{To: 2})
		s.mu.Lock()
		s.at = "advance"
		before.store.Spoil(before.accept(nil, "tax")[0], record.ErrDamaged)
		s.mu.Unlock()
		pass(time.Minute)
		if owed := owedTo(t, r.store, other); len(owed) != 1 || owed[0] != 2 {
			t.Errorf("the article with its number is owed to %v; want 2, whose rule it is", owed)
		}
		r.reachIs("after the loss", store.Reach{To: 2})
		stop()
	})
}
