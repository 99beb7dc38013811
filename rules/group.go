package rules

import (
	"rasid/text"
	"strings"
)

// A group is a word as rules look for it: all that look for the same word in
// the same fields share one. An article's word is of the groups that find it.
type group struct {
	key   string // of its part: see appendKey
	kind  partKind
	mask  uint16
	index uint32 // in its set
}

// A literal is a word that must be in certain fields, or must not.
type literal struct {
	word *lookup
	mask uint16
	not  bool
}

// apart stands between the terms of a key. No term has it.
const apart = "\x01"

// appendKey appends what a part looks for: its like; or its keyword when that
// is marked, and after it the terms.
func (k *lookup) appendKey(dst []byte) []byte {
	if k.kind != partTerms {
		return append(dst, k.like...)
	}
	dst = append(dst, k.marked...)
	for i := range k.terms {
		dst = append(append(dst, apart...), k.terms[i].text...)
	}
	return dst
}

// terms returns the terms of a key, and the keyword when it is marked.
func (g *group) terms() (marked, terms string) {
	marked, terms, _ = strings.Cut(g.key, apart)
	return marked, terms
}

// hashes appends under which hashes the words are found that g finds.
func (g *group) hashes(dst []uint64) []uint64 {
	switch g.kind {
	case partStart:
		return append(dst, startHash(g.key))
	case partWritten:
		return append(dst, startHash(text.Fold(g.key)))
	case partSlip:
		return slipHashes(dst, g.key)
	}
	_, terms := g.terms()
	for t := range strings.SplitSeq(terms, apart) {
		dst = append(dst, hashOf(t))
	}
	return dst
}

// is reports whether g finds a word.
func (g *group) is(d *Doc, w *docWord) bool {
	if g.kind != partTerms {
		k := lookup{kind: g.kind, like: g.key}
		return k.is(d, w)
	}
	marked, terms := g.terms()
	if marked != "" && text.Clash(marked, w.text) {
		return false
	}
	for more := true; more; {
		var t string
		t, terms, more = strings.Cut(terms, apart)
		for _, id := range w.terms {
			if d.terms.all[id].text == t {
				return true
			}
		}
	}
	return false
}
