package storetest

import (
	"context"
	"rasid/store"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// compare asks both for everything they hold.
func (p *pair) compare(t *rapid.T) {
	ctx := context.Background()
	p.both(t, "Log", func(s store.Store) (any, error) { return s.Log(ctx, 1, 3) })
	p.both(t, "Reach", func(s store.Store) (any, error) { return s.Reach(ctx) })
	p.both(t, "Cursor", func(s store.Store) (any, error) { return s.Cursor(ctx) })
	p.both(t, "ItemByID", func(s store.Store) (any, error) { return s.ItemByID(ctx, "a") })
	p.both(t, "Feeds", func(s store.Store) (any, error) { return s.Feeds(ctx) })
	for item := uint64(1); item <= 6; item++ {
		p.both(t, "Item", func(s store.Store) (any, error) { return s.Item(ctx, item) })
	}
	p.turn++ // what asks every shard is asked in turns
	item := p.turn%6 + 1
	p.both(t, "Tally", func(s store.Store) (any, error) { return s.Tally(ctx, item) })
	for _, shard := range shards() {
		p.both(t, "Owed", func(s store.Store) (any, error) { return s.Owed(ctx, shard, 1) })
		p.both(t, "Marks", func(s store.Store) (any, error) { return marks(s.Marks(ctx, shard)) })
		p.both(t, "Expired", func(s store.Store) (any, error) { return s.Expired(ctx, shard) })
		p.both(t, "Inboxes", func(s store.Store) (any, error) { return s.Inboxes(ctx, shard) })
		for o := range uint32(4) {
			place := store.Place{Shard: shard, Ordinal: o + 1}
			p.both(t, "Inbox", func(s store.Store) (any, error) { return s.Inbox(ctx, place) })
		}
		p.both(t, "Dead", func(s store.Store) (any, error) { return s.Dead(ctx, shard, 3) })
	}
	for _, c := range chats() {
		p.both(t, "Threads", func(s store.Store) (any, error) { return s.Threads(ctx, c) })
		for thread := range int64(2) {
			d := store.Dest{Chat: c, Thread: thread}
			p.both(t, "Destination", func(s store.Store) (any, error) { return s.Destination(ctx, d) })
			p.both(t, "Sent", func(s store.Store) (any, error) { return s.Sent(ctx, d) })
		}
	}
	p.feed(t)
}

func marks(all []store.Mark, err error) ([]store.Mark, error) {
	slices.SortFunc(all, func(a, b store.Mark) int { return strings.Compare(a.Token, b.Token) })
	return all, err
}

// feed compares what the change feed tells since the last time, and from the
// beginning.
func (p *pair) feed(t *rapid.T) {
	p.both(t, "Changes since the last time", func(s store.Store) (any, error) {
		if s == p.model {
			return changes(s, &p.curModel)
		}
		return changes(s, &p.curReal)
	})
	if p.turn%4 != 0 {
		return
	}
	p.both(t, "Changes from the beginning", func(s store.Store) (any, error) { return changes(s, new(store.Cursor)) })
}

func changes(s store.Store, cur *store.Cursor) (map[store.Place]store.Destination, error) {
	got := map[store.Place]store.Destination{}
	err := s.Changes(context.Background(), cur, func(d store.Destination) error {
		got[d.Place] = d.Clone()
		return nil
	})
	return got, err
}
