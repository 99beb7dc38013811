package serve

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"rasid/alert"
	"rasid/bot"
	"rasid/bot/telegram"
	"rasid/cmd/rasid/rulefile"
	"rasid/cmd/rasid/settings"
	"rasid/lease"
	"rasid/rules"
	"rasid/source"
	"rasid/store"
	"rasid/store/backup"
	"rasid/web"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Running is a bot with all its rooms.
type Running struct {
	set     settings.Settings
	log     *slog.Logger
	store   store.Store
	index   *alert.Index
	stats   *alert.Stats
	rules   ruleState
	api     *answering
	beside  func(context.Context, *Running) error
	name    string // of this process among those on the store
	reloads <-chan struct{}

	loaded   bool        // everybody in the store is known
	unrouted *rules.File // its routes wait until then; nil: none do

	keeper   *lease.Keeper
	mine     [store.Shards]atomic.Bool // the shards that are ours now
	drained  chan struct{}             // closed when nothing is being sent any more
	failed   chan error                // what ends a role and the program
	hints    hints
	intake   *alert.Intake
	pacer    *alert.Pacer
	delivery *alert.Delivery
	bot      *bot.Bot
	poller   *source.Poller
	watcher  *rulefile.Watcher // nil: the rules do not change
	untaken  bool              // it is known that the rule file on disk cannot be taken for now
	listener net.Listener      // nil: no HTTP
	web      http.Handler
}

// newRunning builds the rooms on s. Nothing runs yet.
func newRunning(ctx context.Context, o Options, s store.Store) (*Running, error) {
	r := &Running{
		set: o.Settings, log: o.Logger, store: s, stats: alert.NewStats(), beside: o.Beside, name: processName(), reloads: o.Reload,
		drained: make(chan struct{}), failed: make(chan error, store.Roles-store.Shards), hints: newHints(),
	}
	r.index = alert.NewIndex(alert.IndexOptions{Lang: o.Settings.Language, Logger: o.Logger})
	defer loading()()
	if err := r.loadRules(ctx, o); err != nil {
		return nil, err
	}
	client, err := telegram.New(telegram.Options{Base: r.set.API, Token: r.set.Token, HTTP: o.HTTP, Logger: o.Logger})
	if err != nil {
		return nil, settings.Error{err.Error()}
	}
	r.api = &answering{Client: client}
	if err := r.know(ctx); err != nil {
		return nil, err
	}
	pacing := alert.PacerOptions{Rate: pacerRate(r.set.Rate), Paid: r.set.Paid, Scale: r.set.TimeScale, Logger: r.log}
	if shared, ok := s.(alert.Slots); ok {
		pacing.Slots = shared
	}
	r.pacer = alert.NewPacer(pacing)
	r.build()
	r.buildSources()
	return r, r.buildWeb(ctx, o.Version)
}

// know learns of everybody, and then tells the store who is sent topics.
func (r *Running) know(ctx context.Context) error {
	if err := r.index.Sync(ctx, r.store); err != nil {
		return err
	}
	r.loaded = true
	if r.unrouted == nil {
		return nil
	}
	if err := r.route(ctx, r.unrouted); err != nil {
		return err
	}
	r.unrouted = nil
	return r.index.Sync(ctx, r.store)
}

// pacerRate turns the setting, where 0 is no pacing, into the pacer's option,
// where 0 is its default.
func pacerRate(rate float64) float64 {
	if rate == 0 {
		return -1
	}
	return rate
}

// build makes the rooms that talk and send.
func (r *Running) build() {
	r.bot = bot.New(bot.Options{
		API: r.api, Store: r.store, Index: r.index, Pacer: r.pacer, Stats: r.stats, Shared: r.store.Shared(), Rules: r.rules.current,
		Admins: r.set.Admins, Lang: r.set.Language, Zone: r.set.Timezone, Wake: r.changed, Logger: r.log, Hook: r.hook(),
		Most: mostRules(r.set.RulesMost), Expiry: r.announcing(),
	})
	r.delivery = alert.NewDelivery(alert.DeliveryOptions{
		Store: r.store, Index: r.index, Pacer: r.pacer, Sender: r.bot, Shared: r.store.Shared(), Apart: !r.set.Lists, Refresh: r.refresh,
		Late:  r.bot.NotifyLate,
		Stats: r.stats, Logger: r.log, Drain: drain, Poll: r.poll(), Scale: r.set.TimeScale, Crash: crash,
		Life: lives(r.set.Expiry), Keep: r.set.Retention,
	})
	r.intake = alert.NewIntake(alert.IntakeOptions{
		Store: r.store, Index: r.index, Owes: r.owes, Stats: r.stats,
		Logger: r.log, Retention: r.set.Retention, Scale: r.set.TimeScale, Crash: crash,
	})
	r.keeper = r.newKeeper()
}

// mostRules turns the setting, where 0 is any number, into the bot's option, where
// 0 is its default.
func mostRules(set int) int {
	if set == 0 {
		return -1
	}
	return set
}

// lives turns the setting, where 0 is for good, into the delivery's option,
// where 0 is its default. What an announcement says of itself is all that counts
// of it.
func lives(set [4]time.Duration) (all [store.Classes]time.Duration) {
	for c, d := range set[:store.Broadcast] {
		if all[c] = d; d == 0 {
			all[c] = -1
		}
	}
	return all
}

// announcing is how long an announcement is worth sending, as the bot's option
// has it.
func (r *Running) announcing() time.Duration {
	d := r.set.Expiry[store.Broadcast]
	if d == 0 {
		return -1
	}
	return time.Duration(float64(d) / max(r.set.TimeScale, 1))
}

// hook says where Telegram is to send messages, if anywhere.
func (r *Running) hook() bot.Hook {
	if r.set.PublicURL == "" {
		return bot.Hook{}
	}
	return bot.Hook{URL: r.set.PublicURL + web.WebhookPath, Secret: r.set.HookSecret}
}

// buildWeb takes the address at once, so that one in use is told before
// anything runs.
func (r *Running) buildWeb(ctx context.Context, version string) error {
	reg := prometheus.NewRegistry()
	for _, c := range []prometheus.Collector{
		r.pacer, r.stats, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		counts(r.index), buildInfo(version),
	} {
		if err := reg.Register(c); err != nil {
			return fmt.Errorf("register metrics: %w", err)
		}
	}
	var hook http.Handler
	prefix := ""
	if u, err := url.Parse(r.set.PublicURL); err == nil && r.set.PublicURL != "" {
		hook, prefix = r.bot.Webhook(), u.Path
	}
	r.web = web.New(web.Options{
		Checks: []web.Check{
			{Name: "store", Test: r.store.Ping},
			{Name: "telegram", Test: r.api.check},
			{Name: "rules", Test: r.rules.check},
		},
		Push: r.push(), Webhook: hook, Prefix: prefix, Backup: r.backup(), Registry: reg, Version: version,
	})
	if r.set.HTTP == "" {
		return nil
	}
	var err error
	if r.listener, err = new(net.ListenConfig).Listen(ctx, "tcp", r.set.HTTP); err != nil {
		return settings.Error{fmt.Sprintf("RASID_HTTP cannot be used: %v", err)}
	}
	return nil
}

// backup gives the store away where only this process can read it; nil where
// others can.
func (r *Running) backup() http.Handler {
	if s, ok := r.store.(backup.Store); ok {
		return backup.Handler(backup.Options{Store: s, Token: r.set.HTTPToken, Logger: r.log})
	}
	return nil
}

// serveHTTP answers other programs.
func (r *Running) serveHTTP(ctx context.Context) error {
	r.log.Info("listening", "address", r.listener.Addr().String())
	return web.Serve(ctx, r.listener, r.web, r.log, drain/2)
}

// Stats are the counters of intake and delivery.
func (r *Running) Stats() *alert.Stats { return r.stats }

// Answering reports whether an answer to a chat is on its way or waits for the
// pace.
func (r *Running) Answering(chat int64) bool { return r.bot.Answering(chat) }

// Owing returns those of the items, given in order by their numbers, from the
// first one on that is not matched yet or is still owed to somebody.
func (r *Running) Owing(ctx context.Context, items []uint64) ([]uint64, error) {
	reach, err := r.store.Reach(ctx)
	if err != nil {
		return items, err
	}
	for len(items) > 0 && reach.Has(items[0]) {
		t, err := r.store.Tally(ctx, items[0])
		if err != nil || t.Owed > 0 {
			return items, err
		}
		items = items[1:]
	}
	return items, nil
}

func buildInfo(version string) prometheus.Collector {
	g := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "rasid_build_info", Help: "The running version.", ConstLabels: prometheus.Labels{"version": version},
	})
	g.Set(1)
	return g
}

// counted are the figures of the index.
type counted struct {
	index *alert.Index
	desc  map[string]*prometheus.Desc
}

func counts(x *alert.Index) prometheus.Collector {
	names := map[string]string{
		"destinations": "Chats and forum topics that are known.", "suspended": "Destinations that cannot be written to.",
		"paused": "Destinations that paused alerts.", "rules": "Readers' rules.", "distinct": "Distinct rules and topics that are matched.",
	}
	c := counted{x, map[string]*prometheus.Desc{}}
	for name, help := range names {
		c.desc[name] = prometheus.NewDesc("rasid_alert_"+name, help, nil, nil)
	}
	return c
}

// Describe implements prometheus.Collector.
func (c counted) Describe(out chan<- *prometheus.Desc) {
	for _, d := range c.desc {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (c counted) Collect(out chan<- prometheus.Metric) {
	n := c.index.Counts()
	for name, v := range map[string]int{
		"destinations": n.Destinations, "suspended": n.Suspended, "paused": n.Paused, "rules": n.Rules, "distinct": n.Distinct,
	} {
		out <- prometheus.MustNewConstMetric(c.desc[name], prometheus.GaugeValue, float64(v))
	}
}

// answering knows whether Telegram answered last.
type answering struct {
	*telegram.Client

	mu    sync.Mutex
	seen  time.Time // of the last answer
	tried time.Time // the last call that counts
	err   error     // why there was no answer since
}
