package redisstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"rasid/internal/pause"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"
)

// ErrNotReplicated reports a write that too few replicas confirmed in time. It
// may be there all the same; repeating it is safe.
var ErrNotReplicated = errors.New("too few replicas have confirmed the write")

// errMoving reports a slot of a cluster whose server was not found in time. It
// stands for what servers say to their clients of that (MOVED, ASK), which is no
// business of people.
var errMoving = errors.New("a slot of the cluster is on its way to another server")

// How writes wait for replicas.
const (
	waitLimit  = time.Second
	atOnce     = 16 // durable scripts of one runAll
	redirected = 40 // times that a script follows its slot in a cluster, with pauses: about five seconds
)

// volatile reports whether a script's effect may be lost in a failover: it
// changes nothing, or nothing that anybody was told.
func volatile(script string) bool {
	switch script {
	case "look", "join", "leave", "slot", "slotend", "holdchat", "paused", "halt", "trim", "outlive", "forgetids":
		return true
	}
	return false
}

// runDurably runs a script and waits until enough replicas have its effect, on
// one connection: a server counts only what came in over the same. What it
// counts must be a write, and a script that is repeated may not write, so there
// is one of our own beside it.
func (s *Store) runDurably(ctx context.Context, c call) *redis.Cmd {
	nodes, ok := s.db.(*redis.ClusterClient)
	if !ok {
		return s.runOn(ctx, s.db, c, false)
	}
	var cmd *redis.Cmd
	for try := range redirected {
		node, err := nodes.MasterForKey(ctx, c.keys[0])
		if err != nil {
			cmd = redis.NewCmd(ctx)
			cmd.SetErr(fmt.Errorf("find the server of a slot: %w", err))
		} else {
			cmd = s.runOn(ctx, node, c, false)
		}
		ask, moved := follow(cmd.Err())
		switch {
		case !moved:
			return cmd
		case ask != "":
			if node := nodeAt(ctx, nodes, ask); node != nil {
				cmd = s.runOn(ctx, node, c, true)
				if _, moved = follow(cmd.Err()); !moved {
					return cmd
				}
			}
		}
		nodes.ReloadState(ctx)
		if !pause.For(ctx, time.Duration(min(try+1, 6))*25*time.Millisecond) {
			break
		}
	}
	cmd.SetErr(settled(cmd.Err()))
	return cmd
}

// settled is an error without what servers say to their clients.
func settled(err error) error {
	if redis.HasErrorPrefix(err, "MOVED") || redis.HasErrorPrefix(err, "ASK ") {
		return errMoving
	}
	return err
}

// A discreet hook keeps what a client of a cluster could not settle to itself.
type discreet struct{}

// DialHook implements redis.Hook.
func (discreet) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessHook implements redis.Hook.
func (discreet) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, c redis.Cmder) error {
		err := settled(next(ctx, c))
		c.SetErr(settled(c.Err()))
		return err
	}
}

// ProcessPipelineHook implements redis.Hook.
func (discreet) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, all []redis.Cmder) error {
		err := settled(next(ctx, all))
		for _, c := range all {
			c.SetErr(settled(c.Err()))
		}
		return err
	}
}

// runOn runs a script on one server; asking is for a slot that it is taking
// over.
func (s *Store) runOn(ctx context.Context, db redis.Cmdable, c call, asking bool) *redis.Cmd {
	cmd := s.pipeline(ctx, db, c, asking, s.scripts[c.script].EvalSha)
	if redis.HasErrorPrefix(cmd.Err(), "NOSCRIPT") {
		cmd = s.pipeline(ctx, db, c, asking, s.scripts[c.script].Eval)
	}
	return cmd
}

func (s *Store) pipeline(
	ctx context.Context, db redis.Cmdable, c call, asking bool,
	eval func(context.Context, redis.Scripter, []string, ...any) *redis.Cmd,
) *redis.Cmd {
	var cmd *redis.Cmd
	var mark *redis.StatusCmd
	var wait *redis.Cmd
	want := s.awaited(ctx, db)
	_, _ = db.Pipelined(ctx, func(p redis.Pipeliner) error { // each command has its own error
		if asking {
			p.Do(ctx, "ASKING")
		}
		cmd = eval(ctx, p, c.keys, c.args...)
		if asking {
			p.Do(ctx, "ASKING")
		}
		mark = p.Set(ctx, waitKey(c.keys[0]), "", 0)
		wait = p.Do(ctx, "WAIT", want, waitLimit.Milliseconds())
		return nil
	})
	has, err := wait.Int()
	if has < want && cmp.Or(cmd.Err(), mark.Err(), err) == nil && s.each { // there may be fewer now
		s.lookAtReplicas(ctx, db)
		want = int(s.well.Load())
	}
	switch err = cmp.Or(mark.Err(), err); {
	case cmd.Err() != nil:
	case err != nil:
		cmd.SetErr(fmt.Errorf("wait for replicas: %w", err))
	case has < want:
		cmd.SetErr(fmt.Errorf("%w: %d of %d", ErrNotReplicated, has, want))
	}
	return cmd
}

// awaited is how many replicas are to have a write before it counts. Behind
// Sentinels that is each that is well, one at least: any of them may become the
// master, since Sentinels compare how far each had come a while ago. See
// https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/.
func (s *Store) awaited(ctx context.Context, db redis.Cmdable) int {
	if !s.each {
		return s.replicas
	}
	if last := s.lookedAt.Load(); time.Now().UnixNano()-last > int64(lookEvery) && s.lookedAt.CompareAndSwap(last, time.Now().UnixNano()) {
		s.lookAtReplicas(ctx, db)
	}
	return int(s.well.Load())
}

// Of the replicas that a server tells of, those are well that follow it and
// have said so lately: one that is frozen or cut off is not waited for after that.
const (
	lookEvery = time.Second
	lagMost   = 2 // seconds; replicas report once a second
)

// lookAtReplicas counts the replicas of a server that are well.
func (s *Store) lookAtReplicas(ctx context.Context, db redis.Cmdable) {
	info, err := db.InfoMap(ctx, "replication").Result()
	if err != nil {
		return // then the write that is waited for fails, too
	}
	n := 0
	for key, value := range info["Replication"] {
		if strings.HasPrefix(key, "slave") && isWell(value) {
			n++
		}
	}
	s.well.Store(int64(max(n, s.replicas)))
}

// isWell reads what a server tells of a replica:
// "ip=10.0.0.2,port=6379,state=online,offset=1234,lag=1".
func isWell(replica string) bool {
	online, lag := false, -1
	for field := range strings.SplitSeq(replica, ",") {
		switch name, value, _ := strings.Cut(field, "="); name {
		case "state":
			online = value == "online"
		case "lag":
			if n, err := strconv.Atoi(value); err == nil {
				lag = n
			}
		}
	}
	return online && lag >= 0 && lag <= lagMost
}

// waitKey is a key in the slot of another, to be written and never read.
func waitKey(key string) string { return key[:strings.IndexByte(key, '}')+1] + ":wait" }

// follow reports whether a script is to be run again elsewhere or later: its
// slot is another server's, is on its way to one (ask is where), or nobody's
// for now.
func follow(err error) (ask string, moved bool) {
	if err == nil {
		return "", false
	}
	for _, prefix := range []string{"MOVED", "TRYAGAIN", "CLUSTERDOWN", "READONLY", "LOADING", "MASTERDOWN"} {
		if redis.HasErrorPrefix(err, prefix) {
			return "", true
		}
	}
	if redis.HasErrorPrefix(err, "ASK ") {
		words := strings.Fields(err.Error())
		return words[len(words)-1], true
	}
	return "", errors.Is(err, redis.ErrClosed) || strings.Contains(err.Error(), "connection refused")
}

// nodeAt returns the client of one server of a cluster, nil when there is none.
func nodeAt(ctx context.Context, nodes *redis.ClusterClient, addr string) (found *redis.Client) {
	var mu sync.Mutex
	_ = nodes.ForEachMaster(ctx, func(_ context.Context, c *redis.Client) error { // f does not fail
		mu.Lock()
		defer mu.Unlock()
		if c.Options().Addr == addr {
			found = c
		}
		return nil
	})
	return found
}

// runEach runs scripts durably, some at a time.
func (s *Store) runEach(ctx context.Context, calls []call) ([]*redis.Cmd, error) {
	cmds := make([]*redis.Cmd, len(calls))
	var g errgroup.Group
	g.SetLimit(max(atOnce, min(len(calls), rolesAtOnce)))
	for i, c := range calls {
		g.Go(func() error {
			cmds[i] = s.runDurably(ctx, c)
			return cmds[i].Err()
		})
	}
	return cmds, g.Wait()
}

// masters calls f for each server that takes writes.
func (s *Store) masters(ctx context.Context, f func(context.Context, redis.Cmdable) error) error {
	if nodes, ok := s.db.(*redis.ClusterClient); ok {
		return nodes.ForEachMaster(ctx, func(ctx context.Context, c *redis.Client) error { return f(ctx, c) })
	}
	return f(ctx, s.db)
}

// replicasOf tells how many replicas a server has now.
func replicasOf(info map[string]map[string]string) int {
	n, err := strconv.Atoi(info["Replication"]["connected_slaves"])
	if err != nil {
		return 0
	}
	return n
}
