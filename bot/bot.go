// Package bot is the conversation: it reads what people write and press,
// changes what they asked to have changed, answers in their language, and
// words and sends alerts.
//
// A Bot takes updates from Telegram by long polling, in one process at a time,
// or by a webhook, in all of them. The effects of an update are stored before
// the update is confirmed. One that comes again is not applied again; the same
// process leaves it alone, and another one, or the same started anew, answers
// it again, for nobody knows whether it was answered. Sender is the way of
// alerts, for package alert.
package bot

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"rasid/alert"
	"rasid/bot/telegram"
	"rasid/internal/pause"
	"rasid/locale"
	"rasid/rules"
	"rasid/store"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Store is what a Bot needs of the store.
type Store interface {
	Change(ctx context.Context, c store.Change) (store.Result, error)
	Destination(ctx context.Context, d store.Dest) (store.Destination, error)
	Threads(ctx context.Context, chat int64) ([]store.Destination, error)
	Migrate(ctx context.Context, from, to int64, now time.Time) error
	Sent(ctx context.Context, d store.Dest) ([]store.Sent, error)
	Item(ctx context.Context, seq uint64) (store.Item, error)
	ItemByID(ctx context.Context, id string) (store.Item, error)
	Accept(ctx context.Context, items []store.Item, now time.Time) ([]store.Accepted, error)
	Owed(ctx context.Context, shard store.Shard, after uint64) ([]store.Job, error)
	Expired(ctx context.Context, shard store.Shard) ([]store.Expired, error)
	Inbox(ctx context.Context, p store.Place) (store.Inbox, error)
	Tally(ctx context.Context, item uint64) (store.Tally, error)
	Reach(ctx context.Context) (store.Reach, error)
	Cancel(ctx context.Context, shard store.Shard, item uint64) error
	Dead(ctx context.Context, shard store.Shard, limit int) ([]store.DeadLetter, error)
	Feeds(ctx context.Context) ([]store.Feed, error)
	Ping(ctx context.Context) error
}

// Incoming is how updates come.
type Incoming interface {
	GetUpdates(ctx context.Context, p telegram.Poll) ([]telegram.Update, error)
	SetWebhook(ctx context.Context, w telegram.Webhook) error
	DeleteWebhook(ctx context.Context) error
	GetWebhookInfo(ctx context.Context) (telegram.WebhookInfo, error)
}

// Telegram is what a Bot needs of the Bot API. *telegram.Client is one.
type Telegram interface {
	API
	Incoming
	EditMessageText(ctx context.Context, e telegram.Edit) error
	EditMessageReplyMarkup(ctx context.Context, chat, message int64, k *telegram.InlineKeyboard) error
	AnswerCallbackQuery(ctx context.Context, a telegram.CallbackAnswer) error
	SetMyCommands(ctx context.Context, commands []telegram.Command, s telegram.Scope, lang string) error
	GetChatMember(ctx context.Context, chat, user int64) (telegram.ChatMember, error)
}

// Options tunes a Bot. API, Store, Index and Pacer are required.
type Options struct {
	API    Telegram
	Store  Store
	Index  *alert.Index
	Pacer  *alert.Pacer
	Stats  *alert.Stats       // for /stats; default: zeros
	Shared bool               // other processes may have shares of the work, and figures of their own
	Rules  func() *rules.File // the rule file in force; default: an empty one
	Admins []int64            // persons who may use the admin's commands
	Lang   string             // of chats that chose none; default ar
	Zone   *time.Location     // of the times shown; default UTC
	Wake   func()             // told after every change; default: nobody
	Logger *slog.Logger       // default: slog.Default()
	Poll   time.Duration      // how long getUpdates waits; default 50s
	Hook   Hook               // where updates are sent; default: they are asked for
	Most   int                // how many rules a chat, in a forum a thread, may have; those there already stay; default 50; negative: any number
	Expiry time.Duration      // how long an announcement is worth sending, where the admin says nothing else; default 24h; negative: for good
}

func (o Options) withDefaults() Options {
	o.Lang = cmp.Or(o.Lang, "ar")
	o.Poll = cmp.Or(o.Poll, telegram.MaxPoll)
	o.Most = cmp.Or(o.Most, 50)
	o.Expiry = cmp.Or(o.Expiry, 24*time.Hour)
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Stats == nil {
		o.Stats = alert.NewStats()
	}
	if o.Rules == nil {
		empty := &rules.File{}
		o.Rules = func() *rules.File { return empty }
	}
	if o.Wake == nil {
		o.Wake = func() {}
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

// A Bot talks with people. New makes one.
type Bot struct {
	*Sender
	o         Options
	born      time.Time
	me        telegram.User // set by Run before ready is closed
	ready     chan struct{}
	receiving receiving
	lanes     lanes
	handled   handled
	moves     moves
	outbox    *outbox
	rights    rights
	pace      limiter
	previews  previews
	announced announced
}

// New returns a bot that has not begun.
func New(o Options) *Bot {
	o = o.withDefaults()
	b := &Bot{o: o, born: time.Now(), ready: make(chan struct{}), outbox: newOutbox(), pace: newLimiter(), previews: newPreviews(), lanes: newLanes(), handled: handled{newMemory[struct{}]()}, moves: newMoves()}
	b.rights = newRights(o.API)
	b.Sender = NewSender(SenderOptions{
		API: o.API, Logger: o.Logger, Paid: o.Pacer.PaidRate() > 0, LostThread: b.lostThread,
		Render: RenderOptions{Words: say, Lang: o.Lang, Zone: o.Zone},
	})
	return b
}

// say is the renderer's Words.
func say(lang, id string, args map[string]any) string {
	return locale.For(lang).Text(id, locale.Args(args))
}

// Run answers and reports until ctx ends, and then what was asked before. It
// takes no updates: Receive and Webhook do. A token that Telegram refuses ends it with an
// error.
func (b *Bot) Run(ctx context.Context) error {
	me, err := b.greetServer(ctx)
	if err != nil || ctx.Err() != nil {
		b.outbox.close()
		return err
	}
	b.me = me
	close(b.ready)
	b.o.Logger.Info("talking as a bot", "bot", me.Username)
	var g errgroup.Group
	g.Go(func() error { b.setMenus(ctx); return nil })
	g.Go(func() error { b.answer(ctx); return nil })
	g.Go(func() error { b.watchBroadcasts(ctx); return nil })
	<-ctx.Done()
	b.receiving.end()
	b.outbox.close()
	return g.Wait()
}

// receiving lets the outbox close after the last update was handled.
type receiving struct {
	mu    sync.Mutex
	ended bool
	begun sync.WaitGroup
}

// begin reports whether updates may be handled; done is called when they were.
func (r *receiving) begin() (done func(), ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return nil, false
	}
	r.begun.Add(1)
	return r.begun.Done, true
}

// end lets nothing more begin and waits for what was begun.
func (r *receiving) end() {
	r.mu.Lock()
	r.ended = true
	r.mu.Unlock()
	r.begun.Wait()
}

// greetServer asks who we are until Telegram answers.
func (b *Bot) greetServer(ctx context.Context) (telegram.User, error) {
	for backoff := time.Second; ; backoff = min(2*backoff, time.Minute) {
		me, err := b.o.API.GetMe(ctx)
		switch {
		case err == nil:
			return me, nil
		case ctx.Err() != nil:
			return me, nil //nolint:nilerr // told to stop
		case telegram.Classify(err).Class == telegram.BadToken:
			return me, fmt.Errorf("telegram refuses the token: see that RASID_TELEGRAM_TOKEN is the one BotFather gave: %w", err)
		}
		b.o.Logger.Warn("telegram does not answer, trying again", "after", backoff, "err", err)
		if !pause.For(ctx, backoff) {
			return me, nil
		}
	}
}

// NotifyAdmins tells every admin something, in the admin's language.
func (b *Bot) NotifyAdmins(id string, args locale.Args) {
	b.notify(func(c *locale.Catalog) string { return c.HTML(id, args) })
}

func (b *Bot) notify(word func(*locale.Catalog) string) {
	for _, admin := range b.o.Admins {
		lang := b.o.Lang
		if d, ok := b.o.Index.Find(store.Dest{Chat: admin}); ok {
			lang = cmp.Or(d.Lang, lang)
		}
		b.mail(letter{to: store.Dest{Chat: admin}, html: word(locale.For(lang))})
	}
}
