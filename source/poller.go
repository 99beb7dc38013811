package source

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"rasid/news"
	"rasid/source/feed"
	"rasid/store"
	"runtime/debug"
	"sync"
	"time"
)

// A FeedSpec is a feed to poll.
type FeedSpec struct {
	URL      string
	Source   string         // the outlet's name; empty: the feed's title
	Lang     string         // of its articles where they do not say
	Timezone *time.Location // of dates without a zone; nil: UTC
	Every    time.Duration  // 0: by the feed's own rate
	FullText bool           // not used yet: pages are not fetched
}

// A Ledger remembers what polls learnt.
type Ledger interface {
	Feeds(ctx context.Context) ([]store.Feed, error)
	SaveFeed(ctx context.Context, f store.Feed) error
}

// PollerOptions tunes a Poller. Feeds, Ledger and Sink are required.
type PollerOptions struct {
	Feeds  func() []FeedSpec // asked again every few seconds
	Ledger Ledger
	Sink   FeedSink
	Old    FeedSink                         // gets what a new feed held before it was added: to be remembered, not told; default: Sink gets nothing of it
	Mine   func(url string) bool            // where processes share the feeds: whether one is ours now; default: all are
	Allow  Allow                            // networks beside the public ones
	Behind func(ctx context.Context) bool   // whether so much waits to be matched that feeds are to bring less; default: never
	Notice func(feed string, problem error) // told once when a feed begins to fail; default: nobody
	Logger *slog.Logger                     // default: slog.Default()
	Fetch  Fetcher                          // default: HTTP with the guard
}

// How feeds are polled.
const (
	pollLook      = 5 * time.Second // how often due feeds are looked for
	pollAtOnce    = 8               // hosts polled side by side
	everyLeast    = time.Minute
	everyMost     = time.Hour
	everyFirst    = 5 * time.Minute // until a feed's own rate is known
	backoffMost   = 24 * time.Hour
	freshAtFirst  = time.Hour // what a new feed's first poll tells at most
	noticeAfter   = 3         // failures in a row before anyone is told
	oldNeverTold  = 24 * time.Hour
	jitterPercent = 10
	slowedBy      = 4 // while much waits to be matched, feeds are left alone so many times as long
)

// A Poller polls feeds.
type Poller struct {
	o     PollerOptions
	mu    sync.Mutex
	known map[string]store.Feed
	busy  map[string]bool // hosts being asked
	ours  map[string]bool // feeds that were ours at the last look; nil: there was none
	wake  chan struct{}
}

// NewPoller returns a poller that has not begun.
func NewPoller(o PollerOptions) *Poller {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Notice == nil {
		o.Notice = func(string, error) {}
	}
	if o.Behind == nil {
		o.Behind = func(context.Context) bool { return false }
	}
	if o.Fetch == nil {
		o.Fetch = NewFetcher(o.Allow)
	}
	if o.Mine == nil {
		o.Mine = func(string) bool { return true }
	}
	if o.Old == nil {
		o.Old = func(context.Context, string, []news.Article) ([]store.Accepted, error) { return nil, nil }
	}
	return &Poller{o: o, known: map[string]store.Feed{}, busy: map[string]bool{}, wake: make(chan struct{}, 1)}
}

// Reload has the list of feeds looked at now rather than at the next look.
func (p *Poller) Reload() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// Run polls until ctx ends.
func (p *Poller) Run(ctx context.Context) error {
	if !p.load(ctx) {
		return nil
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	tick := time.NewTicker(pollLook)
	defer tick.Stop()
	for {
		p.start(ctx, &wg)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-p.wake:
		}
	}
}

// load reads what is remembered, for as long as it takes, and reports whether
// ctx goes on.
func (p *Poller) load(ctx context.Context) bool {
	for {
		feeds, err := p.o.Ledger.Feeds(ctx)
		if err == nil {
			p.mu.Lock()
			defer p.mu.Unlock()
			for _, f := range feeds {
				if !p.ours[f.URL] { // of those that are ours we know more
					p.known[f.URL] = f
				}
			}
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		p.o.Logger.Error("feeds cannot be looked up, trying again", "err", err)
		select {
		case <-ctx.Done():
			return false
		case <-time.After(pollLook):
		}
	}
}

// start begins the polls that are due: one at a time for each host.
func (p *Poller) start(ctx context.Context, wg *sync.WaitGroup) {
	now := time.Now()
	for _, spec := range p.mine(ctx) {
		host := hostOf(spec.URL)
		f, due := p.claim(spec.URL, host, now)
		if !due {
			continue
		}
		wg.Go(func() {
			defer p.release(host)
			p.poll(ctx, spec, f)
		})
	}
}

// mine lists the feeds that are ours. What another process learnt of one is
// read before it is asked by us.
func (p *Poller) mine(ctx context.Context) (specs []FeedSpec) {
	anew, ours := false, map[string]bool{}
	for _, spec := range p.o.Feeds() {
		if p.o.Mine(spec.URL) {
			specs = append(specs, spec)
			ours[spec.URL] = true
			anew = anew || !p.ours[spec.URL]
		}
	}
	if anew && p.ours != nil && !p.load(ctx) {
		return nil
	}
	p.ours = ours
	return specs
}

func hostOf(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return link
	}
	return u.Host
}

func (p *Poller) claim(link, host string, now time.Time) (store.Feed, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f, ok := p.known[link]
	if !ok {
		f = store.Feed{URL: link}
	}
	if f.NextCheck.After(now) || p.busy[host] || len(p.busy) >= pollAtOnce {
		return f, false
	}
	p.busy[host] = true
	return f, true
}

func (p *Poller) release(host string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.busy, host)
}

// poll asks once, and remembers what came of it. What was learnt is stored
// only after the sink has taken the articles.
func (p *Poller) poll(ctx context.Context, spec FeedSpec, f store.Feed) {
	before := f
	err := p.askSafely(ctx, spec, &f)
	if ctx.Err() != nil {
		return
	}
	now := time.Now()
	if err != nil {
		f = before
		p.failed(&f, err, now)
	}
	if err := p.o.Ledger.SaveFeed(ctx, f); err != nil {
		p.o.Logger.Error("what a poll learnt was not stored", "source", spec.URL, "err", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known[spec.URL] = f
}

func (p *Poller) failed(f *store.Feed, err error, now time.Time) {
	f.Failures++
	f.Error = err.Error()
	wait := min(everyFirst<<min(f.Failures-1, 10), backoffMost)
	f.NextCheck = now.Add(jitter(max(wait, retryAfter(err))))
	p.o.Logger.Warn("a feed cannot be read", "source", f.URL, "failures", f.Failures, "next", f.NextCheck, "err", err)
	if f.Failures == noticeAfter {
		p.o.Notice(f.URL, err)
	}
}

// askSafely asks. A document that breaks us is an error of its feed: the other
// feeds go on.
func (p *Poller) askSafely(ctx context.Context, spec FeedSpec, f *store.Feed) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the feed broke the program: %v", r)
			p.o.Logger.Error("a feed broke the program", "source", spec.URL, "panic", r, "stack", string(debug.Stack()))
		}
	}()
	return p.ask(ctx, spec, f)
}

// ask fetches, parses and hands over.
func (p *Poller) ask(ctx context.Context, spec FeedSpec, f *store.Feed) error {
	got, err := p.o.Fetch(ctx, Request{URL: spec.URL, ETag: f.ETag, LastModified: f.LastModified, BodyHash: f.BodyHash})
	if err != nil {
		return err
	}
	now := time.Now()
	if !got.Same {
		if err := p.take(ctx, spec, f, got, now); err != nil {
			return err
		}
	}
	f.ETag, f.LastModified, f.BodyHash = got.ETag, got.LastModified, got.BodyHash
	f.Failures, f.Error, f.LastSuccess = 0, "", now
	if f.First.IsZero() {
		f.First = now
	}
	f.NextCheck = now.Add(jitter(p.gap(ctx, spec, f)))
	return nil
}

// gap is how long a feed is left alone after it was read.
func (p *Poller) gap(ctx context.Context, spec FeedSpec, f *store.Feed) time.Duration {
	usual := cmp.Or(spec.Every, f.Interval, everyFirst)
	if !p.o.Behind(ctx) {
		return usual
	}
	p.o.Logger.Info("feeds are asked less often while many articles wait to be matched", "source", spec.URL)
	return max(usual, min(slowedBy*usual, everyMost))
}

func (p *Poller) take(ctx context.Context, spec FeedSpec, f *store.Feed, got Answer, now time.Time) error {
	doc, err := feed.Parse(got.Body, feed.Options{ContentType: got.ContentType, URL: got.URL, Zone: spec.Timezone})
	if err != nil {
		return fmt.Errorf("read feed: %w", err)
	}
	fresh, old := p.sort(spec, doc, f, now)
	if len(old) > 0 {
		if _, err := p.o.Old(ctx, spec.URL, old); err != nil {
			return fmt.Errorf("remember old items: %w", err)
		}
	}
	if len(fresh) > 0 {
		accepted, err := p.o.Sink(ctx, spec.URL, fresh)
		if err != nil {
			return fmt.Errorf("hand over %d items: %w", len(fresh), err)
		}
		for _, a := range accepted {
			if a.Verdict == store.New {
				f.LastItem = now
			}
		}
	}
	f.Items, f.Interval = len(doc.Entries), interval(doc)
	return nil
}

// sort tells the articles that may be alerts from those that are only to be
// remembered: what a feed held when it was added or came back after a day, and
// on the first poll what has no date.
func (p *Poller) sort(spec FeedSpec, doc *feed.Document, f *store.Feed, now time.Time) (fresh, old []news.Article) {
	limit, undatedOld := oldNeverTold, false
	switch {
	case f.First.IsZero():
		limit, undatedOld = freshAtFirst, true
	case now.Sub(f.LastSuccess) < oldNeverTold:
		limit = 0 // a feed that is read all the time tells what is new to it
	}
	for _, e := range doc.Entries {
		a := doc.Article(e, spec.URL)
		a.Source = cmp.Or(spec.Source, a.Source)
		a.Lang = cmp.Or(spec.Lang, a.Lang)
		if Ready(&a) != nil {
			continue
		}
		at := a.Published
		if at.IsZero() {
			at = a.Updated
		}
		if limit > 0 && (at.IsZero() && undatedOld || !at.IsZero() && now.Sub(at) > limit) {
			old = append(old, a)
		} else {
			fresh = append(fresh, a)
		}
	}
	return fresh, old
}

// interval is how often a feed is worth asking: half the usual gap between its
// items.
func interval(doc *feed.Document) time.Duration {
	var newest, oldest time.Time
	dated := 0
	for _, e := range doc.Entries {
		if e.Published.IsZero() {
			continue
		}
		dated++
		if newest.IsZero() || e.Published.After(newest) {
			newest = e.Published
		}
		if oldest.IsZero() || e.Published.Before(oldest) {
			oldest = e.Published
		}
	}
	if dated < 2 {
		return everyFirst
	}
	gap := newest.Sub(oldest) / time.Duration(dated-1)
	return max(everyLeast, min(gap/2, everyMost))
}

func jitter(d time.Duration) time.Duration {
	spread := int64(d) * jitterPercent / 100
	if spread <= 0 {
		return d
	}
	return d + time.Duration(rand.Int64N(spread))
}
