package bot

import (
	"context"
	"errors"
	"rasid/bot/telegram"
	"rasid/locale"
	"rasid/store"
	"strings"
	"sync"
	"time"
)

// How the progress of broadcasts is shown.
const (
	progressEvery = 3 * time.Second
	resumeAt      = 2                // tick at which broadcasts of before are looked for: what was accepted last is owed by then
	resumeSpan    = 10 * time.Minute // so long before that they may have ended for want of time: the start may have taken long
	reportTries   = 5                // of the last word on one, each a minute longer after the one before
)

// A progress is a broadcast that an admin watches.
type progress struct {
	seq     uint64
	token   string
	dest    store.Dest
	message int64
	lang    string
	stopped bool
	last    string

	told  bool      // the last word on it is in its message
	tries int       // of saying that
	again time.Time // when the next one is due
}

// announced are the broadcasts under way.
type announced struct {
	mu   sync.Mutex
	list []*progress
}

func (a *announced) add(p progress) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, have := range a.list {
		if have.seq == p.seq {
			have.stopped = have.stopped || p.stopped
			return
		}
	}
	a.list = append(a.list, &p)
}

func (a *announced) isStopped(p *progress) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return p.stopped
}

func (a *announced) isTold(p *progress) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return p.told
}

func (a *announced) tell(p *progress) {
	a.mu.Lock()
	defer a.mu.Unlock()
	p.told = true
}

func (a *announced) each(f func(*progress) (more bool)) {
	a.mu.Lock()
	list := a.list
	a.mu.Unlock()
	var kept []*progress
	for _, p := range list {
		if f(p) {
			kept = append(kept, p)
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.list = append(kept, a.list[len(list):]...)
}

// watchBroadcasts edits the progress of broadcasts into their messages.
func (b *Bot) watchBroadcasts(ctx context.Context) {
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	begun, resumed := time.Now(), false
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if n >= resumeAt && !resumed {
			err := b.resumeBroadcasts(ctx, begun.Add(-resumeSpan))
			if resumed = err == nil; !resumed && ctx.Err() == nil {
				b.o.Logger.Warn("broadcasts of before are not followed, trying again", "err", err)
			}
		}
		b.announced.each(func(p *progress) bool { return b.showProgress(ctx, p) })
	}
}

// resumeBroadcasts follows again what was under way when the process before
// this one ended, also where its time has run out since then.
func (b *Bot) resumeBroadcasts(ctx context.Context, then time.Time) error {
	found, err := b.underWayAt(ctx, then)
	if err != nil {
		return err
	}
	for seq := range found {
		it, err := b.o.Store.Item(ctx, seq)
		switch {
		case gone(err), err == nil && (it.Broadcast == nil || it.Broadcast.Report == 0):
			continue
		case err != nil:
			return err
		}
		b.announced.add(progress{
			seq: seq, token: strings.TrimPrefix(it.Article.ID, broadcastID), dest: store.Dest{Chat: it.Broadcast.From}, message: it.Broadcast.Report, lang: it.Broadcast.Says,
		})
	}
	return nil
}

// underWayAt lists the broadcasts that are owed to somebody, or came too late for
// somebody since then.
func (b *Bot) underWayAt(ctx context.Context, then time.Time) (map[uint64]bool, error) {
	found := map[uint64]bool{}
	for shard := range store.Shard(store.Shards) {
		jobs, err := b.o.Store.Owed(ctx, shard, 0)
		if err != nil {
			return nil, err
		}
		late, err := b.o.Store.Expired(ctx, shard) // afterwards: what is owed may become late meanwhile
		if err != nil {
			return nil, err
		}
		for _, j := range jobs {
			if j.Class == store.Broadcast {
				found[j.Item] = true
			}
		}
		for _, e := range late {
			if e.Class == store.Broadcast && e.At.After(then) {
				found[e.Item] = true
			}
		}
	}
	return found, nil
}

func (b *Bot) showProgress(ctx context.Context, p *progress) (more bool) {
	id, tally, err := b.look(ctx, p)
	if err != nil {
		b.o.Logger.Warn("the progress of a broadcast is not known", "err", err)
		return true
	}
	c := locale.For(p.lang)
	args := locale.Args{"sent": tally.Delivered, "failed": tally.Dead, "blocked": tally.Suspended, "left": tally.Owed, "dropped": tally.Dropped}
	said := c.HTML(id, args)
	if tally.Expired > 0 {
		said += "\n" + c.HTML("broadcast-expired", locale.Args{"n": tally.Expired})
	}
	l := letter{to: p.dest, html: lead(c, said), edit: p.message}
	if id != underWay {
		return !b.concluded(p, l)
	}
	if l.html != p.last {
		p.last = l.html
		l.keyboard = keyboard([][]telegram.Button{row(button(c.Text("broadcast-stop", nil), "bc", "stop", p.token))})
		b.mail(l)
	}
	return true
}

// concluded says the last word on a broadcast, and reports whether there is no more
// to do: it arrived, or did not several times. Else its message would go on
// offering to stop it.
func (b *Bot) concluded(p *progress, l letter) bool {
	now := time.Now()
	switch {
	case b.announced.isTold(p):
		return true
	case now.Before(p.again), p.tries > 0 && b.outbox.busy(l.to.Chat):
		return false
	case p.tries == reportTries:
		b.o.Logger.Warn("the report of a broadcast was given up", "article", p.seq)
		return true
	}
	p.tries++
	p.again = now.Add(time.Duration(p.tries) * time.Minute)
	l.then = func(int64) { b.announced.tell(p) }
	b.mail(l)
	return false
}

// underWay is the message about a broadcast that is not over.
const underWay = "broadcast-progress"

// look tells how a broadcast stands, and in which message to say so. It is over
// when nothing is owed and intake is done with it: before, more may be
// dispatched, also of a stopped one, and what is owed of that is cancelled again.
func (b *Bot) look(ctx context.Context, p *progress) (id string, tally store.Tally, err error) {
	reach, err := b.o.Store.Reach(ctx) // before what it vouches for
	if err != nil {
		return "", tally, err
	}
	if tally, err = b.o.Store.Tally(ctx, p.seq); err != nil {
		return "", tally, err
	}
	stopped := b.announced.isStopped(p)
	switch {
	case stopped && tally.Owed > 0:
		return underWay, tally, b.cancel(ctx, p.seq)
	case tally.Owed > 0 || !reach.Has(p.seq):
		return underWay, tally, nil
	case !stopped:
		if stopped, err = b.wasStopped(ctx, p); err != nil {
			return "", tally, err
		}
	}
	if !stopped {
		id, err = b.ended(ctx, p.seq, tally)
		return id, tally, err
	}
	err = b.addUntold(ctx, p.seq, &tally)
	return "broadcast-stopped", tally, err
}

// wasStopped reports whether a note says so. That it is there is enough.
func (b *Bot) wasStopped(ctx context.Context, p *progress) (bool, error) {
	_, err := b.o.Store.ItemByID(ctx, store.StopID(broadcastID+p.token))
	if errors.Is(err, store.ErrUnknown) {
		return false, nil
	}
	if gone(err) {
		err = nil
	}
	return err == nil, err
}

// ended tells what to say of a broadcast that is over and was not stopped. One of
// which nothing ever was owed may be one that nobody could read.
func (b *Bot) ended(ctx context.Context, seq uint64, tally store.Tally) (id string, err error) {
	if tally == (store.Tally{}) {
		_, err = b.o.Store.Item(ctx, seq)
	}
	switch {
	case errors.Is(err, store.ErrUnknown): // it is long ago
	case gone(err):
		return "broadcast-unreadable", nil
	case err != nil:
		return "", err
	}
	return "broadcast-finished", nil
}

// addUntold counts as dropped, too, those whom a broadcast was for and whom it
// was never owed to, since it was stopped before.
func (b *Bot) addUntold(ctx context.Context, seq uint64, tally *store.Tally) error {
	it, err := b.o.Store.Item(ctx, seq)
	if gone(err) {
		return nil // who they were is not known any more
	}
	if err != nil {
		return err
	}
	owed := tally.Delivered + tally.Dead + tally.Suspended + tally.Dropped + tally.Expired
	tally.Dropped += max(0, b.o.Index.Audience(*it.Broadcast)-owed)
	return nil
}
