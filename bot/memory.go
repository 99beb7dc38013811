package bot

import (
	"sync"
	"time"
)

// What is remembered of updates: for as long as Telegram may repeat one, which is
// a day at most.
const (
	handledFor  = 48 * time.Hour
	handledMost = 20_000
)

// A memory keeps something about numbers, in bounds: the oldest are forgotten
// first, and all after handledFor.
type memory[V any] struct {
	mu    sync.Mutex
	of    map[int64]remembered[V]
	order []int64
}

type remembered[V any] struct {
	value V
	at    time.Time
}

func newMemory[V any]() memory[V] { return memory[V]{of: map[int64]remembered[V]{}} }

// get returns what is remembered of n.
func (m *memory[V]) get(n int64, now time.Time) (v V, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.of[n]
	if !ok || now.Sub(r.at) >= handledFor {
		return v, false
	}
	return r.value, true
}

func (m *memory[V]) add(n int64, v V, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, again := m.of[n]; !again {
		m.order = append(m.order, n)
	}
	m.of[n] = remembered[V]{v, now}
	for len(m.order) > handledMost || now.Sub(m.of[m.order[0]].at) >= handledFor {
		delete(m.of, m.order[0])
		m.order = m.order[1:]
	}
}

// handled remembers the updates that this process has handled, also those that
// changed nothing in the store.
type handled struct{ memory[struct{}] }

func (h *handled) has(update int64, now time.Time) bool {
	_, ok := h.get(update, now)
	return ok
}

func (h *handled) add(update int64, now time.Time) { h.memory.add(update, struct{}{}, now) }
