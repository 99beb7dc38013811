package crash

import (
	"fmt"
	"rasid/store/storetest/redistest"
	"testing"
	"time"
)

// TestCleanRestarts stops and starts programs under load.
func TestCleanRestarts(t *testing.T) {
	atPaces(t, func(t *testing.T, p pace) {
		onBoth(t, func(t *testing.T, store string) {
			t.Parallel()
			x := newTrial(t, p, "clean restart under load, "+kindOf(store))
			f := x.fleet(store)
			if kindOf(store) == "bolt" {
				f.All = f.All[:1]
			}
			for _, one := range f.All {
				one.Env = append(one.Env, x.slowly())
			}
			n := p.times(6, 100)
			stop := x.begin()
			for range n {
				x.within(400 * time.Millisecond)
				one := f.All[x.chance.IntN(len(f.All))]
				if _, err := one.Stop(15 * time.Second); err != nil {
					t.Fatalf("%v\n%s", err, tail(one.Log()))
				}
				x.must(one.Start())
			}
			x.over()
			x.ready()
			stop()
			x.finish(fmt.Sprintf("%d restarts", n), 0)
		})
	})
}

// TestFreezes freezes one of three programs for longer than its leases last.
func TestFreezes(t *testing.T) {
	atPaces(t, func(t *testing.T, p pace) {
		n := p.times(4, 100)
		x := newTrial(t, p, "freeze (SIGSTOP) for longer than a lease")
		f := x.fleet(redistest.Start(t).URL)
		for _, one := range f.All {
			one.Env = append(one.Env, x.slowly())
		}
		stop := x.begin(f.All[0]) // a frozen one would take nothing in
		for range n {
			x.within(400 * time.Millisecond)
			x.must(f.All[1+x.chance.IntN(2)].Freeze(p.of(leaseTime * 3 / 2)))
		}
		x.over()
		stop()
		x.finish(fmt.Sprintf("%d freezes", n), n*atMost)
	})
}
