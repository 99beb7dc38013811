package redisstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"rasid/store"
	"rasid/store/record"
	"slices"
	"strconv"
	"sync"

	"github.com/redis/go-redis/v9"
)

// feedChunk is how many shards are read in one exchange.
const feedChunk = 16

// A reading is what the change feed gives of one shard.
type reading struct {
	shard   store.Shard
	since   uint64   // the version that it was read up to before; 0: all there is is to be read
	version uint64   // up to which it is read now
	rows    []string // ordinals and records
}

// Changes implements store.Chats.
//
// Where writes wait for replicas, so does what is read here: it counts when they
// have it, too. Whoever acted on less would act on what never was, and a failover
// would give its versions out again (see docs/decisions/012).
func (s *Store) Changes(ctx context.Context, cur *store.Cursor, f func(store.Destination) error) error {
	history, whole, some, err := s.behind(ctx, cur)
	if err != nil {
		return fmt.Errorf("read changes: %w", err)
	}
	var bad store.UnreadableDestError
	for _, part := range []struct {
		all  []reading
		read func(context.Context, []reading) error
	}{{whole, s.readWhole}, {some, s.readSome}} {
		for rs := range slices.Chunk(part.all, feedChunk) {
			if err := part.read(ctx, rs); err != nil {
				return errors.Join(fmt.Errorf("read changes: %w", err), bad.OrNil())
			}
			for i := range rs {
				if err := rs[i].tell(f, &bad, s.judge(ctx)); err != nil {
					return errors.Join(err, bad.OrNil())
				}
				cur[rs[i].shard] = placed(history, rs[i].version)
			}
		}
	}
	return bad.OrNil()
}

// A number of a cursor is the version that a shard was read up to, and before it
// a few bits of the name of the history that it is of. What a server loses, in a
// crash with appendfsync everysec, the next history may give the same versions: so
// of another history everything is read again.
const versionBits = 40

func placed(history, version uint64) uint64 { return history<<versionBits | version }

// behind returns the history there is now, and a reading for each shard that
// changed since the cursor: those to be read whole as far as a single server is
// asked, and the others.
func (s *Store) behind(ctx context.Context, cur *store.Cursor) (history uint64, whole, some []reading, err error) {
	history, versions, err := s.versions(ctx)
	if err != nil {
		return 0, nil, nil, err
	}
	if anew(cur, history) {
		return 0, nil, nil, store.ErrAnew
	}
	for i, version := range versions {
		r := reading{shard: store.Shard(i), since: cur[i] & (1<<versionBits - 1)}
		if version <= r.since {
			continue
		}
		if _, several := s.db.(*redis.ClusterClient); r.since == 0 && !several {
			whole = append(whole, r)
		} else {
			some = append(some, r)
		}
	}
	return history, whole, some, nil
}

// anew takes back what a cursor was moved to in another history, and reports
// whether there was any.
func anew(cur *store.Cursor, history uint64) (was bool) {
	for i, n := range cur {
		if n != 0 && n>>versionBits != history {
			cur[i], was = 0, true
		}
	}
	return was
}

// versions returns the version of each shard, and of which history they are.
func (s *Store) versions(ctx context.Context) (history uint64, all []uint64, err error) {
	var names []string
	if _, several := s.db.(*redis.ClusterClient); several {
		if names, err = s.histories(ctx); err != nil {
			return 0, nil, err
		}
	}
	var info *redis.InfoCmd
	states := make([]*redis.StringCmd, store.Shards)
	_, err = s.db.Pipelined(ctx, func(p redis.Pipeliner) error {
		if names == nil {
			info = p.InfoMap(ctx, "replication")
		}
		for i := range states {
			states[i] = p.HGet(ctx, shardKey(store.Shard(i), atState), "version")
		}
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return 0, nil, err
	}
	if names == nil {
		names = []string{historyOf(info.Val())}
	}
	all = make([]uint64, store.Shards)
	for i, c := range states {
		if all[i], err = versionOf(c); err != nil {
			return 0, nil, err
		}
	}
	h := fnv.New32a()
	for _, name := range names {
		h.Write([]byte(name))
	}
	return uint64(h.Sum32()) >> (versionBits - 32), all, nil
}

// histories names the histories of a cluster's servers, each once.
func (s *Store) histories(ctx context.Context) (names []string, err error) {
	var mu sync.Mutex
	err = s.masters(ctx, func(ctx context.Context, db redis.Cmdable) error {
		info := db.InfoMap(ctx, "replication")
		mu.Lock()
		defer mu.Unlock()
		names = append(names, historyOf(info.Val()))
		return info.Err()
	})
	slices.Sort(names)
	return slices.Compact(names), err
}

// historyOf names the history that a server is of.
func historyOf(info map[string]map[string]string) string { return info["Replication"]["master_replid"] }

// versionOf reads a version; a missing one is 0.
func versionOf(c *redis.StringCmd) (uint64, error) {
	n, err := c.Uint64()
	if errors.Is(err, redis.Nil) {
		return 0, nil
	}
	return n, err
}

// readSome reads what changed in some shards. A script that reads is waited for
// like one that writes.
func (s *Store) readSome(ctx context.Context, rs []reading) error {
	calls := make([]call, len(rs))
	for i, r := range rs {
		keys := []string{shardKey(r.shard, atDests), shardKey(r.shard, atState), shardKey(r.shard, atChanges)}
		calls[i] = call{"feed", keys, []any{r.since}}
	}
	cmds, err := s.runAll(ctx, calls)
	if err != nil {
		return err
	}
	for i, c := range cmds {
		rows, err := c.StringSlice()
		if err != nil || len(rows) == 0 {
			return fmt.Errorf("shard %d: %w", rs[i].shard, cmp.Or(err, errors.New("no answer")))
		}
		if rs[i].version, err = strconv.ParseUint(rows[0], 10, 64); err != nil {
			return fmt.Errorf("shard %d: %w", rs[i].shard, err)
		}
		rs[i].rows = rows[1:]
	}
	return nil
}

// readWhole reads all there is in some shards of a single server. A script would
// take several times as long. The version is read first: what comes in between is
// told twice and not never.
func (s *Store) readWhole(ctx context.Context, rs []reading) error {
	versions, rows := make([]*redis.StringCmd, len(rs)), make([]*redis.MapStringStringCmd, len(rs))
	queue := func(p redis.Pipeliner) {
		for i, r := range rs {
			versions[i] = p.HGet(ctx, shardKey(r.shard, atState), "version")
			rows[i] = p.HGetAll(ctx, shardKey(r.shard, atDests))
		}
	}
	var waits error
	if s.replicas > 0 {
		waits = s.awaited(ctx, s.db, waiting{key: shardKey(rs[0].shard, atState)}, queue)
	} else {
		_, _ = s.db.Pipelined(ctx, func(p redis.Pipeliner) error { // each command has its own error
			queue(p)
			return nil
		})
	}
	for i := range rs {
		version, err := versionOf(versions[i])
		if err = cmp.Or(err, rows[i].Err(), waits); err != nil {
			return fmt.Errorf("shard %d: %w", rs[i].shard, err)
		}
		rs[i].version = version
		for ordinal, b := range rows[i].Val() {
			rs[i].rows = append(rs[i].rows, ordinal, b)
		}
	}
	return nil
}

// tell calls f with each destination that was read, and adds to bad what judge finds
// damaged.
func (r *reading) tell(f func(store.Destination) error, bad *store.UnreadableDestError, judge func(error) error) error {
	var records reader
	for row := range slices.Chunk(r.rows, 2) {
		d, err := records.read(r.shard, row[0], row[1])
		err = judge(err)
		if errors.Is(err, record.ErrDamaged) {
			bad.Add(d.Place, err)
			continue
		}
		if err != nil {
			return fmt.Errorf("read changes of shard %d: %w", r.shard, err)
		}
		if err := f(d); err != nil {
			return err
		}
	}
	r.rows = nil // there may be many more
	return nil
}
