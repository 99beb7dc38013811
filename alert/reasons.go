package alert

import (
	"rasid/rules"
	"rasid/store"
	"slices"
	"strconv"
)

// A trial is a reason before it is known whether the article gives it.
type trial struct {
	Reason
	rule *rules.Rule
}

// Reasons matches only d's own rules, topics and routes, and tells those that
// hit, loudest first, rules by number and then topics by id. It does not ask
// whether d is paused or suspended, so it answers "why" too.
func (x *Index) Reasons(d store.Destination, doc *rules.Doc) []Reason {
	var found []Reason
	for _, t := range x.trials(&d) {
		if t.rule == nil {
			continue
		}
		if hit, ok := t.rule.Match(doc); ok {
			t.Spans = hit.Spans
			found = append(found, t.Reason)
		}
	}
	slices.SortStableFunc(found, func(a, b Reason) int { return int(a.Class) - int(b.Class) })
	return found
}

// trials lists what d's rules and topics mean now. A rule that the index does
// not match for d, since d is suspended or newer than the index, is compiled
// for this once.
func (x *Index) trials(d *store.Destination) []trial {
	x.mu.RLock()
	defer x.mu.RUnlock()
	l := x.places[d.Place]
	all := make([]trial, 0, len(d.Rules)+len(d.Topics)+len(d.Routes))
	for _, r := range d.Rules {
		m := meaning{class: store.Normal}
		if w := l.rule(r); w != nil {
			m.rule, m.class = w.rule, w.class
		} else if q, err := rules.Parse(r.Text); err == nil {
			m = (&wish{key: wishKey{lang: r.Lang}, query: q}).meaning(x.file)
		}
		all = append(all, trial{Reason{Rule: r.N, Name: r.Text, Class: m.class}, m.rule})
	}
	for _, id := range union(d.Topics, d.Routes) {
		_, subscribed := slices.BinarySearch(d.Topics, id)
		key := wishKey{topic: id}
		w, ok := x.wishes[key]
		if !ok {
			w = &wish{key: key}
			m := w.meaning(x.file)
			w.rule, w.class = m.rule, m.class
		}
		t, _ := x.file.Topic(id)
		all = append(all, trial{Reason{Topic: id, Name: id, Title: t.Title, Routed: !subscribed, Class: w.class}, w.rule})
	}
	return all
}

// key is how the sent ring keeps a reason: "3" is rule 3, "libya" a topic.
func (r Reason) key() string {
	if r.Rule != 0 {
		return strconv.Itoa(r.Rule)
	}
	return r.Topic
}

// ruleNames lists reasons as the sent ring keeps them.
func ruleNames(reasons []Reason) []string {
	names := make([]string, len(reasons))
	for i, r := range reasons {
		names[i] = r.key()
	}
	return names
}
