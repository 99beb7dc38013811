package crash

import (
	"context"
	"rasid/internal/testenv"
	"rasid/sandbox"
	"strconv"
	"testing"
)

// fast is a Telegram that never says 429: what is tested here is loss and
// repeats, and they show best when nothing waits.
var fast = sandbox.Flood{Off: true}

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
	return aTownOf(t, n, sandbox.Options{})
}

// aTownOf is aTown with more options of the sandbox.
func aTownOf(t *testing.T, n int, o sandbox.Options) *sandbox.Server {
	t.Helper()
	o.Listen, o.Seed, o.Flood, o.Keep = "127.0.0.1:0", 1, fast, 1_000_000
	box, err := sandbox.New(o)
	if err != nil {
		t.Fatal(err)
	}
	people(box, n)
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

// people adds n people, from the id first on.
func people(box *sandbox.Server, n int) {
	for i := range n {
		box.AddUser(sandbox.User{ID: int64(first + i), FirstName: "P" + strconv.Itoa(i), Lang: "en"})
	}
}

// aProgram is rasid on a store, talking to box.
func aProgram(t *testing.T, bin string, box *sandbox.Server, store string, more ...string) *Program {
	t.Helper()
	addr, err := testenv.FreeAddr(t.Context())
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

// aFleet is three programs on one store.
func aFleet(t *testing.T, bin string, box *sandbox.Server, store string, more ...string) *Fleet {
	t.Helper()
	f := &Fleet{}
	for range 3 {
		f.All = append(f.All, aProgram(t, bin, box, store, more...))
	}
	return f
}
