package serve

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"rasid/cmd/rasid/settings"
	"rasid/store"
	"rasid/store/memstore"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// failing is a store that takes no changes of chats for a while.
type failing struct {
	store.Store
	down atomic.Bool
}

func (f *failing) Change(ctx context.Context, c store.Change) (store.Result, error) {
	if f.down.Load() {
		return store.Result{}, errors.New("the store is away")
	}
	return f.Store.Change(ctx, c)
}

// TestAReloadThatTheStoreCutShortIsDoneInTheEnd: the version is stored and its
// routes are not, so neither is in force before both are.
func TestAReloadThatTheStoreCutShortIsDoneInTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "rules.yaml")
		write := func(yaml string) {
			t.Helper()
			if err := os.WriteFile(path, []byte(yaml), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		write(twoRoutes)
		s := &failing{Store: memstore.New()}
		r, err := newRunning(t.Context(), Options{
			Settings: settings.Settings{
				Token: "123456:TEST-token-of-nobody-at-all-000000000", API: "http://127.0.0.1:1", Store: "memory", Rules: path, RulesNamed: true,
			},
			Logger: slog.New(slog.DiscardHandler),
		}, s)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- r.watcher.Run(ctx) }()
		s.down.Store(true)
		write(oneRoute)
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := len(r.rules.current().Topics); n != 2 {
			t.Errorf("%d topics are in force while the routes cannot be stored; want the 2 of before", n)
		}
		s.down.Store(false)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if err := r.index.Sync(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[store.Dest][]string{{Chat: -1007, Thread: 3}: {"sport"}}, r.index.Routes()); diff != "" {
			t.Errorf("routes (-want +got):\n%s", diff)
		}
		if n := len(r.rules.current().Topics); n != 1 {
			t.Errorf("%d topics are in force 5s after the store is back; want the 1 of the new file", n)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
