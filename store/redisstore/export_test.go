package redisstore

import (
	"context"
	"rasid/store"
	"rasid/store/record"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// IsWell reads what a server tells of a replica.
func IsWell(replica string) bool { return isWell(replica) }

// Followers tell how many replicas are to have a write.
type Followers struct{ f followers }

// Least sets how many that are at least.
func (f *Followers) Least(n int) { f.f.least = n }

// Hear takes what a server tells of its replicas.
func (f *Followers) Hear(told map[string]string, now time.Time) int { return f.f.hear(told, now) }

// Need is how many the server heard of last is to have.
func (f *Followers) Need() int { return f.f.need() }

// CutAfter ends ctx, by cancel, once s has had n exchanges with the server.
func CutAfter(ctx context.Context, cancel func(), s *Store, n int) context.Context {
	h := &cutHook{cancel: cancel}
	h.left.Store(int64(n))
	s.db.AddHook(h)
	return ctx
}

type cutHook struct {
	cancel func()
	left   atomic.Int64
}

func (h *cutHook) DialHook(next redis.DialHook) redis.DialHook { return next }

func (h *cutHook) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, c redis.Cmder) error {
		defer h.count()
		return next(ctx, c)
	}
}

func (h *cutHook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, c []redis.Cmder) error {
		defer h.count()
		return next(ctx, c)
	}
}

func (h *cutHook) count() {
	if h.left.Add(-1) == 0 {
		h.cancel()
	}
}

// AfterCursor calls f each time that s has read the cursor, with how often it was.
func AfterCursor(s *Store, f func(nth int)) { s.db.AddHook(&cursorHook{f: f}) }

type cursorHook struct {
	f func(nth int)
	n atomic.Int64
}

func (h *cursorHook) DialHook(next redis.DialHook) redis.DialHook { return next }

func (h *cursorHook) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, c redis.Cmder) error {
		err := next(ctx, c)
		if c.Name() == "get" && c.Args()[1] == keyCursor {
			h.f(int(h.n.Add(1)))
		}
		return err
	}
}

func (h *cursorHook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// AfterPipeline calls f after each exchange of several commands, with how many
// there were.
func AfterPipeline(s *Store, f func(nth int)) { s.db.AddHook(&pipelineHook{f: f}) }

type pipelineHook struct {
	f func(nth int)
	n atomic.Int64
}

func (h *pipelineHook) DialHook(next redis.DialHook) redis.DialHook { return next }

func (h *pipelineHook) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (h *pipelineHook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, c []redis.Cmder) error {
		err := next(ctx, c)
		h.f(int(h.n.Add(1)))
		return err
	}
}

// AfterCommand calls f after each single command of s that succeeded, as long as it
// returns true.
func AfterCommand(s *Store, f func(c redis.Cmder) bool) { s.db.AddHook(&commandHook{f: f}) }

type commandHook struct {
	f    func(redis.Cmder) bool
	over atomic.Bool
}

func (h *commandHook) DialHook(next redis.DialHook) redis.DialHook { return next }

func (h *commandHook) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, c redis.Cmder) error {
		err := next(ctx, c)
		if err == nil && !h.over.Load() && !h.f(c) {
			h.over.Store(true)
		}
		return err
	}
}

func (h *commandHook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// DirectoryWrites counts what s writes to the directory of chats, and what of
// that waits for replicas.
func DirectoryWrites(s *Store) (all, durable *atomic.Int64) {
	h := &directoryHook{}
	s.db.AddHook(h)
	return &h.all, &h.durable
}

type directoryHook struct{ all, durable atomic.Int64 }

func (h *directoryHook) DialHook(next redis.DialHook) redis.DialHook { return next }

func (h *directoryHook) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, c redis.Cmder) error {
		defer h.count(c)
		return next(ctx, c)
	}
}

func (h *directoryHook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, c []redis.Cmder) error {
		defer h.count(c...)
		return next(ctx, c)
	}
}

func (h *directoryHook) count(cmds ...redis.Cmder) {
	waits := slices.ContainsFunc(cmds, func(c redis.Cmder) bool { return c.Name() == "wait" })
	for _, c := range cmds {
		its := slices.ContainsFunc(c.Args(), func(a any) bool { return a == keyMoved || a == keyMoving })
		if !its || c.Name() == "hget" || c.Name() == "hgetall" || redis.HasErrorPrefix(c.Err(), "NOSCRIPT") {
			continue
		}
		h.all.Add(1)
		if waits {
			h.durable.Add(1)
		}
	}
}

// Shared returns the script that all scripts on shards begin with.
func Shared(t *testing.T) string {
	b, err := sources.ReadFile(shared)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Upgrading adds an upgrade to a version.
func Upgrading(o Options, to int, alone bool, do func(context.Context) error) Options {
	o.upgrades = append(upgrades(), upgrade{to: to, alone: alone, do: func(ctx context.Context, _ *Store) error { return do(ctx) }})
	return o
}

// TestNewerRecordsMakeANewerStore fails when the version of records was raised and
// that of the store was not: older processes would take them for damaged.
func TestNewerRecordsMakeANewerStore(t *testing.T) {
	records := map[int]byte{1: 1, 2: 1} // by the version of the store
	b, err := record.Item(store.Item{})
	if err != nil {
		t.Fatal(err)
	}
	if has := newest(upgrades()); records[has] != b[0] {
		t.Errorf("records of version %d are written to a store of version %d; raise that first, by an upgrade of its own", b[0], has)
	}
}

// TestEveryKeyIsMoved fails when a shard has a key that copies and backups would
// lack.
func TestEveryKeyIsMoved(t *testing.T) {
	read := []int{
		atDests, atIndex, atState, atJobs, atOwed, atTries, atMarks, atUpdates, atTokens, atGone, atDead, atExpired, atInbox,
		atChanges, atOpen, atWhen, atDue, // are made of the others
		atEpoch, atIntake, // are among the notes
	}
	if len(read) != shardKeys {
		t.Errorf("a shard has %d keys, of which %d are in package transfer's parts: see export.go and import.go", shardKeys, len(read))
	}
}
