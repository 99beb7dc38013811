package alert

import (
	"cmp"
	"rasid/rules"
	"rasid/store"
	"slices"
	"strconv"
	"strings"
)

// A matcher turns items into dispatches. It is used by one goroutine and
// keeps its memory between items: five bytes for each ordinal ever given.
type matcher struct {
	index   *Index
	doc     rules.Doc
	ids     []rules.ID
	skipped int    // rules left out of the last item's matching; see rules.Doc.Skipped
	name    string // of what is matched with, see matcherName
	run     uint32
	shards  [store.Shards]shardScratch
	touched []store.Shard
}

// shardScratch is what one item is owed in one shard.
type shardScratch struct {
	ordinals []uint32
	run      []uint32 // by ordinal: the item in which it was last met
	class    []store.Class
}

// dispatches tells to whom it is owed, by shard, in the shards' order, and to
// how many.
func (m *matcher) dispatches(it *store.Item) (list []store.Dispatch, owed int) {
	m.begin()
	switch {
	case it.Quiet: // only to be known when it comes again
	case it.Broadcast != nil:
		m.named(m.index.FileVersion())
		for _, p := range m.index.audience(it.Broadcast) {
			m.add(p, store.Broadcast)
		}
	default:
		m.doc.Reset(&it.Article)
		m.match()
	}
	with := m.name
	if it.Broadcast == nil && len(m.touched) > 0 {
		with = withContent(with, m.doc.Content())
	}
	slices.Sort(m.touched)
	for _, s := range m.touched {
		owed += len(m.shards[s].ordinals)
		d := store.Dispatch{Shard: s, Item: it.Seq, Created: it.At, Matcher: with}
		if it.Broadcast != nil {
			d.Expires = it.Broadcast.Until
		}
		m.shards[s].into(&d)
		list = append(list, d)
	}
	return list, owed
}

func (m *matcher) begin() {
	for _, s := range m.touched {
		m.shards[s].ordinals = m.shards[s].ordinals[:0]
	}
	m.touched, m.skipped = m.touched[:0], 0
	if m.run++; m.run == 0 {
		for i := range m.shards {
			clear(m.shards[i].run)
		}
		m.run = 1
	}
}

// match lists everyone who wants the article that was read last. The index
// stands still meanwhile.
func (m *matcher) match() {
	x := m.index
	x.mu.RLock()
	defer x.mu.RUnlock()
	m.named(x.fileVersion)
	m.ids = x.set.Match(&m.doc, m.ids[:0])
	m.skipped = m.doc.Skipped()
	for _, id := range m.ids {
		if w := x.wishes.of(id); w != nil {
			class := w.class
			w.who.each(func(p store.Place) { m.add(p, class) })
		}
	}
}

// named keeps the name of the matcher with a rule file, for it seldom changes.
func (m *matcher) named(file uint64) {
	if m.name == "" || file != fileOf(m.name) {
		m.name = matcherName(file)
	}
}

// matcherName is how a job remembers what it was matched with: the version of
// words and rules, and that of the rule file, after a stroke. The job of an article
// has after the first of them a plus and the article's rules.Doc.Content: a rasid
// that does not know of that takes it for another version, and withdraws nothing.
func matcherName(file uint64) string { return rules.Version() + "/" + strconv.FormatUint(file, 10) }

// engineOf is the version of words and rules in such a name.
func engineOf(matcher string) string {
	engine, _, _ := strings.Cut(matcher, "/")
	engine, _, _ = strings.Cut(engine, "+")
	return engine
}

// fileOf is the version of the rule file in such a name; 0 where there is none.
func fileOf(matcher string) uint64 {
	_, file, _ := strings.Cut(matcher, "/")
	n, err := strconv.ParseUint(file, 10, 64)
	if err != nil {
		return 0 // a job of before there was a second part
	}
	return n
}

// withContent adds what an article says to such a name.
func withContent(matcher, content string) string {
	engine, file, _ := strings.Cut(matcher, "/")
	return engine + "+" + content + "/" + file
}

// contentOf is what an article said by such a name; empty where that is not told.
func contentOf(matcher string) string {
	engine, _, _ := strings.Cut(matcher, "/")
	_, content, _ := strings.Cut(engine, "+")
	return content
}

// add owes the item to a destination, in the loudest class asked for.
func (m *matcher) add(p store.Place, c store.Class) {
	s := &m.shards[p.Shard]
	if int(p.Ordinal) >= len(s.run) {
		more := int(p.Ordinal) + 1 - len(s.run) + len(s.run)/4
		s.run = append(s.run, make([]uint32, more)...)
		s.class = append(s.class, make([]store.Class, more)...)
	}
	if s.run[p.Ordinal] == m.run {
		s.class[p.Ordinal] = min(s.class[p.Ordinal], c)
		return
	}
	if len(s.ordinals) == 0 {
		m.touched = append(m.touched, p.Shard)
	}
	s.run[p.Ordinal], s.class[p.Ordinal] = m.run, c
	s.ordinals = append(s.ordinals, p.Ordinal)
}

// into writes who is owed what into d, in lists of its own.
func (s *shardScratch) into(d *store.Dispatch) {
	slices.Sort(s.ordinals)
	var sizes [store.Classes]int
	for _, o := range s.ordinals {
		sizes[s.class[o]]++
	}
	for c, n := range sizes {
		if n > 0 {
			d.Owed[c] = make([]uint32, 0, n)
		}
	}
	for _, o := range s.ordinals {
		c := s.class[o]
		d.Owed[c] = append(d.Owed[c], o)
	}
}

// Audience tells how many destinations a broadcast would reach now.
func (x *Index) Audience(b store.BroadcastNote) int { return len(x.audience(&b)) }

// audience lists whom a broadcast is for: of each chat one destination, the
// chat itself where it is known and else its oldest thread.
func (x *Index) audience(b *store.BroadcastNote) []store.Place {
	x.mu.RLock()
	defer x.mu.RUnlock()
	var places []store.Place
	threads := map[int64]store.Place{} // of chats known by their threads alone
	for p, l := range x.places {
		if !x.inAudience(&l.Destination, b) {
			continue
		}
		if l.Thread == 0 {
			places = append(places, p)
			continue
		}
		if whole, ok := x.places[x.byDest[store.Dest{Chat: l.Chat}]]; ok && x.inAudience(&whole.Destination, b) {
			continue
		}
		if old, ok := threads[l.Chat]; !ok || comparePlaces(p, old) < 0 {
			threads[l.Chat] = p
		}
	}
	for _, p := range threads {
		places = append(places, p)
	}
	return places
}

func comparePlaces(a, b store.Place) int {
	return cmp.Or(cmp.Compare(a.Shard, b.Shard), cmp.Compare(a.Ordinal, b.Ordinal))
}

func (x *Index) inAudience(d *store.Destination, b *store.BroadcastNote) bool {
	switch {
	case d.Suspended != "" || d.Gone:
		return false
	case len(b.Kinds) > 0 && !slices.Contains(b.Kinds, d.Kind):
		return false
	case b.Lang != "" && cmp.Or(d.Lang, x.lang) != b.Lang:
		return false
	case b.Topic != "" && !slices.Contains(d.Topics, b.Topic):
		return false
	case !b.Before.IsZero() && !d.Joined.Before(b.Before):
		return false
	}
	return true
}
