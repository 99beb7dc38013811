package transfer_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"rasid/news"
	"rasid/store"
	"rasid/store/boltstore"
	"rasid/store/redisstore"
	"rasid/store/storetest"
	"rasid/store/transfer"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A life is a store at work: chats sign up and move, articles come in, are
// dispatched and sent.
type life struct {
	*redisstore.Store

	t       *testing.T
	epoch   uint64
	at      time.Time
	chats   atomic.Int64 // that have signed up, by their numbers from 1
	matched atomic.Uint64
	groups  atomic.Int64  // of which both ids are known, by their numbers from 1
	moves   atomic.Int64  // groups that got a new id, by their numbers from 1
	warm    chan struct{} // closed when some have
}

// What is enough, for a test.
const (
	enoughChats    = 20_000
	enoughArticles = 4000
	joinsAMove     = 60
	groupsAhead    = 100 // that are known and have not moved
)

func (l *life) ok(err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		l.t.Errorf("at work: %v", err)
	}
}

func (l *life) join(ctx context.Context) {
	n := l.chats.Load() + 1
	if n > enoughChats {
		<-ctx.Done()
	}
	c := store.Change{Dest: store.Dest{Chat: n}, Kind: store.Private, UpdateID: n, Now: l.at, Edits: []store.Edit{{Op: store.AddRule, Text: fmt.Sprint("rule ", n)}}}
	if _, err := l.Change(ctx, c); err != nil {
		l.ok(err)
		return
	}
	l.chats.Store(n)
	if n%joinsAMove == 0 {
		l.move(ctx)
	}
}

// groups are the old and the new id of a group.
func groups(n int64) (from, to int64) { return -n, -1_000_000_000_000 - n }

// known makes both ids of a group known, each with a rule of its own.
func (l *life) known(ctx context.Context, n int64) {
	from, to := groups(n)
	for _, chat := range []int64{from, to} {
		c := store.Change{Dest: store.Dest{Chat: chat}, Kind: store.Group, Now: l.at, Edits: []store.Edit{{Op: store.AddRule, Text: fmt.Sprint("of ", chat)}}}
		if _, err := l.Change(ctx, c); err != nil {
			l.ok(err)
			return
		}
	}
	l.groups.Store(n)
}

// move makes both ids of a group that have long been known one.
func (l *life) move(ctx context.Context) {
	l.known(ctx, l.groups.Load()+1)
	n := l.moves.Load() + 1
	from, to := groups(n)
	if err := l.Migrate(ctx, from, to, l.at); err != nil {
		l.ok(err)
		return
	}
	l.moves.Store(n)
	if n == 3 {
		close(l.warm)
	}
}

// match takes an article in, owes it to a chat, sends that one an earlier one.
func (l *life) match(ctx context.Context) {
	n := l.matched.Load() + 1
	if n > enoughArticles {
		<-ctx.Done()
	}
	_, err := l.Accept(ctx, []store.Item{{Article: news.Article{ID: fmt.Sprint("n", n), Title: "x"}}}, l.at)
	if err != nil {
		l.ok(err)
		return
	}
	d, err := l.Destination(ctx, store.Dest{Chat: int64(n%5) + 1})
	if err != nil {
		l.ok(err)
		return
	}
	x := store.Dispatch{Shard: d.Shard, Item: n, Created: l.at, Matcher: "m"}
	x.Owed[store.Normal] = []uint32{d.Ordinal}
	if _, err := l.Dispatch(ctx, x, l.epoch); err != nil {
		l.ok(err)
		return
	}
	l.ok(l.Advance(ctx, store.Reach{To: n}, l.epoch))
	l.matched.Store(n)
	if n%3 == 0 {
		m := store.Mark{Place: d.Place, Token: fmt.Sprint("t", n), Items: []uint64{n}, At: l.at}
		l.ok(l.Begin(ctx, m))
		l.ok(l.Finish(ctx, m, store.Outcome{Fate: store.Delivered, MessageID: int64(n)}, l.at))
	}
}

// live runs steps side by side until stop is called.
func live(t *testing.T, steps ...func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for _, step := range steps {
		wg.Go(func() {
			for ctx.Err() == nil {
				step(ctx)
			}
		})
	}
	return func() { cancel(); wg.Wait() }
}

// TestABackupOfAStoreAtWorkLosesNothing backs a store up while chats sign up and
// move and articles come in and are sent, and finds all in it that had been
// answered before it began, and no two things that do not agree.
func TestABackupOfAStoreAtWorkLosesNothing(t *testing.T) {
	s, err := redisstore.Open(t.Context(), databases(t)(), redisstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	epochs, err := s.Take(t.Context(), "bot", []store.Role{store.Intake}, time.Hour, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	l := &life{Store: s, t: t, epoch: epochs[0], at: time.Unix(1_700_000_000, 0).UTC(), warm: make(chan struct{})}
	for range 20 {
		l.join(t.Context())
	}
	for n := range int64(groupsAhead) {
		l.known(t.Context(), n+1)
	}
	stop := live(t, l.join, l.match)
	defer stop()
	<-l.warm
	if _, err := s.Join(t.Context(), "bot", time.Hour, time.Time{}); err != nil {
		t.Fatal(err)
	}
	storetest.Sound(t, s, l.at) // looks twice, since things change meanwhile
	for round := range 2 {
		chats, matched, moves, groups := l.chats.Load(), l.matched.Load(), l.moves.Load(), l.groups.Load()
		path := filepath.Join(t.TempDir(), "backup.db")
		to, err := boltstore.OpenTarget(path, "bot", boltstore.Options{NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		report, err := transfer.Copy(t.Context(), s, to, transfer.Options{Live: true})
		if err != nil {
			t.Fatalf("round %d: Copy = %v", round, err)
		}
		t.Logf("round %d: %d chats, %d articles, %d moves before; %d records, %d more moves meanwhile", round, chats, matched, moves, report.Total().Records, l.moves.Load()-moves)
		l.restored(t, to, chats, matched, groups)
		if err := to.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// restored checks what must be in a backup.
func (l *life) restored(t *testing.T, b *boltstore.Store, chats int64, matched uint64, known int64) {
	t.Helper()
	ctx := t.Context()
	storetest.Sound(t, b, l.at)
	for n := int64(1); n <= chats; n++ {
		if d, err := b.Destination(ctx, store.Dest{Chat: n}); err != nil || len(d.Rules) != 1 {
			t.Fatalf("chat %d had signed up and is %+v, %v", n, d, err)
		}
	}
	for n := int64(1); n <= known; n++ {
		from, to := groups(n)
		rules := 0
		for _, chat := range []int64{from, to} {
			d, err := b.Destination(ctx, store.Dest{Chat: chat})
			if err != nil && !errors.Is(err, store.ErrUnknown) {
				t.Fatal(err)
			}
			rules += len(d.Rules)
		}
		if rules != 2 { // two ids with one each, or one with both
			t.Fatalf("group %d had two rules under its two ids and has %d", n, rules)
		}
	}
	cursor, err := b.Cursor(ctx)
	if err != nil || cursor < matched {
		t.Errorf("the cursor is at %d, %v; %d had been matched", cursor, err, matched)
	}
	for n := uint64(1); n <= cursor; n++ {
		sum, err := b.Tally(ctx, n)
		if err != nil || sum.Owed+sum.Delivered != 1 || n%3 != 0 && sum.Owed != 1 { // who was told that it was dispatched never does it again
			t.Fatalf("item %d had been dispatched and sums up to %+v, %v", n, sum, err)
		}
	}
}
