package alert

import (
	"hash/maphash"
	"math"
	"rasid/rules"
	"rasid/store"
	"sync"
	"unique"
)

// A wishKey is one distinct wish: a rule's canonical text and its writer's
// language, or a topic.
type wishKey struct {
	text  string // of a rule, or a topic's id
	lang  lang   // of a rule
	topic bool
}

// A lang is a language tag of which there are few among many rules.
type lang = unique.Handle[string]

func langOf(tag string) lang { return unique.Make(tag) }

// A wish is a distinct rule or topic, and who has it. It keeps no compiled
// rule: the set has what it needs, and reasons are compiled when they are asked
// for. There may be a million, so each byte of it is a megabyte.
type wish struct {
	text    string // of its key, as lang and topic
	lang    lang
	who     crowd
	id      uint32
	class   store.Class
	topic   bool
	matched bool // it is in the set; not when it does not parse or compile, or the topic is gone
	known   bool // it was given a meaning before
}

func (w *wish) key() wishKey { return wishKey{text: w.text, lang: w.lang, topic: w.topic} }

// wishes are all wishes, by key and by ID. One goroutine changes them; known may
// be asked by others meanwhile.
type wishes struct {
	seed   maphash.Seed
	bits   uint64             // of hashes that count; all, but in tests
	mu     *sync.RWMutex      // guards all below against known
	byHash map[uint64]uint32  // IDs; it holds no pointer that would have to be followed
	twins  map[wishKey]uint32 // those whose hash another has: hardly ever any
	byID   []*wish            // nil: nobody's
	free   []uint32
}

func newWishes() wishes {
	return wishes{seed: maphash.MakeSeed(), bits: math.MaxUint64, mu: new(sync.RWMutex), byHash: map[uint64]uint32{}, twins: map[wishKey]uint32{}}
}

func (s *wishes) hash(key wishKey) uint64 {
	h := maphash.String(s.seed, key.text) ^ maphash.Comparable(s.seed, key.lang)<<1
	if key.topic {
		h = ^h
	}
	return h & s.bits
}

// find returns the wish of a key, whose hash is h, or nil.
func (s *wishes) find(key wishKey, h uint64) *wish {
	if id, ok := s.byHash[h]; ok {
		if w := s.byID[id]; w.key() == key {
			return w
		}
	}
	if len(s.twins) > 0 {
		if id, ok := s.twins[key]; ok {
			return s.byID[id]
		}
	}
	return nil
}

// known returns the wish of a key, whose hash is h, that there is now, if any.
func (s *wishes) known(key wishKey, h uint64) *wish {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.find(key, h)
}

// has reports whether w, which may be nil, is still there.
func (s *wishes) has(w *wish) bool { return w != nil && s.byID[w.id] == w }

// of returns the wish of an ID, or nil.
func (s *wishes) of(id rules.ID) *wish { return s.byID[id] }

// add makes the wish of a key that has none, whose hash is h.
func (s *wishes) add(key wishKey, h uint64) *wish {
	w := &wish{text: key.text, lang: key.lang, topic: key.topic}
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.free); n > 0 {
		w.id = s.free[n-1]
		s.free = s.free[:n-1]
	} else {
		s.byID = append(s.byID, nil)
		w.id = uint32(len(s.byID) - 1) //nolint:gosec // so many have no room
	}
	s.byID[w.id] = w
	if _, taken := s.byHash[h]; taken {
		s.twins[key] = w.id
	} else {
		s.byHash[h] = w.id
	}
	return w
}

// remove takes a wish out.
func (s *wishes) remove(w *wish) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byID[w.id] = nil
	s.free = append(s.free, w.id)
	h := s.hash(w.key())
	if id, ok := s.byHash[h]; ok && id == w.id {
		delete(s.byHash, h)
	} else {
		delete(s.twins, w.key())
	}
}

func (s *wishes) len() int { return len(s.byID) - len(s.free) }

// each calls f for all.
func (s *wishes) each(f func(*wish)) {
	for _, w := range s.byID {
		if w != nil {
			f(w)
		}
	}
}
