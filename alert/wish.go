package alert

import (
	"maps"
	"rasid/rules"
	"rasid/store"
	"slices"
	"strings"
)

// A wishKey is one distinct wish: a rule's canonical text and its writer's
// language, or a topic.
type wishKey struct {
	text, lang string // of a rule
	topic      string // of a topic
}

// A wish is a distinct rule or topic, and who has it.
type wish struct {
	key   wishKey
	id    rules.ID
	query *rules.Query // of a rule; nil: it does not parse
	class store.Class
	rule  *rules.Rule // nil: matches nothing, since it does not compile or the topic is gone
	who   crowd
	known bool // it was given a meaning before
}

// A meaning is what a wish stands for under a rule file.
type meaning struct {
	rule  *rules.Rule
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
		l.topics = append(l.topics, topicWish{id: t, routed: !subscribed, wish: x.wish(wishKey{topic: t}, nil)})
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

func (x *Index) wishOf(r store.Rule) *wish {
	q, err := rules.Parse(r.Text)
	if err != nil {
		x.log.Warn("a rule cannot be read any more and matches nothing", "rule", r.N, "err", err)
		return x.wish(wishKey{text: strings.TrimSpace(r.Text), lang: r.Lang}, nil)
	}
	return x.wish(wishKey{text: q.String(), lang: r.Lang}, q)
}

// wish returns the wish of a key. A new one is compiled, and matched from now
// on.
func (x *Index) wish(key wishKey, q *rules.Query) *wish {
	if w, ok := x.wishes[key]; ok {
		return w
	}
	x.lastID++
	w := &wish{key: key, id: x.lastID, query: q}
	x.wishes[key], x.byID[w.id] = w, w
	x.give(w, w.meaning(x.file))
	return w
}

// drop forgets a wish that nobody has.
func (x *Index) drop(w *wish) {
	x.set.Delete(w.id)
	delete(x.wishes, w.key)
	delete(x.byID, w.id)
}

// give makes w mean m. The lock is held.
func (x *Index) give(w *wish, m meaning) {
	if m.err != nil && (w.rule != nil || !w.known) { // once, not at each reload
		x.log.Warn("a rule does not compile any more and matches nothing", "id", w.id, "topic", w.key.topic, "err", m.err)
	}
	w.rule, w.class, w.known = m.rule, m.class, true
	if m.rule == nil {
		x.set.Delete(w.id)
		return
	}
	x.set.Put(w.id, m.rule)
}

// meaning tells what w stands for under f.
func (w *wish) meaning(f *rules.File) meaning {
	m := meaning{class: store.Normal}
	switch {
	case w.key.topic != "":
		t, ok := f.Topic(w.key.topic)
		if !ok || t.Query == nil {
			return m
		}
		m.class = classOf(t.Priority)
		m.rule, m.err = rules.Compile(t.Query, f.Env(""))
	case w.query != nil:
		m.class = classOfLevel(w.query.Level())
		m.rule, m.err = rules.Compile(w.query, f.Env(w.key.lang))
	}
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
	anew := map[*wish]meaning{}
	for _, w := range x.wishes {
		if w.key.topic != "" || !sameNames || !same && w.usesAliases() {
			anew[w] = w.meaning(f)
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.file = f
	for w, m := range anew {
		x.give(w, m)
	}
}

func (w *wish) usesAliases() bool {
	return strings.Contains(w.key.text, "@") && w.query != nil && len(w.query.Aliases()) > 0
}
