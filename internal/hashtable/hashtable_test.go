package hashtable_test

import (
	"rasid/internal/hashtable"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// TestTableAgrees has a table and a map go through the same, with tags of which
// many want the same slots.
func TestTableAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var table hashtable.Table
		model := map[uint64]uint32{}
		tags := rapid.Uint64Range(0, rapid.SampledFrom([]uint64{7, 40, 400}).Draw(t, "tags"))
		numbers := rapid.Uint32Range(0, 3)
		hash := func() uint64 {
			tag := tags.Draw(t, "tag")
			return (tag*8)<<32 | uint64(rapid.Uint32().Draw(t, "rest"))
		}
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				h, n := hash(), numbers.Draw(t, "n")
				_, taken := model[h>>32]
				if table.Put(h, n) == taken {
					t.Fatalf("Put(%x) = %v, want %v", h, taken, !taken)
				}
				if !taken {
					model[h>>32] = n
				}
			},
			"delete": func(t *rapid.T) {
				h, n := hash(), numbers.Draw(t, "n")
				has, there := model[h>>32]
				there = there && has == n
				if table.Delete(h, n) != there {
					t.Fatalf("Delete(%x, %d) = %v, want %v", h, n, !there, there)
				}
				if there {
					delete(model, h>>32)
				}
			},
			"": func(t *rapid.T) {
				if table.Len() != len(model) {
					t.Fatalf("Len() = %d, want %d", table.Len(), len(model))
				}
				for tag := range uint64(401) {
					want, there := model[tag*8]
					if n, ok := table.Get(tag * 8 << 32); ok != there || there && n != want {
						t.Fatalf("Get(%x) = %d, %v, want %d, %v", tag*8, n, ok, want, there)
					}
				}
			},
		})
	})
}

// TestTableMayBeAskedWhileItChanges: what is there all the time is found all the
// time, unless something beside it is deleted.
func TestTableMayBeAskedWhileItChanges(t *testing.T) {
	const always, more = 1000, 20_000
	var table hashtable.Table
	hash := func(n uint32) uint64 { return uint64(n) * 0x9E3779B97F4A7C15 }
	for n := range uint32(always) {
		table.Put(hash(n), n)
	}
	var asking sync.WaitGroup
	done := make(chan struct{})
	for range 2 {
		asking.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				for n := range uint32(always) {
					table.Ahead(hash(n))
					if got, ok := table.Get(hash(n)); !ok || got != n {
						t.Errorf("Get = %d, %v while the table grows, want %d", got, ok, n)
						return
					}
				}
			}
		})
	}
	for n := uint32(always); n < more; n++ {
		table.Put(hash(n), n)
	}
	close(done)
	asking.Wait()
}
