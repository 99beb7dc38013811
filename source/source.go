// Package source is where articles come from: feeds that are polled, articles
// that are pushed, files and standard input. Each gives clean articles to a
// Sink, and says to whoever sent them that they are taken only when the Sink
// has returned nil.
package source

import (
	"context"
	"fmt"
	"rasid/news"
	"rasid/store"
)

// A Sink takes articles, all or none. When it returned nil they are durable.
type Sink func(ctx context.Context, articles []news.Article) ([]store.Accepted, error)

// A FeedSink is a Sink that learns which feed brought the articles, by its address.
type FeedSink func(ctx context.Context, feed string, articles []news.Article) ([]store.Accepted, error)

// An ArticleError says which article of several is wrong.
type ArticleError struct {
	Index int // from 0
	Err   error
}

// Error says which article, from 1, and what is wrong.
func (e *ArticleError) Error() string { return fmt.Sprintf("article %d: %v", e.Index+1, e.Err) }

// Unwrap returns what is wrong.
func (e *ArticleError) Unwrap() error { return e.Err }

// Ready cleans an article, gives it its id, and reports what keeps it from
// being taken.
func Ready(a *news.Article) error {
	news.Clean(a)
	if err := news.Check(a); err != nil {
		return err
	}
	a.ID = news.ID(a)
	return nil
}
