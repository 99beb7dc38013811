package web

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// A look at the checks takes checkTime at most and stands for checkKeep, so
// that nobody can burden the store by asking.
const (
	checkTime = 2 * time.Second
	checkKeep = 100 * time.Millisecond
)

// readiness answers /readyz.
type readiness struct {
	checks []Check

	turn chan struct{} // holds one token: who has it may look, and read what follows
	at   time.Time
	last state
}

func newReadiness(checks []Check) *readiness {
	r := &readiness{checks: checks, turn: make(chan struct{}, 1)}
	r.turn <- struct{}{}
	return r
}

// state is the body of /readyz.
type state struct {
	Ready  bool              `json:"ready"`
	Checks map[string]string `json:"checks,omitempty"` // "ok", or what is missing
}

// ServeHTTP answers 200 when all checks hold and 503 otherwise; the body says
// which do not.
func (r *readiness) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	s := r.look(req.Context())
	status := http.StatusOK
	if !s.Ready {
		status = http.StatusServiceUnavailable
	}
	writeJSON(w, status, s)
}

// look runs the checks, unless they were run a moment ago. Those who ask
// meanwhile wait for the same answer.
func (r *readiness) look(ctx context.Context) state {
	select {
	case <-ctx.Done():
		return state{} // nobody reads it
	case <-r.turn:
	}
	defer func() { r.turn <- struct{}{} }()
	if time.Since(r.at) < checkKeep {
		return r.last
	}
	// Others wait for this answer, so it does not end with who asked first.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkTime)
	defer cancel()
	answers := make([]string, len(r.checks))
	var wg sync.WaitGroup
	for i, c := range r.checks {
		wg.Go(func() { answers[i] = c.answer(ctx) })
	}
	wg.Wait()
	s := state{Ready: true, Checks: map[string]string{}}
	for i, c := range r.checks {
		s.Checks[c.Name] = answers[i]
		s.Ready = s.Ready && answers[i] == answerOK
	}
	r.last, r.at = s, time.Now()
	return s
}

const answerOK = "ok"

func (c Check) answer(ctx context.Context) string {
	if err := c.Test(ctx); err != nil {
		return err.Error()
	}
	return answerOK
}
