package alert

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"rasid/rules"
	"rasid/store"
)

// An Index knows every destination and who wants what. Each distinct rule is
// compiled and matched once, however many people wrote it. Its methods are
// safe for any number of goroutines.
type Index struct {
	log *slog.Logger
	set *rules.Set

	syncing sync.Mutex // one Sync at a time
	cursor  store.Cursor

	mu       sync.RWMutex
	file     *rules.File
	places   map[store.Place]*store.Destination
	byDest   map[store.Dest]store.Place
	interest map[interestKey]*interest
	byID     map[rules.ID]*interest
	lastID   rules.ID
	version  uint64 // grows with every change of who wants what
}

// An interestKey is one distinct wish: a rule's text and language, or a topic.
type interestKey struct {
	text, lang string // of a rule
	topic      string // of a topic
}

// An interest is one distinct wish and who has it.
type interest struct {
	id    rules.ID
	class store.Class
	rule  *rules.Rule // nil: it does not compile, and matches nothing
	who   map[store.Place]struct{}
}

// IndexOptions tunes an Index. The zero value is ready to use.
type IndexOptions struct {
	Logger *slog.Logger // default: slog.Default()
}

// NewIndex returns an index that knows nobody.
func NewIndex(o IndexOptions) *Index {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return &Index{
		log: o.Logger, set: rules.NewSet(), file: &rules.File{},
		places:   map[store.Place]*store.Destination{},
		byDest:   map[store.Dest]store.Place{},
		interest: map[interestKey]*interest{},
		byID:     map[rules.ID]*interest{},
	}
}

// Changes is what Sync needs of the store.
type Changes interface {
	Changes(ctx context.Context, cur *store.Cursor, f func(store.Destination) error) error
}

// Sync applies the change feed to its end. When it returned nil, every change
// that was durable before the call is in force.
func (x *Index) Sync(ctx context.Context, s Changes) error {
	x.syncing.Lock()
	defer x.syncing.Unlock()
	err := s.Changes(ctx, &x.cursor, func(d store.Destination) error {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.apply(d)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the change feed: %w", err)
	}
	return nil
}

// SetFile puts another rule file in force, whole. Rules that use its aliases
// are compiled again.
func (x *Index) SetFile(f *rules.File) {
	if f == nil {
		f = &rules.File{}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.file = f
	for key, in := range x.interest {
		x.compile(key, in)
	}
	x.version++
}

// Version grows with every change of who wants what.
func (x *Index) Version() uint64 {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.version
}

// apply makes d what is known of its place.
func (x *Index) apply(d store.Destination) {
	x.version++
	was := map[interestKey]struct{}{}
	if old, ok := x.places[d.Place]; ok {
		was = wishes(old)
		if x.byDest[old.Dest] == d.Place {
			delete(x.byDest, old.Dest)
		}
	}
	if d.Gone {
		delete(x.places, d.Place)
	} else {
		x.places[d.Place] = &d
		x.byDest[d.Dest] = d.Place
	}
	now := wishes(&d)
	for key := range now {
		if _, ok := was[key]; !ok {
			x.join(key, d.Place)
		}
	}
	for key := range was {
		if _, ok := now[key]; !ok {
			x.part(key, d.Place)
		}
	}
}

// wishes lists what new articles d is to be owed for.
func wishes(d *store.Destination) map[interestKey]struct{} {
	keys := map[interestKey]struct{}{}
	if d.Gone || d.Suspended != "" {
		return keys
	}
	for _, r := range d.Rules {
		keys[ruleKey(r)] = struct{}{}
	}
	for _, t := range d.Topics {
		keys[interestKey{topic: t}] = struct{}{}
	}
	for _, t := range d.Routes {
		keys[interestKey{topic: t}] = struct{}{}
	}
	return keys
}

func ruleKey(r store.Rule) interestKey {
	return interestKey{text: strings.TrimSpace(r.Text), lang: r.Lang}
}

func (x *Index) join(key interestKey, p store.Place) {
	in, ok := x.interest[key]
	if !ok {
		x.lastID++
		in = &interest{id: x.lastID, who: map[store.Place]struct{}{}}
		x.interest[key], x.byID[in.id] = in, in
		x.compile(key, in)
	}
	in.who[p] = struct{}{}
}

func (x *Index) part(key interestKey, p store.Place) {
	in, ok := x.interest[key]
	if !ok {
		return
	}
	delete(in.who, p)
	if len(in.who) == 0 {
		x.set.Delete(in.id)
		delete(x.interest, key)
		delete(x.byID, in.id)
	}
}

// compile makes in match what key means under the present rule file.
func (x *Index) compile(key interestKey, in *interest) {
	rule, class, err := x.meaning(key)
	in.rule, in.class = rule, class
	if err != nil {
		x.log.Warn("a rule does not compile any more and matches nothing", "rule", in.id, "topic", key.topic, "err", err)
	}
	if rule == nil {
		x.set.Delete(in.id)
		return
	}
	x.set.Put(in.id, rule)
}

func (x *Index) meaning(key interestKey) (*rules.Rule, store.Class, error) {
	if key.topic != "" {
		t, ok := x.file.Topic(key.topic)
		if !ok {
			return nil, store.Normal, nil
		}
		r, err := rules.Compile(t.Query, x.file.Env(""))
		return r, classOf(t.Priority), err
	}
	q, err := rules.Parse(key.text)
	if err != nil {
		return nil, store.Normal, err
	}
	r, err := rules.Compile(q, x.file.Env(key.lang))
	return r, store.Normal, err
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

// Destination returns what is known of a place.
func (x *Index) Destination(p store.Place) (store.Destination, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	d, ok := x.places[p]
	if !ok {
		return store.Destination{}, false
	}
	return *d, true
}

// Find returns what is known of a destination by its chat and thread.
func (x *Index) Find(d store.Dest) (store.Destination, bool) {
	x.mu.RLock()
	p, ok := x.byDest[d]
	x.mu.RUnlock()
	if !ok {
		return store.Destination{}, false
	}
	return x.Destination(p)
}

// Reasons matches only d's own rules, topics and routes, and tells those that
// hit, loudest first, rules by number and then topics by id.
func (x *Index) Reasons(d store.Destination, doc *rules.Doc) []Reason {
	var found []Reason
	for _, r := range d.Rules {
		if hit, class, ok := x.try(ruleKey(r), doc); ok {
			found = append(found, Reason{Rule: r.N, Name: r.Text, Spans: hit.Spans, Class: class})
		}
	}
	topics := map[string]bool{} // whether routed
	for _, t := range d.Routes {
		topics[t] = true
	}
	for _, t := range d.Topics {
		topics[t] = false
	}
	for _, t := range slices.Sorted(maps.Keys(topics)) {
		if hit, class, ok := x.try(interestKey{topic: t}, doc); ok {
			found = append(found, Reason{Topic: t, Name: t, Title: x.title(t), Spans: hit.Spans, Routed: topics[t], Class: class})
		}
	}
	slices.SortStableFunc(found, func(a, b Reason) int { return int(a.Class) - int(b.Class) })
	return found
}

func (x *Index) try(key interestKey, doc *rules.Doc) (rules.Hit, store.Class, bool) {
	x.mu.RLock()
	in, ok := x.interest[key]
	var rule *rules.Rule
	class := store.Normal
	if ok {
		rule, class = in.rule, in.class
	} else { // a suspended destination's rule that nobody else has
		rule, class, _ = x.meaning(key)
	}
	x.mu.RUnlock()
	if rule == nil {
		return rules.Hit{}, class, false
	}
	hit, ok := rule.Match(doc)
	return hit, class, ok
}

func (x *Index) title(topic string) map[string]string {
	x.mu.RLock()
	defer x.mu.RUnlock()
	t, _ := x.file.Topic(topic)
	return t.Title
}

func (r Reason) key() string {
	if r.Rule != 0 {
		return strconv.Itoa(r.Rule)
	}
	return r.Topic
}

// Counts tells how large the index is.
type Counts struct {
	Destinations int // all that are known
	Suspended    int
	Paused       int
	Rules        int // readers' rules, repeated ones counted each time
	Distinct     int // distinct rules and topics that are matched
}

// Counts counts.
func (x *Index) Counts() Counts {
	x.mu.RLock()
	defer x.mu.RUnlock()
	c := Counts{Destinations: len(x.places), Distinct: x.set.Len()}
	for _, d := range x.places {
		c.Rules += len(d.Rules)
		if d.Suspended != "" {
			c.Suspended++
		}
		if d.Paused {
			c.Paused++
		}
	}
	return c
}
