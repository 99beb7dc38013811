package bot

import (
	"context"
	"rasid/alert"
	"rasid/locale"
	"rasid/store"
	"strings"
	"time"
)

// stats tells an admin how things stand.
func (t *turn) stats(string) error {
	counts, r := t.b.o.Index.Counts(), t.b.o.Stats.Report()
	feeds, err := t.b.o.Store.Feeds(t.ctx)
	if err != nil {
		return err
	}
	since := "stats-since"
	if t.b.o.Shared {
		since = "stats-share"
	}
	lines := []string{
		strings.TrimSpace(t.c.HTML("stats", locale.Args{
			"destinations": counts.Destinations, "suspended": counts.Suspended, "paused": counts.Paused,
			"rules": counts.Rules, "distinct": counts.Distinct, "feeds": len(feeds),
		})),
		t.c.HTML(since, locale.Args{"since": t.since(t.b.born)}),
		strings.TrimSpace(t.c.HTML("stats-work", locale.Args{
			"articles": int(r.Articles), "sent": int(r.Told), "minute": r.PerMinute,
			"urgent": r.Owed[store.Urgent], "normal": r.Owed[store.Normal], "low": r.Owed[store.Low], "broadcast": r.Owed[store.Broadcast],
		})),
	}
	if r.Expired != [store.Classes]int64{} {
		lines = append(lines, t.c.HTML("stats-late", locale.Args{
			"urgent": int(r.Expired[store.Urgent]), "normal": int(r.Expired[store.Normal]), "low": int(r.Expired[store.Low]), "broadcast": int(r.Expired[store.Broadcast]),
		}))
	}
	if n := r.PassedOver + r.GivenUp; n > 0 {
		lines = append(lines, t.c.HTML("stats-failed", locale.Args{"n": int(n)}))
	}
	if r.Unconfirmed > 0 {
		lines = append(lines, t.c.HTML("stats-unconfirmed", locale.Args{"n": int(r.Unconfirmed)}))
	}
	for _, f := range r.Classes {
		if f.Rate > 0 {
			lines = append(lines, t.c.HTML("stats-"+alert.ClassName(f.Class), locale.Args{"minute": perMinute(f.Rate), "empty": span(t.c, f.Empty)}))
		}
	}
	for _, f := range r.Worst {
		if f.Empty == 0 {
			continue
		}
		title, err := t.b.title(t.ctx, f.Item)
		if err != nil {
			return err
		}
		id := "stats-item"
		if f.Late {
			id = "stats-item-late"
		}
		lines = append(lines, t.c.HTML(id, locale.Args{"title": title, "left": f.Left, "empty": span(t.c, f.Empty)}))
	}
	t.send(strings.Join(lines, "\n"))
	return nil
}

// since is a time as the reader's clock shows it.
func (t *turn) since(begun time.Time) string {
	return wordsFor(t.lang(), say).when(begun, RenderOptions{Zone: t.b.o.Zone, Now: time.Now})
}

// perMinute rounds a rate, and up where it would be nothing.
func perMinute(rate float64) int { return max(int(rate*60+.5), 1) }

// title is a short name of an item for operators; of one that cannot be read it is
// not known.
func (b *Bot) title(ctx context.Context, seq uint64) (string, error) {
	item, err := b.o.Store.Item(ctx, seq)
	if gone(err) {
		return "?", nil
	}
	if err != nil {
		return "", err
	}
	a := &item.Article
	text := a.Title
	if strings.TrimSpace(text) == "" {
		text = a.Body
	}
	return short(text).Plain(), nil
}

// NotifyLate tells the admins that an item will expire before all are told.
func (b *Bot) NotifyLate(ctx context.Context, f alert.Forecast) {
	title, err := b.title(ctx, f.Item)
	if err != nil {
		b.o.Logger.Warn("an item that runs late is not known", "article", f.Item, "err", err)
		title = "?"
	}
	limit := max(time.Until(f.Expires), 0)
	b.notify(func(c *locale.Catalog) string {
		return c.HTML("item-late", locale.Args{"title": title, "left": f.Left, "need": span(c, f.Empty), "limit": span(c, limit)})
	})
}
