package redisstore

import (
	"bytes"
	"cmp"
	"context"
	"embed"
	"fmt"
	"path"
	"slices"

	"github.com/redis/go-redis/v9"
)

//go:embed lua/*.lua
var sources embed.FS

// What every script on a shard, or on the pace, begins with.
const (
	shared = "lua/shard.lua"
	paced  = "lua/pace.lua"
)

// onShards lists the scripts that begin with the shared part.
func onShards() []string {
	return []string{
		"dispatch", "begin", "finish", "release", "withdraw", "cancel", "expire", "shelve", "unshelve", "outlive", "look", "change", "forget", "hold", "move", "trim",
	}
}

// timed lists the scripts on the pace, which ask the server for the time: where
// told, they take it from their last argument, in microseconds.
func timed() []string { return []string{"slot", "slotend", "holdchat", "paused", "halt"} }

// How a script gets the time.
const (
	timeOfServer = "redis.call('TIME')"
	timeAsTold   = "{ 0, tonumber(ARGV[#ARGV]) }"
)

// scripts reads the scripts by name. told says where those on the pace have the
// time from.
func scripts(told bool) (map[string]*redis.Script, error) {
	lib, err := sources.ReadFile(shared)
	if err != nil {
		return nil, fmt.Errorf("read scripts: %w", err)
	}
	pace, err := sources.ReadFile(paced)
	if err != nil {
		return nil, fmt.Errorf("read scripts: %w", err)
	}
	if told {
		pace = bytes.ReplaceAll(pace, []byte(timeOfServer), []byte(timeAsTold))
	}
	all := map[string]*redis.Script{}
	for _, name := range slices.Concat(onShards(), timed(), []string{
		"accept", "advance", "rules", "forgetids", "raise", "take", "leave", "join", "open", "claim", "complete", "upgraded", "moving", "moved", "unmoved", "feed", "items",
	}) {
		src, err := sources.ReadFile(path.Join("lua", name+".lua"))
		if err != nil {
			return nil, fmt.Errorf("read scripts: %w", err)
		}
		if slices.Contains(onShards(), name) {
			src = append(slices.Clone(lib), src...)
		}
		if slices.Contains(timed(), name) {
			src = append(slices.Clone(pace), src...)
		}
		all[name] = redis.NewScript(string(src))
	}
	return all, nil
}

// A call is one script to run.
type call struct {
	script string
	keys   []string
	args   []any
}

// runTimed runs a script on the pace.
func (s *Store) runTimed(ctx context.Context, c call) *redis.Cmd {
	if s.clock != nil {
		c.args = append(c.args, s.clock().UnixMicro())
	}
	return s.run(ctx, c)
}

// run runs one script. A server that has forgotten it gets its text again.
// With replicas it is durable when some have it, too.
func (s *Store) run(ctx context.Context, c call) *redis.Cmd {
	if s.replicas > 0 && !volatile(c.script) {
		return s.runDurably(ctx, c)
	}
	return s.scripts[c.script].Run(ctx, s.db, c.keys, c.args...)
}

// runAll runs scripts in one round trip, and in a second one those that the
// server had forgotten.
func (s *Store) runAll(ctx context.Context, calls []call) ([]*redis.Cmd, error) {
	if s.replicas > 0 && len(calls) > 0 && !volatile(calls[0].script) {
		return s.runEach(ctx, calls)
	}
	cmds := make([]*redis.Cmd, len(calls))
	_, err := s.db.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, c := range calls {
			cmds[i] = s.scripts[c.script].EvalSha(ctx, p, c.keys, c.args...)
		}
		return nil
	})
	if !slices.ContainsFunc(cmds, forgotten) {
		return cmds, err
	}
	_, again := s.db.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, c := range calls {
			if forgotten(cmds[i]) {
				cmds[i] = s.scripts[c.script].Eval(ctx, p, c.keys, c.args...)
			}
		}
		return nil
	})
	if redis.HasErrorPrefix(err, "NOSCRIPT") { // the first, which is mended
		err = nil
	}
	for i := 0; err == nil && i < len(cmds); i++ {
		err = cmds[i].Err()
	}
	return cmds, cmp.Or(err, again)
}

// forgotten reports whether a server did not know a script.
func forgotten(c *redis.Cmd) bool { return redis.HasErrorPrefix(c.Err(), "NOSCRIPT") }

// answer turns a script's one-word answer into an error.
func answer(c *redis.Cmd) error {
	v, err := c.Result()
	if err != nil {
		return err
	}
	if word, ok := v.(string); ok {
		return refusal(word)
	}
	return nil
}

// withItems adds item numbers to a script's arguments.
func withItems(a []any, items []uint64) []any {
	for _, it := range items {
		a = append(a, it)
	}
	return a
}
