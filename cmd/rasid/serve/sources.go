package serve

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"rasid/locale"
	"rasid/news"
	"rasid/source"
	"rasid/store"
	"time"
)

// now is the program's clock, to the store's resolution.
func now() time.Time { return time.Now() }

// Sink makes articles durable and has them matched. It is where every source
// ends; all are accepted or none.
func (r *Running) Sink(ctx context.Context, articles []news.Article) ([]store.Accepted, error) {
	return r.take(ctx, articles, store.Item{})
}

// take makes an item of each article that is like as otherwise.
func (r *Running) take(ctx context.Context, articles []news.Article, as store.Item) ([]store.Accepted, error) {
	items := make([]store.Item, len(articles))
	at := now()
	for i, a := range articles {
		if err := source.Ready(&a); err != nil {
			return nil, &source.ArticleError{Index: i, Err: err}
		}
		items[i] = as
		items[i].At, items[i].Article = at, a
	}
	crash(crashBeforeAccept)
	accepted, err := r.store.Accept(ctx, items, at)
	if err != nil {
		return nil, fmt.Errorf("accept %d articles: %w", len(items), err)
	}
	crash(crashAfterAccept)
	r.stats.Accepted(accepted)
	r.intake.Wake()
	r.hints.add(store.Hint{Accepted: true})
	return accepted, nil
}

// fed is Sink for what a feed brought.
func (r *Running) fed(ctx context.Context, feed string, articles []news.Article) ([]store.Accepted, error) {
	return r.take(ctx, articles, store.Item{Feed: store.FeedTag(feed)})
}

// remember makes articles known without telling anyone: what a feed held
// before it was added.
func (r *Running) remember(ctx context.Context, feed string, articles []news.Article) ([]store.Accepted, error) {
	return r.take(ctx, articles, store.Item{Feed: store.FeedTag(feed), Quiet: true})
}

// buildSources makes the rooms that articles come through.
func (r *Running) buildSources() {
	r.poller = source.NewPoller(source.PollerOptions{
		Feeds: r.feeds, Mine: r.feedIsMine, Ledger: r.store, Sink: r.fed, Old: r.remember, Allow: r.set.FeedAllow, Behind: r.behind, Logger: r.log,
		Notice: func(feed string, problem error) {
			r.bot.NotifyAdmins("feed-failing", locale.Args{"feed": feed, "problem": problem.Error()})
		},
	})
}

// waitingMost is how many articles may wait to be matched before feeds are
// asked less often.
const waitingMost = 10_000

// behind reports whether more than waitingMost items wait to be matched: their
// numbers have no gaps, so one is there so far beyond what was matched.
func (r *Running) behind(ctx context.Context) bool {
	reach, err := r.store.Reach(ctx)
	if err != nil {
		return false // of a store that fails the poll itself will tell
	}
	beyond, err := r.store.Log(ctx, reach.To+waitingMost, 1)
	_, unread := errors.AsType[*store.UnreadableError](err)
	return unread || err == nil && len(beyond) > 0
}

// feeds lists the feeds of the rule file in force.
func (r *Running) feeds() []source.FeedSpec {
	var all []source.FeedSpec
	for _, f := range r.rules.current().Feeds {
		zone, err := time.LoadLocation(f.Timezone)
		if err != nil {
			zone = time.UTC // a stored file may know zones that this machine does not
		}
		all = append(all, source.FeedSpec{URL: f.URL, Source: f.Source, Lang: f.Lang, Timezone: zone, Every: f.Every, FullText: f.FullText})
	}
	return all
}

func (r *Running) push() http.Handler {
	return source.NewPush(source.PushOptions{Sink: r.Sink, Token: r.set.HTTPToken, Logger: r.log})
}
