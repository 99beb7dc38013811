package redisstore_test

import (
	"fmt"
	"rasid/store"
	"rasid/store/redisstore"
	"rasid/store/storetest/redistest"
	"testing"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"
)

// TestAStoppedBroadcastLeavesInboxesInSteps, between which it is told, and moved
// within the shard, and nothing of it is lost count of.
func TestAStoppedBroadcastLeavesInboxesInSteps(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	w, s := openAt(t, server.URL, redisstore.Options{}), openAt(t, server.URL, redisstore.Options{})
	var seats []store.Place
	var chats []int64
	for chat := int64(-1); len(chats) < 60; chat-- {
		if store.HomeShard(chat) != store.HomeShard(-1) {
			continue
		}
		r, err := w.Change(t.Context(), store.Change{Dest: store.Dest{Chat: chat}, Kind: store.Supergroup, Now: at(1)})
		if err != nil {
			t.Fatal(err)
		}
		chats, seats = append(chats, chat), append(seats, r.After.Place)
	}
	const all = 1000 // most seats have nobody, which makes no difference
	d := store.Dispatch{Shard: seats[0].Shard, Item: 1}
	for o := range uint32(all) {
		d.Owed[store.Broadcast] = append(d.Owed[store.Broadcast], o+1)
	}
	if _, err := w.Dispatch(t.Context(), d, 0); err != nil {
		t.Fatal(err)
	}
	var g errgroup.Group
	g.SetLimit(16)
	for o := range uint32(all - 1) { // the last one is only owed it
		x := store.Shelving{Place: store.Place{Shard: d.Shard, Ordinal: o + 1}, Items: []uint64{1}, At: at(2)}
		g.Go(func() error {
			_, err := w.Shelve(t.Context(), x, 0)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	steps, scripts := 0, 0
	redisstore.AfterCommand(s, func(c redis.Cmder) bool {
		switch c.Name() {
		case "eval", "evalsha":
			scripts++
			return true
		case "hscan":
		default:
			return true
		}
		steps++
		m := store.Mark{Place: seats[steps], Token: fmt.Sprint("t", steps), Items: []uint64{1}, At: at(3)}
		if err := w.Begin(t.Context(), m); err == nil {
			if err := w.Finish(t.Context(), m, store.Outcome{Fate: store.Delivered, MessageID: 1}, at(3)); err != nil {
				t.Error(err)
			}
		}
		for i := 20 * steps; i < 20*steps+20 && i+1 < len(chats); i += 2 {
			if err := w.Migrate(t.Context(), chats[i], chats[i+1], at(3)); err != nil {
				t.Error(err)
			}
		}
		if n, err := w.Shelve(t.Context(), store.Shelving{Place: store.Place{Shard: d.Shard, Ordinal: all}, Items: []uint64{1}, At: at(3)}, 0); n != 0 || err != nil {
			t.Errorf("Shelve = %d, %v; want nothing owed any more", n, err)
		}
		return true
	})
	if err := s.Cancel(t.Context(), d.Shard, 1); err != nil {
		t.Fatal(err)
	}
	if steps < 3 || scripts < all/100 {
		t.Errorf("a thousand inboxes were emptied in %d steps and %d scripts; want some hundred in each at most", steps, scripts)
	}
	boxes, err := w.Inboxes(t.Context(), d.Shard)
	if err != nil || len(boxes) > 0 {
		t.Errorf("%d inboxes are left, %v; want none", len(boxes), err)
	}
	sum, err := w.Tally(t.Context(), 1)
	if err != nil || sum.Owed != 0 || sum.Dropped+sum.Delivered > all || sum.Dropped < all-len(chats) {
		t.Errorf("Tally = %+v, %v; want nothing owed, and each counted once", sum, err)
	}
}
