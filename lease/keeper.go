package lease

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"rasid/store"
	"time"
)

// Options tunes a Keeper. Store is required.
type Options struct {
	Store store.Leases
	Name  string // of the process, different from all others and from those before it; default: random

	// Own is told which shards are ours from now on, and Disown which are not:
	// its channel is closed when nothing of the shard is under way any more.
	// Both must not block. Default: no shards are taken.
	Own    func(s store.Shard, l *Lease)
	Disown func(s store.Shard) <-chan struct{}
	// Drained is closed after Run's ctx has ended, when nothing of any shard is
	// under way any more: until then leases are renewed. nil: nothing is.
	Drained <-chan struct{}
	// Lead does the work of a role that is no shard's until ctx ends: when the
	// role is lost, or Run's ctx ended. When it returns before, the role is given
	// back, and taken again by whoever comes first.
	Lead map[store.Role]func(ctx context.Context, l *Lease)

	TTL    time.Duration // a lease runs out after; default 10s
	Every  time.Duration // between renewals; default 2.5s
	Margin time.Duration // by how much sooner we think that it has; default 1s
	Scale  float64       // divides all three, for tests; default 1
	Logger *slog.Logger  // default: slog.Default()
}

func (o Options) withDefaults() Options {
	scaled := func(d, or time.Duration) time.Duration {
		return time.Duration(float64(cmp.Or(d, or)) / cmp.Or(o.Scale, 1))
	}
	o.Name = cmp.Or(o.Name, rand.Text())
	o.TTL, o.Every, o.Margin = scaled(o.TTL, 10*time.Second), scaled(o.Every, 2500*time.Millisecond), scaled(o.Margin, time.Second)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

// patience is how long one look at the roles may take: twice as long fits into
// what a lease lasts, so that a store that needs seconds for an answer keeps
// nobody from renewing.
func (o Options) patience() time.Duration { return max(o.Every, (o.TTL-o.Margin)/2) }

// A Keeper keeps a process's share of the roles. New makes one.
type Keeper struct {
	o    Options
	held map[store.Role]*holding
	away time.Time // since when roles cannot be renewed; zero: they can
}

// A holding is a role that we have, or whose work has not come to its end.
type holding struct {
	lease *Lease
	end   context.CancelFunc // of a role that is led
	ended <-chan struct{}    // closed when nothing of its work is under way; nil: nobody was asked to end it
	lost  bool               // it is not ours any more
}

// over reports whether nothing of the role's work is under way.
func (h *holding) over() bool {
	if h.ended == nil {
		return false
	}
	select {
	case <-h.ended:
		return true
	default:
		return false
	}
}

// New returns a keeper that has not begun.
func New(o Options) *Keeper {
	o = o.withDefaults()
	return &Keeper{o: o, held: map[store.Role]*holding{}}
}

// Name is the process's name.
func (k *Keeper) Name() string { return k.o.Name }

// Run takes and renews roles until ctx ends, and gives them back then, and
// returns nil. A store that fails is asked again; what ran out meanwhile is
// given up.
func (k *Keeper) Run(ctx context.Context) error {
	tick := time.NewTicker(k.o.Every)
	defer tick.Stop()
	for {
		begun := time.Now()
		if err := k.look(ctx); ctx.Err() == nil {
			k.tell(begun, err)
		}
		select {
		case <-ctx.Done():
			k.stop(context.WithoutCancel(ctx), tick.C)
			return nil
		case <-tick.C:
		}
	}
}

// tell says what came of a look: each that failed, and the first after those that
// did not.
func (k *Keeper) tell(begun time.Time, err error) {
	switch {
	case err != nil:
		k.o.Logger.Error("roles cannot be renewed, trying again", "err", err)
		k.away = cmp.Or(k.away, begun)
	case !k.away.IsZero():
		k.o.Logger.Info("roles can be renewed again", "away", time.Since(k.away).Round(time.Millisecond))
		k.away = time.Time{}
	}
}

// look says that we are there, learns who else is, gives up what is another's
// and takes or renews what is ours.
func (k *Keeper) look(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, k.o.patience())
	defer cancel()
	begun := time.Now()
	names, err := k.o.Store.Join(ctx, k.o.Name, k.o.TTL, begun)
	if err == nil {
		k.share(names)
		err = k.take(ctx, k.wanted(names))
	}
	k.expire()
	gives, cancel := context.WithTimeout(context.WithoutCancel(ctx), k.o.Every) // a server that is gone may have taken all the time
	defer cancel()
	return errors.Join(err, k.sweep(gives))
}

// wanted lists the roles to ask for: those that are led, the shards that are
// ours, and what is still being ended.
func (k *Keeper) wanted(names []string) []store.Role {
	var roles []store.Role
	for r := range store.Roles {
		h := k.held[r]
		switch _, shard := r.Shard(); {
		case h != nil && (h.lost || h.over()):
		case h != nil, !shard && k.o.Lead[r] != nil, shard && k.o.Own != nil && winner(names, r) == k.o.Name:
			roles = append(roles, r)
		}
	}
	return roles
}

// share begins to give up the shards that are others' now.
func (k *Keeper) share(names []string) {
	for r, h := range k.held {
		if s, ok := r.Shard(); ok && h.ended == nil && winner(names, r) != k.o.Name {
			h.ended = k.o.Disown(s)
		}
	}
}

// take takes and renews roles. Where the store's servers do not all answer, those
// that could be asked for stay ours: only what the others have stands still.
func (k *Keeper) take(ctx context.Context, roles []store.Role) error {
	if len(roles) == 0 {
		return nil
	}
	begun := time.Now()
	epochs, err := k.o.Store.Take(ctx, k.o.Name, roles, k.o.TTL, begun)
	if len(epochs) != len(roles) {
		return err
	}
	until := begun.Add(k.o.TTL - k.o.Margin)
	for i, r := range roles {
		switch h := k.held[r]; {
		case epochs[i] == store.Unanswered:
		case h != nil && h.lease.epoch == epochs[i]:
			h.lease.until.Store(&until)
		case h != nil:
			k.lose(r, h)
		case epochs[i] != 0:
			k.gain(r, newLease(epochs[i], until)) //nolint:contextcheck // its work outlives this look
		}
	}
	return err
}

// gain begins a role's work.
func (k *Keeper) gain(r store.Role, l *Lease) {
	if s, ok := r.Shard(); ok {
		k.held[r] = &holding{lease: l}
		k.o.Own(s, l)
		return
	}
	k.o.Logger.Info("this process leads now", "role", r.String(), "epoch", l.epoch)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	k.held[r] = &holding{lease: l, end: cancel, ended: ended}
	go func() { // ended by expire, lose or stop, which wait for it
		defer close(ended)
		k.o.Lead[r](ctx, l)
	}()
}

// lose ends the work of a role that another may have.
func (k *Keeper) lose(r store.Role, h *holding) {
	if h.lost {
		return
	}
	h.lost = true
	k.o.Logger.Warn("a role was lost: its lease ran out", "role", r.String(), "epoch", h.lease.epoch)
	if s, ok := r.Shard(); ok {
		if h.ended == nil {
			h.ended = k.o.Disown(s)
		}
		return
	}
	h.end()
}

// expire ends the work of all roles whose leases ran out.
func (k *Keeper) expire() {
	for r, h := range k.held {
		if !h.lease.Holds() {
			k.lose(r, h)
		}
	}
}

// sweep gives back the roles whose work came to its end.
func (k *Keeper) sweep(ctx context.Context) error {
	var over []store.Role
	for r, h := range k.held {
		if h.over() {
			over = append(over, r)
		}
	}
	if len(over) == 0 {
		return nil
	}
	if err := k.o.Store.Leave(ctx, k.o.Name, over); err != nil {
		return err
	}
	for _, r := range over {
		delete(k.held, r)
	}
	return nil
}

// stop ends all work and gives the roles back.
func (k *Keeper) stop(ctx context.Context, tick <-chan time.Time) {
	for _, h := range k.held {
		if h.end != nil {
			h.end()
		}
	}
	for !k.idle() {
		select {
		case <-tick:
			if err := k.renew(ctx); err != nil {
				k.o.Logger.Warn("roles cannot be renewed while stopping", "err", err)
			}
		case <-k.quiet():
		}
	}
	ctx, cancel := context.WithTimeout(ctx, k.o.Every)
	defer cancel()
	var all []store.Role
	for r := range k.held {
		all = append(all, r)
	}
	err := k.o.Store.Leave(ctx, k.o.Name, all)
	_, gone := k.o.Store.Join(ctx, k.o.Name, 0, time.Now())
	if err = errors.Join(err, gone); err != nil {
		k.o.Logger.Warn("roles cannot be given back: others take them when their leases run out", "err", err)
	}
}

// renew renews what is still held.
func (k *Keeper) renew(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, k.o.Every)
	defer cancel()
	var roles []store.Role
	for r, h := range k.held {
		if !h.lost && !h.over() {
			roles = append(roles, r)
		}
	}
	err := k.take(ctx, roles)
	k.expire()
	return err
}

// quiet is closed when the next thing that a stop waits for has ended.
func (k *Keeper) quiet() <-chan struct{} {
	for _, h := range k.held {
		if h.end != nil && !h.over() {
			return h.ended
		}
	}
	return k.o.Drained
}

// idle reports whether nothing is under way any more.
func (k *Keeper) idle() bool {
	for _, h := range k.held {
		if h.end != nil && !h.over() {
			return false
		}
	}
	if k.o.Drained == nil {
		return true
	}
	select {
	case <-k.o.Drained:
		return true
	default:
		return false
	}
}

// winner is the process that rendezvous hashing gives a role: each process's
// roles stay where they are when another one comes or goes, but for those that
// are or were the other's.
func winner(names []string, r store.Role) (name string) {
	var most uint64
	for _, n := range names {
		h := fnv.New64a()
		_, _ = fmt.Fprintf(h, "%s/%d", n, r) // a hash never fails
		x := h.Sum64()
		x ^= x >> 33 // the last characters alone hardly change its first bits
		x *= 0xff51afd7ed558ccd
		x ^= x >> 33
		if name == "" || x > most {
			name, most = n, x
		}
	}
	return name
}
