package crash

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"rasid/sandbox"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// RASID_CRASH says how often faults strike: a few times where it is not set,
// as often as the promise says where it is full, and a tenth of that where it is
// medium.
func measure() string { return os.Getenv("RASID_CRASH") }

// times is how often a fault strikes.
func times(few, many int) int {
	switch measure() {
	case "full":
		return many
	case "medium":
		return max(few, many/10)
	}
	return few
}

// seed is where chance begins: RASID_CRASH_SEED.
func seed(t *testing.T) uint64 {
	t.Helper()
	s := os.Getenv("RASID_CRASH_SEED")
	if s == "" {
		return 1
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || n == 0 {
		t.Fatalf("RASID_CRASH_SEED is %q; want a number above 0", s)
	}
	return n
}

// A pace says by how much the programs' own times are divided, so that no test
// waits a minute for an answer that does not come.
type pace int

// atPaces runs f at a pace that tests can bear, and at full numbers once more
// at real times, with faults as few as shows that they do the same there.
func atPaces(t *testing.T, f func(t *testing.T, p pace)) {
	t.Helper()
	switch measure() {
	case "full":
		t.Run("one tenth", func(t *testing.T) { f(t, 10) })
		t.Run("real", func(t *testing.T) { f(t, 1) })
	case "real":
		f(t, 1)
	case "medium":
		f(t, 10)
	default:
		f(t, 20)
	}
}

func (p pace) setting() string                  { return fmt.Sprintf("RASID_TIME_SCALE=%d", p) }
func (p pace) of(d time.Duration) time.Duration { return d / time.Duration(p) }

// times is how often a fault strikes: at real times always a few times.
func (p pace) times(few, many int) int {
	if p == 1 {
		return few
	}
	return times(few, many)
}

func (p pace) String() string {
	if p == 1 {
		return "at real times"
	}
	return fmt.Sprintf("at times 1:%d", int(p))
}

const (
	leaseTime = 10 * time.Second // a lease runs out unless it is renewed
	settled   = 75 * time.Second // after which nothing is sent again that was not answered
)

// binDir is where the program is compiled to, once for all tests.
var binDir string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "rasid-crash-")
	if err != nil {
		fmt.Println("make a folder for the program:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	binDir = dir
	return m.Run()
}

var compiled = sync.OnceValues(func() (string, error) { return Build(context.Background(), binDir) })

func build(t *testing.T) string {
	t.Helper()
	bin, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// A bot is a program, or several on one store.
type bot interface {
	Pusher
	Start() error
	Kill()
	WaitReady(ctx context.Context) error
	Stop(limit time.Duration) (time.Duration, error)
	Log() string
}

// A trial is one run of a row of the table: programs, what is asked of them, and
// how fast their time goes. Trials that wait for most of their time run in pairs.
type trial struct {
	t      *testing.T
	pace   pace
	box    *sandbox.Server
	bot    bot
	load   *Load
	chance *rand.Rand
	row    Row
	struck time.Time // when the last fault was over
}

// townSize is how many chats a trial has.
const townSize = 20

// newTrial makes a trial of a row; its programs are yet to be set.
func newTrial(t *testing.T, p pace, fault string) *trial {
	t.Helper()
	n := seed(t)
	return &trial{
		t: t, pace: p, box: aTown(t, townSize), load: &Load{Chats: townSize},
		chance: rand.New(rand.NewPCG(n, n)), row: Row{Fault: fault, Seed: n},
	}
}

// one makes the trial's bot a program on a store.
func (x *trial) one(store string, more ...string) *Program {
	x.t.Helper()
	p := aProgram(x.t, build(x.t), x.box, store, append(more, x.pace.setting())...)
	x.bot = p
	return p
}

// fleet makes the trial's bot three programs on a store.
func (x *trial) fleet(store string) *Fleet {
	x.t.Helper()
	f := aFleet(x.t, build(x.t), x.box, store, x.pace.setting())
	x.bot = f
	return f
}

// slowly puts a way between a program and Telegram on which every answer takes a
// while, so that some are always under way. It returns the program's setting.
func (x *trial) slowly() string {
	x.t.Helper()
	l := aLink(x.t, x.box.Addr())
	l.Delay(answers)
	return "RASID_TELEGRAM_API=http://" + l.Addr
}

func aLink(t *testing.T, to string) *Link {
	t.Helper()
	l, err := NewLink(t.Context(), to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() }) // the programs are gone before
	return l
}

// begin starts the programs, makes every chat watch its word and feeds articles
// until the returned function is called.
func (x *trial) begin(feeders ...Pusher) (stop func()) {
	x.t.Helper()
	begin(x.t, x.bot, x.load, x.box)
	if len(feeders) == 0 {
		feeders = []Pusher{x.bot}
	}
	return x.feed(feeders...)
}

// feed pushes articles, through several at a time, until the returned function
// is called.
func (x *trial) feed(through ...Pusher) (stop func()) {
	x.t.Helper()
	ctx, end := context.WithCancel(x.t.Context())
	var g errgroup.Group
	for _, p := range through {
		g.Go(func() error { return x.load.Feed(ctx, p, often) })
	}
	return func() {
		x.t.Helper()
		end()
		if err := g.Wait(); err != nil {
			x.t.Fatal(err)
		}
	}
}

// within waits for a random time below d: the moment is what is random.
func (x *trial) within(d time.Duration) { time.Sleep(time.Duration(x.chance.Int64N(int64(d)))) }

func (x *trial) ready() {
	x.t.Helper()
	ready(x.t, x.bot)
}

func (x *trial) must(err error) {
	x.t.Helper()
	if err != nil {
		x.t.Fatal(err)
	}
}

// over notes that the last fault is over.
func (x *trial) over() { x.struck = time.Now() }

// finish waits for what is still owed and for what may come again, stops the
// programs, and holds what was counted against the promise.
func (x *trial) finish(done string, allowed int) {
	t := x.t
	t.Helper()
	x.still()
	town := townsfolk{x.box}
	took, err := x.bot.Stop(15 * time.Second)
	if err != nil {
		t.Errorf("stop: %v\n%s", err, tail(x.bot.Log()))
	}
	got := x.load.Count(town) // what came while it stopped counts
	x.row.Done = fmt.Sprintf("%s, %s; %s alerts", done, x.pace, thousands(got.Expected))
	x.row.Lost, x.row.Repeated, x.row.Allowed, x.row.Worst = got.Lost, got.Repeated, allowed, got.Worst
	x.must(x.row.Report())
	t.Logf("%s; stopped in %v", got, took.Round(time.Millisecond))
	x.judge(got)
}

// still waits for what is owed and for what may come again.
func (x *trial) still() {
	x.t.Helper()
	town := townsfolk{x.box}
	if _, err := x.load.Drain(x.t.Context(), town, 30*time.Second+x.pace.of(2*settled)); err != nil {
		x.t.Errorf("wait for what is owed: %v\n%s", err, tail(x.bot.Log()))
	}
	if x.row.Recovered == 0 {
		x.row.Recovered = time.Since(x.struck)
	}
	x.must(x.load.Quiet(x.t.Context(), town, x.pace.of(settled)))
}

// copiesMost is how often one alert may come, whatever happens.
const copiesMost = 3

func (x *trial) judge(got Count) {
	t := x.t
	t.Helper()
	if got.Lost > 0 || got.Strange > 0 || got.Repeated > x.row.Allowed || got.Worst > copiesMost {
		t.Errorf("%s; the promise is 0 lost, 0 strange, at most %d repeated and never more than %d copies\n%s",
			got, x.row.Allowed, copiesMost, tail(x.bot.Log()))
	}
	if got.Expected == 0 {
		t.Error("nothing was expected, so nothing was tested")
	}
	if log := x.bot.Log(); strings.Contains(log, x.box.Token()) || strings.Contains(log, strings.SplitN(x.box.Token(), ":", 2)[1]) {
		t.Error("the token is in the log")
	}
}

// begin starts the program and makes every chat watch its word.
func begin(t *testing.T, p bot, load *Load, box *sandbox.Server) {
	t.Helper()
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	ready(t, p)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := load.Settle(ctx, townsfolk{box}); err != nil {
		t.Fatalf("%v\n%s", err, p.Log())
	}
}

func ready(t *testing.T, p bot) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := p.WaitReady(ctx); err != nil {
		t.Fatal(err)
	}
}

func tail(s string) string { return s[max(0, len(s)-4000):] }
