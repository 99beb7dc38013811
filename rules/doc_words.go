package rules

import (
	"math"
	"rasid/text"
	"slices"
	"strings"
	"unicode/utf8"
)

// A glance is what is known of a token before it is read: where its word may
// be. All are looked up at once, so that the memory is waited for at once.
type glance struct {
	hash uint64
	id   int32 // of the first word in its place, plus one
}

// glance looks where the words of d.cut may be.
func (d *Doc) glance() {
	d.ahead = d.ahead[:0]
	mask := uint64(len(d.known) - 1)
	for i := range d.cut {
		h := mixed(d.cut[i].Hash)
		d.ahead = append(d.ahead, glance{hash: h, id: d.known[h&mask]})
	}
	for i := range d.ahead {
		if g := &d.ahead[i]; g.id != 0 && d.slots[g.id-1].hash != g.hash {
			g.id = 0
		}
	}
}

// word returns the number of a word of the article, analysing it when it is
// new. Particle is a clitic that stood alone before it, or empty.
func (d *Doc) word(particle, s string, g glance) int32 {
	c := d.cacheOf(s)
	if particle != "" {
		return d.wordAfter(c, particle, s)
	}
	if g.id != 0 && d.isWord(g.id-1, g.hash, c, s) {
		return g.id - 1
	}
	mask := uint64(len(d.known) - 1)
	i := g.hash & mask
	for ; d.known[i] != 0; i = (i + 1) & mask {
		if id := d.known[i] - 1; d.isWord(id, g.hash, c, s) {
			return id
		}
	}
	d.names = c.analyzer.Article(d.names[:0], s)
	id := d.learn(c, s)
	d.slots[id].hash = g.hash
	d.known[i] = id + 1
	if d.inKnown++; 2*d.inKnown > len(d.known) {
		d.growKnown()
	}
	return id
}

// isWord reports whether a known word is s.
func (d *Doc) isWord(id int32, hash uint64, c *wordCache, s string) bool {
	w := &d.slots[id]
	if w.hash != hash || w.cache != c.number || int(w.size) != len(s) {
		return false
	}
	if len(s) <= inSlot {
		return string(w.text[:w.size]) == s
	}
	return d.words[id].text == s
}

func (d *Doc) growKnown() {
	d.known = make([]int32, 2*len(d.known))
	mask := uint64(len(d.known) - 1)
	for id := range d.slots {
		if d.slots[id].hash == 0 {
			continue
		}
		i := d.slots[id].hash & mask
		for d.known[i] != 0 {
			i = (i + 1) & mask
		}
		d.known[i] = int32(id + 1)
	}
}

// cacheOf returns the cache of the language that a word is read in.
func (d *Doc) cacheOf(s string) *wordCache {
	switch b := s[0]; {
	case b >= 0xD8 && b <= 0xDB:
		return d.arabic
	case b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z':
		return d.latin
	}
	return d.cache(analyzerLang(d.lang, s))
}

// wordAfter returns the number of a word that a clitic goes before.
func (d *Doc) wordAfter(c *wordCache, particle, s string) int32 {
	d.buf = append(append(append(d.buf[:0], particle...), ' '), s...)
	if id, ok := c.words[string(d.buf)]; ok {
		return id
	}
	d.names = articleTerms(c.analyzer, d.names[:0], particle, s)
	key := string(d.buf)
	id := d.learn(c, s)
	c.words[key] = id
	return id
}

// articleTerms appends the terms of a word with a lone clitic before it: its
// own, and those of both written together.
func articleTerms(a text.Analyzer, dst []string, particle, s string) []string {
	dst = a.Article(dst, s)
	if particle == "" {
		return dst
	}
	return a.Article(dst, text.Written(particle)+s)
}

// learn enters a word with the terms in d.names.
func (d *Doc) learn(c *wordCache, s string) int32 {
	w := docWord{text: strings.Clone(s), terms: make([]int32, 0, len(d.names))}
	if s != "" {
		w.starts = text.Beginnings(nil, w.text)
	}
	for _, name := range d.names {
		if id := d.terms.number(name); !slices.Contains(w.terms, id) {
			w.terms = append(w.terms, id)
		}
	}
	d.words = append(d.words, w)
	slot := wordSlot{cache: c.number, size: uint16(min(len(s), math.MaxUint16))} //nolint:gosec // bounded; isWord asks the word itself
	copy(slot.text[:], s)
	d.slots = append(d.slots, slot)
	return int32(len(d.words) - 1)
}

// analyzerLang returns the language in which a word is analysed: lang when it
// is written in the word's script, else the script's own.
func analyzerLang(lang, s string) string {
	script := "en"
	switch b := s[0]; {
	case b >= 0xD8 && b <= 0xDB:
		script = "ar"
	case b >= utf8.RuneSelf:
		script = text.ScriptLang(s)
	case b >= '0' && b <= '9':
		if script = text.ScriptLang(s); script == "" {
			return ""
		}
	}
	if text.SameScript(lang, script) {
		return text.Base(lang)
	}
	return script
}

func (d *Doc) cache(lang string) *wordCache {
	c, ok := d.caches[lang]
	if !ok {
		c = &wordCache{number: uint16(len(d.caches)), analyzer: text.For(lang), words: map[string]int32{}}
		d.caches[lang] = c
	}
	return c
}
