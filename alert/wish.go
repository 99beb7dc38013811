package alert

import (
	"maps"
	"rasid/rules"
	"rasid/store"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// A wishKey is one distinct wish: a rule's text and its writer's language, or a
// topic.
type wishKey struct {
	text, lang string // of a rule
	topic      string // of a topic
}

// A wish is a distinct rule or topic, and who has it. It keeps no compiled
// rule: the set has what it needs, and reasons are compiled when they are asked
// for.
type wish struct {
	key     wishKey
	id      rules.ID
	class   store.Class
	matched bool // it is in the set; not when it does not parse or compile, or the topic is gone
	known   bool // it was given a meaning before
	who     crowd
}

// A meaning is what a wish stands for under a rule file.
type meaning struct {
	rule  *rules.Rule // nil: matches nothing
	class store.Class
	err   error
}

// resolve finds or makes the wishes of l. What old, nil or the same
// destination before, had already is not parsed again. The lock is held.
func (x *Index) resolve(l, old *listener) {
	l.rules = make([]*wish, len(l.Rules))
	for i, r := range l.Rules {
		if l.rules[i] = old.rule(r); l.rules[i] == nil {
			l.rules[i] = x.wishOf(r)
		}
	}
	for _, t := range union(l.Topics, l.Routes) {
		_, subscribed := slices.BinarySearch(l.Topics, t)
		l.topics = append(l.topics, topicWish{id: t, routed: !subscribed, wish: x.topicWish(t)})
	}
}

// union returns the strings of two sorted lists, sorted, each once.
func union(a, b []string) []string {
	if len(a) == 0 || len(b) == 0 {
		return append(slices.Clip(a), b...)
	}
	return store.Sorted(slices.Concat(a, b))
}

// rule returns the wish that l has for r, if l has the same rule.
func (l *listener) rule(r store.Rule) *wish {
	if l == nil {
		return nil
	}
	for i, w := range l.rules {
		if l.Rules[i].Text == r.Text && l.Rules[i].Lang == r.Lang {
			return w
		}
	}
	return nil
}

// wishOf returns the wish of a rule of x.batch.
func (x *Index) wishOf(r store.Rule) *wish {
	p := x.ready[rawKey(r)]
	if w, ok := x.wishes[p.key]; ok {
		return w
	}
	return x.newWish(p.key, p.meaning)
}

// topicWish returns the wish of a topic.
func (x *Index) topicWish(id string) *wish {
	key := wishKey{topic: id}
	if w, ok := x.wishes[key]; ok {
		return w
	}
	return x.newWish(key, key.meaning(x.file))
}

// A prepared rule is one that is read: its key in the canonical form, in which
// rules that mean the same are equal, and unless there is such a wish, what it
// means.
type prepared struct {
	key     wishKey
	meaning meaning
}

// rawKey names a rule as it was written.
func rawKey(r store.Rule) wishKey { return wishKey{text: r.Text, lang: r.Lang} }

// prepare reads a rule. It changes nothing.
func (x *Index) prepare(raw wishKey) prepared {
	p := prepared{key: raw}
	q, err := rules.Restore(raw.text)
	if err != nil {
		p.meaning.err = err
		return p
	}
	if text := q.String(); text != raw.text {
		p.key.text = text
	}
	if x.wishes[p.key] == nil {
		p.meaning = raw.meaningOf(q, x.file)
	}
	return p
}

// newWish makes a wish, which is matched from now on.
func (x *Index) newWish(key wishKey, m meaning) *wish {
	w := &wish{key: key, id: x.newID()}
	x.wishes[key] = w
	x.byID[w.id] = w
	x.give(w, m)
	return w
}

// newID returns an ID that no wish has. IDs are small, so that byID is a list.
func (x *Index) newID() rules.ID {
	if n := len(x.free); n > 0 {
		id := x.free[n-1]
		x.free = x.free[:n-1]
		return id
	}
	x.byID = append(x.byID, nil)
	return rules.ID(len(x.byID) - 1) //nolint:gosec // not negative
}

// drop forgets a wish that nobody has.
func (x *Index) drop(w *wish) {
	x.edit.Delete(w.id)
	delete(x.wishes, w.key)
	x.byID[w.id] = nil
	x.free = append(x.free, w.id)
}

// give makes w mean m. The lock is held.
func (x *Index) give(w *wish, m meaning) {
	if m.err != nil && (w.matched || !w.known) { // once, not at each reload
		x.log.Warn("a rule cannot be read any more and matches nothing", "id", w.id, "topic", w.key.topic, "err", m.err)
	}
	w.matched, w.class, w.known = m.rule != nil, m.class, true
	if !w.matched {
		x.edit.Delete(w.id)
		return
	}
	x.edit.Put(w.id, m.rule)
}

// meaning tells what k stands for under f.
func (k wishKey) meaning(f *rules.File) meaning {
	m := meaning{class: store.Normal}
	if k.topic != "" {
		t, ok := f.Topic(k.topic)
		if !ok || t.Query == nil {
			return m
		}
		m.class = classOf(t.Priority)
		m.rule, m.err = rules.Compile(t.Query, f.Env(""))
		return m
	}
	q, err := rules.Restore(k.text)
	if err != nil {
		m.err = err
		return m
	}
	return k.meaningOf(q, f)
}

// meaningOf tells what k stands for, a rule that is read.
func (k wishKey) meaningOf(q *rules.Query, f *rules.File) meaning {
	m := meaning{class: classOfLevel(q.Level())}
	m.rule, m.err = rules.Compile(q, f.Env(k.lang))
	return m
}

func classOfLevel(l rules.Level) store.Class {
	switch l {
	case rules.Urgent:
		return store.Urgent
	case rules.Low:
		return store.Low
	}
	return store.Normal
}

func classOf(priority string) store.Class {
	switch priority {
	case "urgent":
		return store.Urgent
	case "low":
		return store.Low
	}
	return store.Normal
}

// SetFile puts another rule file in force, whole: no article is matched
// against half of it. Rules that use its aliases are compiled again, and all
// are when its names changed.
func (x *Index) SetFile(f *rules.File) {
	if f == nil {
		f = &rules.File{}
	}
	x.syncing.Lock()
	defer x.syncing.Unlock()
	same := maps.EqualFunc(x.file.Aliases, f.Aliases, slices.Equal)
	sameNames := maps.EqualFunc(x.file.Names, f.Names, slices.Equal)
	var anew []wishKey
	for key := range x.wishes {
		if key.topic != "" || !sameNames || !same && strings.Contains(key.text, "@") {
			anew = append(anew, key)
		}
	}
	meanings := forAll(anew, func(key wishKey) meaning { return key.meaning(f) })
	x.mu.Lock()
	defer x.mu.Unlock()
	x.editing(func() {
		x.file = f
		for key, m := range meanings {
			x.give(x.wishes[key], m)
		}
	})
}

// forAll returns what f says of each key, on all processors.
func forAll[T any](keys []wishKey, f func(wishKey) T) map[wishKey]T {
	all := make([]T, len(keys))
	var working sync.WaitGroup
	var next atomic.Int64
	for range min(runtime.GOMAXPROCS(0), 1+len(keys)/compiledAtOnce) {
		working.Go(func() {
			for {
				to := int(next.Add(compiledAtOnce))
				from := to - compiledAtOnce
				if from >= len(keys) {
					return
				}
				for i := from; i < min(to, len(keys)); i++ {
					all[i] = f(keys[i])
				}
			}
		})
	}
	working.Wait()
	said := make(map[wishKey]T, len(keys))
	for i, key := range keys {
		said[key] = all[i]
	}
	return said
}

// compiledAtOnce is how many rules one processor takes at a time.
const compiledAtOnce = 64
