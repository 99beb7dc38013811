package redisstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"rasid/internal/pause"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"
)

// ErrNotReplicated reports a write that too few replicas confirmed in time, or that
// what was read is on too few. A write may be there all the same; repeating it is
// safe.
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
// changes nothing, or nothing that anybody was told. What "feed" and "items" read
// is acted on, and so may not be lost.
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
	err := s.awaited(ctx, db, waiting{c.keys[0], asking}, func(p redis.Pipeliner) {
		if asking {
			p.Do(ctx, "ASKING")
		}
		cmd = eval(ctx, p, c.keys, c.args...)
	})
	if cmd.Err() == nil && err != nil {
		cmd.SetErr(err)
	}
	return cmd
}

// Waiting is how to wait for what was done with a key.
type waiting struct {
	key    string
	asking bool // its slot is one that the server is taking over
}

// awaited does something on one connection and waits until enough replicas have
// what the server had by then.
func (s *Store) awaited(ctx context.Context, db redis.Cmdable, w waiting, do func(redis.Pipeliner)) error {
	want := s.replicas
	if s.each {
		want = s.followers.need()
	}
	has, told, err := s.exchange(ctx, db, w, want, do)
	if err != nil {
		return err
	}
	if s.each {
		need := s.followers.hear(told, time.Now())
		if has < need && want < need { // more than it was asked to wait for
			var again map[string]string
			has, again, err = s.exchange(ctx, db, w, need, func(redis.Pipeliner) {})
			if err == nil && again["master_replid"] != told["master_replid"] {
				has = 0 // what another server has says nothing
			}
		}
		want = need
	}
	if err == nil && has < want {
		err = fmt.Errorf("%w: %d of %d", ErrNotReplicated, has, want)
	}
	return err
}

// exchange does something and then waits until so many replicas have what was
// written before, for a while. It returns how many have it and, where each that is
// well is wanted, what that same server then tells of its replicas.
func (s *Store) exchange(ctx context.Context, db redis.Cmdable, w waiting, want int, do func(redis.Pipeliner)) (has int, told map[string]string, err error) {
	var mark *redis.StatusCmd
	var wait *redis.Cmd
	var info *redis.InfoCmd
	_, _ = db.Pipelined(ctx, func(p redis.Pipeliner) error { // each command has its own error
		do(p)
		if w.asking {
			p.Do(ctx, "ASKING")
		}
		mark = p.Set(ctx, waitKey(w.key), "", 0)
		wait = p.Do(ctx, "WAIT", want, waitLimit.Milliseconds())
		if s.each {
			info = p.InfoMap(ctx, "replication")
		}
		return nil
	})
	has, err = wait.Int()
	err = cmp.Or(mark.Err(), err)
	if err == nil && s.each {
		told, err = info.Val()["Replication"], info.Err()
	}
	if err != nil {
		err = fmt.Errorf("wait for replicas: %w", err)
	}
	return has, told, err
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
