package redistest

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// A Watched is a master with two replicas, and three Sentinels that watch them.
type Watched struct {
	URL       string // redis+sentinel://
	Servers   []*Server
	Sentinels []*Server
}

// masterName is what the Sentinels call the master.
const masterName = "rasid"

// StartWatched starts a master, its replicas and Sentinels that end with the
// test. A master that does not answer for 500 ms is replaced.
func StartWatched(t testing.TB) *Watched {
	t.Helper()
	w := &Watched{Servers: []*Server{Start(t, "--repl-diskless-sync-delay", "0")}}
	master := w.Servers[0]
	for range 2 {
		w.Servers = append(w.Servers, Start(t, "--repl-diskless-sync-delay", "0", "--replicaof", "127.0.0.1 "+master.port))
	}
	var hosts []string
	for range 3 {
		s := &Server{dir: t.TempDir(), port: FreePort(t)}
		s.Addr = net.JoinHostPort("127.0.0.1", s.port)
		s.conf = filepath.Join(s.dir, "sentinel.conf")
		conf := fmt.Sprintf("bind 127.0.0.1\nport %s\ndir %s\nlogfile %s/redis.log\nsentinel monitor %s 127.0.0.1 %s 2\n"+
			"sentinel down-after-milliseconds %[4]s 500\nsentinel failover-timeout %[4]s 2000\n", s.port, s.dir, s.dir, masterName, master.port)
		if err := os.WriteFile(s.conf, []byte(conf), 0o600); err != nil {
			t.Fatal(err)
		}
		s.launch(t)
		w.Sentinels = append(w.Sentinels, s)
		hosts = append(hosts, s.Addr)
	}
	w.URL = "redis+sentinel://" + strings.Join(hosts, ",") + "/" + masterName
	eventually(t, "the Sentinels know each other and the replicas", func() bool {
		for _, s := range w.Sentinels {
			m, err := w.ask(s)
			if err != nil || m["num-other-sentinels"] != "2" || m["num-slaves"] != "2" {
				return false
			}
		}
		return true
	})
	return w
}

// ask asks a Sentinel about the master.
func (w *Watched) ask(s *Server) (map[string]string, error) {
	db := redis.NewSentinelClient(&redis.Options{Addr: s.Addr, MaxRetries: -1})
	defer db.Close() //nolint:errcheck // it only asked
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return db.Master(ctx, masterName).Result()
}

// Master returns the server that the Sentinels call the master.
func (w *Watched) Master(t testing.TB) *Server {
	t.Helper()
	m, err := w.ask(w.Sentinels[0])
	if err != nil {
		t.Fatalf("ask a Sentinel: %v", err)
	}
	for _, s := range w.Servers {
		if s.port == m["port"] {
			return s
		}
	}
	t.Fatalf("the Sentinels know a master at %s that is not ours", m["port"])
	return nil
}

// Failover has the Sentinels replace the master, and waits until the other two
// follow the new one.
func (w *Watched) Failover(t testing.TB) {
	t.Helper()
	old := w.Master(t)
	db := redis.NewSentinelClient(&redis.Options{Addr: w.Sentinels[0].Addr, MaxRetries: -1})
	defer db.Close() //nolint:errcheck // the failover goes on without it
	eventually(t, "the Sentinels begin a failover", func() bool { return db.Failover(t.Context(), masterName).Err() == nil })
	w.WaitReplicas(t, old, 2)
}

// WaitReplicas waits until the master is another than old (nil: any) and n replicas follow
// it.
func (w *Watched) WaitReplicas(t testing.TB, old *Server, n int) {
	t.Helper()
	eventually(t, "there is a new master with replicas", func() bool {
		m := w.Master(t)
		return m != old && follows(m.Addr) >= n
	})
}

// follows tells how many replicas follow a server.
func follows(addr string) int {
	db := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1})
	defer db.Close() //nolint:errcheck // it only asked
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	info, err := db.InfoMap(ctx, "replication").Result()
	if err != nil || info["Replication"]["role"] != "master" {
		return -1
	}
	n := 0
	for k, v := range info["Replication"] {
		if strings.HasPrefix(k, "slave") && strings.Contains(v, "state=online") {
			n++
		}
	}
	return n
}

// A Cluster is three masters with a replica each.
type Cluster struct {
	URL     string // redis+cluster://
	Servers []*Server
}

// StartCluster starts a cluster that ends with the test. A master that does not
// answer for a second is replaced.
func StartCluster(t testing.TB) *Cluster {
	t.Helper()
	needs(t)
	c := &Cluster{}
	var hosts []string
	for range 6 {
		s := Start(t, "--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--cluster-port", FreePort(t),
			"--repl-diskless-sync-delay", "0")
		c.Servers = append(c.Servers, s)
		hosts = append(hosts, s.Addr)
	}
	args := append([]string{"--cluster", "create"}, hosts...)
	out, err := exec.CommandContext(t.Context(), "redis-cli", append(args, "--cluster-replicas", "1", "--cluster-yes")...).CombinedOutput()
	if err != nil {
		t.Fatalf("make a cluster: %v\n%s", err, out)
	}
	c.URL = "redis+cluster://" + strings.Join(hosts, ",")
	c.WaitWell(t)
	return c
}

// Masters returns the servers that take writes.
func (c *Cluster) Masters() (masters []*Server) {
	for _, s := range c.Servers {
		if follows(s.Addr) >= 0 {
			masters = append(masters, s)
		}
	}
	return masters
}

// WaitWell waits until three masters have a replica each and every server says
// that all is well.
func (c *Cluster) WaitWell(t testing.TB) {
	t.Helper()
	eventually(t, "the cluster is well", func() bool {
		masters := 0
		for _, s := range c.Servers {
			db := redis.NewClient(&redis.Options{Addr: s.Addr, MaxRetries: -1})
			info, err := db.ClusterInfo(t.Context()).Result()
			_ = db.Close() // it only asked
			if err != nil || !strings.Contains(info, "cluster_state:ok") {
				return false
			}
			switch n := follows(s.Addr); {
			case n > 0:
				masters++
			case n == 0:
				return false
			}
		}
		return masters == 3
	})
}

// Reshard moves n slots from one master to another while the cluster works.
func (c *Cluster) Reshard(t testing.TB, n int) {
	t.Helper()
	masters := c.Masters()
	id := func(s *Server) string {
		db := redis.NewClient(&redis.Options{Addr: s.Addr})
		defer db.Close() //nolint:errcheck // it only asked
		got, err := db.Do(t.Context(), "CLUSTER", "MYID").Text()
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	out, err := exec.CommandContext(t.Context(), "redis-cli", "--cluster", "reshard", masters[0].Addr, //nolint:gosec // a test's own servers
		"--cluster-from", id(masters[0]), "--cluster-to", id(masters[1]), "--cluster-slots", strconv.Itoa(n), "--cluster-yes").CombinedOutput()
	if err != nil {
		t.Fatalf("move %d slots: %v\n%s", n, err, out[max(0, len(out)-2000):])
	}
}

// settles is how long servers may take to agree. After many failovers Sentinels
// that vote for themselves at the same time need several turns.
const settles = 2 * time.Minute

func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for begun := time.Now(); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Since(begun) > settles {
			t.Fatalf("after %v it is still not so that %s", settles, what)
		}
	}
}
