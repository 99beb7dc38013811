package redisstore_test

import (
	"fmt"
	"rasid/store"
	"rasid/store/redisstore"
	"rasid/store/storetest/redistest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// used returns the bytes a server keeps.
func used(t *testing.T, addr string) int {
	t.Helper()
	db := redis.NewClient(&redis.Options{Addr: addr})
	defer db.Close()
	info, err := db.InfoMap(t.Context(), "memory").Result()
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(info["Memory"]["used_memory_dataset"])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAnItemForAMillionChatsIsSmall(t *testing.T) {
	server := redistest.Start(t)
	s := openAt(t, server.URL, redisstore.Options{})
	var all []uint32
	for o := uint32(1); o <= 1_000_000/store.Shards; o++ {
		all = append(all, o)
	}
	before := used(t, server.Addr)
	for shard := range store.Shard(store.Shards) {
		if _, err := s.Dispatch(t.Context(), store.Dispatch{Shard: shard, Item: 1, Owed: [store.Classes][]uint32{1: all}}, 0); err != nil {
			t.Fatal(err)
		}
	}
	got := used(t, server.Addr) - before
	t.Logf("an item owed to 1,000,000 chats takes %d bytes of Redis", got)
	if got > 1_000_000 {
		t.Errorf("an item owed to 1,000,000 chats takes %d bytes of Redis; want less than 1,000,000", got)
	}
	begun := time.Now()
	for shard := range store.Shard(store.Shards) {
		e := store.Expired{Shard: shard, Item: 1, Class: 1, Owed: all, At: begun}
		if n, err := s.Expire(t.Context(), e, 0); err != nil || n != len(all) {
			t.Fatalf("Expire = %d, %v; want %d", n, err, len(all))
		}
	}
	got = used(t, server.Addr) - before
	t.Logf("after it came too late for them it takes %d bytes; that took %v", got, time.Since(begun).Round(time.Millisecond))
	if got > 1_000_000 {
		t.Errorf("an item that came too late for 1,000,000 chats takes %d bytes of Redis; want less than 1,000,000", got)
	}
}

func TestARuleIsSmall(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	s := openAt(t, server.URL, redisstore.Options{})
	const chats, rules = 2000, 10
	var edits []store.Edit
	text := 0
	for i := range rules {
		e := store.Edit{Op: store.AddRule, Text: fmt.Sprint("الجيش الوطني ", i), Lang: "ar"}
		edits, text = append(edits, e), text+len(e.Text)
	}
	before := used(t, server.Addr)
	for i := range int64(chats) {
		if _, err := s.Change(t.Context(), store.Change{Dest: store.Dest{Chat: i + 1}, Kind: store.Private, Edits: edits, Now: at(1)}); err != nil {
			t.Fatal(err)
		}
	}
	got := (used(t, server.Addr) - before) / (chats * rules)
	t.Logf("a rule of %d bytes takes %d bytes of Redis, its share of the chat included", text/rules, got)
	if got > 100 {
		t.Errorf("a rule of %d bytes takes %d bytes of Redis; want at most 100", text/rules, got)
	}
}

func TestScriptsAgreeOnTheLimits(t *testing.T) {
	want := fmt.Sprintf("MAXTRIES, TOKENKEEP, RINGSIZE, DEADKEEP = 2000, %d, %d, %d, %d", store.MaxTries, store.TokenKeep, store.RingSize, store.DeadKeep)
	if src := redisstore.Shared(t); !strings.Contains(src, want) {
		t.Errorf("lua/shard.lua lacks %q: a limit differs from package store's", want)
	}
}

func TestAReaderFarBehindIsToldEverything(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	s := openAt(t, server.URL, redisstore.Options{})
	d := store.Dest{Chat: 1}
	read := func(cur *store.Cursor) map[store.Place]store.Destination {
		got := map[store.Place]store.Destination{}
		err := s.Changes(t.Context(), cur, func(d store.Destination) error {
			got[d.Place] = d
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	change := func(d store.Dest) store.Destination {
		r, err := s.Change(t.Context(), store.Change{Dest: d, Now: at(1), Edits: []store.Edit{{Op: store.Subscribe, Text: "x"}}})
		if err != nil {
			t.Fatal(err)
		}
		return r.After
	}
	gone := change(d)
	cur := new(store.Cursor)
	read(cur)
	if err := s.Forget(t.Context(), 1, at(2)); err != nil {
		t.Fatal(err)
	}
	const n = 2100 // more changes than a shard's feed keeps
	for thread := range int64(n) {
		change(store.Dest{Chat: 1, Thread: thread + 1})
	}
	got := read(cur)
	if len(got) != n+1 || !got[gone.Place].Gone {
		t.Errorf("a reader far behind was told of %d destinations, gone %v; want %d and the forgotten one", len(got), got[gone.Place].Gone, n+1)
	}
}

func TestEraseLeavesWhatIsNotRasids(t *testing.T) {
	single, cluster := redistest.Start(t), redistest.StartCluster(t)
	for name, url := range map[string]string{"one server": single.URL, "a cluster": cluster.URL} {
		t.Run(name, func(t *testing.T) {
			s := openAt(t, url, redisstore.Options{})
			empty, err := s.InUse(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for chat := range int64(5000) {
				if _, err := s.Change(t.Context(), store.Change{Dest: store.Dest{Chat: chat + 1}, Now: at(1)}); err != nil {
					t.Fatal(err)
				}
			}
			full, err := s.InUse(t.Context())
			if err != nil || full-empty < 5000*40 {
				t.Errorf("5000 chats take %d bytes, %v; want 40 each at least", full-empty, err)
			}
			addr := strings.Split(url[strings.Index(url, "//")+2:], ",")
			db := redis.NewUniversalClient(&redis.UniversalOptions{Addrs: addr, IsClusterMode: name == "a cluster"})
			defer db.Close()
			if err := db.Set(t.Context(), "somebody's", "x", 0).Err(); err != nil {
				t.Fatal(err)
			}
			if err := s.Erase(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got, err := db.Get(t.Context(), "somebody's").Result(); got != "x" || err != nil {
				t.Errorf("another's key holds %q, %v after Erase", got, err)
			}
			if err := s.Changes(t.Context(), new(store.Cursor), func(d store.Destination) error { return fmt.Errorf("%d is there", d.Chat) }); err != nil {
				t.Errorf("after Erase: %v", err)
			}
		})
	}
}
