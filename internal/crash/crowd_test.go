package crash

import (
	"context"
	"fmt"
	"log/slog"
	"rasid/alert"
	"rasid/news"
	"rasid/sandbox/flood"
	"rasid/store"
	"rasid/store/memstore"
	"rasid/store/redisstore"
	"rasid/store/storetest/redistest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"
)

// A crowd is Telegram as a Sender sees it, with so many chats that only counts
// are kept. It takes a tenth of a second for an answer and has the documented
// limits.
type crowd struct {
	mu    sync.Mutex
	meter *flood.Meter
	seen  map[[2]uint64]int // item and chat -> copies
	waits map[string][]time.Duration
	worst int
	again int
	over  int // messages that broke a limit
	last  time.Time
}

// Prepare implements alert.Sender.
func (c *crowd) Prepare(_ context.Context, a alert.Alert) (alert.Message, error) { return a, nil }

// PrepareList implements alert.Sender.
func (c *crowd) PrepareList(_ context.Context, all []alert.Alert) (alert.Message, error) {
	return all, nil
}

// Send implements alert.Sender.
func (c *crowd) Send(_ context.Context, m alert.Message) alert.Outcome {
	all, _ := m.([]alert.Alert)
	if one, is := m.(alert.Alert); is {
		all = []alert.Alert{one}
	}
	now := time.Now()
	c.meet(all[0].To.Chat, now)
	for _, a := range all {
		c.take(a, now)
	}
	time.Sleep(100 * time.Millisecond)
	return alert.Outcome{Fate: alert.Delivered, MessageID: 1}
}

// meet counts a message against the limits.
func (c *crowd) meet(chat int64, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.meter.Take(now, flood.Ask{Chat: chat}) > 0 {
		c.over++
	}
}

func (c *crowd) take(a alert.Alert, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := [2]uint64{a.Item.Seq, uint64(a.To.Chat)}
	c.seen[key]++
	c.worst = max(c.worst, c.seen[key])
	if c.seen[key] > 1 {
		c.again++
	}
	kind, _, _ := strings.Cut(a.Item.Article.Title, " ")
	c.last = now
	if kind != "big" {
		c.waits[kind] = append(c.waits[kind], now.Sub(a.Item.At))
	}
}

// p99 is how long 99 in 100 of a kind waited at most.
func (c *crowd) p99(kind string) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := slices.Sorted(slices.Values(c.waits[kind]))
	if len(all) == 0 {
		return -1
	}
	return all[len(all)*99/100]
}

func (c *crowd) told() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.seen)
}

// How the small articles of the row come: urgent ones two a second, each for
// five chats, as often as the promise says, and with each a normal one for one.
const (
	urgentFor   = 5
	groups      = 50 // of the chats that small articles are for, in turns: one chat takes one a second
	urgentEvery = 500 * time.Millisecond
	urgentMost  = 2 * time.Second // p99 of their waits
	bigMost     = 1 << 20         // bytes of Redis for the big one
)

// TestOneArticleForEverybody owes one article to a million chats, 20,000 in the
// short form, and meanwhile small ones to a few.
func TestOneArticleForEverybody(t *testing.T) {
	people, small := 20_000, 100
	if measure() == "full" {
		people, small = 1_000_000, 1000
	}
	row := Row{Fault: "one article for everybody, small ones beside it (virtual clock)"}
	size := jobSize(t)
	synctest.Test(t, func(t *testing.T) {
		c := &crowd{meter: flood.NewMeter(flood.Limits{}), seen: map[[2]uint64]int{}, waits: map[string][]time.Duration{}}
		s := memstore.New()
		fill(t, s, people)
		ctx, stop := context.WithCancel(t.Context())
		intake, ended := deliver(ctx, t, s, c)
		begun := time.Now()
		accept(t, s, intake, news.Article{ID: "big", Title: "big crowd", Lang: "en"})
		expected := people
		for i := range small / 2 {
			if i%25 == 0 && i > 0 { // in waves, over the time that the big one takes
				time.Sleep(time.Duration(people/27/(small/50)) * time.Second * 9 / 10)
			}
			time.Sleep(urgentEvery)
			accept(t, s, intake,
				news.Article{ID: fmt.Sprint("u", i), Title: fmt.Sprintf("urgent alarm%dx", i%groups), Lang: "en"},
				news.Article{ID: fmt.Sprint("n", i), Title: fmt.Sprintf("normal bell%dx", i%groups), Lang: "en"})
			expected += urgentFor + 1
		}
		for before := -1; before < c.told(); time.Sleep(time.Minute) {
			before = c.told()
		}
		stop()
		if err := ended(); err != nil {
			t.Error(err)
		}
		row.Lost, row.Repeated, row.Worst, row.Recovered = expected-c.told(), c.again, c.worst, c.last.Sub(begun)
		row.Done = fmt.Sprintf("%s chats and %s small articles", thousands(people), thousands(small))
		row.Note = fmt.Sprintf("urgent p99 wait %s at 10/s (< 2 s), small normal ones %s; %s bytes of Redis for 1,000,000 (< 1 MB); limits broken %d times",
			short(c.p99("urgent")), short(c.p99("normal")), thousands(size), c.over)
		if err := row.Report(); err != nil {
			t.Error(err)
		}
		if row.Lost != 0 || row.Repeated != 0 || c.over != 0 {
			t.Errorf("%d lost, %d repeated, limits broken %d times; want none", row.Lost, row.Repeated, c.over)
		}
		if got := c.p99("urgent"); got >= urgentMost || got < 0 {
			t.Errorf("urgent alerts waited %v at p99; want less than %v", got, urgentMost)
		}
	})
	if size >= bigMost {
		t.Errorf("the big article takes %d bytes of Redis; want less than %d", size, bigMost)
	}
}

// fill makes so many chats wait for the big article, and a few for others.
func fill(t *testing.T, s *memstore.Store, people int) {
	t.Helper()
	for chat := range people {
		edits := []store.Edit{{Op: store.AddRule, Text: "crowd", Lang: "en"}}
		switch {
		case chat < groups*urgentFor:
			edits = append(edits, store.Edit{Op: store.AddRule, Text: fmt.Sprintf("alarm%dx #urgent", chat/urgentFor), Lang: "en"})
		case chat < groups*(urgentFor+1):
			edits = append(edits, store.Edit{Op: store.AddRule, Text: fmt.Sprintf("bell%dx", chat-groups*urgentFor), Lang: "en"})
		}
		if _, err := s.Change(t.Context(), store.Change{Dest: store.Dest{Chat: int64(chat + 1)}, Kind: store.Private, Edits: edits, Now: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
}

// An unchanging store has destinations that do not change once they were read:
// the model in memory would look at all million of them each time it is asked.
type unchanging struct {
	*memstore.Store
	read atomic.Bool
}

// Changes tells of everything once.
func (u *unchanging) Changes(ctx context.Context, cur *store.Cursor, f func(store.Destination) error) error {
	if u.read.Swap(true) {
		return nil
	}
	return u.Store.Changes(ctx, cur, f)
}

// deliver runs the rooms between the store and Telegram.
func deliver(ctx context.Context, t *testing.T, s *memstore.Store, c *crowd) (wake func(), ended func() error) {
	t.Helper()
	roles := make([]store.Role, store.Roles)
	for i := range roles {
		roles[i] = store.Role(i)
	}
	epochs, err := s.Take(ctx, "all", roles, 1000*time.Hour, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	quiet, once := slog.New(slog.DiscardHandler), &unchanging{Store: s}
	index := alert.NewIndex(alert.IndexOptions{Logger: quiet})
	delivery := alert.NewDelivery(alert.DeliveryOptions{
		Store: once, Index: index, Pacer: alert.NewPacer(alert.PacerOptions{}), Sender: c, Logger: quiet,
	})
	delivery.OwnAll(alert.Held(epochs[0]))
	intake := alert.NewIntake(alert.IntakeOptions{Store: once, Index: index, Owes: delivery.Owes, Logger: quiet})
	var g errgroup.Group
	g.Go(func() error { return delivery.Run(ctx) })
	g.Go(func() error { return intake.Lead(ctx, epochs[store.Intake]) })
	return intake.Wake, g.Wait
}

func accept(t *testing.T, s *memstore.Store, wake func(), articles ...news.Article) {
	t.Helper()
	items := make([]store.Item, len(articles))
	for i, a := range articles {
		items[i] = store.Item{Article: a, At: time.Now()}
	}
	if _, err := s.Accept(t.Context(), items, time.Now()); err != nil {
		t.Fatal(err)
	}
	wake()
}

// jobSize is how many bytes of a real Redis an article takes that is owed to a
// million chats: all keys together, as MEMORY USAGE counts them.
func jobSize(t *testing.T) int {
	t.Helper()
	server := redistest.Start(t)
	s, err := redisstore.Open(t.Context(), server.URL, redisstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	before := usage(t, server.Addr)
	var all []uint32
	for o := uint32(1); len(all) <= 1_000_000/store.Shards; o++ {
		all = append(all, o)
	}
	for shard := range store.Shard(store.Shards) {
		d := store.Dispatch{Shard: shard, Item: 1, Created: time.Now(), Owed: [store.Classes][]uint32{store.Normal: all}}
		if _, err := s.Dispatch(t.Context(), d, 0); err != nil {
			t.Fatal(err)
		}
	}
	return usage(t, server.Addr) - before
}

func usage(t *testing.T, addr string) (total int) {
	t.Helper()
	db := redis.NewClient(&redis.Options{Addr: addr})
	defer db.Close()
	for keys := db.Scan(t.Context(), 0, "*", 1000).Iterator(); keys.Next(t.Context()); {
		n, err := db.MemoryUsage(t.Context(), keys.Val(), 0).Result()
		if err != nil {
			t.Fatal(err)
		}
		total += int(n)
	}
	return total
}
