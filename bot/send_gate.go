package bot

import (
	"context"
	"rasid/bot/telegram"
	"sync"
	"time"
)

// unknownsToClose is after how many unanswered messages in a row nothing is
// sent until Telegram answers something harmless.
const unknownsToClose = 3

// A gate closes when messages vanish without an answer. While it is closed a
// message would only add to what may arrive twice, so getMe is asked instead.
// Delivery has such a gate for alerts; this one also holds for whoever sends
// through a Sender alone.
type gate struct {
	now func() time.Time

	mu       sync.Mutex
	unknown  int // in a row
	closed   bool
	knocking bool
	knocks   int // in vain, since it closed
	next     time.Time
}

// saw counts what a message met. Any answer, also a refusal, shows that
// somebody is there; a message that was never written shows nothing.
func (g *gate) saw(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch telegram.Classify(err).Class {
	case telegram.NotWritten, telegram.Broken:
	case telegram.Unknown:
		if g.unknown++; g.unknown >= unknownsToClose && !g.closed {
			g.closed, g.knocks, g.next = true, 0, g.now()
		}
	default:
		g.unknown = 0
	}
}

// pass reports whether a message may go. When it may not, wait is how long to
// leave the gate alone. One caller at a time asks getMe; the others are told
// to wait.
func (g *gate) pass(ctx context.Context, api API) (wait time.Duration, ok bool) {
	open, wait := g.claim()
	if open || wait > 0 {
		return wait, open
	}
	if err := g.knock(ctx, api); err != nil {
		return g.left(), false
	}
	return 0, true
}

// claim reports whether the gate is open, and else how long to leave it alone.
// Neither: the caller is the one to knock.
func (g *gate) claim() (open bool, wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.closed {
		return true, 0
	}
	if left := g.next.Sub(g.now()); g.knocking || left > 0 {
		return false, max(left, backoff(1))
	}
	g.knocking = true
	return false, 0
}

// knock asks getMe, and opens the gate when there is an answer.
func (g *gate) knock(ctx context.Context, api API) error {
	_, err := api.GetMe(ctx)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.knocking = false
	if err == nil {
		g.closed, g.unknown = false, 0
		return nil
	}
	g.knocks++
	g.next = g.now().Add(max(backoff(g.knocks), telegram.Classify(err).After))
	return err
}

func (g *gate) left() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return max(g.next.Sub(g.now()), backoff(1))
}

func (g *gate) shut() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.closed
}
