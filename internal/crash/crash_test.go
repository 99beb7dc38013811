package crash

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"rasid/sandbox"
	"rasid/store/storetest/redistest"
	"strconv"
	"strings"
	"testing"
	"time"
)

// fast is a Telegram that never says 429: what is tested here is loss and
// repeats, and they show best when nothing waits.
var fast = sandbox.Flood{Off: true}

// The programs' own times are divided by scale, so that no test waits a minute
// for an answer that does not come; quiet is longer than what is left of that.
const (
	scale = "RASID_TIME_SCALE=30"
	quiet = 2500 * time.Millisecond
)

// townsfolk are the sandbox's people.
type townsfolk struct{ box *sandbox.Server }

func (f townsfolk) Say(person int64, text string) error {
	_, err := f.box.Say(person, person, 0, text, 0)
	return err
}

func (f townsfolk) Texts(person int64) []string { return f.box.Chat(person).Texts() }

// aTown serves a sandbox with n people, from the id first on.
func aTown(t *testing.T, n int) *sandbox.Server {
	t.Helper()
	box, err := sandbox.New(sandbox.Options{Listen: "127.0.0.1:0", Seed: 1, Flood: fast, Keep: 1_000_000})
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		box.AddUser(sandbox.User{ID: int64(first + i), FirstName: "P" + strconv.Itoa(i), Lang: "en"})
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- box.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the sandbox ended: %v", err)
		}
	})
	return box
}

// aProgram is rasid on a store, talking to box.
func aProgram(t *testing.T, bin string, box *sandbox.Server, store string, more ...string) *Program {
	t.Helper()
	addr, err := FreeAddr(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return &Program{
		Bin: bin, HTTP: addr, Token: "push-token", Dir: t.TempDir(),
		Env: append([]string{
			"RASID_TELEGRAM_TOKEN=" + box.Token(), "RASID_TELEGRAM_API=" + box.URL(), "RASID_STORE=" + store,
			"RASID_RATE=0", "RASID_LANGUAGE=en",
		}, more...),
	}
}

func build(t *testing.T) string {
	t.Helper()
	bin, err := Build(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// onBoth runs f on a bolt file and on a real Redis.
func onBoth(t *testing.T, f func(t *testing.T, store string)) {
	t.Run("bolt", func(t *testing.T) { f(t, "bolt:"+filepath.Join(t.TempDir(), "rasid.db")) })
	t.Run("redis", func(t *testing.T) { f(t, redistest.Start(t).URL) })
}

// kills is how often the program is killed on each store.
func kills(t *testing.T) int {
	t.Helper()
	s := os.Getenv("RASID_CRASH_KILLS")
	if s == "" {
		return 10
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		t.Fatalf("RASID_CRASH_KILLS is %q; want a number of kills", s)
	}
	return n
}

// atMost is W: messages whose outcome one crash may leave unknown.
const atMost = 16

func TestKill(t *testing.T) {
	bin := build(t)
	n := kills(t)
	onBoth(t, func(t *testing.T, store string) {
		box := aTown(t, 20)
		p := aProgram(t, bin, box, store, scale)
		load := &Load{Chats: 20}
		begin(t, p, load, box)
		feeding, stop := context.WithCancel(t.Context())
		fed := make(chan error, 1)
		go func() { fed <- load.Feed(feeding, p, 3*time.Millisecond) }()
		random := rand.New(rand.NewPCG(1, uint64(n)))
		for range n {
			time.Sleep(time.Duration(random.IntN(300)) * time.Millisecond) // the moment is what is random
			p.Kill()
			if err := p.Start(); err != nil {
				t.Fatal(err)
			}
			if random.IntN(4) > 0 { // one kill in four comes while it starts
				ready(t, p)
			}
		}
		ready(t, p)
		stop()
		if err := <-fed; err != nil {
			t.Fatal(err)
		}
		finish(t, p, load, box, n)
	})
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

// finish waits for what is still owed, stops the program, prints what was
// counted and holds it against the promise.
func finish(t *testing.T, p bot, load *Load, box *sandbox.Server, kills int) {
	t.Helper()
	finishAs(t, p, load, box, ending{fmt.Sprintf("%d kills", kills), kills * atMost})
}

// An ending says what was done to the programs, and what may be repeated.
type ending struct {
	what    string
	repeats int
}

// finishAs is finish for other faults than kills.
func finishAs(t *testing.T, p bot, load *Load, box *sandbox.Server, end ending) {
	t.Helper()
	begun := time.Now()
	if _, err := load.Drain(t.Context(), townsfolk{box}); err != nil {
		t.Errorf("wait for what is owed: %v\n%s", err, tail(p.Log()))
	}
	drained := time.Since(begun)
	if err := load.Quiet(t.Context(), townsfolk{box}, quiet); err != nil {
		t.Fatal(err)
	}
	took, err := p.Stop(15 * time.Second)
	if err != nil {
		t.Errorf("stop: %v\n%s", err, tail(p.Log()))
	}
	got := load.Count(townsfolk{box}) // what came while it stopped counts
	fmt.Printf("%s: %s: %s; all told after %v, stopped in %v\n", t.Name(), end.what, got, drained.Round(time.Millisecond), took.Round(time.Millisecond))
	if got.Lost > 0 || got.Strange > 0 || got.Repeated > end.repeats || got.Worst > 3 {
		t.Errorf("%s; the promise is 0 lost, 0 strange, at most %d repeated and never more than 3 copies\n%s", got, end.repeats, tail(p.Log()))
	}
	if got.Expected == 0 {
		t.Error("nothing was expected, so nothing was tested")
	}
	if strings.Contains(p.Log(), box.Token()) || strings.Contains(p.Log(), strings.SplitN(box.Token(), ":", 2)[1]) {
		t.Error("the token is in the log")
	}
}

func tail(s string) string { return s[max(0, len(s)-4000):] }
