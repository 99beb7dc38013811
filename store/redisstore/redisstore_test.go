package redisstore_test

import (
	"context"
	"flag"
	"rasid/internal/crash"
	"rasid/store"
	"rasid/store/redisstore"
	"rasid/store/storetest"
	"rasid/store/storetest/redistest"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestConformance(t *testing.T) {
	server := redistest.Start(t)
	storetest.Run(t, func(t *testing.T) store.Store {
		if err := server.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		s, err := redisstore.Open(t.Context(), server.URL, redisstore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return s
	})
}

func TestModel(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	s, err := redisstore.Open(t.Context(), server.URL, redisstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	begun := time.Now()
	storetest.Model(t, func(rt *rapid.T) store.Store {
		if err := server.Flush(context.Background()); err != nil {
			rt.Fatal(err)
		}
		return s
	})
	row := crash.Row{
		Fault: "model test: memory beside a real Redis", Done: flag.Lookup("rapid.checks").Value.String() + " random sequences of operations",
		Allowed: -1, Note: "every answer and all that is held agree, in " + time.Since(begun).Round(time.Second).String(),
	}
	if t.Failed() {
		row.Note = "they differ"
	}
	if err := row.Report(); err != nil {
		t.Error(err)
	}
}

func Benchmark(b *testing.B) {
	storetest.Bench(b, func(b *testing.B) store.Store {
		return openAt(b, redistest.Start(b).URL, redisstore.Options{Pool: 128})
	})
}

// TestConformanceElsewhere runs the suite where keys lie on several servers,
// where writes wait for replicas, behind TLS and as a user with few rights.
func TestConformanceElsewhere(t *testing.T) {
	for name, start := range map[string]func(*testing.T) (url string, flush func(*testing.T)){
		"cluster": func(t *testing.T) (string, func(*testing.T)) {
			c := redistest.StartCluster(t)
			return c.URL, func(t *testing.T) {
				for _, s := range c.Masters() {
					if err := s.Flush(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
			}
		},
		"sentinel": func(t *testing.T) (string, func(*testing.T)) {
			w := redistest.StartWatched(t)
			return w.URL, func(t *testing.T) {
				if err := w.Master(t).Flush(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			url, flush := start(t)
			storetest.Run(t, func(t *testing.T) store.Store {
				flush(t)
				return openAt(t, url, redisstore.Options{})
			})
		})
	}
}
