package redisstore_test

import (
	"context"
	"rasid/store/redisstore"
	"rasid/store/storetest/redistest"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// TestWhatToDoIsSaid opens servers that cannot be used as they are.
func TestWhatToDoIsSaid(t *testing.T) {
	master := redistest.Start(t, "--appendfsync", "no")
	host, port, _ := strings.Cut(master.Addr, ":")
	replica := redistest.Start(t, "--appendfsync", "no", "--replicaof", host+" "+port)
	alone := redistest.Start(t, "--appendfsync", "no")
	waiting := redis.NewClient(&redis.Options{Addr: replica.Addr})
	defer waiting.Close()
	for begun := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		info, err := waiting.InfoMap(t.Context(), "replication").Result()
		if err == nil && info["Replication"]["role"] == "slave" {
			break
		}
		if time.Since(begun) > 10*time.Second {
			t.Fatal("the replica does not follow")
		}
	}
	cluster := redistest.StartCluster(t)
	for _, tt := range []struct{ name, address, want string }{
		{"a replica names its master", replica.URL, "name its master, " + master.Addr},
		{"TLS where none is spoken", strings.Replace(alone.URL, "redis://", "rediss://", 1), "redis://"},
		{"no replica to wait for", alone.URL + "?wait=1", "wait=0"},
		{"a server of a cluster", "redis://" + cluster.Masters()[0].Addr, "redis+cluster://"},
		{"another server of it", "redis://" + cluster.Masters()[1].Addr, "redis+cluster://"},
		{"the third", "redis://" + cluster.Masters()[2].Addr, "redis+cluster://"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		s, err := redisstore.Open(ctx, tt.address, redisstore.Options{Timeout: 3 * time.Second})
		if err == nil {
			_, err = s.Join(ctx, "a", time.Second, at(1))
			_ = s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v; want it to say %s", tt.name, err, tt.want)
		}
		cancel()
	}
}
