package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"rasid/news"
	"rasid/store"
	"rasid/store/redisstore"
	"rasid/store/storetest/redistest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

func at(s int64) time.Time { return time.Unix(1_700_000_000+s, 0).UTC() }

func openAt(t testing.TB, url string, o redisstore.Options) *redisstore.Store {
	t.Helper()
	s, err := redisstore.Open(t.Context(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestAnEvictingServerIsRefused(t *testing.T) {
	server := redistest.Start(t, "--maxmemory-policy", "allkeys-lru")
	_, err := redisstore.Open(t.Context(), server.URL, redisstore.Options{})
	if !errors.Is(err, redisstore.ErrUnsafe) || !strings.Contains(err.Error(), "CONFIG SET maxmemory-policy noeviction") {
		t.Errorf("Open = %v; want ErrUnsafe and how to set it right", err)
	}
}

func TestWeakSettingsAreWarnedOf(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"always is what the promise needs", nil, ""},
		{"everysec may lose two seconds", []string{"--appendfsync", "everysec"}, "up to 2 seconds"},
		{"no leaves it to the system", []string{"--appendfsync", "no"}, "may lose minutes"},
		{"no append-only file loses most", []string{"--appendonly", "no"}, "appendonly no"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.Join(openAt(t, redistest.Start(t, tt.args...).URL, redisstore.Options{}).Warnings(), " ")
			if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("Warnings = %q; want %q", got, tt.want)
			}
		})
	}
}

func TestANewerLayoutIsRefused(t *testing.T) {
	server := redistest.Start(t)
	db := redis.NewClient(&redis.Options{Addr: server.Addr})
	defer db.Close()
	if err := db.Set(t.Context(), "rasid:{dir}:schema", "99", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := redisstore.Open(t.Context(), server.URL, redisstore.Options{}); err == nil || !strings.Contains(err.Error(), "version 99") {
		t.Errorf("Open = %v; want the newer version refused", err)
	}
}

func TestWhatWasAcknowledgedOutlivesKillsOfTheServer(t *testing.T) {
	server := redistest.Start(t)
	s := openAt(t, server.URL, redisstore.Options{Timeout: 2 * time.Second})
	var acked sync.Map
	var n atomic.Int64
	var wg sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	for w := range 8 {
		wg.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				id := fmt.Sprintf("w%d-%d", w, i)
				got, err := s.Accept(t.Context(), []store.Item{{Article: news.Article{ID: id}}}, at(1))
				if err == nil {
					acked.Store(id, got[0].Seq)
					n.Add(1)
				}
			}
		})
	}
	for kill := range 4 {
		for want := n.Load() + 100; n.Load() < want; {
			time.Sleep(time.Millisecond) // real servers and disks: there is no clock to turn
		}
		if err := errors.Join(server.Kill(), server.Launch()); err != nil {
			t.Fatalf("kill %d: %v", kill, err)
		}
	}
	stop()
	wg.Wait()
	seqs := map[uint64]string{}
	acked.Range(func(id, seq any) bool {
		it, err := s.ItemByID(t.Context(), id.(string))
		if err != nil || it.Seq != seq || seqs[it.Seq] != "" {
			t.Errorf("%v was acknowledged as %v and is %d (also %q), %v", id, seq, it.Seq, seqs[it.Seq], err)
		}
		seqs[it.Seq] = it.Article.ID
		return true
	})
	t.Logf("%d articles acknowledged over 4 kills, all there", n.Load())
}

// TestTheDirectoryIsAsDurableAsTheShards moves a chat to where its home is not,
// once at a stretch and once in two, and forgets it.
func TestTheDirectoryIsAsDurableAsTheShards(t *testing.T) {
	master := redistest.Start(t, "--repl-diskless-sync-delay", "0")
	_, port, _ := net.SplitHostPort(master.Addr) // it is one
	redistest.Start(t, "--replicaof", "127.0.0.1 "+port)
	s := openAt(t, master.URL+"?wait=1", redisstore.Options{})
	ctx := t.Context()
	if store.HomeShard(1) == store.HomeShard(-1) || store.HomeShard(2) == store.HomeShard(-2) {
		t.Fatal("the chats stay at home, so nothing is tested")
	}
	for chat := range int64(2) {
		retry(t, func() error {
			_, err := s.Change(ctx, store.Change{Dest: store.Dest{Chat: chat + 1}, Now: at(1)})
			return err
		})
	}
	all, durable := redisstore.DirectoryWrites(s)
	writes := func(did string, want int64, err error) {
		t.Helper()
		if got, safe := all.Swap(0), durable.Swap(0); err != nil || got != want || safe != want {
			t.Errorf("%s: %v, with %d writes to the directory of which %d waited for replicas; want %d and all", did, err, got, safe, want)
		}
	}
	writes("a migration", 2, s.Migrate(ctx, 1, -1, at(2)))
	writes("forgetting", 2, s.Forget(ctx, -1, at(3)))
	cutCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := s.Migrate(redisstore.CutAfter(cutCtx, cancel, s, 6), 2, -2, at(4)); !errors.Is(err, context.Canceled) {
		t.Fatalf("Migrate = %v; want it cut short", err)
	}
	writes("a migration cut short", 1, nil)
	_, err := s.Destination(ctx, store.Dest{Chat: -2})
	writes("going on with it", 2, err)
}

// TestWhatIsAnsweredAgainIsWaitedFor has an update applied while the only replica is
// frozen, and come again: a failover would lose what was told as saved.
func TestWhatIsAnsweredAgainIsWaitedFor(t *testing.T) {
	master := redistest.Start(t, "--repl-diskless-sync-delay", "0")
	_, port, _ := net.SplitHostPort(master.Addr) // it is one
	replica := redistest.Start(t, "--replicaof", "127.0.0.1 "+port)
	s := openAt(t, master.URL+"?wait=1", redisstore.Options{})
	retry(t, func() error { return watch(t, s, 1, "first") })
	if err := replica.Stop(); err != nil {
		t.Fatal(err)
	}
	defer replica.Continue()
	c := store.Change{Dest: store.Dest{Chat: 1}, Kind: store.Private, Now: at(1), UpdateID: 77, Edits: []store.Edit{{Op: store.AddRule, Text: "second"}}}
	for _, when := range []string{"at first", "again"} {
		if r, err := s.Change(t.Context(), c); !errors.Is(err, redisstore.ErrNotReplicated) {
			t.Errorf("%s: Change = %+v, %v; want ErrNotReplicated", when, r, err)
		}
	}
	if err := replica.Continue(); err != nil {
		t.Fatal(err)
	}
	var r store.Result
	retry(t, func() (err error) {
		r, err = s.Change(t.Context(), c)
		return err
	})
	if !r.Again || len(r.Did) != 1 || len(r.After.Rules) != 2 {
		t.Errorf("with the replica back: Change = %+v; want the first answer and both rules", r)
	}
}

// retry does something until it works: a replica may need a moment.
func retry(t *testing.T, do func() error) {
	t.Helper()
	var err error
	for range 20 {
		if err = do(); err == nil {
			return
		}
	}
	t.Fatal(err)
}

// A cutter is a way to the server that loses the answer of an exchange when
// it is armed: the server did what was asked, and nobody hears of it.
type cutter struct {
	net.Listener
	to    string
	armed atomic.Bool
	cuts  atomic.Int64
}

func cut(t *testing.T, to string) *cutter {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{Listener: l, to: to}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go c.serve(conn)
		}
	}()
	return c
}

func (c *cutter) serve(client net.Conn) {
	defer client.Close()
	server, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", c.to)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		io.Copy(server, client)
		server.Close()
	}()
	buf := make([]byte, 64<<10)
	for {
		n, err := server.Read(buf)
		if err != nil {
			return
		}
		if c.armed.CompareAndSwap(true, false) {
			c.cuts.Add(1)
			return
		}
		if _, err := client.Write(buf[:n]); err != nil {
			return
		}
	}
}

func TestALostAnswerChangesNothing(t *testing.T) {
	server := redistest.Start(t)
	c := cut(t, server.Addr)
	s := openAt(t, "redis://"+c.Addr().String(), redisstore.Options{})
	ctx := t.Context()
	d := store.Dest{Chat: -7}
	var place store.Place
	var epoch uint64
	mark := func(token string) store.Mark {
		return store.Mark{Place: place, Epoch: epoch, Token: token, Items: []uint64{1}, At: at(1)}
	}
	steps := []struct {
		name string
		call func() error
	}{
		{"accept", func() error {
			_, err := s.Accept(ctx, []store.Item{{Article: news.Article{ID: "a"}}}, at(1))
			return err
		}},
		{"change", func() error {
			r, err := s.Change(ctx, store.Change{Dest: d, UpdateID: 1, Now: at(1), Edits: []store.Edit{{Op: store.AddRule, Text: "quake"}}})
			place = r.After.Place
			return err
		}},
		{"change without update id", func() error {
			_, err := s.Change(ctx, store.Change{Dest: d, Now: at(1), Edits: []store.Edit{{Op: store.AddRule, Text: "flood"}}})
			return err
		}},
		{"take", func() error {
			epochs, err := s.Take(ctx, "a", []store.Role{place.Shard.Role()}, time.Hour, at(1))
			if err == nil {
				epoch = epochs[0]
			}
			return err
		}},
		{"dispatch", func() error {
			_, err := s.Dispatch(ctx, store.Dispatch{Shard: place.Shard, Item: 1, Owed: [store.Classes][]uint32{{place.Ordinal}}}, epoch)
			return err
		}},
		{"begin", func() error { return s.Begin(ctx, mark("t")) }},
		{"finish unknown", func() error { return s.Finish(ctx, mark("t"), store.Outcome{Fate: store.Unknown}, at(2)) }},
		{"release", func() error { return s.Release(ctx, mark("u"), at(9)) }},
		{"finish", func() error {
			return s.Finish(ctx, mark("v"), store.Outcome{Fate: store.Delivered, MessageID: 3}, at(2))
		}},
		{"advance", func() error { return s.Advance(ctx, store.Reach{To: 1}, epoch) }},
		{"save rule file", func() error { _, err := s.SaveRuleFile(ctx, []byte("x")); return err }},
		{"migrate", func() error { return s.Migrate(ctx, -7, -700, at(3)) }},
	}
	for _, step := range steps {
		c.armed.Store(true)
		if err := step.call(); err != nil {
			t.Fatalf("%s, its answer lost once: %v", step.name, err)
		}
	}
	if got := c.cuts.Load(); got != int64(len(steps)) {
		t.Errorf("%d answers were lost; want one for each of %d steps", got, len(steps))
	}
	checkOnce(t, s)
}

// checkOnce checks that each step of the test above happened once.
func checkOnce(t *testing.T, s *redisstore.Store) {
	t.Helper()
	ctx := t.Context()
	got, err := s.Destination(ctx, store.Dest{Chat: -700})
	if err != nil || len(got.Rules) != 2 || got.NextRule != 2 || !got.HoldUntil.Equal(at(9)) {
		t.Errorf("Destination = %+v, %v; want two rules and the hold", got, err)
	}
	tally, err := s.Tally(ctx, 1)
	if want := (store.Tally{Delivered: 1, Unknown: 1}); err != nil || tally != want {
		t.Errorf("Tally = %+v, %v; want %+v", tally, err, want)
	}
	sent, err := s.Sent(ctx, store.Dest{Chat: -700})
	if err != nil || len(sent) != 1 {
		t.Errorf("Sent = %v, %v; want one message", sent, err)
	}
	log, err := s.Log(ctx, 0, 9)
	if err != nil || len(log) != 1 {
		t.Errorf("Log = %v, %v; want one article", log, err)
	}
	version, _, err := s.RuleFile(ctx)
	if err != nil || version != 1 {
		t.Errorf("RuleFile = version %d, %v; want 1", version, err)
	}
}

// TestAMigrationThatWasCutShortIsCompleted stops a migration after each of
// its exchanges with the server and lets another process go on.
func TestAMigrationThatWasCutShortIsCompleted(t *testing.T) {
	server := redistest.Start(t)
	for stop := 1; ; stop++ {
		if err := server.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		s := openAt(t, server.URL, redisstore.Options{})
		for _, c := range []struct {
			dest store.Dest
			rule string
		}{{store.Dest{Chat: -1}, "old"}, {store.Dest{Chat: -100}, "new"}, {store.Dest{Chat: -100, Thread: 5}, "thread"}} {
			r, err := s.Change(t.Context(), store.Change{Dest: c.dest, Kind: store.Group, Now: at(1), Edits: []store.Edit{{Op: store.AddRule, Text: c.rule}}})
			if err != nil {
				t.Fatal(err)
			}
			item := map[string]uint64{"old": 1, "new": 2, "thread": 3}[c.rule]
			if _, err := s.Dispatch(t.Context(), store.Dispatch{Shard: r.After.Shard, Item: item, Owed: [store.Classes][]uint32{{r.After.Ordinal}}}, 0); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Advance(t.Context(), store.Reach{To: 3}, 0); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := s.Migrate(redisstore.CutAfter(ctx, cancel, s, stop), -1, -100, at(2))
		cancel()
		checkMoved(t, openAt(t, server.URL, redisstore.Options{}), stop)
		if done == nil {
			t.Logf("a migration cut after each of its %d exchanges was completed", stop-1)
			return
		}
	}
}

func checkMoved(t *testing.T, s *redisstore.Store, stop int) {
	t.Helper()
	if err := s.Migrate(t.Context(), -1, -100, at(3)); err != nil {
		t.Fatalf("cut after exchange %d, repeated: %v", stop, err)
	}
	got, err := s.Threads(t.Context(), -100)
	if err != nil || len(got) != 2 || len(got[0].Rules) != 2 || len(got[1].Rules) != 1 || got[0].Shard != store.HomeShard(-1) {
		t.Errorf("cut after exchange %d: %+v, %v; want both threads in the old shard, rules merged", stop, got, err)
	}
	if old, err := s.Threads(t.Context(), -1); err != nil || len(old) != 0 {
		t.Errorf("cut after exchange %d: the old id still has %+v, %v", stop, old, err)
	}
	for item := uint64(1); item <= 3; item++ {
		if tally, err := s.Tally(t.Context(), item); err != nil || tally != (store.Tally{Owed: 1}) {
			t.Errorf("cut after exchange %d: item %d sums to %+v, %v; want owed once", stop, item, tally, err)
		}
	}
}
