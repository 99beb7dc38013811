package alert

import (
	"hash/maphash"
	"rasid/rules"
	"rasid/store"
	"sync"
)

// A wishKey is one distinct wish: a rule's canonical text and its writer's
// language, or a topic.
type wishKey struct {
	text  string // of a rule, or a topic's id
	lang  string // of a rule
	topic bool
}

// A wish is a distinct rule or topic, and who has it. It keeps no compiled
// rule: the set has what it needs, and reasons are compiled when they are asked
// for. There may be a million, so each byte of it is a megabyte.
type wish struct {
	key     wishKey
	next    *wish // of the same hash
	who     crowd
	id      uint32
	class   store.Class
	matched bool // it is in the set; not when it does not parse or compile, or the topic is gone
	known   bool // it was given a meaning before
}

// wishes are all wishes, by key and by ID. One goroutine changes them; known may
// be asked by others meanwhile.
type wishes struct {
	seed   maphash.Seed
	mu     *sync.RWMutex // guards byHash and what hangs on it against known
	byHash map[uint64]*wish
	byID   []*wish // nil: nobody's
	free   []uint32
}

func newWishes() wishes {
	return wishes{seed: maphash.MakeSeed(), mu: new(sync.RWMutex), byHash: map[uint64]*wish{}}
}

func (s *wishes) hash(key wishKey) uint64 {
	h := maphash.String(s.seed, key.text) ^ maphash.String(s.seed, key.lang)<<1
	if key.topic {
		h = ^h
	}
	return h
}

// find returns the wish of a key, whose hash is h, or nil.
func (s *wishes) find(key wishKey, h uint64) *wish {
	w := s.byHash[h]
	for w != nil && w.key != key {
		w = w.next
	}
	return w
}

// known reports whether there is a wish of a key, whose hash is h.
func (s *wishes) known(key wishKey, h uint64) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.find(key, h) != nil
}

// of returns the wish of an ID, or nil.
func (s *wishes) of(id rules.ID) *wish { return s.byID[id] }

// add makes the wish of a key that has none, whose hash is h.
func (s *wishes) add(key wishKey, h uint64) *wish {
	w := &wish{key: key}
	if n := len(s.free); n > 0 {
		w.id = s.free[n-1]
		s.free = s.free[:n-1]
	} else {
		s.byID = append(s.byID, nil)
		w.id = uint32(len(s.byID) - 1) //nolint:gosec // so many have no room
	}
	s.byID[w.id] = w
	s.mu.Lock()
	defer s.mu.Unlock()
	w.next = s.byHash[h]
	s.byHash[h] = w
	return w
}

// remove takes a wish out.
func (s *wishes) remove(w *wish) {
	s.byID[w.id] = nil
	s.free = append(s.free, w.id)
	h := s.hash(w.key)
	s.mu.Lock()
	defer s.mu.Unlock()
	first := s.byHash[h]
	if first == w {
		if s.byHash[h] = w.next; w.next == nil {
			delete(s.byHash, h)
		}
		return
	}
	for x := first; x != nil; x = x.next {
		if x.next == w {
			x.next = w.next
			return
		}
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
