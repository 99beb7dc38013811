package crash

import (
	"context"
	"fmt"
	"path/filepath"
	"rasid/alert"
	"rasid/store/storetest/redistest"
	"strconv"
	"testing"
	"time"
)

// TestCrashPoints ends the program at each of the places where a crash makes a
// difference, several times over.
func TestCrashPoints(t *testing.T) {
	// What may be repeated at each crash. An article is for three chats, and
	// where the program has just dispatched it these may be under way; where it
	// is sending, others are that had to wait for the crash before.
	points := []struct {
		name    string
		repeats int
	}{
		{"before-accept", 0},
		{"after-accept", 0},
		{alert.CrashMidDispatch, 3},
		{alert.CrashBeforeCursor, 3},
		{alert.CrashBeforeBegin, atMost},
		{alert.CrashBeforeWrite, atMost},
		{alert.CrashBeforeFinish, atMost},
		{alert.CrashAfterFinish, atMost},
	}
	atPaces(t, func(t *testing.T, p pace) {
		for _, point := range points {
			t.Run(point.name, func(t *testing.T) {
				onBoth(t, func(t *testing.T, store string) { crashAt(t, p, store, point.name, point.repeats) })
			})
		}
	})
}

func crashAt(t *testing.T, p pace, store, point string, repeats int) {
	x := newTrial(t, p, "kill -9 at "+point+", "+kindOf(store))
	one := x.one(store)
	begin(t, one, x.load, x.box)
	settings := one.Env
	n := p.times(2, 10)
	for i := range n {
		if _, err := one.Stop(15 * time.Second); err != nil {
			t.Fatal(err)
		}
		one.Env = append(settings, "CRASH_AT="+point+":"+strconv.Itoa(3+7*i))
		x.must(one.Start())
		gap := seldom
		if point == alert.CrashBeforeFinish {
			gap = often
		}
		stop := x.feed(gap, one)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		err := one.WaitCrash(ctx)
		cancel()
		x.must(err)
		x.over()
		one.Env = settings
		x.must(one.Start())
		x.ready()
		stop()
	}
	x.finish(fmt.Sprintf("%d crashes", n), n*repeats)
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
