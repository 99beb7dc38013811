package serve

import (
	"context"
	"fmt"
	"net/http"
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
	items := make([]store.Item, len(articles))
	at := now()
	for i, a := range articles {
		news.Clean(&a)
		a.ID = news.ID(&a)
		items[i] = store.Item{At: at, Article: a}
	}
	accepted, err := r.store.Accept(ctx, items, at)
	if err != nil {
		return nil, fmt.Errorf("accept %d articles: %w", len(items), err)
	}
	r.stats.Accepted(accepted)
	r.intake.Wake()
	return accepted, nil
}

func (r *Running) push() http.Handler {
	return source.NewPush(source.PushOptions{Sink: r.Sink, Token: r.set.HTTPToken})
}
