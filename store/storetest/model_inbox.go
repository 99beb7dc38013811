package storetest

import (
	"context"
	"rasid/store"
	"time"

	"pgregory.net/rapid"
)

// fromInbox makes m an attempt at something in an inbox, where there is one.
func (p *pair) fromInbox(t *rapid.T, m *store.Mark) {
	boxes, err := p.model.Inboxes(context.Background(), m.Shard)
	if err != nil || len(boxes) == 0 {
		return
	}
	m.Ordinal = rapid.SampledFrom(boxes).Draw(t, "box").Ordinal
	x, err := p.model.Inbox(context.Background(), m.Place)
	if err == nil && len(x.Items) > 0 {
		m.Items[0] = rapid.SampledFrom(x.Items).Draw(t, "kept").Item
	}
	if err == nil && x.Dropped > 0 && rapid.IntRange(0, 3).Draw(t, "count") > 0 {
		m.Items = append(m.Items, store.InboxCount)
	}
}

// shelve is mostly about something that is owed, and sometimes about nothing.
func (p *pair) shelve(t *rapid.T) {
	s := store.Shelving{Place: drawPlace(t), Items: drawItems(t), At: p.now}
	if rapid.Bool().Draw(t, "due") {
		s.Due = p.now.Add(time.Hour)
	}
	jobs, err := p.model.Owed(context.Background(), s.Shard, 0)
	if err == nil && len(jobs) > 0 && rapid.IntRange(0, 3).Draw(t, "owed") > 0 {
		j := rapid.SampledFrom(jobs).Draw(t, "job")
		s.Ordinal, s.Items[0] = j.Owed[0], j.Item
	} else if rapid.IntRange(0, 3).Draw(t, "empty") == 0 {
		s.Items = nil
	}
	epoch := p.drawEpoch(t, s.Shard.Role())
	p.both(t, "Shelve", func(x store.Store) (any, error) { return x.Shelve(context.Background(), s, epoch) })
}
