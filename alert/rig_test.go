package alert_test

import (
	"context"
	"fmt"
	"log/slog"
	"rasid/alert"
	"rasid/news"
	"rasid/rules"
	"rasid/store"
	"rasid/store/memstore"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

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
