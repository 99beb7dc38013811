package bot

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"rasid/bot/telegram"
	"rasid/locale"
	"rasid/news"
	"rasid/store"
	"strings"
	"sync"
	"time"
)

// How broadcasts behave.
const (
	previewsKept = 100
	removedKept  = 1000
)

// broadcastID begins the id of an announcement's item, and draftID that of one
// that is not sent yet; the preview's token follows. Drafts are stored, quietly,
// for the buttons may be pressed in another process than the one that showed
// them, and so are stops, for intake and whoever shows the progress; see
// store.StopID.
const (
	broadcastID = "broadcast:"
	draftID     = "draft:"
)

// previews remembers, in bounds, what a button of ours may come back to:
// announcements not yet sent, and rules just removed.
type previews struct {
	mu      sync.Mutex
	notes   map[string]store.BroadcastNote
	order   []string
	gone    map[store.Dest]map[int]store.Rule
	goneLen int
}

func newPreviews() previews {
	return previews{notes: map[string]store.BroadcastNote{}, gone: map[store.Dest]map[int]store.Rule{}}
}

func (p *previews) keep(n store.BroadcastNote) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	token := strings.ToLower(rand.Text()[:16])
	p.notes[token] = n
	p.order = append(p.order, token)
	if len(p.order) > previewsKept {
		delete(p.notes, p.order[0])
		p.order = p.order[1:]
	}
	return token
}

func (p *previews) find(token string) (store.BroadcastNote, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n, ok := p.notes[token]
	return n, ok
}

func (p *previews) removed(d store.Dest, r store.Rule) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.goneLen >= removedKept {
		clear(p.gone)
		p.goneLen = 0
	}
	if p.gone[d] == nil {
		p.gone[d] = map[int]store.Rule{}
	}
	p.gone[d][r.N] = r
	p.goneLen++
}

func (p *previews) lastRemoved(d store.Dest, n int) (store.Rule, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r, ok := p.gone[d][n]
	return r, ok
}

// broadcast shows an announcement as it will be, and whom it reaches.
func (t *turn) broadcast(text string) error {
	if !t.private() {
		t.answer("broadcast-private", nil)
		return nil
	}
	if text == "" && t.msg.ReplyTo != nil {
		text = t.msg.ReplyTo.Text
	}
	if text == "" {
		t.ask("broadcast-ask", "broadcast-placeholder")
		return nil
	}
	note := store.BroadcastNote{Text: text, From: t.chat.ID, Before: time.Now()}
	n, token := t.b.o.Index.Audience(note), ""
	if n > 0 {
		token = t.b.previews.keep(note)
		if err := t.keep(draftID+token, text, note.Before); err != nil {
			return fmt.Errorf("keep a preview: %w", err)
		}
	}
	draft := t.b.Broadcast(t.dest, note, t.c.Lang())
	t.post(letter{to: t.dest, html: draft.Text.HTML()})
	if n == 0 {
		t.answer("broadcast-preview", t.reach(0))
		return nil
	}
	text, rows := t.previewed(token, n, t.b.usualLimit())
	t.send(text, rows...)
	return nil
}

// reach is how many an announcement is for, and how long telling them takes.
func (t *turn) reach(n int) locale.Args {
	idle, busy := t.b.o.Pacer.ForecastBroadcast(n)
	return locale.Args{"n": n, "idle": span(t.c, idle), "busy": span(t.c, busy)}
}

// previewed says what becomes of an announcement to n chats, and its buttons.
func (t *turn) previewed(token string, n int, limit time.Duration) (text string, rows [][]telegram.Button) {
	_, busy := t.b.o.Pacer.ForecastBroadcast(n)
	preview, reach := "broadcast-preview", t.reach(n)
	if reach["idle"] == reach["busy"] { // alerts make no difference that is worth telling
		preview = "broadcast-preview-plain"
	}
	text = t.c.HTML(preview, reach) + t.limited(limit, busy) + t.price(n)
	return text, append(t.otherLimits(token, limit),
		row(button(t.c.Text("broadcast-send", locale.Args{"n": n}), "bc", "send", token, inSeconds(limit)),
			button(t.c.Text("broadcast-cancel", nil), "bc", "cancel", token)))
}

// starMessages is how many messages of a paid broadcast a Star pays for. See
// https://core.telegram.org/bots/api#sendmessage.
const starMessages = 10

// price words what an announcement to n chats costs; nothing where broadcasts
// are not paid for.
func (t *turn) price(n int) string {
	rate := t.b.o.Pacer.PaidRate()
	if rate == 0 {
		return ""
	}
	stars := (n + starMessages - 1) / starMessages
	return "\n" + t.c.HTML("broadcast-paid", locale.Args{"n": stars, "rate": int(rate)})
}

// span words a length of time, roughly.
func span(c *locale.Catalog, d time.Duration) string {
	switch {
	case d < time.Minute:
		return c.Text("duration-now", nil)
	case d < 90*time.Minute:
		return c.Text("duration-minutes", locale.Args{"n": int(d.Round(time.Minute).Minutes())})
	}
	return c.Text("duration-hours", locale.Args{"n": int(d.Round(time.Hour).Hours())})
}

func (t *turn) pressedBroadcast(rest string) error {
	verb, rest, _ := strings.Cut(rest, ":")
	token, limit := t.pressedLimit(rest)
	switch {
	case !t.isAdmin():
		t.toast = t.c.Text("stale", nil)
		return nil
	case verb == "stop":
		return t.stopBroadcast(token)
	}
	item, err := t.sent(token)
	switch {
	case err != nil:
		return err
	case verb == "send":
		return t.sendBroadcast(token, limit, item)
	case item != nil:
		t.toast = t.c.Text("stale", nil)
		return nil
	case verb == "limit":
		return t.changeLimit(token, limit)
	}
	t.replace(t.c.HTML("broadcast-cancelled", nil))
	return nil
}

// sent returns an announcement's item; nil: it was not sent.
func (t *turn) sent(token string) (*store.Item, error) {
	it, err := t.b.o.Store.ItemByID(t.ctx, broadcastID+token)
	switch {
	case errors.Is(err, store.ErrUnknown):
		return nil, nil //nolint:nilnil // see above
	case err != nil:
		return nil, fmt.Errorf("look whether a broadcast was sent: %w", err)
	}
	return &it, nil
}

// sendBroadcast puts the announcement into the log. Its id is the preview's, so a
// press that comes again sends nothing twice. One that is there already is put in as
// it is: only that tells whether it is there to stay.
func (t *turn) sendBroadcast(token string, limit time.Duration, item *store.Item) error {
	now := time.Now()
	if item == nil {
		note, ok, err := t.draft(token)
		if !ok {
			return err
		}
		note.Report, note.Says = t.msg.ID, t.c.Lang()
		if limit > 0 {
			note.Until = now.Add(limit)
		}
		item = &store.Item{Article: news.Article{ID: broadcastID + token, Body: note.Text}, Broadcast: &note}
	}
	got, err := t.b.o.Store.Accept(t.ctx, []store.Item{*item}, now)
	if err != nil {
		return fmt.Errorf("accept a broadcast: %w", err)
	}
	t.b.o.Wake()
	t.b.announced.add(progress{seq: got[0].Seq, token: token, dest: t.dest, message: t.msg.ID, lang: t.c.Lang()})
	return nil
}

// keep stores something for other processes, and for ourselves after a restart.
func (t *turn) keep(id, text string, at time.Time) error {
	item := store.Item{At: at, Article: news.Article{ID: id, Body: text}, Quiet: true}
	_, err := t.b.o.Store.Accept(t.ctx, []store.Item{item}, at)
	return err
}

// draft finds what was previewed, here or in another process. Where it is not kept
// any more it says so.
func (t *turn) draft(token string) (note store.BroadcastNote, ok bool, err error) {
	if note, ok = t.b.previews.find(token); ok {
		return note, true, nil
	}
	it, err := t.b.o.Store.ItemByID(t.ctx, draftID+token)
	if errors.Is(err, store.ErrUnknown) {
		t.replace(t.c.HTML("broadcast-lost", nil))
		return note, false, nil
	}
	if err != nil {
		return note, false, fmt.Errorf("look for a preview: %w", err)
	}
	return store.BroadcastNote{Text: it.Article.Body, From: t.chat.ID, Before: it.At}, true, nil
}

func (t *turn) stopBroadcast(token string) error {
	it, err := t.b.o.Store.ItemByID(t.ctx, broadcastID+token)
	if errors.Is(err, store.ErrUnknown) {
		t.toast = t.c.Text("stale", nil)
		return nil
	}
	if err != nil {
		return err
	}
	if err := t.keep(store.StopID(it.Article.ID), "", time.Now()); err != nil {
		return fmt.Errorf("note that a broadcast is stopped: %w", err)
	}
	if err := t.b.cancel(t.ctx, it.Seq); err != nil {
		return err
	}
	t.b.o.Wake()
	t.b.announced.add(progress{seq: it.Seq, token: token, dest: t.dest, message: t.msg.ID, lang: t.c.Lang(), stopped: true})
	return nil
}

// cancel takes back what is owed of a broadcast.
func (b *Bot) cancel(ctx context.Context, seq uint64) error {
	for shard := range store.Shard(store.Shards) {
		if err := b.o.Store.Cancel(ctx, shard, seq); err != nil {
			return fmt.Errorf("stop a broadcast: %w", err)
		}
	}
	return nil
}
