package redisstore_test

import (
	"context"
	"rasid/store"
	"rasid/store/redisstore"
	"rasid/store/storetest"
	"rasid/store/storetest/redistest"
	"testing"

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
	storetest.Model(t, func(rt *rapid.T) store.Store {
		if err := server.Flush(context.Background()); err != nil {
			rt.Fatal(err)
		}
		return s
	})
}

func Benchmark(b *testing.B) {
	storetest.Bench(b, func(b *testing.B) store.Store {
		return openAt(b, redistest.Start(b).URL, redisstore.Options{Pool: 128})
	})
}
