package alert

import (
	"context"
	"sync"
	"time"
)

// A scale makes the room's own times shorter in tests across processes, where
// the clock cannot be virtual. Times that Telegram asks for stay what they are.
type scale float64

// of returns d divided by the scale; 0 and 1 leave it.
func (s scale) of(d time.Duration) time.Duration {
	if s <= 0 || s == 1 {
		return d
	}
	return time.Duration(float64(d) / float64(s))
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// nudge fills a channel that has room for one.
func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // somebody said so already
	}
}

// drainContext ends limit after ctx does.
func drainContext(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	out, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var mu sync.Mutex
	var timer *time.Timer
	stop := context.AfterFunc(ctx, func() {
		mu.Lock()
		defer mu.Unlock()
		timer = time.AfterFunc(limit, cancel)
	})
	return out, func() {
		stop()
		mu.Lock()
		defer mu.Unlock()
		if timer != nil {
			timer.Stop()
		}
		cancel()
	}
}
