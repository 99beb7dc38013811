package redisstore

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"syscall"

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
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("%w: nobody listens there; start the server, or, to do without one, name a file: bolt:PATH", err)
	}
	return cmp.Or(adviceOnAccess(err), err)
}

// adviceOnAccess adds what can be done to an error that says that a server, or we,
// will not deal with each other; nil: it says something else.
func adviceOnAccess(err error) error {
	if _, unknown := errors.AsType[x509.UnknownAuthorityError](err); unknown {
		return fmt.Errorf("%w: add ca=FILE to the address, the authority that signed the server's certificate", err)
	}
	if _, other := errors.AsType[x509.HostnameError](err); other {
		return fmt.Errorf("%w: name the server as its certificate does", err)
	}
	for prefix, advice := range map[string]string{
		"WRONGPASS":              "name and password stand in the address: redis://NAME:PASSWORD@HOST; write all but letters and digits by their numbers, as %2F",
		"NOAUTH":                 "write name and password in the address: redis://NAME:PASSWORD@HOST",
		"NOPERM":                 "docs/operations.md has what the user must be allowed to do",
		"DB index":               "the number behind the address is of a database; without one it is 0",
		"unknown command 'senti": "it is no Sentinel; a server is redis://",
	} {
		if redis.HasErrorPrefix(err, prefix) {
			return fmt.Errorf("%w: %s", err, advice)
		}
	}
	return nil
}
