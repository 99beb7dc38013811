package crash

import (
	"context"
	"fmt"
	"path/filepath"
	"rasid/alert"
	"rasid/store/storetest/redistest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A point is a place where a crash makes a difference, and how often it may be
// that something comes twice at each: where one message is under way at a time,
// only what Telegram has and the store does not know.
type point struct {
	name    string
	repeats int
	crowded bool // many messages are under way
}

func points() []point {
	return []point{
		{"before-accept", 0, false},
		{"after-accept", 0, false},
		{alert.CrashMidDispatch, 0, false},
		{alert.CrashBeforeCursor, 1, false}, // its first message may be under way
		{alert.CrashBeforeBegin, 0, false},
		{alert.CrashBeforeWrite, 0, false},
		{alert.CrashBeforeFinish, atMost, true},
		{alert.CrashAfterFinish, 0, false},
	}
}

// TestCrashPoints ends the program at each of the points, several times over.
func TestCrashPoints(t *testing.T) {
	atPaces(t, func(t *testing.T, p pace) {
		onBoth(t, func(t *testing.T, store string) {
			t.Parallel()
			x := newTrial(t, p, "kill -9 at each crash point, "+kindOf(store))
			one := x.one(store)
			begin(t, one, x.load, x.box)
			n, allowed := p.times(2, 10), 0
			var notes []string
			for _, at := range points() {
				before := x.load.Count(townsfolk{x.box}).Repeated
				for i := range n {
					crashAt(x, one, at, 3+7*i)
				}
				x.still()
				again := x.load.Count(townsfolk{x.box}).Repeated - before
				if again > n*at.repeats {
					t.Errorf("%d repeated after %d crashes at %s; want at most %d", again, n, at.name, n*at.repeats)
				}
				if allowed += n * at.repeats; at.repeats > 0 {
					notes = append(notes, fmt.Sprintf("%d %s", again, at.name))
				}
			}
			x.row.Note = "repeated " + strings.Join(notes, ", ") + ", elsewhere 0"
			x.finish(fmt.Sprintf("%d crashes at each of %d points", n, len(points())), allowed)
		})
	})
}

// crashAt starts the program so that it ends at a point, the nth time that it
// comes there, and starts it again.
func crashAt(x *trial, one *Program, at point, nth int) {
	x.t.Helper()
	_, err := one.Stop(15 * time.Second)
	x.must(err)
	settings := one.Env
	one.Env = append(slices.Clone(settings), "CRASH_AT="+at.name+":"+strconv.Itoa(nth))
	x.must(one.Start())
	x.load.Alone = townsfolk{x.box}
	if at.crowded {
		x.load.Alone = nil
	}
	stop := x.feed(one)
	// what the one before left open is waited for first
	ctx, cancel := context.WithTimeout(x.t.Context(), time.Minute+2*x.pace.of(settled))
	defer cancel()
	x.must(one.WaitCrash(ctx))
	x.over()
	one.Env = settings
	x.must(one.Start())
	x.ready()
	stop()
}

// onBoth runs f on a bolt file and on a real Redis.
func onBoth(t *testing.T, f func(t *testing.T, store string)) {
	t.Run("bolt", func(t *testing.T) { f(t, "bolt:"+filepath.Join(t.TempDir(), "rasid.db")) })
	t.Run("redis", func(t *testing.T) { f(t, redistest.Start(t).URL) })
}

// kindOf names a store as a row does.
func kindOf(store string) string {
	if store[:4] == "bolt" {
		return "bolt"
	}
	return "Redis"
}
