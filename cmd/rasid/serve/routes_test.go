package serve

import (
	"log/slog"
	"rasid/cmd/rasid/settings"
	"rasid/rules"
	"rasid/store"
	"rasid/store/memstore"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	twoRoutes = `
topics:
  - {id: sport, title: {en: Sport}, match: football}
  - {id: economy, title: {en: Economy}, match: budget}
routes:
  - {chat: 5, topics: [sport]}
  - {chat: -1007, thread: 3, topics: [economy, sport]}
`
	oneRoute = `
topics:
  - {id: sport, title: {en: Sport}, match: football}
routes:
  - {chat: -1007, thread: 3, topics: [sport]}
`
)

// TestRoutes: the routes of the rule file are in force once the program has
// started, after a reload and after the next start, and no others are.
func TestRoutes(t *testing.T) {
	s := memstore.New()
	files := func(yaml string) []rules.NamedFile {
		return []rules.NamedFile{{Name: "rules.yaml", Data: []byte(yaml)}}
	}
	start := func(yaml string) *Running {
		t.Helper()
		r, err := newRunning(t.Context(), Options{
			Settings: settings.Settings{Token: "123456:TEST-token-of-nobody-at-all-000000000", API: "http://127.0.0.1:1", Store: "memory"},
			Rules:    files(yaml), Logger: slog.New(slog.DiscardHandler),
		}, s)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	check := func(when string, r *Running, want map[store.Dest][]string) {
		t.Helper()
		if err := r.index.Sync(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, r.index.Routes()); diff != "" {
			t.Errorf("routes %s (-want +got):\n%s", when, diff)
		}
	}
	two := map[store.Dest][]string{{Chat: 5}: {"sport"}, {Chat: -1007, Thread: 3}: {"economy", "sport"}}
	one := map[store.Dest][]string{{Chat: -1007, Thread: 3}: {"sport"}}
	r := start(twoRoutes)
	check("after the first start", r, two)
	r.reload(t.Context(), files(oneRoute), nil)
	check("after a reload", r, one)
	check("after the next start with another file", start(twoRoutes), two)
	check("after a start with fewer", start(oneRoute), one)
}
