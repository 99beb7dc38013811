package redisstore_test

import (
	"errors"
	"fmt"
	"net"
	"rasid/news"
	"rasid/store"
	"rasid/store/record"
	"rasid/store/redisstore"
	"rasid/store/storetest"
	"rasid/store/storetest/redistest"
	"testing"

	"github.com/redis/go-redis/v9"
)

// A reader reads the change feed, and remembers how many rules each chat has.
type reader struct {
	*testing.T

	s     *redisstore.Store
	cur   store.Cursor
	rules map[int64]int
	told  int // by the last reading
}

func newReader(t *testing.T, s *redisstore.Store) *reader {
	return &reader{T: t, s: s, rules: map[int64]int{}}
}

func (r *reader) read() error {
	r.told = 0
	give := func(d store.Destination) error {
		r.told++
		r.rules[d.Chat] = len(d.Rules)
		return nil
	}
	err := r.s.Changes(r.Context(), &r.cur, give)
	if errors.Is(err, store.ErrAnew) && r.told == 0 {
		clear(r.rules)
		err = r.s.Changes(r.Context(), &r.cur, give)
	}
	return err
}

// want reads and checks how many rules a chat has then.
func (r *reader) want(when string, chat int64, n int) {
	r.Helper()
	if err := r.read(); err != nil || r.rules[chat] != n {
		r.Errorf("%s: Changes = %v, with %d rules of chat %d; want %d", when, err, r.rules[chat], chat, n)
	}
}

func watch(t *testing.T, s *redisstore.Store, chat int64, word string) error {
	t.Helper()
	_, err := s.Change(t.Context(), store.Change{Dest: store.Dest{Chat: chat}, Kind: store.Private, Now: at(1), Edits: []store.Edit{{Op: store.AddRule, Text: word}}})
	return err
}

// TestWhatNoReplicaHasIsNotRead reads what was written while the only replica was
// frozen: a failover would give its numbers to something else.
func TestWhatNoReplicaHasIsNotRead(t *testing.T) {
	master := redistest.Start(t, "--repl-diskless-sync-delay", "0")
	_, port, _ := net.SplitHostPort(master.Addr) // it is one
	replica := redistest.Start(t, "--replicaof", "127.0.0.1 "+port)
	s := openAt(t, master.URL+"?wait=1", redisstore.Options{})
	retry(t, func() error { return watch(t, s, 1, "first") })
	r, fresh := newReader(t, s), newReader(t, s)
	r.want("before", 1, 1)
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("Ping = %v; want nil while the replica is well", err)
	}
	if err := replica.Stop(); err != nil {
		t.Fatal(err)
	}
	defer replica.Continue()
	if err := r.read(); err != nil || r.told != 0 {
		t.Errorf("Changes = %v; want nil where nothing is new", err)
	}
	if items, err := s.Log(t.Context(), 0, 9); err != nil || len(items) != 0 {
		t.Errorf("Log = %v, %v; want nil where nothing is new", items, err)
	}
	err := watch(t, s, 1, "second")
	_, err2 := s.Accept(t.Context(), []store.Item{{Article: news.Article{ID: "a"}}}, at(1))
	if !errors.Is(err, redisstore.ErrNotReplicated) || !errors.Is(err2, redisstore.ErrNotReplicated) {
		t.Fatalf("Change = %v, Accept = %v; want ErrNotReplicated", err, err2)
	}
	if err := s.Ping(t.Context()); !errors.Is(err, redisstore.ErrNotReplicated) {
		t.Errorf("Ping = %v; want what a write meets, ErrNotReplicated", err)
	}
	for name, one := range map[string]*reader{"a reader of what is new": r, "a reader of all": fresh} {
		was := one.cur
		if err := one.read(); !errors.Is(err, redisstore.ErrNotReplicated) || one.told != 0 || one.cur != was {
			t.Errorf("%s: Changes = %v and told of %d, the cursor moved: %v; want ErrNotReplicated and nothing told", name, err, one.told, one.cur != was)
		}
	}
	if items, err := s.Log(t.Context(), 0, 9); !errors.Is(err, redisstore.ErrNotReplicated) || len(items) != 0 {
		t.Errorf("Log = %v, %v; want ErrNotReplicated", items, err)
	}
	if err := replica.Continue(); err != nil {
		t.Fatal(err)
	}
	retry(t, r.read)
	r.want("a reader of what is new, later", 1, 2)
	fresh.want("a reader of all, later", 1, 2)
	if items, err := s.Log(t.Context(), 0, 9); err != nil || len(items) != 1 {
		t.Errorf("Log = %v, %v; want the article", items, err)
	}
}

// TestWhatAServerLostIsReadAnew gives the versions that a reader has seen to other
// changes, as a server does that lost the last seconds in a crash.
func TestWhatAServerLostIsReadAnew(t *testing.T) {
	server := redistest.Start(t, "--appendonly", "no")
	s := openAt(t, server.URL, redisstore.Options{})
	r := newReader(t, s)
	write := func(words ...string) {
		t.Helper()
		for _, word := range words {
			retry(t, func() error { return watch(t, s, 1, word) })
		}
	}
	write("a", "b", "c")
	r.want("before", 1, 3)
	if err := errors.Join(server.Kill(), server.Launch()); err != nil {
		t.Fatal(err)
	}
	write("d", "e")
	r.want("fewer changes than before", 1, 2)
	if err := errors.Join(server.Kill(), server.Launch()); err != nil {
		t.Fatal(err)
	}
	write("f")
	retry(t, func() error {
		_, err := s.Change(t.Context(), store.Change{Dest: store.Dest{Chat: 1}, Now: at(1), Edits: []store.Edit{{Op: store.Pause}}})
		return err
	})
	r.want("as many changes as before", 1, 1)
	if r.want("nothing new", 1, 1); r.told != 0 {
		t.Errorf("a reader is told of %d again", r.told)
	}
}

// TestChangesThatLeaveTheFeedWhileItIsReadAreTold lets the oldest change go, as
// each change does once there are many, between the looks of a reader.
func TestChangesThatLeaveTheFeedWhileItIsReadAreTold(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	s := openAt(t, server.URL, redisstore.Options{})
	db := redis.NewClient(&redis.Options{Addr: server.Addr})
	defer db.Close()
	var chats []int64
	for c := int64(1); len(chats) < 3; c++ {
		if store.HomeShard(c) == 7 {
			chats = append(chats, c)
		}
	}
	r := newReader(t, s)
	change := func() {
		t.Helper()
		for i, chat := range chats {
			if err := watch(t, s, chat, fmt.Sprint("word ", i, r.rules[chat])); err != nil {
				t.Fatal(err)
			}
		}
	}
	change()
	r.want("before", chats[0], 1)
	change()
	redisstore.AfterPipeline(s, func(nth int) {
		if nth > 1 {
			return
		}
		oldest, err := db.ZPopMin(t.Context(), "rasid:{s7}:changes").Result()
		if err == nil {
			err = db.HSet(t.Context(), "rasid:{s7}:state", "floor", oldest[0].Score).Err()
		}
		if err != nil {
			t.Error(err)
		}
	})
	for _, chat := range chats {
		r.want("while the oldest change goes", chat, 2)
	}
}

// TestAChatThatAServerLostIsNotKnownAnyMore: a reader is told to forget what it
// knew, once, also of a shard that has nothing any more.
func TestAChatThatAServerLostIsNotKnownAnyMore(t *testing.T) {
	server := redistest.Start(t, "--appendonly", "no")
	s := openAt(t, server.URL, redisstore.Options{})
	r := newReader(t, s)
	if err := watch(t, s, 1, "a"); err != nil {
		t.Fatal(err)
	}
	r.want("before", 1, 1)
	if err := errors.Join(server.Kill(), server.Launch()); err != nil {
		t.Fatal(err)
	}
	give := func(d store.Destination) error { return fmt.Errorf("told of %+v", d) }
	retry(t, func() error {
		if err := s.Changes(t.Context(), &r.cur, give); !errors.Is(err, store.ErrAnew) {
			return fmt.Errorf("Changes = %w; want ErrAnew", err)
		}
		return nil
	})
	for range 2 {
		if err := s.Changes(t.Context(), &r.cur, give); err != nil || r.cur != (store.Cursor{}) {
			t.Errorf("Changes = %v; want nil, and the cursor at the beginning", err)
		}
	}
}

func TestADamagedDestinationHidesNoOther(t *testing.T) {
	for name, as := range map[string]string{"a record that means nothing": "12345678\x01?", "one that claims to be of a newer rasid": "12345678\x02?"} {
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t, "--appendfsync", "no")
			db := redis.NewClient(&redis.Options{Addr: server.Addr})
			defer db.Close()
			storetest.UnreadableDestination(t, openAt(t, server.URL, redisstore.Options{}), func(p store.Place) {
				if err := db.HSet(t.Context(), fmt.Sprintf("rasid:{s%d}:dests", p.Shard), p.Ordinal, as).Err(); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

// TestADestinationOfANewerRasidWaits until a process that can read it does.
func TestADestinationOfANewerRasidWaits(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	db := redis.NewClient(&redis.Options{Addr: server.Addr})
	defer db.Close()
	s := openAt(t, server.URL, redisstore.Options{})
	if err := watch(t, s, 1, "a"); err != nil {
		t.Fatal(err)
	}
	dests := fmt.Sprintf("rasid:{s%d}:dests", store.HomeShard(1))
	whole := db.HGet(t.Context(), dests, "1").Val()
	newer := whole[:8] + "\x02" + whole[9:]
	if err := errors.Join(db.Set(t.Context(), "rasid:{dir}:schema", "3", 0).Err(), db.HSet(t.Context(), dests, "1", newer).Err()); err != nil {
		t.Fatal(err)
	}
	r := newReader(t, s)
	if err := r.read(); !errors.Is(err, record.ErrNewer) || r.told != 0 || r.cur != (store.Cursor{}) {
		t.Errorf("Changes = %v, told of %d; want ErrNewer, and the cursor before it", err, r.told)
	}
	if err := db.HSet(t.Context(), dests, "1", whole).Err(); err != nil {
		t.Fatal(err)
	}
	r.want("once it can be read", 1, 1)
}

// TestWhoLeftBeforeTheHistoryBeganIsToldOf: else whoever knew the chat would take it
// for one that the server lost.
func TestWhoLeftBeforeTheHistoryBeganIsToldOf(t *testing.T) {
	server := redistest.Start(t)
	s := openAt(t, server.URL, redisstore.Options{})
	r := newReader(t, s)
	for chat := range int64(3) {
		if err := watch(t, s, chat+1, "a"); err != nil {
			t.Fatal(err)
		}
	}
	r.want("before", 2, 1)
	if err := s.Forget(t.Context(), 2, at(2)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(server.Kill(), server.Launch()); err != nil {
		t.Fatal(err)
	}
	retry(t, r.read)
	if rules, told := r.rules[2]; r.told != 3 || !told || rules != 0 || r.rules[1] != 1 {
		t.Errorf("told of %d, with %d rules of the one that left (%v), and %d of another; want 3, of whom it has none", r.told, rules, told, r.rules[1])
	}
}
