package redisstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// errReplica reports a server that takes no writes.
var errReplica = errors.New("it is a replica, which takes no writes")

// errCluster reports a server that has only a part of what there is.
var errCluster = errors.New("it is a server of a Redis Cluster: write redis+cluster:// in front")

// fits refuses a single server that is not what its address says: a replica, and
// one of a Cluster. Behind Sentinels and in a Cluster who is a replica changes.
func fits(k kind, info map[string]map[string]string) error {
	switch r := info["Replication"]; {
	case k == single && r["role"] == "slave":
		return fmt.Errorf("%w: name its master, %s:%s, or the Sentinels, which find it", errReplica, r["master_host"], r["master_port"])
	case k == single && info["Cluster"]["cluster_enabled"] == "1":
		return errCluster
	}
	return nil
}

// advised adds to an error of opening what can be done about it, where that is
// known.
func (a *address) advised(err error) error {
	switch {
	case err == nil:
		return nil
	case redis.HasErrorPrefix(err, "READONLY"):
		return fmt.Errorf("%w: %w: name its master", err, errReplica)
	case errors.Is(err, ErrNotReplicated):
		return fmt.Errorf("%w: bring its replica back, or, to do without, add wait=0 to the address", err)
	case errors.Is(err, context.DeadlineExceeded) && a.redis.TLSConfig != nil:
		return fmt.Errorf("%w: nobody answers in TLS, which rediss:// stands for; a server without is redis://", err)
	}
	return err
}
