package rules

import (
	"rasid/text"
	"slices"
	"strings"
	"unicode/utf8"
)

// A term is a term of an analyser with its hash.
type term struct {
	hash uint64
	text string
}

func termOf(s string) term { return term{hash: hashOf(s), text: s} }

// word returns the number of a word of the article, analysing it when it is
// new. Particle is a clitic that stood alone before it, or empty; hash is that
// of its folding.
func (d *Doc) word(particle, s string, hash uint64) int32 {
	c := d.cacheOf(s)
	if particle != "" {
		return d.wordAfter(c, particle, s)
	}
	hash = mixed(hash)
	mask := uint64(len(d.known) - 1)
	i := hash & mask
	for ; d.known[i] != 0; i = (i + 1) & mask {
		if w := &d.words[d.known[i]-1]; w.hash == hash && w.cache == c && w.text == s {
			return d.known[i] - 1
		}
	}
	d.names = c.analyzer.Article(d.names[:0], s)
	id := d.learn(s)
	d.words[id].hash, d.words[id].cache = hash, c
	d.known[i] = id + 1
	if d.inKnown++; 2*d.inKnown > len(d.known) {
		d.growKnown()
	}
	return id
}

func (d *Doc) growKnown() {
	d.known = make([]int32, 2*len(d.known))
	mask := uint64(len(d.known) - 1)
	for id := range d.words {
		if d.words[id].cache == nil {
			continue
		}
		i := d.words[id].hash & mask
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
	id := d.learn(s)
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
func (d *Doc) learn(s string) int32 {
	w := docWord{text: strings.Clone(s), terms: make([]int32, 0, len(d.names))}
	if s != "" {
		w.starts = text.Beginnings(nil, w.text)
	}
	for _, name := range d.names {
		id := d.intern(name)
		if !containsID(w.terms, id) {
			w.terms = append(w.terms, id)
		}
	}
	d.words = append(d.words, w)
	return int32(len(d.words) - 1)
}

func containsID(ids []int32, id int32) bool {
	return slices.Contains(ids, id)
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
		c = &wordCache{analyzer: text.For(lang), words: map[string]int32{}}
		d.caches[lang] = c
	}
	return c
}

// intern returns the number of a term, new or known.
func (d *Doc) intern(s string) int32 {
	h := hashOf(s)
	i := h & uint64(len(d.table)-1)
	for ; d.table[i] != 0; i = (i + 1) & uint64(len(d.table)-1) {
		if t := &d.terms[d.table[i]-1]; t.hash == h && t.text == s {
			return d.table[i] - 1
		}
	}
	d.terms = append(d.terms, docTerm{term: term{hash: h, text: strings.Clone(s)}})
	d.table[i] = int32(len(d.terms))
	if 2*len(d.terms) > len(d.table) {
		d.grow()
	}
	return int32(len(d.terms) - 1)
}

func (d *Doc) grow() {
	d.table = make([]int32, 2*len(d.table))
	mask := uint64(len(d.table) - 1)
	for id := range d.terms {
		i := d.terms[id].hash & mask
		for d.table[i] != 0 {
			i = (i + 1) & mask
		}
		d.table[i] = int32(id + 1)
	}
}

// lookup returns a term of the article, or nil when none of its words has it.
func (d *Doc) lookup(t *term) *docTerm {
	mask := uint64(len(d.table) - 1)
	for i := t.hash & mask; d.table[i] != 0; i = (i + 1) & mask {
		if got := &d.terms[d.table[i]-1]; got.hash == t.hash && got.text == t.text {
			if got.gen != d.gen {
				return nil
			}
			return got
		}
	}
	return nil
}
