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
	locked := redistest.Start(t, "--appendfsync", "no")
	admin := redis.NewClient(&redis.Options{Addr: locked.Addr})
	defer admin.Close()
	for _, set := range [][]any{{"ACL", "SETUSER", "poor", "on", ">pass", "~*", "+ping"}, {"CONFIG", "SET", "requirepass", "pass"}} {
		if err := admin.Do(t.Context(), set...).Err(); err != nil {
			t.Fatalf("%v: %v", set, err)
		}
	}
	as := func(user string) string { return strings.Replace(locked.URL, "redis://", "redis://"+user+"@", 1) }
	nobody := "127.0.0.1:" + redistest.FreePort(t)
	for _, tt := range []struct{ name, address, want string }{
		{"a replica names its master", replica.URL, "name its master, " + master.Addr},
		{"TLS where none is spoken", strings.Replace(alone.URL, "redis://", "rediss://", 1), "redis://"},
		{"no replica to wait for", alone.URL + "?wait=1", "wait=0"},
		{"a server of a cluster", "redis://" + cluster.Masters()[0].Addr, "redis+cluster://"},
		{"another server of it", "redis://" + cluster.Masters()[1].Addr, "redis+cluster://"},
		{"a password that is not right", as("default:other"), "redis://NAME:PASSWORD@HOST"},
		{"no password", locked.URL, "redis://NAME:PASSWORD@HOST"},
		{"a user who may do too little", as("poor:pass"), "docs/operations.md"},
		{"no such database", alone.URL + "/99", "number"},
		{"nobody there", "redis://" + nobody, "bolt:"},
		{"no Sentinel", "redis+sentinel://" + alone.Addr + "/main", "it is no Sentinel"},
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
