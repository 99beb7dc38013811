package text

import (
	"strings"
	"sync"
)

// A memo remembers the terms of words that were analysed before, for all
// readers of articles at once. It is emptied when it is full: news come back to
// the same words soon.
type memo struct {
	mu    sync.RWMutex
	terms map[string][]string
}

// memoWords bounds a memo: some 20 MB.
const memoWords = 1 << 15

// of returns what analyse returns for word, which depends on nothing else. The
// result is shared and must not be written to.
func (m *memo) of(word string, analyse func(string) []string) []string {
	m.mu.RLock()
	terms, ok := m.terms[word]
	m.mu.RUnlock()
	if ok {
		return terms
	}
	word = strings.Clone(word) // it may be part of a long article
	terms = analyse(word)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.terms == nil || len(m.terms) >= memoWords {
		m.terms = map[string][]string{}
	}
	m.terms[word] = terms
	return terms
}
