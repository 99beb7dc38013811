package redisstore_test

import (
	"context"
	"fmt"
	"rasid/store"
	"rasid/store/audit"
	"rasid/store/redisstore"
	"rasid/store/storetest/redistest"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// An act is what one of two processes does to the groups of meeting.
type act struct {
	name string
	do   func(ctx context.Context, s *redisstore.Store) error
}

// A meeting is a chat about which two processes do something at a time.
type meeting struct {
	*testing.T

	server *redistest.Server
	other  *redisstore.Store
}

// The group that newGroup moves on to.
const thirdGroup = int64(-200)

func (m *meeting) watches(chat int64) act {
	text := fmt.Sprint("written in ", chat)
	return act{text, func(ctx context.Context, s *redisstore.Store) error {
		_, err := s.Change(ctx, store.Change{
			Dest: store.Dest{Chat: chat}, Kind: store.Supergroup, Now: at(3), Edits: []store.Edit{{Op: store.AddRule, Text: text}},
		})
		return err
	}}
}

func (m *meeting) moves(from, to int64) act {
	return act{fmt.Sprint(from, " moves to ", to), func(ctx context.Context, s *redisstore.Store) error { return s.Migrate(ctx, from, to, at(4)) }}
}

func (m *meeting) forgets(chat int64) act {
	return act{fmt.Sprint("forget ", chat), func(ctx context.Context, s *redisstore.Store) error { return s.Forget(ctx, chat, at(5)) }}
}

// rules returns the rules that are found in the groups, and checks that there is no
// other destination.
func (m *meeting) rules() []string {
	m.Helper()
	found := map[store.Place]bool{}
	var texts []string
	for _, chat := range []int64{oldGroup, newGroup, thirdGroup} {
		all, err := m.other.Threads(m.Context(), chat)
		if err != nil {
			m.Fatal(err)
		}
		for _, d := range all {
			found[d.Place] = true
			for _, r := range d.Rules {
				texts = append(texts, r.Text)
			}
		}
	}
	err := m.other.Changes(m.Context(), new(store.Cursor), func(d store.Destination) error {
		if !found[d.Place] && !d.Gone {
			m.Errorf("chat %d is at %+v with %+v, where nobody finds it", d.Chat, d.Place, d.Rules)
		}
		return nil
	})
	if err != nil {
		m.Fatal(err)
	}
	return texts
}

// meet has one process do a thing and, after its n-th exchange with the server,
// another do a second one, and the first die of it or not. It reports whether there
// were so many.
func (m *meeting) meet(first, second act, n int, dies bool) bool {
	m.Helper()
	ctx, cancel := context.WithCancel(m.Context())
	defer cancel()
	s, err := redisstore.Open(m.Context(), m.server.URL, redisstore.Options{})
	if err != nil {
		m.Fatal(err)
	}
	defer s.Close()
	met, did := false, map[string]bool{}
	redisstore.CutAfter(ctx, func() {
		if err := second.do(m.Context(), m.other); err != nil {
			m.Errorf("%s = %v", second.name, err)
		}
		if met, did[second.name] = true, true; dies {
			cancel()
		}
	}, s, n)
	if err = first.do(ctx, s); err == nil {
		did[first.name] = true
	} else if !dies {
		m.Errorf("%s = %v", first.name, err)
	}
	got := m.rules()
	for name := range did {
		forgotten := strings.Contains(first.name+second.name, "forget")
		if strings.HasPrefix(name, "written") && !forgotten && !slices.Contains(got, name) {
			m.Errorf("there are the rules %q; want %q among them", got, name)
		}
	}
	for _, chat := range []int64{oldGroup, newGroup, thirdGroup} {
		if err := m.forgets(chat).do(m.Context(), m.other); err != nil {
			m.Error(err)
		}
	}
	if left := m.rules(); len(left) > 0 {
		m.Errorf("after all are forgotten there are %q", left)
	}
	m.bare()
	if m.Failed() {
		m.Logf("this was after exchange %d; the first process died of it: %v", n, dies)
	}
	return met
}

// bare checks that the directory says nothing of forgotten chats.
func (m *meeting) bare() {
	m.Helper()
	db := redis.NewClient(&redis.Options{Addr: m.server.Addr})
	defer db.Close()
	for _, key := range []string{"rasid:{dir}:moved", "rasid:{dir}:moving"} {
		if all, err := db.HGetAll(m.Context(), key).Result(); err != nil || len(all) > 0 {
			m.Errorf("%s has %v, %v of forgotten chats", key, all, err)
		}
	}
}

// TestWhatTwoProcessesDoToAChatIsFoundAndForgotten has a second process do
// something to a group after each exchange of a first one that does something to
// it. Where a chat of either is, it is found, and forgotten.
func TestWhatTwoProcessesDoToAChatIsFoundAndForgotten(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	m := &meeting{T: t, server: server}
	fresh := []act{m.watches(oldGroup), m.watches(newGroup), m.moves(oldGroup, newGroup), m.forgets(oldGroup), m.forgets(newGroup)}
	moved := []act{m.watches(newGroup), m.moves(newGroup, thirdGroup), m.forgets(newGroup)}
	for _, tt := range []struct {
		name  string
		begun []act
		acts  []act
	}{
		{"of the ids of a group only the old one is known", []act{m.watches(oldGroup)}, fresh},
		{"both ids of a group are known", []act{m.watches(oldGroup), m.watches(newGroup)}, fresh},
		{"a group has moved", []act{m.watches(oldGroup), m.moves(oldGroup, newGroup)}, moved},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, first := range tt.acts {
				for _, second := range tt.acts {
					t.Run(first.name+" while "+second.name, func(t *testing.T) {
						m := &meeting{T: t, server: server, other: openAt(t, server.URL, redisstore.Options{})}
						m.meetAll(tt.begun, first, second)
					})
				}
			}
		})
	}
}

// meetAll has the two meet after each exchange.
func (m *meeting) meetAll(begun []act, first, second act) {
	m.Helper()
	for n := 2; !m.Failed(); n++ {
		if err := m.server.Flush(m.Context()); err != nil {
			m.Fatal(err)
		}
		for _, a := range begun {
			if err := a.do(m.Context(), m.other); err != nil {
				m.Fatal(err)
			}
		}
		if !m.meet(first, second, n/2, n%2 == 1) {
			return
		}
	}
}

// TestAChatThatNobodyFindsIsForgotten has the directory look for a chat where it is
// not, as it did after what an older rasid left, and does what store check says of
// it.
func TestAChatThatNobodyFindsIsForgotten(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	s := openAt(t, server.URL, redisstore.Options{})
	d := signUp(t, s, store.Dest{Chat: newGroup}, "left over")
	db := redis.NewClient(&redis.Options{Addr: server.Addr})
	defer db.Close()
	if err := db.HSet(t.Context(), "rasid:{dir}:moved", newGroup, int(d.Shard+1)%store.Shards).Err(); err != nil {
		t.Fatal(err)
	}
	found, err := audit.Check(t.Context(), s, audit.Options{Now: at(2)})
	if err != nil || len(found) != 1 || found[0].Rule != audit.Home || !strings.Contains(found[0].Do, "/forget and subscribe again") {
		t.Fatalf("Check = %v, %v; want that the chat forgets and subscribes again", found, err)
	}
	if err = s.Forget(t.Context(), newGroup, at(3)); err != nil {
		t.Fatal(err)
	}
	signUp(t, s, store.Dest{Chat: newGroup}, "again")
	if found, err = audit.Check(t.Context(), s, audit.Options{Now: at(4)}); err != nil || len(found) > 0 {
		t.Errorf("Check = %v, %v; want nothing found", found, err)
	}
	m := &meeting{T: t, server: server, other: s}
	if got := m.rules(); !slices.Equal(got, []string{"again"}) {
		t.Errorf("there are the rules %q; want only the new one", got)
	}
}
