package crash

import (
	"fmt"
	"path/filepath"
	"rasid/store/storetest/redistest"
	"testing"
	"time"
)

// atMost is W: messages whose outcome one crash may leave unknown.
const atMost = 16

const (
	often   = 10 * time.Millisecond // the time between articles, so that many are under way
	answers = 20 * time.Millisecond // how long Telegram takes, where a fault is to meet what is under way
)

// TestKill kills one program at random moments.
func TestKill(t *testing.T) {
	for _, kind := range []struct {
		fault string
		kills int
		store func(t *testing.T) string
	}{
		{"kill -9 on a bolt file", 500, func(t *testing.T) string { return "bolt:" + filepath.Join(t.TempDir(), "rasid.db") }},
		{"kill -9 of a single process on Redis", 100, func(t *testing.T) string { return redistest.Start(t).URL }},
	} {
		t.Run(kind.fault, func(t *testing.T) {
			t.Parallel()
			atPaces(t, func(t *testing.T, p pace) {
				x := newTrial(t, p, kind.fault)
				killOne(x, x.one(kind.store(t), x.slowly()), p.times(8, kind.kills))
			})
		})
	}
}

func killOne(x *trial, p *Program, n int) {
	stop := x.begin()
	for range n {
		x.within(300 * time.Millisecond)
		p.Kill()
		x.must(p.Start())
		if x.chance.IntN(4) > 0 { // one kill in four comes while it starts
			x.ready()
		}
	}
	x.over()
	x.ready()
	stop()
	x.finish(fmt.Sprintf("%d kills", n), n*atMost)
}

// TestReplicasAreKilled kills one of three programs, again and again, while
// articles come in through the others, and their Redis now and then.
func TestReplicasAreKilled(t *testing.T) {
	atPaces(t, func(t *testing.T, p pace) {
		kills, servers := p.times(10, 500), p.times(2, 20)
		server := redistest.Start(t)
		x := newTrial(t, p, "kill -9 of one of three replicas, and of their Redis")
		f := x.fleet(server.URL)
		for _, one := range f.All {
			one.Env = append(one.Env, x.slowly())
		}
		stop := x.begin()
		for i := range kills {
			x.within(400 * time.Millisecond)
			one := f.All[x.chance.IntN(len(f.All))]
			one.Kill()
			if x.chance.IntN(3) == 0 { // long enough that others take what it had
				time.Sleep(p.of(leaseTime * 5 / 4))
			}
			x.must(one.Start())
			if i%(kills/servers) == 0 {
				x.ready() // a program whose store is not there does not start
				killServer(x, server)
			}
		}
		x.over()
		x.ready()
		stop()
		// Two for a kill on average; where kills are few, one may fall badly.
		x.finish(fmt.Sprintf("%d kills of replicas, %d of Redis", kills, servers), 2*(kills+servers)+atMost)
	})
}

func killServer(x *trial, server *redistest.Server) {
	x.t.Helper()
	x.within(200 * time.Millisecond)
	x.must(server.Kill())
	x.within(time.Second)
	x.must(server.Launch())
}
