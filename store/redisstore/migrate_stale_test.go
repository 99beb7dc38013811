package redisstore_test

import (
	"fmt"
	"rasid/store"
	"rasid/store/redisstore"
	"rasid/store/storetest/redistest"
	"testing"

	"github.com/redis/go-redis/v9"
)

// Chats of the tests below: an old group, and its new id, which live in two shards.
const oldGroup, newGroup = int64(-1), int64(-100)

// signUp has a chat write a rule.
func signUp(t *testing.T, s store.Store, d store.Dest, text string) store.Destination {
	t.Helper()
	r, err := s.Change(t.Context(), store.Change{
		Dest: d, Kind: store.Supergroup, Now: at(1), Edits: []store.Edit{{Op: store.AddRule, Text: text}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return r.After
}

// TestAPlaceIsGivenOutOnce has a server forget, as a failover does what no replica
// has, that a migration was given an ordinal.
func TestAPlaceIsGivenOutOnce(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	s, moves := openAt(t, server.URL, redisstore.Options{}), openAt(t, server.URL, redisstore.Options{})
	old := signUp(t, s, store.Dest{Chat: oldGroup}, "old")
	thread := store.Dest{Chat: newGroup, Thread: 5} // which the old group has not, so it gets a new place
	signUp(t, s, thread, "new")
	raw := redis.NewClient(&redis.Options{Addr: server.Addr})
	defer raw.Close()
	redisstore.AfterCommand(moves, func(c redis.Cmder) bool {
		if c.Name() == "hincrby" {
			raw.HIncrBy(t.Context(), fmt.Sprintf("rasid:{s%d}:state", old.Shard), "last", -1)
		}
		return true
	})
	if err := moves.Migrate(t.Context(), oldGroup, newGroup, at(2)); err != nil {
		t.Fatal(err)
	}
	neighbour := int64(1)
	for store.HomeShard(neighbour) != old.Shard {
		neighbour++
	}
	x := signUp(t, s, store.Dest{Chat: neighbour}, "neighbour")
	got, err := s.Destination(t.Context(), thread)
	if err != nil || got.Place == x.Place || got.Dest != thread {
		t.Errorf("the thread that moved is at %+v with %+v, %v; a chat that signed up later is at %+v", got.Place, got.Rules, err, x.Place)
	}
}
