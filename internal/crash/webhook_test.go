package crash

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"rasid/sandbox"
	"rasid/store/storetest/redistest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// balanced is a balancer in front of the programs, which take turns; one that
// is down answers for itself: 502.
func balanced(t *testing.T, f *Fleet) string {
	t.Helper()
	var next atomic.Uint64
	srv := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = "http", f.All[next.Add(1)%uint64(len(f.All))].HTTP
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	})
	t.Cleanup(srv.Close)
	return srv.URL
}

// asked is how many rules each person asks for: fewer than what the bot takes
// for too many at once.
const asked = 9

// TestWebhookReceiversAreKilled kills one of three programs on one Redis, again
// and again, while people's commands come by webhook to any of them, and some
// come twice. Every rule must be there at the end, once, in the order in which
// it was asked for.
func TestWebhookReceiversAreKilled(t *testing.T) {
	bin, n := build(t), times(5, 100)
	people := 4 * n
	box := aTownOf(t, people, sandbox.Options{Local: true, Scale: 20})
	f := &Fleet{All: make([]*Program, 3)}
	public, redis := balanced(t, f), redistest.Start(t).URL
	copy(f.All, aFleet(t, bin, box, redis, pace(20).setting(), "RASID_PUBLIC_URL="+public).All)
	if err := f.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Kill)
	ready(t, f)
	box.Faults().Add(sandbox.Fault{Method: sandbox.WebhookMethod, Kind: sandbox.FaultDropAfter, N: people})
	random := rand.New(rand.NewPCG(3, uint64(n)))
	for i := range n {
		for person := first + 4*i; person < first+4*i+4; person++ {
			for rule := range asked {
				if err := (townsfolk{box}).Say(int64(person), "/watch "+word(rule)); err != nil {
					t.Fatal(err)
				}
			}
		}
		time.Sleep(time.Duration(random.IntN(200)) * time.Millisecond) // the moment is what is random
		p := f.All[random.IntN(len(f.All))]
		p.Kill()
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
	}
	ready(t, f)
	told(t, box, f)
	lists(t, box, f, people, n)
	if _, err := f.Stop(15 * time.Second); err != nil {
		t.Errorf("stop: %v\n%s", err, f.Log())
	}
}

// told waits until the webhook took everything.
func told(t *testing.T, box *sandbox.Server, f *Fleet) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := box.Wait(ctx, func() bool { return box.Updates().Pending == 0 }); err != nil {
		t.Fatalf("updates left: %+v\n%s", box.Updates(), f.Log())
	}
}

// lists has everybody ask for their list and looks at it.
func lists(t *testing.T, box *sandbox.Server, f *Fleet, people, kills int) {
	t.Helper()
	want := make([]string, asked)
	for rule := range asked {
		want[rule] = fmt.Sprintf("%d. %s", rule+1, word(rule))
	}
	plain := strings.NewReplacer("\u2068", "", "\u2069", "")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for i := range people {
		person := int64(first + i)
		if err := (townsfolk{box}).Say(person, "/list"); err != nil {
			t.Fatal(err)
		}
		var last string
		listed := func() bool {
			m, _ := box.Chat(person).Last()
			last = plain.Replace(m.Text)
			return strings.HasSuffix(last, strings.Join(want, "\n"))
		}
		if err := box.Wait(ctx, listed); err != nil {
			t.Fatalf("%d is shown %q, want %q\n%s", person, last, want, f.Log())
		}
	}
	again, failed := 0, 0
	for _, d := range box.Deliveries() {
		if d.Error == "Connection closed" {
			again++
		} else if d.Error != "" {
			failed++
		}
	}
	row := Row{
		Fault: "kill -9 of one of three replicas, commands come by webhook", Allowed: -1,
		Done: fmt.Sprintf("%d kills, %s; %s rules of %d people", kills, pace(20), thousands(people*asked), people),
		Note: fmt.Sprintf("each there once and in order; %d answers to Telegram lost, %d refused", again, failed),
	}
	if err := row.Report(); err != nil {
		t.Error(err)
	}
	if again == 0 || failed == 0 {
		t.Error("nothing went wrong, so nothing was tested")
	}
}
