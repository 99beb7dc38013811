package storetest

import (
	"context"
	"rasid/store/audit"
	"rasid/store/figures"
	"strings"
	"testing"
	"time"
)

// An Older is a store of the first version that was opened to be read.
type Older interface {
	audit.Store
	figures.Store
	Name(ctx context.Context) (string, error)
	Warnings() []string
}

// LeftAsItIs fails the test unless a store of the first version says that it was
// not upgraded, can be checked and counted all the same, and has a name by which
// a copy of it is known, which it returns.
func LeftAsItIs(t *testing.T, s Older, now time.Time) (name string) {
	t.Helper()
	if w := s.Warnings(); len(w) != 1 || !strings.Contains(w[0], "has version 1 and stays as it is") {
		t.Errorf("Warnings = %q; want that it was left as it is", w)
	}
	Sound(t, s, now)
	if _, err := figures.Of(t.Context(), s, func(string, float64) {}); err != nil {
		t.Errorf("figures.Of = %v", err)
	}
	name, err := s.Name(t.Context())
	if err != nil || name == "" {
		t.Errorf("Name = %q, %v; want what a copy of it can be told by", name, err)
	}
	return name
}
