package rules

import (
	"strings"
	"sync"
	"sync/atomic"
)

// A term is a term of an analyser with its hash.
type term struct {
	hash uint64
	text string
}

func termOf(s string) term { return term{hash: hashOf(s), text: s} }

// A termTable numbers the terms of all words that a Doc knows.
type termTable struct {
	all   []term
	table []int32 // by hash, plus one: open addressing
}

func newTermTable() termTable { return termTable{table: make([]int32, 1<<10)} }

// number returns the number of a term, new or known.
func (t *termTable) number(s string) int32 {
	h := hashOf(s)
	i, ok := t.find(h, s)
	if ok {
		return t.table[i] - 1
	}
	t.all = append(t.all, term{hash: h, text: strings.Clone(s)})
	t.table[i] = int32(len(t.all))
	if 2*len(t.all) > len(t.table) {
		t.grow()
	}
	return int32(len(t.all) - 1)
}

// find returns where a term is in the table, or would be.
func (t *termTable) find(h uint64, s string) (i uint64, ok bool) {
	mask := uint64(len(t.table) - 1)
	for i = h & mask; t.table[i] != 0; i = (i + 1) & mask {
		if have := &t.all[t.table[i]-1]; have.hash == h && have.text == s {
			return i, true
		}
	}
	return i, false
}

func (t *termTable) grow() {
	t.table = make([]int32, 2*len(t.table))
	mask := uint64(len(t.table) - 1)
	for id := range t.all {
		i := t.all[id].hash & mask
		for t.table[i] != 0 {
			i = (i + 1) & mask
		}
		t.table[i] = int32(id + 1)
	}
}

// termLinks finds the words of an article by their terms. It is made when a
// rule asks first, of which there may be many at a time.
type termLinks struct {
	mu    sync.Mutex
	made  atomic.Uint32 // Doc.gen of the article
	heads []termHead    // by term
	links []link
}

// A termHead is the first link of a term in an article.
type termHead struct {
	gen  uint32
	head int32
}

type link struct{ occurs, next int32 }

// withTerm returns the first link to the words of this article that have a
// term; -1: none has.
func (d *Doc) withTerm(t *term) int32 {
	i, ok := d.terms.find(t.hash, t.text)
	if !ok {
		return -1
	}
	l := &d.links
	if l.made.Load() != d.gen {
		d.link()
	}
	if h := l.heads[d.terms.table[i]-1]; h.gen == d.gen {
		return h.head
	}
	return -1
}

// link links the words of this article by their terms.
func (d *Doc) link() {
	l := &d.links
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.made.Load() == d.gen {
		return
	}
	l.links = l.links[:0]
	if n := len(d.terms.all); n > len(l.heads) {
		l.heads = append(l.heads, make([]termHead, n+n/4-len(l.heads))...)
	}
	for i := range d.occurs {
		for _, id := range d.words[d.occurs[i].word].terms {
			h := &l.heads[id]
			if h.gen != d.gen {
				*h = termHead{gen: d.gen, head: -1}
			}
			l.links = append(l.links, link{occurs: int32(i), next: h.head})
			h.head = int32(len(l.links) - 1)
		}
	}
	l.made.Store(d.gen)
}
