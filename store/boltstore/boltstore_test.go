package boltstore_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"rasid/store"
	"rasid/store/boltstore"
	"rasid/store/storetest"
)

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		s, err := boltstore.Open(filepath.Join(t.TempDir(), "rasid.db"), boltstore.Options{NoSync: true})
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
	n := 0
	dir := t.TempDir()
	storetest.Model(t, func(rt *rapid.T) store.Store {
		n++
		s, err := boltstore.Open(filepath.Join(dir, fmt.Sprint(n, ".db")), boltstore.Options{NoSync: true})
		if err != nil {
			rt.Fatal(err)
		}
		rt.Cleanup(func() { s.Close() })
		return s
	})
}
