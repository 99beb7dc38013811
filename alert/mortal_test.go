package alert_test

import (
	"context"
	"errors"
	"rasid/store"
	"sync/atomic"
	"time"
)

// mortal is a store whose process can die: then nothing has an effect.
type mortal struct {
	store.Store
	dead *atomic.Bool
	fail func(call string) error // of calls that are to fail once
	lose func(call string) error // of calls whose answers are to be lost
	slow func(d store.Dispatch)  // what a dispatch does before it begins; nil: nothing
}

var errDead = errors.New("the process is gone")

func (m *mortal) gone(call string) error {
	if m.dead.Load() {
		return errDead
	}
	if m.fail != nil {
		return m.fail(call)
	}
	return nil
}

func (m *mortal) Begin(ctx context.Context, k store.Mark) error {
	if err := m.gone("begin"); err != nil {
		return err
	}
	err := m.Store.Begin(ctx, k)
	if m.lose != nil {
		err = errors.Join(err, m.lose("begin"))
	}
	return err
}

func (m *mortal) Finish(ctx context.Context, k store.Mark, o store.Outcome, now time.Time) error {
	if err := m.gone("finish"); err != nil {
		return err
	}
	return m.Store.Finish(ctx, k, o, now)
}

func (m *mortal) Release(ctx context.Context, k store.Mark, until time.Time) error {
	if err := m.gone("release"); err != nil {
		return err
	}
	return m.Store.Release(ctx, k, until)
}

func (m *mortal) Expire(ctx context.Context, e store.Expired, epoch uint64) (int, error) {
	if err := m.gone("expire"); err != nil {
		return 0, err
	}
	return m.Store.Expire(ctx, e, epoch)
}

func (m *mortal) Shelve(ctx context.Context, x store.Shelving, epoch uint64) (int, error) {
	if err := m.gone("shelve"); err != nil {
		return 0, err
	}
	return m.Store.Shelve(ctx, x, epoch)
}

func (m *mortal) Dispatch(ctx context.Context, d store.Dispatch, epoch uint64) (bool, error) {
	if err := m.gone("dispatch"); err != nil {
		return false, err
	}
	if m.slow != nil {
		m.slow(d)
	}
	return m.Store.Dispatch(ctx, d, epoch)
}

func (m *mortal) Trim(ctx context.Context, before, now time.Time, limit int) (int, error) {
	if err := m.gone("trim"); err != nil {
		return 0, err
	}
	return m.Store.Trim(ctx, before, now, limit)
}

func (m *mortal) Outlive(ctx context.Context, before time.Time) (bool, error) {
	if err := m.gone("outlive"); err != nil {
		return false, err
	}
	return m.Store.Outlive(ctx, before)
}

func (m *mortal) Advance(ctx context.Context, r store.Reach, epoch uint64) error {
	if err := m.gone("advance"); err != nil {
		return err
	}
	return m.Store.Advance(ctx, r, epoch)
}
