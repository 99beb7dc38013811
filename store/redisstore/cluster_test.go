package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"rasid/news"
	"rasid/store"
	"rasid/store/redisstore"
	"rasid/store/storetest/redistest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// TestWhatIsTheClientsBusinessStaysThere makes two masters of a cluster send
// everybody to each other for all slots of the one.
func TestWhatIsTheClientsBusinessStaysThere(t *testing.T) {
	c := redistest.StartCluster(t)
	s := openAt(t, c.URL, redisstore.Options{})
	masters := c.Masters()
	from, to := redis.NewClient(&redis.Options{Addr: masters[0].Addr}), redis.NewClient(&redis.Options{Addr: masters[1].Addr})
	defer from.Close()
	defer to.Close()
	id, err := to.Do(t.Context(), "CLUSTER", "MYID").Text()
	if err != nil {
		t.Fatal(err)
	}
	shards, err := from.ClusterShards(t.Context()).Result()
	if err != nil {
		t.Fatal(err)
	}
	_, err = from.Pipelined(t.Context(), func(p redis.Pipeliner) error {
		for _, slot := range slotsOf(shards, masters[0].Addr) {
			p.Do(t.Context(), "CLUSTER", "SETSLOT", slot, "NODE", id)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	moved := 0
	for name, ask := range map[string]func(ctx context.Context, shard store.Shard) error{
		"a write": func(ctx context.Context, shard store.Shard) error {
			_, err := s.Take(ctx, "a", []store.Role{shard.Role()}, time.Hour, at(1))
			return err
		},
		"a write that is not waited for": func(ctx context.Context, shard store.Shard) error {
			return s.Leave(ctx, "a", []store.Role{shard.Role()})
		},
		"a read": func(ctx context.Context, shard store.Shard) error {
			_, err := s.Dead(ctx, shard, 1)
			return err
		},
	} {
		for shard := range store.Shard(12) {
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			err := ask(ctx, shard)
			cancel()
			if err != nil {
				moved++
			}
			if err != nil && (strings.Contains(err.Error(), "MOVED") || strings.Contains(err.Error(), "ASK")) {
				t.Errorf("%s in shard %d: %v; want nothing of what only a client needs to know", name, shard, err)
			}
		}
	}
	if moved == 0 {
		t.Error("no slot was moved, so nothing was tested")
	}
}

// slotsOf returns the slots of a server.
func slotsOf(shards []redis.ClusterShard, addr string) (slots []int64) {
	for _, shard := range shards {
		mine := slices.ContainsFunc(shard.Nodes, func(n redis.Node) bool { return fmt.Sprintf("%s:%d", n.IP, n.Port) == addr })
		for _, all := range shard.Slots {
			for slot := all.Start; mine && slot <= all.End; slot++ {
				slots = append(slots, slot)
			}
		}
	}
	return slots
}

// TestALeadThatIsSlowToBeginBegins stops a process after each hundred exchanges
// of those that it needs to tell every shard that it leads.
func TestALeadThatIsSlowToBeginBegins(t *testing.T) {
	s := openAt(t, redistest.StartWatched(t).URL, redisstore.Options{})
	for try := 1; ; try++ {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := s.Take(redisstore.CutAfter(ctx, cancel, s, 100), "a", []store.Role{store.Intake}, time.Hour, at(1))
		cancel()
		if err == nil {
			t.Logf("it led after %d tries", try)
			return
		}
		if try == 6 {
			t.Fatalf("after %d tries: %v; want what was told once not to be told again", try, err)
		}
	}
}

// Each server of a cluster has its own replicas, and each chat's writes one server.
func TestAClusterIsWellWhenEachServerIs(t *testing.T) {
	c := redistest.StartCluster(t)
	s := openAt(t, c.URL+"?wait=1", redisstore.Options{})
	retry(t, func() error { return s.Ping(t.Context()) })
	masters := c.Masters()
	for _, x := range c.Servers {
		if slices.Contains(masters, x) {
			continue
		}
		if err := x.Stop(); err != nil {
			t.Fatal(err)
		}
		if err := s.Ping(t.Context()); !errors.Is(err, redisstore.ErrNotReplicated) {
			t.Errorf("Ping = %v while one replica of the cluster is frozen, want %v", err, redisstore.ErrNotReplicated)
		}
		if err := x.Continue(); err != nil {
			t.Fatal(err)
		}
		retry(t, func() error { return s.Ping(t.Context()) })
	}
}

// Sentinels may make any replica the master, so each that is well is waited for,
// and one that is frozen no longer than it takes to see that.
func TestBehindSentinelsAWriteWaitsForEachReplicaThatIsWell(t *testing.T) {
	w := redistest.StartWatched(t)
	w.WaitReplicas(t, nil, 2)
	s := openAt(t, w.URL, redisstore.Options{})
	write := func() error {
		_, err := s.Change(t.Context(), store.Change{Dest: store.Dest{Chat: 1}, Kind: store.Private, Now: at(1), Edits: []store.Edit{{Op: store.AddRule, Text: "quake"}}})
		return err
	}
	if err := write(); err != nil {
		t.Fatal(err)
	}
	master := w.Master(t)
	frozen := w.Servers[slices.IndexFunc(w.Servers, func(x *redistest.Server) bool { return x != master })]
	if err := frozen.Stop(); err != nil {
		t.Fatal(err)
	}
	defer frozen.Continue()
	if err := write(); !errors.Is(err, redisstore.ErrNotReplicated) {
		t.Errorf("a write that one of two replicas has: %v, want %v", err, redisstore.ErrNotReplicated)
	}
	if err := s.Ping(t.Context()); !errors.Is(err, redisstore.ErrNotReplicated) {
		t.Errorf("Ping = %v, want what a write meets, %v", err, redisstore.ErrNotReplicated)
	}
	begun := time.Now()
	for write() != nil {
		if time.Since(begun) > 20*time.Second {
			t.Fatal("a replica that is frozen is still waited for")
		}
	}
	t.Logf("the frozen one was waited for %v", time.Since(begun).Round(time.Millisecond))
}

// Sentinels tell the replica that is to be the master so before anyone else. Until
// the other follows it, that one confirms what it is about to forget.
func TestAWriteIsNotConfirmedByTheReplicasOfAMasterThatIsReplaced(t *testing.T) {
	w := redistest.StartWatched(t)
	w.WaitReplicas(t, nil, 2)
	s := openAt(t, w.URL, redisstore.Options{})
	accept := func(id string) error {
		_, err := s.Accept(t.Context(), []store.Item{{Article: news.Article{ID: id}}}, at(1))
		return err
	}
	if err := accept("before"); err != nil {
		t.Fatal(err)
	}
	master := w.Master(t)
	chosen := w.Servers[slices.IndexFunc(w.Servers, func(x *redistest.Server) bool { return x != master })]
	db := redis.NewClient(&redis.Options{Addr: chosen.Addr})
	defer db.Close()
	if err := db.ReplicaOf(t.Context(), "NO", "ONE").Err(); err != nil {
		t.Fatal(err)
	}
	if err := accept("after"); !errors.Is(err, redisstore.ErrNotReplicated) {
		t.Errorf("a write that the new master will not have: %v, want %v", err, redisstore.ErrNotReplicated)
	}
}

func TestFewerReplicasAreBelievedAfterAWhile(t *testing.T) {
	const well, away = "state=online,lag=0", "state=online,lag=9"
	var f redisstore.Followers
	f.Least(1)
	for _, step := range []struct {
		name     string
		second   int
		history  string
		replicas []string
		want     int
	}{
		{"one at least", 0, "a", nil, 1},
		{"each that is well", 1, "a", []string{well, well, well}, 3},
		{"one that is away is waited for", 2, "a", []string{well, away, well}, 3},
		{"and one that has left", 3, "a", []string{well}, 3},
		{"until there were fewer for a while", 4, "a", []string{well}, 3},
		{"seen in each second of it", 90, "a", []string{well}, 3},
		{"and not twice in one", 90, "a", []string{well}, 3},
		{"five of them", 91, "a", []string{well}, 3},
		{"then as many as there were most", 92, "a", []string{well}, 2},
		{"and then again", 93, "a", []string{well}, 2},
		{"it is not too late to come back", 94, "a", []string{well, well}, 2},
		{"the while begins anew then", 95, "a", nil, 2},
		{"and lasts as long", 96, "a", nil, 2},
		{"of another master its own count", 97, "b", []string{well}, 1},
		{"also where an answer of the old one comes late", 97, "a", []string{well}, 2},
		{"and those that come to it", 98, "b", []string{well, well}, 2},
	} {
		told := map[string]string{"master_replid": step.history}
		for i, r := range step.replicas {
			told[fmt.Sprintf("slave%d", i)] = r
		}
		if got := f.Hear(told, at(int64(step.second))); got != step.want || f.Need() != got {
			t.Errorf("%s: %d, asked again %d; want %d", step.name, got, f.Need(), step.want)
		}
	}
}

func TestWhichReplicasAreWell(t *testing.T) {
	for replica, want := range map[string]bool{
		"ip=10.0.0.2,port=6379,state=online,offset=1234,lag=0":      true,
		"ip=10.0.0.2,port=6379,state=online,offset=1234,lag=2":      true,
		"ip=10.0.0.2,port=6379,state=online,offset=1234,lag=3":      false,
		"ip=10.0.0.2,port=6379,state=online,offset=1234,lag=-1":     false,
		"ip=10.0.0.2,port=6379,state=wait_bgsave,offset=0,lag=0":    false,
		"ip=10.0.0.2,port=6379,state=online,offset=1234,lag=much":   false,
		"ip=10.0.0.2,port=6379,state=online,offset=1234,type=new":   false,
		"lag=1,state=online,a field that is not known yet=1,ip=::1": true,
		"": false,
	} {
		if got := redisstore.IsWell(replica); got != want {
			t.Errorf("a replica of %q is well: %v, want %v", replica, got, want)
		}
	}
}
