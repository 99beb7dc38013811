package markup

import (
	"rasid/sandbox/wire"
	"slices"
)

// normalise brings entities into the server's order: code holds nothing else,
// links and quotes are not nested in their like, styles are joined where they
// touch, and nothing crosses the edge of what cannot be split.
func normalise(list []wire.Entity) []wire.Entity {
	list = slices.DeleteFunc(slices.Clone(list), func(e wire.Entity) bool { return e.Length <= 0 })
	sortEntities(list)
	solid := solids(list)
	var all []wire.Entity
	for _, kind := range []string{"bold", "italic", "underline", "strikethrough", "spoiler"} {
		for _, e := range join(list, kind) {
			all = append(all, split(e, solid)...)
		}
	}
	all = append(all, solid...)
	sortEntities(all)
	for i := range all {
		if all[i].Type == "code" {
			all[i].Language = ""
		}
	}
	return all
}

// solids picks the entities that cannot be split and may stay. The outer and
// earlier of two that exclude each other wins.
func solids(list []wire.Entity) []wire.Entity {
	var kept []wire.Entity
	for _, e := range list {
		if !style(e.Type) && !slices.ContainsFunc(kept, func(k wire.Entity) bool { return excludes(k, e) }) {
			kept = append(kept, e)
		}
	}
	return kept
}

func excludes(k, e wire.Entity) bool {
	if !overlap(k, e) {
		return false
	}
	if quote(k.Type) != quote(e.Type) {
		return crosses(k, e) || quote(e.Type) // a quote holds others, and is held by none
	}
	return true
}

// crosses reports whether a and b overlap without one holding the other.
func crosses(a, b wire.Entity) bool {
	return overlap(a, b) && !holds(a, b) && !holds(b, a)
}

func holds(a, b wire.Entity) bool { return a.Offset <= b.Offset && end(a) >= end(b) }

// join returns the entities of a style, those that touch made one.
func join(list []wire.Entity, kind string) []wire.Entity {
	var joined []wire.Entity
	for _, e := range list {
		if e.Type != kind {
			continue
		}
		if n := len(joined); n > 0 && e.Offset <= end(joined[n-1]) {
			joined[n-1].Length = max(end(joined[n-1]), end(e)) - joined[n-1].Offset
			continue
		}
		joined = append(joined, e)
	}
	return joined
}

// split cuts a style at the edges of solids it crosses and takes out what lies
// in code.
func split(e wire.Entity, solid []wire.Entity) []wire.Entity {
	parts := []wire.Entity{e}
	for _, k := range solid {
		var next []wire.Entity
		for _, p := range parts {
			next = append(next, cut(p, k)...)
		}
		parts = next
	}
	return parts
}

func cut(p, k wire.Entity) []wire.Entity {
	if !overlap(p, k) || !verbatim(k.Type) && !crosses(p, k) {
		return []wire.Entity{p}
	}
	var parts []wire.Entity
	add := func(from, to int) {
		if to > from {
			q := p
			q.Offset, q.Length = from, to-from
			parts = append(parts, q)
		}
	}
	add(p.Offset, min(end(p), k.Offset))
	if !verbatim(k.Type) {
		add(max(p.Offset, k.Offset), min(end(p), end(k)))
	}
	add(max(p.Offset, end(k)), end(p))
	return parts
}
