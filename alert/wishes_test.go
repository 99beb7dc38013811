package alert

import (
	"rasid/rules"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// Wishes whose hashes are equal are told apart, whichever goes first.
func TestWishesWithOneHash(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newWishes()
		s.bits = 3
		have := map[wishKey]*wish{}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			key := wishKey{text: strconv.Itoa(rapid.IntRange(0, 9).Draw(t, "text")), lang: langOf(rapid.SampledFrom([]string{"ar", "en"}).Draw(t, "lang")), topic: rapid.Bool().Draw(t, "topic")}
			h := s.hash(key)
			w := s.find(key, h)
			if w != have[key] || w != nil && s.of(rules.ID(w.id)) != w {
				t.Fatalf("find %v: %p, want %p", key, w, have[key])
			}
			switch {
			case w == nil:
				if w = s.add(key, h); w.key() != key || s.known(key, h) != w || !w.is(key) {
					t.Fatalf("%v was added and is not found", key)
				}
				have[key] = w
			case rapid.Bool().Draw(t, "remove"):
				s.remove(w)
				delete(have, key)
				if w.is(key) || s.known(key, h) != nil {
					t.Fatalf("%v was removed and is found", key)
				}
			}
			if s.len() != len(have) {
				t.Fatalf("%d wishes, want %d", s.len(), len(have))
			}
		}
	})
}
