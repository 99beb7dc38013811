package crash

import (
	"fmt"
	"math/rand/v2"
	"rasid/store/storetest/redistest"
	"strings"
	"testing"
	"time"
)

// TestSentinelFailovers takes the master away from three programs, by killing
// it and by cutting it off, and brings it back as a replica.
func TestSentinelFailovers(t *testing.T) {
	bin, n := build(t), times(2, 20)
	box, servers := aTown(t, 20), redistest.StartWatched(t)
	f := aFleet(t, bin, box, servers.URL, scale)
	load := &Load{Chats: 20}
	begin(t, f, load, box)
	stop := feed(t, load, f, often)
	random := rand.New(rand.NewPCG(6, uint64(n)))
	var slowest time.Duration
	for i := range n {
		time.Sleep(time.Duration(random.IntN(700)) * time.Millisecond) // the moment is what is random
		master := servers.Master(t)
		begun := time.Now()
		take, bring := master.Kill, master.Launch
		if i%2 == 1 {
			take, bring = master.Stop, master.Continue
		}
		if err := take(); err != nil {
			t.Fatal(err)
		}
		servers.WaitReplicas(t, master, 1)
		slowest = max(slowest, time.Since(begun))
		if err := bring(); err != nil {
			t.Fatal(err)
		}
		servers.WaitReplicas(t, master, 2)
	}
	stop()
	finishAs(t, f, load, box, ending{fmt.Sprintf("%d failovers, the slowest %v", n, slowest.Round(time.Millisecond)), n * 3 * atMost})
}

// TestClusterFailovers takes masters of a cluster away from three programs, and
// moves slots under them.
func TestClusterFailovers(t *testing.T) {
	bin, n, slots := build(t), times(2, 10), times(100, 1000)
	box, servers := aTown(t, 20), redistest.StartCluster(t)
	f := aFleet(t, bin, box, servers.URL, scale)
	load := &Load{Chats: 20}
	begin(t, f, load, box)
	stop := feed(t, load, f, often)
	random := rand.New(rand.NewPCG(7, uint64(n)))
	servers.Reshard(t, slots)
	for range n {
		time.Sleep(time.Duration(random.IntN(700)) * time.Millisecond) // the moment is what is random
		masters := servers.Masters()
		master := masters[random.IntN(len(masters))]
		if err := master.Kill(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second) // until another is chosen
		if err := master.Launch(); err != nil {
			t.Fatal(err)
		}
		servers.WaitWell(t)
	}
	stop()
	for _, word := range []string{"CROSSSLOT", "MOVED"} {
		if strings.Contains(f.Log(), word) {
			t.Errorf("the logs speak of %s:\n%s", word, tail(f.Log()))
		}
	}
	finishAs(t, f, load, box, ending{fmt.Sprintf("%d slots moved, %d failovers", slots, n), n * 3 * atMost})
}
