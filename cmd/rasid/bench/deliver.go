package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"rasid/alert"
	"rasid/internal/pause"
	"rasid/store"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"
)

// DeliverOptions says what Deliver measures. Chats, Articles, Rules and Hits
// are required.
type DeliverOptions struct {
	Chats    int
	Articles int    // for a few chats each; one for everybody comes on top
	Rules    int    // of each chat
	Hits     int    // chats that an article is for, besides one that wants all
	Seed     uint64 // what is made depends on it alone
	Store    string // the address of an empty store; default: a temporary bolt file
	Paced    bool   // measures under Telegram's limits, too, on a virtual clock
	Progress func(what string, done float64)
}

// A DeliverResult is what `rasid bench deliver` measures. Times are seconds of
// a clock on the wall unless they say otherwise; bytes are of the store unless
// they say otherwise.
type DeliverResult struct {
	Store        string  `json:"store"`
	Chats        int     `json:"chats"`
	Rules        int     `json:"rules"` // of all chats together
	Articles     int     `json:"articles"`
	Alerts       int     `json:"alerts"` // that must come, all articles together
	FillS        float64 `json:"fill_s"` // all chats and their rules saved, as by commands of people
	LoadS        float64 `json:"load_s"` // all rules read from the store and compiled
	AcceptS      float64 `json:"accept_s"`
	DispatchS    float64 `json:"dispatch_s"` // all matched, and whom each is owed to recorded
	ArticlesPerS float64 `json:"articles_per_s"`
	DrainS       float64 `json:"drain_s"` // all alerts sent and settled, nothing held back
	AlertsPerS   float64 `json:"alerts_per_s"`

	ChatBytes       float64 `json:"chat_bytes"`        // a chat without rules
	RuleBytes       float64 `json:"rule_bytes"`        // a rule of it more
	ArticleBytes    float64 `json:"article_bytes"`     // an article of the log
	JobBytes        float64 `json:"job_bytes"`         // what an article owes in one shard in one class
	BigArticleBytes int64   `json:"big_article_bytes"` // the article for everybody: its text, and whom it is owed to
	StoreBytes      int64   `json:"store_bytes"`       // all of it, all alerts owed
	IndexBytes      int64   `json:"index_bytes"`       // of the heap: all rules loaded
	MemoryBytes     int64   `json:"memory_bytes"`      // that the process had from the system at the end of the drain

	Repeated int          `json:"repeated"`
	Lost     int          `json:"lost"`
	Strange  int          `json:"strange"` // alerts that nobody should have got
	Paced    *PacedResult `json:"paced"`   // null: not measured
	Warnings []string     `json:"-"`
}

// Wrong tells how many alerts did not do what they must: were lost, repeated,
// or nobody's.
func (r *DeliverResult) Wrong() int {
	n := r.Lost + r.Repeated + r.Strange
	if p := r.Paced; p != nil {
		n += p.Lost + p.Repeated + p.Strange
	}
	return n
}

// A delivering is one run of Deliver.
type delivering struct {
	o     DeliverOptions
	town  *town
	depot *depot
	index *alert.Index
	r     DeliverResult
}

// Deliver measures the way of articles from a store to many chats: filling the
// store, loading the rules, accepting, dispatching and telling. Whatever way it
// ends, the store is empty again.
func Deliver(ctx context.Context, o DeliverOptions) (r DeliverResult, err error) {
	d := &delivering{o: o, town: &town{
		chats: o.Chats, each: o.Rules, hits: o.Hits, seed: o.Seed, made: NewGenerator(o.Seed, 200_000),
	}}
	if d.depot, err = newDepot(ctx, o.Store); err != nil {
		return r, err
	}
	defer func() {
		d.progress("emptying the store", 0)
		err = errors.Join(err, d.depot.close(ctx))
	}()
	d.r = DeliverResult{Store: d.depot.name, Warnings: d.depot.warnings, Chats: o.Chats, Rules: o.Chats * o.Rules, Articles: o.Articles + 1}
	for _, step := range []func(context.Context) error{d.fill, d.load, d.owe, d.tell} {
		if err = step(ctx); err != nil {
			return d.r, err
		}
	}
	if o.Paced {
		err = d.paced(ctx)
	}
	return d.r, err
}

func (d *delivering) progress(what string, done float64) {
	if d.o.Progress != nil {
		d.o.Progress(what, min(1, done))
	}
}

// measuredChats is of how many chats the bytes of rules are measured.
const measuredChats = 20_000

// fill saves the chats and their rules: the last of them first without rules,
// so that it is known what a rule takes where there are many.
func (d *delivering) fill(ctx context.Context) error {
	most := d.o.Chats - min(d.o.Chats/2, measuredChats)
	both := func(i int) []store.Edit { return append(subscribe(), d.town.rules(i)...) }
	bare := func(int) []store.Edit { return subscribe() }
	sizes := make([]int64, 0, 3)
	measure := func() error {
		n, err := d.depot.size(ctx)
		sizes = append(sizes, n)
		return err
	}
	begun := time.Now()
	for _, step := range []func() error{
		measure,
		func() error { return d.change(ctx, 0, most, both) },
		func() error { return d.change(ctx, most, d.o.Chats, bare) },
		measure,
		func() error { return d.change(ctx, most, d.o.Chats, d.town.rules) },
		measure,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	d.r.FillS = time.Since(begun).Seconds()
	d.r.RuleBytes = float64(sizes[2]-sizes[1]) / float64((d.o.Chats-most)*d.o.Rules)
	d.r.ChatBytes = (float64(sizes[2]-sizes[0]) - d.r.RuleBytes*float64(d.r.Rules)) / float64(d.o.Chats)
	return nil
}

// changing is how many changes are under way at a time.
const changing = 256

// change makes a change for each chat from number from on, before to.
func (d *delivering) change(ctx context.Context, from, to int, edits func(i int) []store.Edit) error {
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(changing)
	for i := from; i < to && gctx.Err() == nil; i++ {
		if i%1000 == 0 {
			d.progress("making chats", float64(i)/float64(d.o.Chats))
		}
		c := store.Change{Edits: edits(i), Now: time.Now()}
		c.Dest, c.Kind = d.town.dest(i)
		g.Go(func() error {
			_, err := d.depot.store.Change(gctx, c)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("make chats: %w", err)
	}
	return ctx.Err()
}

// load reads all rules.
func (d *delivering) load(ctx context.Context) error {
	file, err := ruleFile()
	if err != nil {
		return err
	}
	d.progress("loading rules", 0)
	before := heap()
	d.index = alert.NewIndex(alert.IndexOptions{Logger: silent()})
	d.index.SetFile(file)
	begun := time.Now()
	if err = d.index.Sync(ctx, d.depot.store); err != nil {
		return err
	}
	d.r.LoadS = time.Since(begun).Seconds()
	d.r.IndexBytes = heap() - before
	if n := d.index.Counts(); n.Destinations != d.r.Chats {
		return fmt.Errorf("%d chats were made and %d are there", d.r.Chats, n.Destinations)
	}
	return nil
}

func silent() *slog.Logger { return slog.New(slog.DiscardHandler) }

// owe accepts the articles and dispatches them, the one for everybody first.
func (d *delivering) owe(ctx context.Context) error {
	sizes := make([]int64, 0, 4)
	measure := func() error {
		n, err := d.depot.size(ctx)
		sizes = append(sizes, n)
		return err
	}
	jobs := d.town.jobs(d.o.Articles)
	steps := []func() error{
		measure,
		func() error { return d.accept(ctx, 0, 1) },
		func() error { return d.dispatch(ctx, 1) },
		measure,
		func() error { return d.accept(ctx, 1, d.o.Articles+1) },
		measure,
		func() error { return d.dispatch(ctx, d.o.Articles+1) },
		measure,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	d.r.BigArticleBytes, d.r.StoreBytes = sizes[1]-sizes[0], sizes[3]
	d.r.ArticleBytes = float64(sizes[2]-sizes[1]) / float64(d.o.Articles)
	d.r.JobBytes = float64(sizes[3]-sizes[2]) / float64(jobs)
	d.r.ArticlesPerS = float64(d.r.Articles) / (d.r.AcceptS + d.r.DispatchS)
	return nil
}

// jobs tells how many jobs small articles make.
func (t *town) jobs(articles int) (n int) {
	type part struct {
		shard  store.Shard
		urgent bool
	}
	for a := 1; a <= articles; a++ {
		parts := map[part]bool{}
		for _, i := range t.hears(a) {
			to, _ := t.dest(i)
			parts[part{store.HomeShard(to.Chat), i%every == urgently}] = true
		}
		n += len(parts)
	}
	return n
}

// pushed is how many articles are accepted at a time.
const pushed = 50

// accept accepts the articles from number from on, before to.
func (d *delivering) accept(ctx context.Context, from, to int) error {
	for n := from; n < to; n += pushed {
		items := make([]store.Item, 0, pushed)
		for i := n; i < min(n+pushed, to); i++ {
			items = append(items, d.town.article("at-once", i))
		}
		d.progress("accepting", float64(n)/float64(to))
		begun := time.Now()
		if _, err := d.depot.store.Accept(ctx, items, begun); err != nil {
			return err
		}
		d.r.AcceptS += time.Since(begun).Seconds()
	}
	return nil
}

// looking is how often it is looked whether something is over.
const looking = 5 * time.Millisecond

// dispatch matches and dispatches what was accepted, n articles in all.
func (d *delivering) dispatch(ctx context.Context, n int) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	in := alert.NewIntake(alert.IntakeOptions{Store: d.depot.store, Index: d.index, Logger: silent()})
	ended := make(chan error, 1)
	begun := time.Now()
	go func() { ended <- in.Lead(ctx, 0) }()
	for {
		done, err := d.depot.store.Cursor(ctx)
		d.progress("dispatching", float64(done)/float64(n))
		if err == nil && done < uint64(n) && !pause.For(ctx, looking) { //nolint:gosec // no number of articles is negative
			err = ctx.Err()
		}
		if err != nil || done >= uint64(n) { //nolint:gosec // no number of articles is negative
			d.r.DispatchS += time.Since(begun).Seconds()
			cancel()
			return errors.Join(err, <-ended)
		}
	}
}

// tell sends all that is owed, nothing held back.
func (d *delivering) tell(ctx context.Context) error {
	l := d.town.expect(d.o.Articles)
	d.r.Alerts = l.want
	took, err := d.drain(ctx, l, alert.NewPacer(alert.PacerOptions{Rate: -1}))
	if err != nil {
		return err
	}
	t := l.tally()
	d.r.Lost, d.r.Repeated, d.r.Strange = t.Lost, t.Repeated, t.Strange
	d.r.DrainS, d.r.AlertsPerS = took.Seconds(), float64(l.told)/took.Seconds()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	d.r.MemoryBytes = int64(m.Sys - m.HeapReleased) //nolint:gosec // no memory is that large
	return nil
}

// How a drain ends.
const (
	stalled   = 2 * time.Minute // without an alert: those missing are lost
	afterward = 2 * time.Second // for copies of what has come
)

// drain sends until all has come, or nothing comes any more, and tells how long
// that took. What is beside it ends with it.
func (d *delivering) drain(ctx context.Context, l *listeners, pacer *alert.Pacer, beside ...func(context.Context, *alert.Delivery) error) (time.Duration, error) {
	g, inner := errgroup.WithContext(ctx)
	delivery := alert.NewDelivery(alert.DeliveryOptions{
		Store: d.depot.store, Index: d.index, Pacer: pacer, Sender: l, Logger: silent(),
	})
	delivery.OwnAll(alert.Held(0))
	begun := time.Now()
	g.Go(func() error { return delivery.Run(inner) })
	for _, f := range beside {
		g.Go(func() error { return f(inner, delivery) })
	}
	var took time.Duration
	g.Go(func() (err error) {
		if took, err = d.watch(inner, l, begun); err != nil {
			return err
		}
		if !pause.For(inner, afterward) {
			return inner.Err()
		}
		return errOver
	})
	if err := g.Wait(); !errors.Is(err, errOver) {
		return took, err
	}
	return took, ctx.Err()
}

// watch waits until all has come, or nothing comes any more, and tells how long
// that took.
func (d *delivering) watch(ctx context.Context, l *listeners, begun time.Time) (time.Duration, error) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for last, since := 0, begun; ; {
		came, want := l.heard()
		d.progress(l.doing, float64(came)/float64(want))
		if err := l.stop(); err != nil {
			return 0, err
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-l.whole:
			return time.Since(begun), nil
		case now := <-tick.C:
			switch {
			case came != last:
				last, since = came, now
			case now.Sub(since) > stalled:
				return since.Sub(begun), nil
			}
		}
	}
}

// errOver ends what runs beside each other.
var errOver = errors.New("over")
