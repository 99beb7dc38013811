package alert_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"rasid/alert"
	"rasid/news"
	"rasid/rules"
	"rasid/store"
	"rasid/store/memstore"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A told is a message that arrived in a chat.
type told struct {
	Chat  int64
	Item  uint64
	Class store.Class
	Rules []string
	At    time.Time
	List  bool // it came with others in one message of the queue

	Missed int      // older ones its message told of
	All    []uint64 // every item in it, oldest first: of an inbox several
}

// chats is Telegram as a Sender sees it: it remembers, and answers as asked.
type chats struct {
	answer func(a alert.Alert, nth int) alert.Outcome // nil: delivered; nth attempt at this (chat, item), from 1
	probe  func() error
	takes  time.Duration // how long an answer takes

	mu       sync.Mutex
	told     []told
	worded   []int64        // chats that something was worded for
	nth      map[string]int // attempts at (chat, item), a list's by its first
	messages int            // attempts, all together
	dropped  []int          // of each attempt, what it told of that an inbox did not keep
	probes   int
	dead     *atomic.Bool // the process is gone: nothing reaches Telegram
}

func (c *chats) Prepare(_ context.Context, a alert.Alert) (alert.Message, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.worded = append(c.worded, a.To.Chat)
	return a, nil
}

func (c *chats) PrepareList(ctx context.Context, all []alert.Alert) (alert.Message, error) {
	if len(all) < 2 {
		return nil, errors.New("a list of one")
	}
	for _, a := range all {
		if _, err := c.Prepare(ctx, a); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (c *chats) Send(ctx context.Context, m alert.Message) alert.Outcome {
	all, isList := m.([]alert.Alert)
	if !isList {
		all = []alert.Alert{m.(alert.Alert)}
	}
	a := all[0]
	if c.dead != nil && c.dead.Load() {
		return alert.Outcome{Fate: alert.NotWritten}
	}
	c.mu.Lock()
	key := fmt.Sprint(a.To.Chat, a.Item.Seq)
	if c.nth == nil {
		c.nth = map[string]int{}
	}
	c.nth[key]++
	c.messages++
	c.dropped = append(c.dropped, a.Dropped)
	out := alert.Outcome{Fate: alert.Delivered}
	if c.answer != nil {
		out = c.answer(a, c.nth[key])
	}
	if out.Fate == alert.Delivered || out.Fate == alert.Unknown && out.MessageID != 0 {
		out.MessageID = int64(len(c.told) + 1)
		for _, a := range all {
			t := told{Chat: a.To.Chat, Item: a.Item.Seq, Class: a.Class, At: time.Now(), List: isList, Missed: a.Missed, All: a.Items()}
			for _, r := range a.Reasons {
				t.Rules = append(t.Rules, r.Name)
			}
			c.told = append(c.told, t)
		}
	}
	c.mu.Unlock()
	answer := time.NewTimer(c.takes)
	defer answer.Stop()
	select {
	case <-answer.C:
		return out
	case <-ctx.Done():
		return alert.Outcome{Fate: alert.Unknown}
	}
}

func (c *chats) Probe(context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.probes++
	if c.probe == nil {
		return nil
	}
	return c.probe()
}

func (c *chats) all() []told {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]told(nil), c.told...)
}

// counts returns a copy of dropped.
func (c *chats) counts() []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.dropped)
}

// to lists the items that a chat was told, in order.
func (c *chats) to(chat int64) []uint64 {
	var items []uint64
	for _, t := range c.all() {
		if t.Chat == chat {
			items = append(items, t.All...)
		}
	}
	return items
}

// mortal is a store whose process can die: then nothing has an effect.
type mortal struct {
	store.Store
	dead *atomic.Bool
	fail func(call string) error // of calls that are to fail once
	lose func(call string) error // of calls whose answers are to be lost
	slow func(d store.Dispatch)  // what a dispatch does before it begins; nil: nothing
}

var errDead = errors.New("the process is gone")

func (m *mortal) gone(call string) error {
	if m.dead.Load() {
		return errDead
	}
	if m.fail != nil {
		return m.fail(call)
	}
	return nil
}

func (m *mortal) Begin(ctx context.Context, k store.Mark) error {
	if err := m.gone("begin"); err != nil {
		return err
	}
	err := m.Store.Begin(ctx, k)
	if m.lose != nil {
		err = errors.Join(err, m.lose("begin"))
	}
	return err
}

func (m *mortal) Finish(ctx context.Context, k store.Mark, o store.Outcome, now time.Time) error {
	if err := m.gone("finish"); err != nil {
		return err
	}
	return m.Store.Finish(ctx, k, o, now)
}

func (m *mortal) Release(ctx context.Context, k store.Mark, until time.Time) error {
	if err := m.gone("release"); err != nil {
		return err
	}
	return m.Store.Release(ctx, k, until)
}

func (m *mortal) Expire(ctx context.Context, e store.Expired, epoch uint64) (int, error) {
	if err := m.gone("expire"); err != nil {
		return 0, err
	}
	return m.Store.Expire(ctx, e, epoch)
}

func (m *mortal) Shelve(ctx context.Context, x store.Shelving, epoch uint64) (int, error) {
	if err := m.gone("shelve"); err != nil {
		return 0, err
	}
	return m.Store.Shelve(ctx, x, epoch)
}

func (m *mortal) Dispatch(ctx context.Context, d store.Dispatch, epoch uint64) (bool, error) {
	if err := m.gone("dispatch"); err != nil {
		return false, err
	}
	if m.slow != nil {
		m.slow(d)
	}
	return m.Store.Dispatch(ctx, d, epoch)
}

func (m *mortal) Trim(ctx context.Context, before, now time.Time, limit int) (int, error) {
	if err := m.gone("trim"); err != nil {
		return 0, err
	}
	return m.Store.Trim(ctx, before, now, limit)
}

func (m *mortal) Advance(ctx context.Context, seq, epoch uint64) error {
	if err := m.gone("advance"); err != nil {
		return err
	}
	return m.Store.Advance(ctx, seq, epoch)
}

// A rig is the room with a store and chats around it.
type rig struct {
	t      testing.TB
	store  *memstore.Store
	chats  *chats
	file   *rules.File
	rate   float64
	paid   float64       // paid broadcasts a second
	keep   time.Duration // retention; 0: the default
	room   int           // sends in flight; 0: the default
	poll   time.Duration // looks at the store this often unasked; 0: the default
	apart  bool          // alerts do not share messages
	late   func(context.Context, alert.Forecast)
	shared bool // other processes may be at work
	fail   func(call string) error
	lose   func(call string) error // of calls that had their effect
	slow   func(d store.Dispatch)  // before it is carried out
	owner  string                  // who has all roles
	epoch  uint64                  // of the owner in each

	articles int // made so far
}

func newRig(t testing.TB) *rig {
	return &rig{t: t, store: memstore.New(), chats: &chats{}}
}

// A life is one run of the program.
type life struct {
	rig      *rig
	index    *alert.Index
	pacer    *alert.Pacer
	stats    *alert.Stats
	intake   *alert.Intake
	delivery *alert.Delivery
	dead     *atomic.Bool
	cancel   context.CancelFunc
	errs     chan error
}

// start begins a life. crash is called at the crash points.
func (r *rig) start(crash func(point string, l *life)) *life {
	r.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	l := &life{
		rig: r, index: alert.NewIndex(alert.IndexOptions{Logger: quiet()}), dead: new(atomic.Bool),
		pacer: alert.NewPacer(alert.PacerOptions{Rate: r.rate, Paid: r.paid}), stats: alert.NewStats(),
		cancel: cancel, errs: make(chan error, 2),
	}
	l.index.SetFile(r.file)
	r.chats.dead = l.dead
	s := &mortal{Store: r.store, dead: l.dead, fail: r.fail, lose: r.lose, slow: r.slow}
	r.takeOver(fmt.Sprint("life ", r.epoch+1))
	hook := func(point string) {
		if crash != nil {
			crash(point, l)
		}
	}
	l.delivery = alert.NewDelivery(alert.DeliveryOptions{
		Store: s, Index: l.index, Pacer: l.pacer, Sender: r.chats, Stats: l.stats, Logger: quiet(), Crash: hook, InFlight: r.room, Poll: r.poll,
		Apart: r.apart, Shared: r.shared, Late: r.late,
	})
	l.delivery.OwnAll(alert.Held(r.epoch))
	l.intake = alert.NewIntake(alert.IntakeOptions{
		Store: s, Index: l.index, Owes: l.delivery.Owes, Stats: l.stats, Logger: quiet(), Crash: hook, Retention: r.keep, Poll: r.poll,
	})
	epoch := r.epoch
	go func() { l.errs <- l.intake.Lead(ctx, epoch) }()
	go func() { l.errs <- l.delivery.Run(ctx) }()
	return l
}

// takeOver gives every role to a process, as if whoever had it were gone.
func (r *rig) takeOver(name string) {
	r.t.Helper()
	roles := make([]store.Role, store.Roles)
	for i := range roles {
		roles[i] = store.Role(i)
	}
	if err := r.store.Leave(context.Background(), r.owner, roles); err != nil {
		r.t.Fatal(err)
	}
	epochs, err := r.store.Take(context.Background(), name, roles, time.Hour, time.Now())
	if err != nil {
		r.t.Fatal(err)
	}
	r.owner, r.epoch = name, epochs[0]
}

// stop ends a life cleanly.
func (l *life) stop() {
	l.rig.t.Helper()
	l.cancel()
	for range 2 {
		if err := <-l.errs; err != nil {
			l.rig.t.Errorf("Run() = %v after a stop, want nil", err)
		}
	}
}

// kill ends a life as kill -9 does: nothing has an effect from now on.
func (l *life) kill() {
	l.dead.Store(true)
	l.cancel()
}

// dieAt kills a life where it first comes to a crash point.
func dieAt(point string) func(string, *life) {
	var once sync.Once
	return func(at string, l *life) {
		if at == point {
			once.Do(l.kill)
		}
	}
}

// buried waits for what is left of a killed life.
func (l *life) buried() {
	for range 2 {
		<-l.errs
	}
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// change applies edits to a chat and wakes the program.
func (r *rig) change(l *life, d store.Dest, kind store.Kind, edits ...store.Edit) store.Destination {
	r.t.Helper()
	res, err := r.store.Change(context.Background(), store.Change{Dest: d, Kind: kind, Edits: edits, Now: time.Now()})
	if err != nil {
		r.t.Fatal(err)
	}
	if l != nil {
		l.delivery.Wake()
	}
	return res.After
}

// watch gives a private chat a rule.
func (r *rig) watch(l *life, chat int64, rule string) store.Destination {
	r.t.Helper()
	return r.change(l, store.Dest{Chat: chat}, store.Private, store.Edit{Op: store.AddRule, Text: rule, Lang: "en"})
}

// accept stores articles with these titles and wakes the program.
func (r *rig) accept(l *life, titles ...string) []uint64 {
	r.t.Helper()
	items := make([]store.Item, len(titles))
	for i, title := range titles {
		r.articles++
		items[i].Article = news.Article{ID: fmt.Sprint("article ", r.articles), Title: title, Lang: "en"}
	}
	return r.acceptItems(l, items)
}

func (r *rig) acceptItems(l *life, items []store.Item) []uint64 {
	r.t.Helper()
	got, err := r.store.Accept(context.Background(), items, time.Now())
	if err != nil {
		r.t.Fatal(err)
	}
	seqs := make([]uint64, len(got))
	for i, a := range got {
		seqs[i] = a.Seq
	}
	if l != nil {
		l.intake.Wake()
	}
	return seqs
}

// tally sums what became of an item.
func (r *rig) tally(item uint64) store.Tally {
	r.t.Helper()
	tally, err := r.store.Tally(context.Background(), item)
	if err != nil {
		r.t.Fatal(err)
	}
	return tally
}

// bubble runs f in virtual time.
func bubble(t *testing.T, f func(t *testing.T, r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, newRig(t)) })
}

func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func ruleFile(t testing.TB, yaml string) *rules.File {
	t.Helper()
	f, err := rules.ParseFile("rules.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	return f
}
