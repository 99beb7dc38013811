package serve

import (
	"runtime/debug"
	"testing"
)

func TestGarbageMayLieWhileRulesAreLoaded(t *testing.T) {
	const mb = 1 << 20
	tests := []struct {
		name string
		live uint64
		want int
	}{
		{"with next to nothing in use, nothing is collected", 1, mostPercent},
		{"up to the limit there is room", 190 * mb, 100},
		{"near the limit it is the least", 350 * mb, 15},
		{"beyond it, too", 3000 * mb, 15},
	}
	for _, tt := range tests {
		if got := loadingPercent(tt.live); got != tt.want {
			t.Errorf("%s: loadingPercent(%d MB) = %d, want %d", tt.name, tt.live/mb, got, tt.want)
		}
	}
}

func TestLittleGarbageLiesBesideMuchInUse(t *testing.T) {
	const mb = 1 << 20
	for live, want := range map[uint64]int{0: 50, 10 * mb: 50, 320 * mb: 25, 4000 * mb: 20} {
		if got := restingPercent(live); got != want {
			t.Errorf("restingPercent(%d MB) = %d, want %d", live/mb, got, want)
		}
	}
}

func TestCollectionIsAsBeforeOnceLoaded(t *testing.T) {
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	was := debug.SetGCPercent(70)
	defer debug.SetGCPercent(was)
	loading()()
	if got := debug.SetGCPercent(70); got != 70 {
		t.Errorf("after loading garbage is collected at %d %%, want 70", got)
	}
	t.Setenv("GOGC", "30")
	loaded := loading()
	defer loaded()
	if got := debug.SetGCPercent(70); got != 70 {
		t.Errorf("GOGC was set, and loading set %d %%", got)
	}
}
