package crash

import (
	"fmt"
	"rasid/store/storetest/redistest"
	"strings"
	"testing"
	"time"
)

// TestSentinelFailovers takes the master away from three programs, by killing
// it and by cutting it off, and brings it back as a replica.
func TestSentinelFailovers(t *testing.T) {
	atPaces(t, func(t *testing.T, p pace) {
		n, servers := p.times(2, 20), redistest.StartWatched(t)
		x := newTrial(t, p, "Sentinel: failover by kill and by partition")
		x.fleet(servers.URL)
		stop := x.begin()
		var slowest time.Duration
		for i := range n {
			x.within(700 * time.Millisecond)
			master := servers.Master(t)
			begun := time.Now()
			take, bring := master.Kill, master.Launch
			if i%2 == 1 {
				take, bring = master.Stop, master.Continue
			}
			x.must(take())
			servers.WaitReplicas(t, master, 1)
			slowest = max(slowest, time.Since(begun))
			x.must(bring())
			servers.WaitReplicas(t, nil, 2) // whoever it is: on a busy machine there may be a failover that nobody asked for
		}
		x.over()
		stop()
		x.row.Note = "the slowest failover took " + short(slowest)
		x.finish(fmt.Sprintf("%d failovers", n), n*atMost)
	})
}

// TestPlannedFailovers has the Sentinels replace a master that is well, as before
// work on its machine. Meanwhile it and its other replica take writes that they
// are about to forget.
func TestPlannedFailovers(t *testing.T) {
	atPaces(t, func(t *testing.T, p pace) {
		n, servers := p.times(1, 10), redistest.StartWatched(t)
		x := newTrial(t, p, "Sentinel: planned failover")
		f := x.fleet(servers.URL)
		stop := x.begin(f.All[0], f.All[1], f.All[2], f.All[0], f.All[1], f.All[2]) // much at a time: it is a second that counts
		var slowest time.Duration
		for range n {
			x.within(700 * time.Millisecond)
			begun := time.Now()
			servers.Failover(t)
			slowest = max(slowest, time.Since(begun))
		}
		x.over()
		stop()
		x.row.Note = "the slowest, until both others followed, took " + short(slowest)
		x.finish(fmt.Sprintf("%d failovers", n), n*atMost)
	})
}

// TestClusterFailovers takes masters of a cluster away from three programs, and
// moves slots under them.
func TestClusterFailovers(t *testing.T) {
	atPaces(t, func(t *testing.T, p pace) {
		n, slots, servers := p.times(2, 10), times(100, 1000), redistest.StartCluster(t)
		x := newTrial(t, p, "Cluster 3+3: failover, and slots moved")
		f := x.fleet(servers.URL)
		stop := x.begin()
		servers.Reshard(t, slots)
		for range n {
			x.within(700 * time.Millisecond)
			masters := servers.Masters()
			master := masters[x.chance.IntN(len(masters))]
			x.must(master.Kill())
			time.Sleep(2 * time.Second) // until another is chosen
			x.must(master.Launch())
			servers.WaitWell(t)
		}
		x.over()
		stop()
		for _, one := range f.All {
			for line := range strings.Lines(one.Log()) {
				if strings.Contains(line, "CROSSSLOT") || strings.Contains(line, "MOVED") {
					t.Errorf("what is the client's business surfaces: %s", line)
				}
			}
		}
		x.finish(fmt.Sprintf("%d slots moved, %d failovers", slots, n), n*atMost)
	})
}
