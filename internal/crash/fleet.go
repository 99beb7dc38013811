package crash

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// A Fleet is several programs on one store.
type Fleet struct {
	All  []*Program
	next atomic.Uint64
}

// Push gives articles to one program after the other, and reports whether one
// said that it has them.
func (f *Fleet) Push(ctx context.Context, body []byte) (bool, error) {
	p := f.All[f.next.Add(1)%uint64(len(f.All))]
	return p.Push(ctx, body)
}

// Start starts all programs.
func (f *Fleet) Start() error {
	for _, p := range f.All {
		if err := p.Start(); err != nil {
			return err
		}
	}
	return nil
}

// Kill ends all programs as a power cut would.
func (f *Fleet) Kill() {
	for _, p := range f.All {
		p.Kill()
	}
}

// WaitReady waits until all programs are ready.
func (f *Fleet) WaitReady(ctx context.Context) error {
	for _, p := range f.All {
		if err := p.WaitReady(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Stop asks all programs to end, one after the other, and reports how long the
// slowest took.
func (f *Fleet) Stop(limit time.Duration) (slowest time.Duration, err error) {
	for _, p := range f.All {
		took, failed := p.Stop(limit)
		slowest, err = max(slowest, took), errors.Join(err, failed)
	}
	return slowest, err
}

// Log is the end of what each program printed.
func (f *Fleet) Log() (log string) {
	for _, p := range f.All {
		log += "--- " + p.HTTP + "\n" + p.Log()[max(0, len(p.Log())-4000):]
	}
	return log
}
