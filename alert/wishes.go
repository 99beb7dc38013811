package alert

import (
	"hash/maphash"
	"math"
	"rasid/internal/hashtable"
	"rasid/rules"
	"rasid/store"
	"sync"
	"sync/atomic"
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
// for. There may be a million, so each byte of it is a megabyte. When nobody has
// it any more, its memory is another's: a pointer to it is good while the lock is
// held.
type wish struct {
	text    string // of its key, as lang and topic
	lang    lang
	who     crowd
	id      uint32
	class   store.Class
	there   bool // somebody has it
	topic   bool
	matched bool // it is in the set; not when it does not parse or compile, or the topic is gone
	known   bool // it was given a meaning before
}

func (w *wish) key() wishKey { return wishKey{text: w.text, lang: w.lang, topic: w.topic} }

// wishes are all wishes, by key and by ID. One goroutine changes them; known may
// be asked by others meanwhile.
type wishes struct {
	seed  maphash.Seed
	bits  uint64 // of hashes that count; all, but in tests
	parts *[wishParts]wishPart
	byID  *atomic.Pointer[[]*wishPage]
	used  int      // of byID, those that are free included
	free  []uint32 // IDs that are nobody's
}

// A wishPart has the wishes of some hashes. What changes it holds mu, and so
// does known once there may be one; the one who changes may read without.
type wishPart struct {
	mu    sync.Mutex
	ids   hashtable.Table
	twins map[wishKey]*wish // those whose tag another had when they were made: hardly ever any
}

// wishParts is how many parts there are: so many that those who ask seldom wait
// for each other.
const wishParts = 64

// wishesBeside is how many wishes share a piece of memory, so that what is kept
// for long does not lie between what is soon thrown away.
const wishesBeside = 64

type wishPage [wishesBeside]wish

func newWishes() wishes {
	s := wishes{seed: maphash.MakeSeed(), bits: math.MaxUint64, parts: new([wishParts]wishPart), byID: new(atomic.Pointer[[]*wishPage])}
	s.byID.Store(new([]*wishPage))
	return s
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
	p := s.part(h)
	if id, ok := p.ids.Get(h); ok {
		if w := s.at(id); w.key() == key {
			return w
		}
	}
	return p.twins[key]
}

func (s *wishes) part(h uint64) *wishPart { return &s.parts[h%wishParts] }

func (s *wishes) at(id uint32) *wish { return &(*s.byID.Load())[id/wishesBeside][id%wishesBeside] }

// ahead prepares for known of many keys: see hashtable.Table.Ahead.
func (s *wishes) ahead(of []reading) {
	for i := range of {
		s.part(of[i].hash).ids.Ahead(of[i].hash)
	}
}

// known returns the wish of a key, whose hash is h, that there is now, if any,
// but may overlook one. Later it may be another's: see is.
func (s *wishes) known(key wishKey, h uint64) *wish {
	p := s.part(h)
	if _, ok := p.ids.Get(h); !ok {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return s.find(key, h)
}

// is reports whether w, which may be nil, is the wish of a key now.
func (w *wish) is(key wishKey) bool { return w != nil && w.there && w.key() == key }

// of returns the wish of an ID, or nil.
func (s *wishes) of(id rules.ID) *wish {
	if w := s.at(uint32(id)); w.there { //nolint:gosec // it is one of ours
		return w
	}
	return nil
}

// add makes the wish of a key that has none, whose hash is h.
func (s *wishes) add(key wishKey, h uint64) *wish {
	var id uint32
	if n := len(s.free); n > 0 {
		id = s.free[n-1]
		s.free = s.free[:n-1]
	} else {
		if s.used%wishesBeside == 0 {
			pages := append(*s.byID.Load(), new(wishPage)) //nolint:gocritic // those who ask have the old one
			s.byID.Store(&pages)
		}
		id = uint32(s.used) //nolint:gosec // so many have no room
		s.used++
	}
	w := s.at(id)
	p := s.part(h)
	p.mu.Lock()
	defer p.mu.Unlock()
	*w = wish{text: key.text, lang: key.lang, topic: key.topic, id: id, there: true}
	switch {
	case p.ids.Put(h, id):
	case p.twins == nil:
		p.twins = map[wishKey]*wish{key: w}
	default:
		p.twins[key] = w
	}
	return w
}

// remove takes a wish out.
func (s *wishes) remove(w *wish) {
	key := w.key()
	h := s.hash(key)
	p := s.part(h)
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ids.Delete(h, w.id) {
		delete(p.twins, key)
	}
	s.free = append(s.free, w.id)
	*w = wish{id: w.id}
}

func (s *wishes) len() int { return s.used - len(s.free) }

// each calls f for all.
func (s *wishes) each(f func(*wish)) {
	for id := range s.used {
		if w := s.at(uint32(id)); w.there { //nolint:gosec // fewer
			f(w)
		}
	}
}
