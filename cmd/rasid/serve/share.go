package serve

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"rasid/internal/pause"
	"rasid/lease"
	"rasid/store"
	"slices"
	"sync"
	"time"
)

// How often processes on one store look for each other's work without being
// told. Elsewhere nobody else does any.
const (
	sharedPoll = 2 * time.Second
	tellLimit  = 5 * time.Second // for one hint
	hearAgain  = time.Second     // after the connection that brings hints was lost
	rulesEvery = 10 * time.Second
)

// processName is a name that no other process has, nor had: the machine's, for
// people, and a random part.
func processName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "rasid" // the random part is what counts
	}
	return host + "-" + rand.Text()[:10]
}

// newKeeper makes the room that takes this process's share of the roles.
func (r *Running) newKeeper() *lease.Keeper {
	return lease.New(lease.Options{
		Store: r.store, Name: r.name, Drained: r.drained, Scale: r.set.TimeScale, Logger: r.log,
		Own: func(s store.Shard, l *lease.Lease) {
			r.delivery.Own(s, l)
			r.mine[s].Store(true)
			if r.poller != nil {
				r.poller.Reload()
			}
		},
		Disown: func(s store.Shard) <-chan struct{} {
			r.mine[s].Store(false)
			return r.delivery.Disown(s)
		},
		Lead: map[store.Role]func(context.Context, *lease.Lease){
			store.Intake:  r.lead(func(ctx context.Context, l *lease.Lease) error { return r.intake.Lead(ctx, l.Epoch()) }),
			store.Updates: r.lead(func(ctx context.Context, _ *lease.Lease) error { return r.bot.Receive(ctx) }),
		},
	})
}

// lead makes a failure of a role's work the program's. Losing the role to
// another process is none.
func (r *Running) lead(work func(context.Context, *lease.Lease) error) func(context.Context, *lease.Lease) {
	return func(ctx context.Context, l *lease.Lease) {
		if err := work(ctx, l); err != nil && !errors.Is(err, store.ErrFenced) {
			r.failed <- err
		}
	}
}

// failure ends the program when a role's work failed.
func (r *Running) failure(ctx context.Context) error {
	select {
	case err := <-r.failed:
		return err
	case <-ctx.Done():
		return nil
	}
}

// deliver sends, and tells when nothing is being sent any more.
func (r *Running) deliver(ctx context.Context) error {
	defer close(r.drained)
	return r.delivery.Run(ctx)
}

// feedIsMine reports whether this process polls a feed: the one that has the
// shard that the feed's address falls into.
func (r *Running) feedIsMine(url string) bool { return r.mine[store.ShardOf(url)].Load() }

// poll is how often delivery looks for new jobs without being told; 0: seldom.
func (r *Running) poll() time.Duration {
	if r.store.Shared() {
		return sharedPoll
	}
	return 0
}

// wake tells intake and delivery that something was accepted or changed.
func (r *Running) wake() {
	r.intake.Wake()
	r.delivery.Wake()
}

// changed is wake, and tells other processes.
func (r *Running) changed() {
	r.wake()
	r.hints.add(store.Hint{Accepted: true, Changed: true})
}

// owes tells delivery here and elsewhere that something new is owed.
func (r *Running) owes(shards []store.Shard, first uint64) {
	r.delivery.Owes(shards, first)
	if len(shards) > 0 {
		r.hints.add(store.Hint{Owed: shards, First: first})
	}
}

// hints collects what other processes are to be told, so that nobody waits for
// the telling.
type hints struct {
	rung chan struct{}
	mu   sync.Mutex
	next store.Hint
}

func newHints() hints { return hints{rung: make(chan struct{}, 1)} }

func (h *hints) add(x store.Hint) {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := &h.next
	n.Accepted, n.Changed, n.RuleFile = n.Accepted || x.Accepted, n.Changed || x.Changed, n.RuleFile || x.RuleFile
	if len(x.Owed) > 0 {
		if len(n.Owed) == 0 || x.First < n.First {
			n.First = x.First
		}
		n.Owed = slices.Concat(n.Owed, x.Owed)
		slices.Sort(n.Owed)
		n.Owed = slices.Compact(n.Owed)
	}
	select {
	case h.rung <- struct{}{}:
	default: // it is to be told already
	}
}

func (h *hints) take() store.Hint {
	h.mu.Lock()
	defer h.mu.Unlock()
	x := h.next
	h.next = store.Hint{}
	return x
}

// tell tells other processes what happened here.
func (r *Running) tell(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-r.hints.rung:
		}
		h := r.hints.take()
		h.From = r.name
		limited, cancel := context.WithTimeout(ctx, tellLimit)
		if err := r.store.Tell(limited, h); err != nil && ctx.Err() == nil {
			r.log.Debug("other processes could not be told; they look by themselves", "err", err)
		}
		cancel()
	}
}

// hear does what other processes tell, and looks now and then for what they
// may have told in vain.
func (r *Running) hear(ctx context.Context) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() {
		for ctx.Err() == nil {
			if err := r.store.Hear(ctx, func(h store.Hint) { r.heard(ctx, h) }); err != nil && ctx.Err() == nil {
				r.log.Warn("other processes cannot be heard, trying again", "err", err)
				pause.For(ctx, hearAgain)
			}
		}
	})
	for pause.For(ctx, rulesEvery) {
		r.newRules(ctx)
	}
	return nil
}

func (r *Running) heard(ctx context.Context, h store.Hint) {
	if h.From == r.name {
		return
	}
	if h.Accepted || h.Changed {
		r.intake.Wake()
	}
	if h.Changed {
		r.delivery.Wake()
	}
	if len(h.Owed) > 0 {
		r.delivery.Owes(slices.DeleteFunc(h.Owed, func(s store.Shard) bool { return s.Check() != nil }), h.First)
	}
	if h.RuleFile {
		r.newRules(ctx)
	}
}

// newRules puts a rule file in force that another process stored.
func (r *Running) newRules(ctx context.Context) {
	if err := r.refresh(ctx); err != nil && ctx.Err() == nil {
		r.log.Error("the stored rule file cannot be put in force", "err", fmt.Errorf("refresh: %w", err))
	}
}
