package bot_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"rasid/alert"
	"rasid/bot"
	"rasid/bot/telegram"
	"rasid/news"
	"rasid/sandbox"
	"rasid/store"
	"rasid/store/memstore"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// A way is how long calls need to get to Telegram and their answers back.
type way func(r *rand.Rand) (there, back time.Duration)

func upTo(r *rand.Rand, d time.Duration) time.Duration { return time.Duration(r.Int64N(int64(d) + 1)) }

// halfThere is a way of a quarter of a second at most.
func halfThere(r *rand.Rand) (there, back time.Duration) {
	return upTo(r, 125*time.Millisecond), upTo(r, 125*time.Millisecond)
}

// A road is a way as an http.RoundTripper. Polls are not held up: they wait
// anyway.
type road struct {
	to  http.RoundTripper
	way way

	mu     sync.Mutex
	random *rand.Rand
}

// RoundTrip implements http.RoundTripper.
func (r *road) RoundTrip(q *http.Request) (*http.Response, error) {
	if strings.HasSuffix(strings.ToLower(q.URL.Path), "/getupdates") {
		return r.to.RoundTrip(q)
	}
	r.mu.Lock()
	there, back := r.way(r.random)
	r.mu.Unlock()
	time.Sleep(there)
	res, err := r.to.RoundTrip(q)
	time.Sleep(back)
	return res, err
}

// A crowd is a real bot and delivery at the end of a road, with more to tell
// than fits.
type crowd struct {
	t        *testing.T
	box      *sandbox.Server
	store    *memstore.Store
	pacer    *alert.Pacer
	intake   *alert.Intake
	delivery *alert.Delivery
	random   *rand.Rand
	people   []int64
	groups   []int64
	admin    int64
	ctx      context.Context
	end      func()
}

// crowded begins with so many people, 6 groups and channels, and 4 forums of 30
// topics. The bot is told o.
func crowded(t *testing.T, people int, w way, o alert.PacerOptions) *crowd {
	t.Helper()
	box, err := sandbox.New(sandbox.Options{Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	c := &crowd{t: t, box: box, store: memstore.New(), random: rand.New(rand.NewPCG(1, 2)), pacer: alert.NewPacer(o)}
	c.settle(people)
	log := slog.New(slog.DiscardHandler)
	carrier := &http.Client{Transport: &road{to: box.RoundTripper(), way: w, random: rand.New(rand.NewPCG(3, 4))}}
	api, err := telegram.New(telegram.Options{Base: "http://sandbox", Token: box.Token(), HTTP: carrier, Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	index, stats := alert.NewIndex(alert.IndexOptions{Lang: "en", Logger: log}), alert.NewStats()
	if err := index.Sync(t.Context(), c.store); err != nil {
		t.Fatal(err)
	}
	talker := bot.New(bot.Options{
		API: api, Store: c.store, Index: index, Pacer: c.pacer, Stats: stats, Admins: []int64{c.admin}, Lang: "en",
		Wake: func() { c.intake.Wake(); c.delivery.Wake() }, Logger: log,
	})
	c.delivery = alert.NewDelivery(alert.DeliveryOptions{Store: c.store, Index: index, Pacer: c.pacer, Sender: talker, Stats: stats, Logger: log})
	c.delivery.OwnAll(alert.Held(0))
	c.intake = alert.NewIntake(alert.IntakeOptions{Store: c.store, Index: index, Owes: c.delivery.Owes, Stats: stats, Logger: log})
	ctx, stop := context.WithCancel(t.Context())
	c.ctx = ctx
	var g errgroup.Group
	lead := func(ctx context.Context) error { return c.intake.Lead(ctx, 0) }
	for _, room := range []func(context.Context) error{box.Run, talker.Run, talker.Poll, c.delivery.Run, lead} {
		g.Go(func() error { return room(ctx) })
	}
	c.end = func() {
		stop()
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
	}
	return c
}

// settle brings everybody in.
func (c *crowd) settle(people int) {
	c.admin = c.box.AddUser(sandbox.User{Lang: "en", Started: true})
	for range people {
		p := c.box.AddUser(sandbox.User{Lang: "en", Started: true})
		c.people = append(c.people, p)
		c.watch(store.Dest{Chat: p}, store.Private)
	}
	for range 3 {
		g := c.box.AddGroup(sandbox.Group{Super: true, Admins: c.people[:1]})
		ch := c.box.AddChannel(sandbox.Group{Admins: c.people[:1]})
		c.groups = append(c.groups, g)
		c.watch(store.Dest{Chat: g}, store.Supergroup)
		c.watch(store.Dest{Chat: ch}, store.Channel)
	}
	for range 4 {
		f := c.box.AddForum(sandbox.Group{Admins: c.people[:1]})
		c.groups = append(c.groups, f)
		for n := range 30 {
			thread, err := c.box.AddTopic(f, fmt.Sprint("topic ", n))
			if err != nil {
				c.t.Fatal(err)
			}
			c.watch(store.Dest{Chat: f, Thread: thread}, store.Supergroup)
		}
	}
}

func (c *crowd) watch(d store.Dest, k store.Kind) {
	edit := store.Edit{Op: store.AddRule, Text: "tax", Lang: "en"}
	if _, err := c.store.Change(c.t.Context(), store.Change{Dest: d, Kind: k, Edits: []store.Edit{edit}, Now: time.Now()}); err != nil {
		c.t.Fatal(err)
	}
}

// articles makes three, which are owed to everybody: so few that wait for a chat
// are told each by itself.
func (c *crowd) articles() {
	for i := range 3 {
		it := store.Item{Article: news.Article{ID: fmt.Sprint("a", i), Title: fmt.Sprint("A new tax, part ", i), Lang: "en"}}
		if _, err := c.store.Accept(c.t.Context(), []store.Item{it}, time.Now()); err != nil {
			c.t.Fatal(err)
		}
	}
	c.intake.Wake()
}

// chatter lets people ask, and the admin announce something and watch how far
// it is, for d.
func (c *crowd) chatter(d time.Duration) {
	time.Sleep(time.Second) // an announcement is for who was there before it
	_, _ = c.box.Say(c.admin, c.admin, 0, "/broadcast We are back.", 0)
	time.Sleep(9 * time.Second)
	c.press("bc:send")
	until := time.Now().Add(d - 10*time.Second)
	for time.Now().Before(until) {
		p := c.people[c.random.IntN(30)] // few, so that they are busy
		for range 1 + c.random.IntN(5) {
			_, _ = c.box.Say(p, p, 0, "/rules", 0)
		}
		if g := c.groups[c.random.IntN(len(c.groups))]; c.random.IntN(3) == 0 {
			_, _ = c.box.Say(c.people[0], g, 0, "/help@rasid_bot", 0)
		}
		time.Sleep(upTo(c.random, 3*time.Second))
	}
}

// press presses the admin's newest button that bears such data.
func (c *crowd) press(data string) {
	messages := c.box.Chat(c.admin).Messages()
	for _, m := range slices.Backward(messages) {
		for _, row := range m.Buttons {
			for _, b := range row {
				if strings.HasPrefix(b.CallbackData, data) {
					if _, err := c.box.Press(c.admin, c.admin, m.ID, b.Text); err != nil {
						c.t.Error(err)
					}
					return
				}
			}
		}
	}
	c.t.Errorf("no button %s in the admin's chat", data)
}
