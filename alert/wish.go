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

// A meaning is what a wish stands for under a rule file.
type meaning struct {
	rule  *rules.Rule // nil: matches nothing
	class store.Class
	err   error
}

// resolve finds or makes the wishes of l, whose rules are as written and as
// read. What old, nil or the same destination before, had already stays. The
// lock is held.
func (x *Index) resolve(l *listener, written []store.Rule, old *listener, read understood) {
	l.rules = make([]owned, len(written))
	for i, r := range written {
		w := old.rule(r)
		if w == nil {
			w = x.wish(&read[i])
		}
		l.rules[i] = owned{wish: w, n: r.N}
		if r.Text != w.text {
			text := r.Text // here, for it is kept wherever it is declared
			l.rules[i].text = &text
		}
	}
	for _, t := range union(l.Topics, l.Routes) {
		_, subscribed := slices.BinarySearch(l.Topics, t)
		l.topics = append(l.topics, topicWish{id: t, routed: !subscribed, wish: x.wish(x.topic(t))})
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
	for _, has := range l.rules {
		if has.written() == r.Text && has.wish.lang == langOf(r.Lang) {
			return has.wish
		}
	}
	return nil
}

// wish returns the wish of p. A new one is given its meaning, and matched from
// now on.
func (x *Index) wish(p *reading) *wish {
	w := p.wish
	if !w.is(p.key) {
		w = x.wishes.find(p.key, p.hash)
	}
	if w == nil {
		if !p.read {
			p.meaning = p.key.meaning(x.file)
		}
		w = x.wishes.add(p.key, p.hash)
		x.give(w, p.meaning)
	}
	return w
}

// understood are rules of several destinations, one after the other.
type understood []reading

// A reading is a rule that was read: its key in the canonical form, in which
// rules that mean the same are equal, and what it means. That is left out where
// there was such a wish, which may be gone when the rule is put in force.
type reading struct {
	key     wishKey
	hash    uint64 // of key
	wish    *wish  // that was its
	read    bool   // meaning is there
	meaning meaning
}

// topic returns a topic, which is read when it is put in force.
func (x *Index) topic(id string) *reading {
	p := &reading{key: wishKey{text: id, topic: true}}
	p.hash = x.wishes.hash(p.key)
	return p
}

// rawKey names a rule as it was written.
func rawKey(r store.Rule) wishKey { return wishKey{text: r.Text, lang: langOf(r.Lang)} }

// understand reads rules. It changes nothing, and others may be put in force
// meanwhile.
func (x *Index) understand(all understood, loader *rules.Loader) {
	for i := range all {
		all[i].hash = x.wishes.hash(all[i].key)
	}
	x.wishes.ahead(all)
	for i := range all {
		all[i].wish = x.wishes.known(all[i].key, all[i].hash)
	}
	for i := range all {
		if all[i].wish == nil {
			x.read(&all[i], loader)
		}
	}
}

// read reads a rule that is not known as it was written.
func (x *Index) read(p *reading, loader *rules.Loader) {
	raw := p.key
	q, err := loader.Restore(raw.text)
	if err != nil {
		p.read, p.meaning.err = true, err
		return
	}
	if text := loader.Canonical(q, raw.text); text != raw.text {
		p.key.text = text
		p.hash = x.wishes.hash(p.key)
		if p.wish = x.wishes.known(p.key, p.hash); p.wish != nil {
			return
		}
	}
	p.read, p.meaning = true, raw.meaningOf(q, x.file, loader.Compile)
}

// drop forgets a wish that nobody has.
func (x *Index) drop(w *wish) {
	x.edit.Delete(rules.ID(w.id))
	x.wishes.remove(w)
}

// give makes w mean m. The lock is held.
func (x *Index) give(w *wish, m meaning) {
	if m.err != nil && (w.matched || !w.known) { // once, not at each reload
		x.log.Warn("a rule cannot be read any more and matches nothing", "rule", w.text, "topic", w.topic, "err", m.err)
	}
	was := w.matched
	w.matched, w.class, w.known = m.rule != nil, m.class, true
	switch {
	case !w.matched:
		x.edit.Delete(rules.ID(w.id))
	case was:
		x.edit.Put(rules.ID(w.id), m.rule)
	default:
		x.edit.Add(rules.ID(w.id), m.rule)
	}
}

// meaning tells what k stands for under f.
func (k wishKey) meaning(f *rules.File) meaning {
	m := meaning{class: store.Normal}
	if k.topic {
		t, ok := f.Topic(k.text)
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
	return k.meaningOf(q, f, rules.Compile)
}

// meaningOf tells what k stands for, a rule that is read.
func (k wishKey) meaningOf(q *rules.Query, f *rules.File, compile func(*rules.Query, rules.Env) (*rules.Rule, error)) meaning {
	m := meaning{class: classOfLevel(q.Level())}
	m.rule, m.err = compile(q, f.Env(k.lang.Value()))
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
func (x *Index) SetFile(f *rules.File) { x.PutFile(f, 0) }

// PutFile is SetFile of a file that the store keeps as the given version.
func (x *Index) PutFile(f *rules.File, version uint64) {
	if f == nil {
		f = &rules.File{}
	}
	x.syncing.Lock()
	defer x.syncing.Unlock()
	same := maps.EqualFunc(x.file.Aliases, f.Aliases, slices.Equal)
	sameNames := maps.EqualFunc(x.file.Names, f.Names, slices.Equal)
	var anew []*wish
	x.wishes.each(func(w *wish) {
		if w.topic || !sameNames || !same && strings.Contains(w.text, "@") {
			anew = append(anew, w)
		}
	})
	meanings := forAll(len(anew), runtime.GOMAXPROCS(0), func(i int) meaning { return anew[i].key().meaning(f) })
	x.mu.Lock()
	defer x.mu.Unlock()
	x.editing(func() {
		x.file, x.fileVersion = f, version
		for i, w := range anew {
			x.give(w, meanings[i])
		}
	})
}

// FileVersion is the version of the rule file in force; 0: the store has none.
func (x *Index) FileVersion() uint64 {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.fileVersion
}

// forAll returns what f says of each number below n, on so many processors.
func forAll[T any](n, processors int, f func(int) T) []T {
	said := make([]T, n)
	var working sync.WaitGroup
	var next atomic.Int64
	for range min(processors, 1+n/atOnce) {
		working.Go(func() {
			for from := int(next.Add(atOnce)) - atOnce; from < n; from = int(next.Add(atOnce)) - atOnce {
				for i := from; i < min(from+atOnce, n); i++ {
					said[i] = f(i)
				}
			}
		})
	}
	working.Wait()
	return said
}

// atOnce is how many of forAll one processor takes at a time.
const atOnce = 16
