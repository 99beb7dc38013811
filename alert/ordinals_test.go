package alert

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestOrdinals compares the set with a map.
func TestOrdinals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.SampledFrom([]uint32{10, 100, 5000}).Draw(t, "most")
		some := rapid.Uint32Range(1, most)
		begin := rapid.SliceOfNDistinct(some, 0, 10, rapid.ID[uint32]).Draw(t, "begin")
		s, want := ordinalsOf(begin), map[uint32]bool{}
		for _, o := range begin {
			want[o] = true
		}
		for range 50 {
			o := some.Draw(t, "ordinal")
			switch rapid.IntRange(0, 2).Draw(t, "what") {
			case 0:
				s.add(o)
				want[o] = true
			case 1:
				if got := s.remove(o); got != want[o] {
					t.Fatalf("remove(%d) = %v, want %v", o, got, want[o])
				}
				delete(want, o)
			}
			if s.has(o) != want[o] || s.n != len(want) {
				t.Fatalf("has(%d) = %v with %d in it, want %v with %d", o, s.has(o), s.n, want[o], len(want))
			}
			var got []uint32
			for x, ok := s.from(0); ok; x, ok = s.from(x + 1) {
				got = append(got, x)
			}
			if all := slices.Sorted(maps.Keys(want)); !slices.Equal(got, all) {
				t.Fatalf("holds %v, want %v", got, all)
			}
		}
	})
}
