package crash

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"rasid/cmd/rasid/serve"
	"rasid/cmd/rasid/settings"
	"rasid/news"
	"rasid/rules"
	"rasid/sandbox"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A sky is the whole program and Telegram in one process, on the clock of a
// bubble: hours pass in seconds. Only the network between them is not real.
type sky struct {
	*testing.T
	box     *sandbox.Server
	running *serve.Running
	load    *Load
	chance  *rand.Rand
	row     Row
	cutOff  atomic.Bool // nobody reaches Telegram
}

// RoundTrip brings a call to Telegram.
func (s *sky) RoundTrip(r *http.Request) (*http.Response, error) {
	if s.cutOff.Load() {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	}
	return s.box.RoundTripper().RoundTrip(r)
}

// Push implements Pusher.
func (s *sky) Push(ctx context.Context, body []byte) (bool, error) {
	var all []news.Article
	if err := json.Unmarshal(body, &all); err != nil {
		return false, err
	}
	_, err := s.running.Sink(ctx, all)
	return err == nil, err
}

// skyTown is how many chats there are.
const skyTown = 60

// underSky runs script beside the program, which paces and waits as it does in
// earnest. The chats watch their words when it begins, some as urgent.
func underSky(t *testing.T, fault string, urgent int, script func(s *sky)) {
	t.Helper()
	file, n := filepath.Join(t.TempDir(), "rasid.db"), seed(t)
	synctest.Test(t, func(t *testing.T) {
		s := &sky{T: t, load: &Load{Chats: skyTown, Urgent: urgent, Look: time.Second}, chance: rand.New(rand.NewPCG(n, n)), row: Row{Fault: fault, Seed: n}}
		var err error
		if s.box, err = sandbox.New(sandbox.Options{Seed: n, Keep: 1_000_000}); err != nil {
			t.Fatal(err)
		}
		people(s.box, skyTown)
		err = serve.Run(t.Context(), serve.Options{
			Settings: settings.Settings{
				API: "http://sandbox", Token: s.box.Token(), Store: "bolt:" + file, Language: "en", Timezone: time.UTC,
				Rate: 27, Retention: 168 * time.Hour, Expiry: [4]time.Duration{2 * time.Hour, 12 * time.Hour, 36 * time.Hour, 24 * time.Hour}, TimeScale: 1,
			},
			Logger: slog.New(slog.DiscardHandler), HTTP: &http.Client{Transport: s}, Rules: []rules.NamedFile{},
			Beside: func(ctx context.Context, r *serve.Running) error {
				s.running = r
				s.load.Late = func() (n int) {
					for _, late := range r.Stats().Report().Expired {
						n += int(late)
					}
					return n
				}
				if err := s.load.Settle(ctx, townsfolk{s.box}); err != nil {
					return err
				}
				script(s)
				return nil
			},
		})
		if err := errors.Join(err, s.box.Close()); err != nil {
			t.Error(err)
		}
	})
}

// feedFor pushes an article every so often for as long as d.
func (s *sky) feedFor(d, gap time.Duration) {
	ctx, end := context.WithTimeout(s.Context(), d)
	defer end()
	if err := s.load.Feed(ctx, s, gap); err != nil {
		s.Error(err)
	}
}

// finish waits until everybody was told and nothing more comes, and holds what
// was counted against the promise.
func (s *sky) finish(since time.Time, done string, allowed int) {
	s.Helper()
	town := townsfolk{s.box}
	if _, err := s.load.Drain(s.Context(), town, 30*time.Minute); err != nil {
		s.Error(err)
	}
	s.row.Recovered = max(time.Since(since), time.Millisecond) // measured
	if err := s.load.Quiet(s.Context(), town, 5*time.Minute); err != nil {
		s.Error(err)
	}
	got := s.load.Count(town)
	s.row.Done, s.row.Allowed = done+"; "+thousands(got.Expected)+" alerts", allowed
	s.row.Lost, s.row.Repeated, s.row.Worst = got.Lost, got.Repeated, got.Worst
	if err := s.row.Report(); err != nil {
		s.Error(err)
	}
	if got.Lost != 0 || got.Strange > 0 || got.Repeated > allowed || got.Worst > copiesMost || got.Expected == 0 {
		s.Errorf("%s; the promise is 0 lost, 0 strange, at most %d repeated and never more than %d copies", got, allowed, copiesMost)
	}
	if owed := s.owed(); owed != 0 {
		s.Errorf("%d alerts are still owed; want none", owed)
	}
}

// owed is how many alerts the program still owes.
func (s *sky) owed() (n int) {
	for _, class := range s.running.Stats().Report().Owed {
		n += class
	}
	return n
}
