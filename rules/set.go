package rules

import (
	"sync"
	"sync/atomic"
)

// A Set matches an article against many rules at a time. Its methods are safe
// for any number of goroutines, and Match never waits for those that change
// the set: it works on the version of the set that is in force when it begins.
//
// Each rule is filed under the rarest word that it needs, or under one of each
// of the ways in which it can be true. So a rule costs nothing until that word
// comes, and then mostly a look at one bit.
type Set struct {
	now   atomic.Pointer[version]
	mu    sync.Mutex // held while the set is changed
	draft *draft
}

// NewSet returns an empty set.
func NewSet() *Set {
	s := &Set{draft: newDraft()}
	s.now.Store(s.draft.publish())
	return s
}

// An Edit changes a set; see Set.Edit.
type Edit struct{ draft *draft }

// Put adds r as id, in place of what id was.
func (e Edit) Put(id ID, r *Rule) {
	e.draft.remove(id)
	e.draft.put(id, r)
}

// Add is Put of an id that is not in the set, which it does not look for.
func (e Edit) Add(id ID, r *Rule) { e.draft.put(id, r) }

// Delete removes id, if it is there.
func (e Edit) Delete(id ID) { e.draft.remove(id) }

// Edit puts all changes that f makes in force at once: an article is matched
// against none of them or against all. Many changes cost less in one Edit.
// The Edit is not for use after f.
func (s *Set) Edit(f func(Edit)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { s.now.Store(s.draft.publish()) }()
	f(Edit{s.draft})
}

// Put adds r as id, in place of what id was.
func (s *Set) Put(id ID, r *Rule) { s.Edit(func(e Edit) { e.Put(id, r) }) }

// Delete removes id, if it is there.
func (s *Set) Delete(id ID) { s.Edit(func(e Edit) { e.Delete(id) }) }

// Len tells how many rules there are.
func (s *Set) Len() int { return s.now.Load().rules }
