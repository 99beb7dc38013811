package crash

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"rasid/cmd/rasid/serve"
	"rasid/cmd/rasid/settings"
	"rasid/news"
	"rasid/rules"
	"rasid/sandbox"
	"rasid/store"
	"rasid/store/open"
	"rasid/store/redisstore"
	"rasid/store/storetest/redistest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"
)

// paceChats watch the same in TestPaceOfPrograms.
const paceChats = 1800

// TestPaceOfPrograms has three whole programs at their own pace on one Redis and
// against the limits that Telegram publishes, on the clock of a bubble. All have
// alerts to send, and one answers people whose alerts another sends.
func TestPaceOfPrograms(t *testing.T) {
	redis := redistest.Start(t, "--appendfsync", "no").URL
	allWatch(t, redis, paceChats)
	synctest.Test(t, func(t *testing.T) {
		box, err := sandbox.New(sandbox.Options{Seed: 1, Keep: 1_000_000})
		if err != nil {
			t.Fatal(err)
		}
		startAll(box, paceChats)
		ctx, stop := context.WithCancel(t.Context())
		var g errgroup.Group
		running, hub := make(chan *serve.Running, 3), new(hub)
		for range 3 {
			g.Go(func() error { return pacedProgram(ctx, redis, hub, box, running) })
		}
		programs := []*serve.Running{<-running, <-running, <-running}
		time.Sleep(5 * time.Second) // until they share the work
		if _, err := programs[0].Sink(ctx, []news.Article{{ID: "p", Lang: "en", Source: "s", Title: "A new tax", Body: "For all."}}); err != nil {
			t.Fatal(err)
		}
		for range 220 {
			time.Sleep(300 * time.Millisecond)
			ask(t, box)
		}
		for i, p := range programs {
			if n := p.Stats().Report().Delivered; n < 200 {
				t.Errorf("program %d delivered %d alerts, want about a third of all", i, n)
			}
		}
		stop()
		if err := errors.Join(g.Wait(), box.Close()); err != nil {
			t.Error(err)
		}
		used := reportPace(t, box, 2*time.Second, 62*time.Second)
		if used < .97 {
			t.Errorf("%.1f %% of the pace was used, want 97 at the least", 100*used)
		}
	})
}

// pacedProgram is one of several programs on a Redis, in this process.
func pacedProgram(ctx context.Context, redis string, h *hub, box *sandbox.Server, running chan<- *serve.Running) error {
	s, err := redisstore.Open(ctx, redis, redisstore.Options{PaceClock: time.Now})
	if err != nil {
		return err
	}
	return serve.Run(ctx, serve.Options{
		Settings: settings.Settings{
			API: "http://sandbox", Token: box.Token(), Language: "en", Timezone: time.UTC,
			Rate: 27, Retention: 168 * time.Hour, Expiry: [4]time.Duration{2 * time.Hour, 12 * time.Hour, 36 * time.Hour}, TimeScale: 1,
		},
		Store: &bubbled{s, h}, Logger: slog.New(slog.DiscardHandler), HTTP: &http.Client{Transport: aWay{box.RoundTripper()}}, Rules: []rules.NamedFile{},
		Beside: func(ctx context.Context, r *serve.Running) error {
			running <- r
			<-ctx.Done()
			return nil
		},
	})
}

// aWay takes up to 50 ms there and as much back.
type aWay struct{ to http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (w aWay) RoundTrip(q *http.Request) (*http.Response, error) {
	time.Sleep(time.Duration(rand.Int64N(int64(50 * time.Millisecond))))
	defer func() { time.Sleep(time.Duration(rand.Int64N(int64(50 * time.Millisecond)))) }()
	return w.to.RoundTrip(q)
}

// startAll has so many people start the bot, from the id first on.
func startAll(box *sandbox.Server, n int) {
	for i := range n {
		box.AddUser(sandbox.User{ID: int64(first + i), Lang: "en", Started: true})
	}
}

// ask has one of a few people ask something: so few that they are answered as
// fast as a chat may be.
func ask(t *testing.T, box *sandbox.Server) {
	t.Helper()
	person := int64(first + rand.IntN(10))
	if _, err := box.Say(person, person, 0, "/rules", 0); err != nil {
		t.Fatal(err)
	}
}

// TestPaceOfProgramsInRealTime has three programs that are processes of their
// own, in real time: nothing is refused. How much of the pace they use depends
// on what else the machine does; TestPaceOfPrograms is exact.
func TestPaceOfProgramsInRealTime(t *testing.T) {
	const chats = 600
	bin, box := build(t), aTown(t, 0)
	box.SetFlood(sandbox.Flood{})
	startAll(box, chats)
	redis := redistest.Start(t).URL
	allWatch(t, redis, chats)
	f := aFleet(t, bin, box, redis, "RASID_RATE=27")
	if err := f.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Kill)
	ready(t, f)
	if ok, err := f.Push(t.Context(), []byte(`[{"id":"p","lang":"en","source":"s","title":"A new tax","body":"For all."}]`)); err != nil || !ok {
		t.Fatalf("push was not accepted: %v\n%s", err, f.Log())
	}
	tick := time.NewTicker(300 * time.Millisecond)
	defer tick.Stop()
	for range 60 {
		<-tick.C
		ask(t, box)
	}
	if used := reportPace(t, box, 2*time.Second, 14*time.Second); used < .9 {
		t.Errorf("%.1f %% of the pace was used, want 90 at the least where the machine has other work", 100*used)
	}
	if _, err := f.Stop(15 * time.Second); err != nil {
		t.Error(err)
	}
}

// allWatch gives every chat the same rule.
func allWatch(t *testing.T, address string, chats int) {
	t.Helper()
	s, _, err := open.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for i := range chats {
		c := store.Change{Dest: store.Dest{Chat: int64(first + i)}, Kind: store.Private, Now: time.Now()}
		c.Edits = []store.Edit{{Op: store.AddRule, Text: "tax", Lang: "en"}}
		if _, err := s.Change(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
}

// reportPace prints how the pace was used between two moments after the first
// message, while more waited than fits, and sees that nothing was refused.
func reportPace(t *testing.T, box *sandbox.Server, from, to time.Duration) (used float64) {
	t.Helper()
	var at []time.Time
	for _, c := range box.Calls() {
		if c.Method != "sendmessage" {
			continue
		}
		at = append(at, c.At)
		if c.Status != 200 {
			t.Errorf("chat %d was refused: %s", c.Chat, c.Answer)
		}
	}
	if len(at) < 100 {
		t.Fatalf("%d messages were sent, want hundreds", len(at))
	}
	n, seconds := 0, make([]int, int(to/time.Second))
	for _, x := range at {
		since := x.Sub(at[0])
		if since < to {
			seconds[int(since/time.Second)]++
		}
		if since >= from && since < to {
			n++
		}
	}
	used = float64(n) / (to - from).Seconds() / 27
	t.Logf("three programs: %s messages in each second, %.1f %% of the pace", fmt.Sprint(seconds), 100*used)
	if p := box.Peaks(); p.BotAsked.Count > 30 || p.Bot.Count == 0 {
		t.Errorf("peaks = %+v, want at most 30 in any second", p)
	}
	return used
}

// A bubbled store is a Redis for programs on the clock of a bubble, which stands
// still while one of them waits for the network. So what they tell each other
// goes another way, and what Redis keeps by its own clock it keeps for longer.
type bubbled struct {
	*redisstore.Store
	hub *hub
}

const bubbledKeep = 1000

// Join implements store.Leases.
func (b *bubbled) Join(ctx context.Context, name string, ttl time.Duration, now time.Time) ([]string, error) {
	return b.Store.Join(ctx, name, bubbledKeep*ttl, now)
}

// Take implements store.Leases.
func (b *bubbled) Take(ctx context.Context, name string, roles []store.Role, ttl time.Duration, now time.Time) ([]uint64, error) {
	return b.Store.Take(ctx, name, roles, bubbledKeep*ttl, now)
}

// Tell implements store.Hints.
func (b *bubbled) Tell(_ context.Context, h store.Hint) error {
	b.hub.tell(h)
	return nil
}

// Hear implements store.Hints.
func (b *bubbled) Hear(ctx context.Context, f func(store.Hint)) error {
	heard := b.hub.listen()
	for {
		select {
		case <-ctx.Done():
			return nil
		case h := <-heard:
			f(h)
		}
	}
}

// A hub carries hints between programs.
type hub struct {
	mu  sync.Mutex
	all []chan store.Hint
}

func (h *hub) listen() <-chan store.Hint {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := make(chan store.Hint, 1000)
	h.all = append(h.all, c)
	return c
}

func (h *hub) tell(x store.Hint) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.all {
		select {
		case c <- x:
		default: // a hint may be lost
		}
	}
}
