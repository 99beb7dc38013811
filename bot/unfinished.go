package bot

import (
	"context"
	"rasid/bot/telegram"
	"rasid/internal/pause"
	"slices"
	"sync"
	"time"
)

// What is done about a chat whose updates cannot be handled while those of
// others can.
const (
	pollMost   = 100             // updates of a poll, see https://core.telegram.org/bots/api#getupdates
	pollMany   = pollMost / 2    // unconfirmed ones from which on that chat makes room: an answer of Telegram's has a size limit, too
	stuckAfter = time.Minute     // how long one is tried before that
	wellFor    = 3 * retryWait   // how long the store is well before that: after an outage each is tried again first
	asideMost  = 1000            // updates set aside; with more all wait
	asideChat  = 64              // of those of one chat; more are left out
	asideWait  = time.Minute     // longest pause between tries of one set aside
	pingTime   = 5 * time.Second // for asking whether the store is well
	retryWait  = 5 * time.Second // longest pause between tries of others
	retryFirst = time.Second / 5 // the first one
)

// Unfinished is what polls took and what is not finished: the updates of a chat one
// after the other, those of chats beside each other. Telegram repeats what is not
// confirmed, 100 updates from the first of them on, so others come meanwhile. When
// many have, and the store is well, what holds them up is set aside: confirmed,
// and tried on for as long as we run.
type unfinished struct {
	b       *Bot
	mu      sync.Mutex
	lanes   map[int64][]*taken // by chat, in order; the first is at work
	open    map[int64]*taken   // by update
	aside   int                // how many are set aside
	bell    chan struct{}      // closed when one is finished
	running sync.WaitGroup
	well    time.Time // since when the store was well whenever it was asked; zero: it was not
}

// taken is an update that is not finished.
type taken struct {
	telegram.Update

	lane  int64     // the chat that it waits for
	begun time.Time // when its turn came; zero: it waits for its chat
	aside bool
}

func newUnfinished(b *Bot) *unfinished {
	return &unfinished{b: b, lanes: map[int64][]*taken{}, open: map[int64]*taken{}, bell: make(chan struct{})}
}

// take begins with what is new among updates, and counts it.
func (n *unfinished) take(ctx context.Context, updates []telegram.Update) (fresh int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, u := range updates {
		n.b.moves.heard(u)
	}
	for _, u := range updates {
		if n.open[u.ID] != nil || n.b.handled.has(u.ID, time.Now()) {
			continue
		}
		fresh++
		x := &taken{Update: u, lane: n.b.moves.lane(u)}
		n.open[u.ID] = x
		_, working := n.lanes[x.lane]
		n.lanes[x.lane] = append(n.lanes[x.lane], x)
		if !working {
			n.running.Go(func() { n.work(ctx, x.lane) })
		}
	}
	return fresh
}

// work handles the updates of a chat until none is left, or ctx ends.
func (n *unfinished) work(ctx context.Context, chat int64) {
	for x := n.first(chat); x != nil; x = n.first(chat) {
		if n.handleUntilStored(ctx, x) != nil {
			return
		}
		n.finish(x)
	}
}

// first returns the update of a chat whose turn it is; nil: there is none.
func (n *unfinished) first(chat int64) *taken {
	n.mu.Lock()
	defer n.mu.Unlock()
	lane := n.lanes[chat]
	if len(lane) == 0 {
		delete(n.lanes, chat)
		return nil
	}
	lane[0].begun = time.Now()
	return lane[0]
}

func (n *unfinished) finish(x *taken) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.remove(x)
	close(n.bell)
	n.bell = make(chan struct{})
}

// remove forgets x. The caller holds mu.
func (n *unfinished) remove(x *taken) {
	n.lanes[x.lane] = slices.DeleteFunc(n.lanes[x.lane], func(y *taken) bool { return x == y })
	delete(n.open, x.ID)
	if x.aside {
		n.aside--
	}
}

// handleUntilStored handles x, again and again while the store fails.
func (n *unfinished) handleUntilStored(ctx context.Context, x *taken) error {
	for backoff := retryFirst; ; backoff = min(2*backoff, n.patience(x)) {
		err := n.b.handleOnce(ctx, x.Update)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		n.b.o.Logger.Error("a message cannot be acted on, trying again", "update", x.ID, "after", backoff, "err", err)
		if !pause.For(ctx, backoff) {
			return ctx.Err()
		}
	}
}

func (n *unfinished) patience(x *taken) time.Duration {
	n.mu.Lock()
	defer n.mu.Unlock()
	if x.aside {
		return asideWait
	}
	return retryWait
}

// settle waits for d, or until nothing of updates has to be waited for.
func (n *unfinished) settle(ctx context.Context, updates []telegram.Update, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		n.mu.Lock()
		x, bell := n.oldest(updates), n.bell
		n.mu.Unlock()
		if x == nil {
			return
		}
		select {
		case <-bell:
		case <-timer.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// oldest returns the first of updates that is neither finished nor set aside.
// The caller holds mu.
func (n *unfinished) oldest(updates []telegram.Update) *taken {
	var first *taken
	for _, u := range updates {
		if x := n.open[u.ID]; x != nil && !x.aside && (first == nil || x.ID < first.ID) {
			first = x
		}
	}
	return first
}

// next is the offset that confirms what is finished of updates, but nothing after
// the first that is not; was is the one before. It may be lower than that: after
// a quiet week Telegram numbers anew at random, answers an offset far ahead of
// that as if there were none, and would do so for ever.
func (n *unfinished) next(updates []telegram.Update, was int64) int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	if x := n.oldest(updates); x != nil {
		return x.ID
	}
	if len(updates) == 0 {
		return was
	}
	next := updates[0].ID
	for _, u := range updates {
		next = max(next, u.ID+1)
	}
	return next
}

// makeRoom sets aside what has held up updates for long, once they are many, and
// the store was well for a while and others' messages are handled.
func (n *unfinished) makeRoom(ctx context.Context, updates []telegram.Update) {
	n.mu.Lock()
	stuck := len(updates) >= pollMany && n.stuck(updates) != nil
	n.mu.Unlock()
	if !stuck {
		n.well = time.Time{}
		return
	}
	ctx, cancel := context.WithTimeout(ctx, pingTime)
	defer cancel()
	now := time.Now()
	switch err := n.b.o.Store.Ping(ctx); {
	case err != nil:
		n.well = time.Time{}
		return
	case n.well.IsZero():
		n.well = now
	}
	if now.Sub(n.well) < wellFor {
		return
	}
	for n.setAside(updates) {
	}
}

// stuck returns the oldest of updates if it was tried for long, or waits for one of
// its chat that is set aside, while others are handled. The caller holds mu.
func (n *unfinished) stuck(updates []telegram.Update) *taken {
	x := n.oldest(updates)
	if x == nil {
		return nil
	}
	if !n.lanes[x.lane][0].aside && (x.begun.IsZero() || time.Since(x.begun) < stuckAfter) {
		return nil
	}
	alone := true
	for _, u := range updates {
		if n.entered(u) != x.lane {
			alone = false
			if n.open[u.ID] == nil {
				return x
			}
		}
	}
	if !alone {
		return nil
	}
	return x
}

// entered is the chat that u waits for, also if its group was heard to move since.
// The caller holds mu.
func (n *unfinished) entered(u telegram.Update) int64 {
	if x := n.open[u.ID]; x != nil {
		return x.lane
	}
	return n.b.moves.lane(u)
}

// setAside sets the oldest of updates aside if it is stuck, and reports whether it
// was, and there was room. One of a chat that has many there is left out.
func (n *unfinished) setAside(updates []telegram.Update) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	x := n.stuck(updates)
	if x == nil {
		return false
	}
	lane := n.lanes[x.lane]
	switch {
	case len(lane) > asideChat && lane[asideChat-1].aside:
		n.b.o.Logger.Error("a message is left out: many of its chat cannot be acted on", "update", x.ID)
		n.b.handled.add(x.ID, time.Now())
		n.remove(x)
	case n.aside >= asideMost:
		return false
	default:
		n.b.o.Logger.Error("a message that cannot be acted on holds up no other any more: it is tried until this process ends", "update", x.ID)
		x.aside = true
		n.aside++
	}
	return true
}

// end waits for what is at work, and tells what is lost.
func (n *unfinished) end() {
	n.running.Wait()
	if n.aside > 0 {
		n.b.o.Logger.Error("messages that could not be acted on for long are left out", "messages", n.aside)
	}
}
