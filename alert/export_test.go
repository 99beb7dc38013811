package alert

import "rasid/store"

// Dispatcher returns what Intake does with an item, without a store, for
// benchmarks.
func Dispatcher(x *Index) func(*store.Item) int {
	m := matcher{index: x}
	return func(it *store.Item) int {
		_, owed := m.dispatches(it)
		return owed
	}
}
