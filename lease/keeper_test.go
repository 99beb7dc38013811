package lease_test

import (
	"context"
	"fmt"
	"log/slog"
	"rasid/lease"
	"rasid/store"
	"rasid/store/memstore"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A process is a keeper and what it was told to do.
type process struct {
	t      *testing.T
	name   string
	slow   time.Duration // how long a shard takes to be given up
	mu     sync.Mutex
	shards map[store.Shard]*lease.Lease
	leads  map[store.Role]*lease.Lease
	stop   func()
}

// start starts a process on s.
func start(t *testing.T, s store.Leases, name string) *process {
	p := &process{t: t, name: name, shards: map[store.Shard]*lease.Lease{}, leads: map[store.Role]*lease.Lease{}}
	drained := make(chan struct{})
	k := lease.New(lease.Options{
		Store: s, Name: name, Own: p.own, Disown: p.disown, Drained: drained, Logger: slog.New(slog.DiscardHandler),
		Lead: map[store.Role]func(context.Context, *lease.Lease){store.Intake: p.lead(store.Intake), store.Updates: p.lead(store.Updates)},
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- k.Run(ctx) }()
	p.stop = func() {
		cancel()
		time.Sleep(3 * time.Second) // what is under way
		close(drained)
		if err := <-ended; err != nil {
			t.Errorf("%s: Run() = %v; want nil", name, err)
		}
	}
	return p
}

func (p *process) own(s store.Shard, l *lease.Lease) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shards[s] != nil {
		p.t.Errorf("%s was given shard %d twice", p.name, s)
	}
	p.shards[s] = l
}

func (p *process) disown(s store.Shard) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.shards, s)
	done := make(chan struct{})
	time.AfterFunc(p.slow, func() { close(done) })
	return done
}

// slowly makes a shard take d to be given up from now on.
func (p *process) slowly(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.slow = d
}

func (p *process) lead(r store.Role) func(context.Context, *lease.Lease) {
	return func(ctx context.Context, l *lease.Lease) {
		p.mu.Lock()
		p.leads[r] = l
		p.mu.Unlock()
		<-ctx.Done()
		p.mu.Lock()
		delete(p.leads, r)
		p.mu.Unlock()
	}
}

// has tells how many shards and leads a process has, all of them under leases
// that hold.
func (p *process) has() (shards, leads int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for s, l := range p.shards {
		if l.Holds() {
			shards++
		} else {
			p.t.Logf("%s: the lease of shard %d does not hold", p.name, s)
		}
	}
	return shards, len(p.leads)
}

func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// divided checks that every role has one owner among the processes.
func divided(t *testing.T, least int, all ...*process) {
	t.Helper()
	owner := map[store.Shard]string{}
	leads := 0
	for _, p := range all {
		shards, l := p.has()
		leads += l
		if shards < least {
			t.Errorf("%s has %d shards; want %d at least", p.name, shards, least)
		}
		p.mu.Lock()
		for s := range p.shards {
			if other := owner[s]; other != "" {
				t.Errorf("shard %d has two owners, %s and %s", s, other, p.name)
			}
			owner[s] = p.name
		}
		p.mu.Unlock()
	}
	if len(owner) != store.Shards || leads != 2 {
		t.Errorf("%d shards and %d leads have owners; want %d and 2", len(owner), leads, store.Shards)
	}
}

func TestProcessesShareTheWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := memstore.New()
		a := start(t, s, "a")
		after(time.Second)
		divided(t, store.Shards, a)
		b, c := start(t, s, "b"), start(t, s, "c")
		a.slowly(4 * time.Second) // longer than between two looks
		after(15 * time.Second)
		divided(t, 60, a, b, c)
		b.stop()
		after(6 * time.Second)
		divided(t, 100, a, c)
		a.stop() // who led
		after(6 * time.Second)
		divided(t, store.Shards, c)
		c.stop()
		if names, err := s.Join(t.Context(), "x", 0, time.Now()); err != nil || len(names) != 0 {
			t.Errorf("after all stopped there are still %v, %v", names, err)
		}
	})
}

// failing is a store that does not answer some processes.
type failing struct {
	store.Leases
	mu  sync.Mutex
	cut map[string]bool
}

func (f *failing) answers(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.cut[name] {
		return fmt.Errorf("%s cannot reach the store", name)
	}
	return nil
}

func (f *failing) Join(ctx context.Context, name string, ttl time.Duration, now time.Time) ([]string, error) {
	if err := f.answers(name); err != nil {
		return nil, err
	}
	return f.Leases.Join(ctx, name, ttl, now)
}

func (f *failing) set(name string, cut bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cut[name] = cut
}

// TestWhoIsCutOffStopsBeforeOthersBegin: at no time do two processes believe
// that they have the same shard.
func TestWhoIsCutOffStopsBeforeOthersBegin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &failing{Leases: memstore.New(), cut: map[string]bool{}}
		a, b := start(t, s, "a"), start(t, s, "b")
		after(15 * time.Second)
		divided(t, 60, a, b)
		s.set("a", true)
		for range 100 {
			after(250 * time.Millisecond)
			both := 0
			a.mu.Lock()
			b.mu.Lock()
			for shard, l := range a.shards {
				if other := b.shards[shard]; other != nil && l.Holds() && other.Holds() {
					both++
				}
			}
			b.mu.Unlock()
			a.mu.Unlock()
			if both > 0 {
				t.Fatalf("two processes have the same %d shards", both)
			}
		}
		divided(t, store.Shards, b)
		if shards, leads := a.has(); shards+leads != 0 {
			t.Errorf("who is cut off still has %d shards and %d leads", shards, leads)
		}
		s.set("a", false)
		after(15 * time.Second)
		divided(t, 60, a, b)
		a.stop()
		b.stop()
	})
}

// slow is a store that takes its time for each answer.
type slow struct {
	store.Leases
	takes time.Duration
}

func (s *slow) wait(ctx context.Context) error {
	t := time.NewTimer(s.takes)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

func (s *slow) Join(ctx context.Context, name string, ttl time.Duration, now time.Time) ([]string, error) {
	if err := s.wait(ctx); err != nil {
		return nil, err
	}
	return s.Leases.Join(ctx, name, ttl, now)
}

func (s *slow) Take(ctx context.Context, name string, roles []store.Role, ttl time.Duration, now time.Time) ([]uint64, error) {
	if err := s.wait(ctx); err != nil {
		return nil, err
	}
	return s.Leases.Take(ctx, name, roles, ttl, now)
}

// TestAStoreThatIsSlowKeepsNobodyFromWork: two seconds for an answer are no
// reason to stop.
func TestAStoreThatIsSlowKeepsNobodyFromWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{Leases: memstore.New(), takes: 2 * time.Second}
		a, b := start(t, s, "a"), start(t, s, "b")
		after(30 * time.Second)
		for range 40 {
			after(time.Second)
			divided(t, 60, a, b)
		}
		a.stop()
		b.stop()
	})
}
