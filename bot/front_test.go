package bot_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"rasid/bot"
	"sync"
)

// A front is the balancer before the processes of one bot: they take turns.
type front struct {
	receivers int
	url       string // default: one that Telegram takes
	twice     bool   // every request comes twice, as if the answer were lost

	mu     sync.Mutex
	bots   []http.Handler
	next   int
	took   map[int]int // requests by status
	bodies []string    // of all requests
}

// to sends requests to other processes from now on; none: nobody answers.
func (f *front) to(bots []*bot.Bot) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.bots = nil
	for _, b := range bots {
		f.bots = append(f.bots, b.Webhook())
	}
}

func (f *front) turn() http.Handler {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.bots) == 0 {
		panic(http.ErrAbortHandler)
	}
	f.next++
	return f.bots[f.next%len(f.bots)]
}

// ServeHTTP passes a request on.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if f.twice {
		first := r.Clone(r.Context())
		first.Body = io.NopCloser(bytes.NewReader(body))
		f.turn().ServeHTTP(httptest.NewRecorder(), first)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	got := &noted{ResponseWriter: w}
	f.turn().ServeHTTP(got, r)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.took == nil {
		f.took = map[int]int{}
	}
	f.took[got.status]++
	f.bodies = append(f.bodies, string(body))
}

// noted knows the status that was written.
type noted struct {
	http.ResponseWriter

	status int
}

// WriteHeader implements http.ResponseWriter.
func (n *noted) WriteHeader(status int) {
	n.status = status
	n.ResponseWriter.WriteHeader(status)
}
