// Package redisstore keeps the store in Redis: one Lua script per state
// change, so that each happens whole or not at all.
//
// A change is as durable as the server makes it: with appendonly yes and
// appendfsync always it is on disk when its call returns, which is what the
// promise of rasid is measured with. Every script may be run again: a call
// whose answer was lost is repeated by the client, and a second run finds the
// effect of the first.
package redisstore

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"rasid/store"
	"rasid/store/record"
	"rasid/store/transfer"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"
)

// ErrUnsafe reports a server whose settings would lose what was acknowledged.
var ErrUnsafe = errors.New("unsafe Redis")

// errConflict reports that a record changed between reading and writing it.
var errConflict = errors.New("changed meanwhile")

// errInFlight reports that a message to a destination that is to move is on its way.
var errInFlight = fmt.Errorf("%w, or a message is on its way", store.ErrDispatching)

// errUntouched reports that a migration waits for the dispatch of an item, and that
// nothing of either chat has changed yet.
var errUntouched = fmt.Errorf("%w to a chat that is to move", store.ErrDispatching)

// untouched reports whether err says that a migration waits and has not changed
// anything yet.
func untouched(err error) bool { return errors.Is(err, errInFlight) || errors.Is(err, errUntouched) }

// Options tunes a Store. The zero value is ready to use.
type Options struct {
	Timeout time.Duration // of one exchange with the server; default 5s
	Retries int           // of an exchange that failed, each safe to repeat; default 3, -1: none
	Pool    int           // connections at most; default 32

	Redirects int // how often a command follows its slot in a cluster; default 16

	Reading bool // change nothing: what is there is left as it is, also of an older version

	PaceClock func() time.Time // the time of the moments to send, for tests on a virtual clock; default: the server's

	upgrades []upgrade // default: all there are
}

func (o Options) withDefaults() Options {
	o.Timeout = cmp.Or(o.Timeout, 5*time.Second)
	o.Retries = cmp.Or(o.Retries, 3)
	o.Pool = cmp.Or(o.Pool, 32)
	o.Redirects = cmp.Or(o.Redirects, 16)
	if o.upgrades == nil {
		o.upgrades = upgrades()
	}
	return o
}

// A Store is a connection to Redis.
type Store struct {
	db        redis.UniversalClient
	scripts   map[string]*redis.Script
	at        string // the servers
	layout    int    // the newest version of a store that we read
	warnings  []string
	replicas  int              // that a write waits for; with each at least
	each      bool             // a write waits for each replica that is well
	followers followers        // with each: how many those are
	clock     func() time.Time // of the moments to send; nil: the server's
	round     round
	raised    [store.Shards]atomic.Uint64 // by shard, the newest epoch of intake that it was told by us
}

// Open connects to the servers at an address (see Forms), checks that they are
// fit to keep what they acknowledge, and returns ErrUnsafe when one is not.
// Settings that are allowed but weaker than the promise are told by Warnings.
// A store of an older version is upgraded unless it is opened for Reading, one
// that is half a copy refused with
// ErrUnfinished. No error shows the password.
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	return open(ctx, url, o.withDefaults(), func(ctx context.Context, s *Store, o Options) (string, error) {
		none := ""
		if o.Reading {
			none = "1"
		}
		got, err := s.run(ctx, call{"open", []string{keySchema, keyCopy, keyName}, []any{newest(o.upgrades), rand.Text(), none}}).StringSlice()
		switch {
		case err != nil || len(got) != 2:
			return "", cmp.Or(err, record.ErrDamaged)
		case got[1] != "":
			return "", fmt.Errorf("%w: run the same rasid store copy again, or empty it", store.ErrUnfinished)
		case got[0] == "":
			return "", errors.New("no rasid has stored anything there")
		}
		return got[0], nil
	})
}

// OpenTarget connects like Open to what is to be made a copy of the store with a
// name: where nothing is, or where such a copy was begun. Anything else is
// refused with ErrNotEmpty.
func OpenTarget(ctx context.Context, url, from string, o Options) (*Store, error) {
	o.Reading = false
	return open(ctx, url, o.withDefaults(), func(ctx context.Context, s *Store, o Options) (string, error) {
		keys := []string{keySchema, keyCopy, keyName}
		got, err := s.run(ctx, call{"claim", keys, []any{newest(o.upgrades), rand.Text(), from}}).Text()
		switch {
		case err != nil:
			return "", err
		case got == "":
			return "", fmt.Errorf("%w: name another database, or empty this one (redis-cli FLUSHDB deletes everything in it)", transfer.ErrNotEmpty)
		case got != from:
			return "", fmt.Errorf("%w: it is an unfinished copy of another store; finish that, or empty it", transfer.ErrNotEmpty)
		}
		return s.db.Get(ctx, keySchema).Result()
	})
}

// open connects, checks the servers, and has begin tell the version of what is
// there.
func open(ctx context.Context, url string, o Options, begin func(context.Context, *Store, Options) (string, error)) (*Store, error) {
	a, err := parse(url)
	if err != nil {
		return nil, fmt.Errorf("open store: the address of Redis cannot be read; want %s: %w", Forms, err)
	}
	all, err := scripts(o.PaceClock != nil)
	if err != nil {
		return nil, err
	}
	silence()
	s := &Store{db: a.connect(o), at: a.where(), scripts: all, layout: newest(o.upgrades), replicas: a.wait, clock: o.PaceClock}
	first, cancel := context.WithTimeout(ctx, o.Timeout) // an address where nobody answers is soon told
	defer cancel()
	var has string
	if err = s.check(first, a.kind); err == nil {
		has, err = begin(first, s, o)
	}
	if err == nil {
		err = s.upgrade(ctx, has, o)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open store redis at %s: %w", a.where(), a.advised(err)), s.db.Close())
	}
	return s, nil
}

// Warnings tells what weakens the promise on this server, in sentences.
func (s *Store) Warnings() []string { return s.warnings }

// check looks at the servers' settings.
func (s *Store) check(ctx context.Context, k kind) error {
	var mu sync.Mutex
	replicas, told := 0, map[string]bool{}
	err := s.masters(ctx, func(ctx context.Context, db redis.Cmdable) error {
		info, err := db.InfoMap(ctx, "server", "memory", "persistence", "replication", "cluster").Result()
		if err != nil {
			return err
		}
		if err := fits(k, info); err != nil {
			return err
		}
		if policy := info["Memory"]["maxmemory_policy"]; policy != "" && policy != "noeviction" {
			return fmt.Errorf("%w: maxmemory-policy is %s, which deletes what was acknowledged when memory runs out; "+
				"set it right with: redis-cli CONFIG SET maxmemory-policy noeviction", ErrUnsafe, policy)
		}
		weak := weak(ctx, db, info["Persistence"]["aof_enabled"] == "1")
		mu.Lock()
		defer mu.Unlock()
		replicas = max(replicas, replicasOf(info))
		for _, w := range weak {
			if !told[w] {
				told[w] = true
				s.warnings = append(s.warnings, w)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.waitFor(k, replicas)
	return nil
}

// waitFor says how many replicas writes wait for, where the address leaves it
// open. Behind a Sentinel each that is well, and one also when there is none now:
// it may be on its way back from a failover, and what is written meanwhile would
// be lost with the next. Elsewhere one, and only where some server has one; a part of a cluster that has
// none for now is not written to.
func (s *Store) waitFor(k kind, replicas int) {
	if s.replicas != waitAuto {
		return
	}
	s.replicas = min(replicas, 1)
	switch {
	case k == sentinel:
		s.replicas, s.each, s.followers.least = 1, true, 1
	case k == cluster && replicas == 0:
		s.warnings = append(s.warnings, "no server of the Redis Cluster has a replica: what was acknowledged is lost with the server that has it")
	}
}

// weak tells in which ways a server may lose what was acknowledged.
func weak(ctx context.Context, db redis.Cmdable, aof bool) []string {
	if !aof {
		return []string{"Redis runs without an append-only file (appendonly no): its crash loses everything since its last snapshot"}
	}
	got, err := db.ConfigGet(ctx, "appendfsync").Result()
	switch {
	case err != nil:
		return []string{"Redis does not tell its appendfsync setting: unless it is always, a crash of its machine may lose what was acknowledged"}
	case got["appendfsync"] == "everysec":
		return []string{"Redis writes to disk once a second (appendfsync everysec): a crash of its machine may lose up to 2 seconds"}
	case got["appendfsync"] != "always":
		return []string{"Redis leaves writing to disk to the system (appendfsync " + got["appendfsync"] + "): a crash of its machine may lose minutes"}
	}
	return nil
}

// Ping implements store.Store. It asks what a write would meet: each server that
// may get one takes it and, where writes wait for replicas, enough of them have it.
func (s *Store) Ping(ctx context.Context) error {
	var err error
	switch nodes, several := s.db.(*redis.ClusterClient); {
	case s.replicas == 0:
		err = s.db.Set(ctx, keyPing, "", 0).Err()
	case several:
		err = s.pingEach(ctx, nodes)
	default:
		err = s.awaited(ctx, s.db, waiting{key: keyPing}, func(redis.Pipeliner) {})
	}
	if err != nil {
		return fmt.Errorf("ping redis: %w", err)
	}
	return nil
}

// pingEach asks each server of a cluster that has a slot of ours, by one of them.
func (s *Store) pingEach(ctx context.Context, nodes *redis.ClusterClient) error {
	keys := []string{keyPing}
	for i := range store.Shards {
		keys = append(keys, shardKey(store.Shard(i), atState))
	}
	asked := map[*redis.Client]bool{}
	var g errgroup.Group
	for _, key := range keys {
		node, err := nodes.MasterForKey(ctx, key)
		if err != nil {
			return errors.Join(fmt.Errorf("find the server of a slot: %w", err), g.Wait())
		}
		if !asked[node] {
			asked[node] = true
			g.Go(func() error { return s.awaited(ctx, node, waiting{key: key}, func(redis.Pipeliner) {}) })
		}
	}
	return settled(g.Wait())
}

// Close implements store.Store.
func (s *Store) Close() error {
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("close redis: %w", err)
	}
	return nil
}

// refusal turns a script's word into the store's error.
func refusal(word string) error {
	switch word {
	case "FENCED":
		return store.ErrFenced
	case "SETTLED":
		return store.ErrSettled
	case "CONFLICT":
		return errConflict
	case "INFLIGHT":
		return errInFlight
	}
	return nil
}

var _ store.Store = (*Store)(nil)

// silence is done once: the client keeps its log in one place for all.
var silence = sync.OnceFunc(func() { redis.SetLogger(silent{}) }) //nolint:gochecknoglobals // it guards a global of the library's

// silent takes the place of the client's own log, which goes to standard error
// in a form of its own. What fails comes back as an error, too.
type silent struct{}

// Printf implements the client's logging interface.
func (silent) Printf(context.Context, string, ...any) {}
