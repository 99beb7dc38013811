package boltstore_test

import (
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"rasid/store"
	"rasid/store/boltstore"
	"rasid/store/storetest"
)

func TestModel(t *testing.T) {
	n := 0
	dir := t.TempDir()
	storetest.Model(t, func(rt *rapid.T) store.Store {
		n++
		s, err := boltstore.Open(filepath.Join(dir, string(rune('a'+n%26))+".db."+rapid.StringMatching("[a-z]{12}").Example(n)), boltstore.Options{NoSync: true})
		if err != nil {
			rt.Fatal(err)
		}
		rt.Cleanup(func() { s.Close() })
		return s
	})
}
