package rules

import (
	"rasid/news"
	"strings"
)

// maxWays is how many ways to satisfy a rule are tried before it is taken to
// be sound.
const maxWays = 64

// never warns of a topic that no article can match: one that was made to hold
// just what the rule looks for does not match either. Rules that exclude a
// spelling exactly are left alone, for another spelling may match.
func (r *fileReader) never(t *Topic, rule *Rule) {
	root := t.Query.root
	if root.exactNot(false) {
		return
	}
	ways := root.ways()
	if len(ways) >= maxWays {
		return
	}
	for _, way := range ways {
		for _, in := range []field{inTitle, inBody, inTags} {
			if _, ok := rule.Match(Read(way.article(in, r.file.Aliases))); ok {
				return
			}
		}
	}
	r.warn(r.topicAt[t.ID], "topic "+t.ID+" can never match: what it looks for is what it excludes, or cannot be at once", "narrow the exclusion")
}

// exactNot reports whether n excludes something as it is written.
func (n *node) exactNot(negated bool) bool {
	found := false
	n.walk(negated, func(k *node, not bool) { found = found || not && k.op == opTerm && k.exact })
	return found
}

// A way is a set of leaves that, all found, satisfy what a rule looks for.
type way []*node

// ways lists how n can be satisfied, at most maxWays.
func (n *node) ways() []way {
	switch n.op {
	case opNot:
		return []way{nil}
	case opNear:
		all := []way{nil}
		for _, k := range n.kids {
			all = crossed(all, k.ways())
		}
		return all
	case opSome:
		var all []way
		for from := range n.kids {
			some := []way{nil}
			for i := range n.need {
				some = crossed(some, n.kids[(from+i)%len(n.kids)].ways())
			}
			all = append(all, some...)
		}
		return all[:min(len(all), maxWays)]
	case opOr:
		var all []way
		for _, k := range n.kids {
			all = append(all, k.ways()...)
		}
		return all[:min(len(all), maxWays)]
	case opAnd:
		all := []way{nil}
		for _, k := range n.kids {
			all = crossed(all, k.ways())
		}
		return all
	}
	return []way{{n}}
}

func crossed(a, b []way) []way {
	var all []way
	for _, x := range a {
		for _, y := range b {
			if len(all) == maxWays {
				return all
			}
			all = append(all, append(append(way(nil), x...), y...))
		}
	}
	return all
}

// article makes one that holds the way's words; those that name no field go
// into in.
func (w way) article(in field, aliases map[string][]string) *news.Article {
	parts := map[field][]string{}
	a := &news.Article{}
	for _, leaf := range w {
		switch leaf.op {
		case opLang:
			a.Lang = leaf.value
			continue
		case opCountry:
			name, lang := countries().byCode[leaf.value].sample(a.Lang)
			a.Lang = lang
			parts[at(leaf.field, in)] = append(parts[at(leaf.field, in)], name)
			continue
		case opSite:
			a.URL = "https://" + leaf.value + "/"
			continue
		}
		f := at(leaf.field, in)
		parts[f] = append(parts[f], leaf.sample(aliases))
	}
	a.Title, a.Body = strings.Join(parts[inTitle], " . "), strings.Join(parts[inBody], " . ")
	a.Source, a.Author, a.Tags = strings.Join(parts[inSource], " . "), strings.Join(parts[inAuthor], " . "), parts[inTags]
	return a
}

// at returns where a leaf's words go that names f.
func at(f, in field) field {
	if f == anywhere {
		return in
	}
	return f
}

// sample is a text in which the leaf is found.
func (n *node) sample(aliases map[string][]string) string {
	if n.op != opAlias {
		return strings.Repeat(n.joined()+" ", max(n.count, 1))
	}
	name := n.value
	for range len(aliases) { // names of names, at most all of them
		values := aliases[name]
		if len(values) == 0 {
			break
		}
		other, again := strings.CutPrefix(values[0], "@")
		if !again {
			return values[0]
		}
		name = other
	}
	return name
}

// broad warns of a topic that looks for no word at all.
func (r *fileReader) broad(t *Topic) {
	for _, w := range t.Query.root.ways() {
		words := false
		for _, leaf := range w {
			words = words || leaf.op != opLang
		}
		if !words {
			r.warn(r.topicAt[t.ID], "topic "+t.ID+" is too broad: it matches every article of a language", "add a word")
			return
		}
	}
}
