package alert

import (
	"cmp"
	"slices"

	"rasid/rules"
	"rasid/store"
)

// An owing is one destination that an item is owed to, and how loudly.
type owing struct {
	place store.Place
	class store.Class
}

// A matcher turns items into dispatches. It is used by one goroutine and
// keeps its memory between items.
type matcher struct {
	index *Index
	doc   rules.Doc
	hits  []rules.Hit
	owed  []owing
}

// dispatches tells to whom it is owed, by shard, in the shards' order.
func (m *matcher) dispatches(it *store.Item) []store.Dispatch {
	m.owed = m.owed[:0]
	if it.Broadcast != nil {
		m.owed = m.index.audience(m.owed, it.Broadcast)
	} else {
		m.doc.Reset(&it.Article)
		m.hits = m.index.set.Match(&m.doc, m.hits[:0])
		m.owed = m.index.expand(m.owed, m.hits)
	}
	slices.SortFunc(m.owed, func(a, b owing) int {
		return cmp.Or(cmp.Compare(a.place.Shard, b.place.Shard), cmp.Compare(a.place.Ordinal, b.place.Ordinal), cmp.Compare(a.class, b.class))
	})
	m.owed = slices.CompactFunc(m.owed, func(a, b owing) bool { return a.place == b.place })
	return byShard(it, m.owed)
}

// byShard cuts owed, sorted, into one dispatch for each shard.
func byShard(it *store.Item, owed []owing) []store.Dispatch {
	var out []store.Dispatch
	for _, o := range owed {
		if n := len(out); n == 0 || out[n-1].Shard != o.place.Shard {
			out = append(out, store.Dispatch{Shard: o.place.Shard, Item: it.Seq, Created: it.At, Matcher: rules.Version()})
		}
		d := &out[len(out)-1]
		d.Owed[o.class] = append(d.Owed[o.class], o.place.Ordinal)
	}
	return out
}

// expand lists everyone who wants one of hits.
func (x *Index) expand(owed []owing, hits []rules.Hit) []owing {
	x.mu.RLock()
	defer x.mu.RUnlock()
	for _, h := range hits {
		in, ok := x.byID[h.ID]
		if !ok {
			continue // deleted while we matched
		}
		for p := range in.who {
			owed = append(owed, owing{p, in.class})
		}
	}
	return owed
}

// Audience tells how many destinations a broadcast would reach now.
func (x *Index) Audience(b store.BroadcastNote) int {
	return len(x.audience(nil, &b))
}

func (x *Index) audience(owed []owing, b *store.BroadcastNote) []owing {
	x.mu.RLock()
	defer x.mu.RUnlock()
	for p, d := range x.places {
		if inAudience(d, b) {
			owed = append(owed, owing{p, store.Broadcast})
		}
	}
	return owed
}

func inAudience(d *store.Destination, b *store.BroadcastNote) bool {
	switch {
	case d.Suspended != "" || d.Gone:
		return false
	case d.Thread != 0: // the chat itself gets it, not each of its threads
		return false
	case len(b.Kinds) > 0 && !slices.Contains(b.Kinds, d.Kind):
		return false
	case b.Lang != "" && d.Lang != b.Lang:
		return false
	case b.Topic != "" && !slices.Contains(d.Topics, b.Topic):
		return false
	case !b.Before.IsZero() && !d.Joined.Before(b.Before):
		return false
	}
	return true
}
