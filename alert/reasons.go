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

// trials lists what d's rules and topics mean now, compiled for this once: it
// takes a few microseconds each, and a rule kept compiled takes a kilobyte.
func (x *Index) trials(d *store.Destination) []trial {
	x.mu.RLock()
	file := x.file
	x.mu.RUnlock()
	all := make([]trial, 0, len(d.Rules)+len(d.Topics)+len(d.Routes))
	for _, r := range d.Rules {
		m := rawKey(r).meaning(file)
		all = append(all, trial{Reason{Rule: r.N, Name: r.Text, Class: m.class}, m.rule})
	}
	for _, id := range union(d.Topics, d.Routes) {
		_, subscribed := slices.BinarySearch(d.Topics, id)
		m := wishKey{text: id, topic: true}.meaning(file)
		t, _ := file.Topic(id)
		all = append(all, trial{Reason{Topic: id, Name: id, Title: t.Title, Routed: !subscribed, Class: m.class}, m.rule})
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

// ruleNames lists why alerts are told as the sent ring keeps it, each reason
// once.
func ruleNames(alerts []Alert) []string {
	var names []string
	for _, a := range alerts {
		for _, r := range a.Reasons {
			if key := r.key(); !slices.Contains(names, key) {
				names = append(names, key)
			}
		}
	}
	return names
}
