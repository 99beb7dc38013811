package redisstore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"rasid/internal/pause"
	"rasid/store/record"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// An upgrade makes a store of the version below to one of version to. It may be cut
// short and run again, also by another process.
type upgrade struct {
	to    int
	alone bool // no process may be at work on the store meanwhile
	do    func(context.Context, *Store) error
}

// upgrades lists the way from the first version to the newest. One that was
// released is never changed.
func upgrades() []upgrade {
	return []upgrade{
		{to: 1, do: func(context.Context, *Store) error { return nil }},
		{to: 2, do: func(ctx context.Context, s *Store) error {
			return s.db.SetNX(ctx, keyName, rand.Text(), 0).Err() // older processes do not mind
		}},
	}
}

// newest is the version of the layout after all upgrades. A newer one is refused.
func newest(all []upgrade) int { return all[len(all)-1].to }

// judge returns what tells a damaged record from one of a newer rasid beside us,
// which raises the store's version before it writes any. It is made after the record
// was read, and asks the store once at most. In doubt the record waits.
func (s *Store) judge(ctx context.Context) func(error) error {
	ours := sync.OnceValue(func() bool {
		has, err := s.db.Get(ctx, keySchema).Int()
		return err == nil && has <= s.layout
	})
	return func(err error) error {
		if errors.Is(err, record.ErrNewer) && ours() {
			return record.Ours(err)
		}
		return err
	}
}

// How an upgrade keeps other processes from doing the same.
const (
	upgradeHold = 30 * time.Second       // it is ours for so long, renewed
	upgradeWait = 100 * time.Millisecond // between looks at what another does
)

// upgrade brings a store to the newest version, or waits until another process
// has. One opened for reading is left as it is.
func (s *Store) upgrade(ctx context.Context, version string, o Options) error {
	name, all := rand.Text(), o.upgrades
	for {
		has, err := strconv.Atoi(version)
		switch {
		case err != nil:
			return fmt.Errorf("its version is %q, which no rasid writes", version)
		case has > newest(all):
			return fmt.Errorf("its layout has version %d, and this rasid reads up to %d: run the newer rasid that upgraded it, "+
				"or restore a backup from before into an empty database", has, newest(all))
		case has == newest(all):
			return nil
		case o.Reading:
			s.warnings = append(s.warnings, fmt.Sprintf(
				"the store has version %d and stays as it is; rasid run of this rasid upgrades it to %d", has, newest(all)))
			return nil
		}
		if err = s.climb(ctx, name, has, all); err != nil {
			return fmt.Errorf("upgrade from version %d to %d: %w", has, newest(all), err)
		}
		if version, err = s.db.Get(ctx, keySchema).Result(); err != nil {
			return fmt.Errorf("read its version: %w", err)
		}
	}
}

// climb takes the steps above a version, unless another process does: then it
// waits a little.
func (s *Store) climb(ctx context.Context, name string, has int, all []upgrade) error {
	mine, err := s.db.SetNX(ctx, keyUpgrade, name, upgradeHold).Result()
	switch {
	case err != nil:
		return err
	case !mine && !pause.For(ctx, upgradeWait):
		return ctx.Err()
	case !mine:
		return nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	renewed := make(chan struct{})
	go func() { defer close(renewed); s.renew(ctx, name, cancel) }()
	for _, x := range all {
		if x.to <= has {
			continue
		}
		if err = s.take(ctx, name, x); err != nil {
			break
		}
	}
	cause := context.Cause(ctx)
	cancel(nil)
	<-renewed
	_, drop := s.dropUpgrade(context.WithoutCancel(ctx), name)
	if err != nil && cause != nil {
		return errors.Join(cause, err)
	}
	if err = errors.Join(err, drop); err == nil {
		s.warnings = append(s.warnings, fmt.Sprintf("the store was upgraded from version %d to %d, and an older rasid refuses it now; "+
			"to go back, stop this one and restore a backup from before", has, newest(all)))
	}
	return err
}

// take takes one step.
func (s *Store) take(ctx context.Context, name string, x upgrade) error {
	if x.alone {
		users, err := s.Users(ctx)
		if err != nil {
			return err
		}
		if len(users) > 0 {
			return fmt.Errorf("an older rasid works on it (%s): stop all of them, then start this one; "+
				"one that was killed is forgotten within a minute", strings.Join(users, ", "))
		}
	}
	if err := x.do(ctx, s); err != nil {
		return fmt.Errorf("to version %d: %w", x.to, err)
	}
	return answer(s.run(ctx, call{"upgraded", []string{keyUpgrade, keySchema}, []any{name, x.to}}))
}

// renew keeps the upgrade ours until ctx ends.
func (s *Store) renew(ctx context.Context, name string, lost func(error)) {
	for pause.For(ctx, upgradeHold/3) {
		got, err := s.db.Get(ctx, keyUpgrade).Result()
		if err == nil && got == name {
			err = s.db.PExpire(ctx, keyUpgrade, upgradeHold).Err()
		} else if err == nil || errors.Is(err, redis.Nil) {
			lost(errors.New("another process took it over"))
			return
		}
		if err != nil && ctx.Err() == nil {
			lost(err)
			return
		}
	}
}

// dropUpgrade lets others upgrade.
func (s *Store) dropUpgrade(ctx context.Context, name string) (had bool, err error) {
	got, err := s.db.Get(ctx, keyUpgrade).Result()
	if errors.Is(err, redis.Nil) || err == nil && got != name {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, s.db.Del(ctx, keyUpgrade).Err()
}
