package boltstore_test

import (
	"errors"
	"os"
	"path/filepath"
	"rasid/store"
	"rasid/store/boltstore"
	"testing"
)

// TestACopyLeavesTheStoreRoom: a disk that is full stops the store.
func TestACopyLeavesTheStoreRoom(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	s, err := boltstore.Open(filepath.Join(dir, "rasid.db"), boltstore.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	n, err := s.Size(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	size, spare := uint64(n), uint64(64<<20)
	for _, tt := range []struct {
		name        string
		dir         string
		here, there uint64
		want        error
	}{
		{"beside the store there is room for it and for what the store grows", dir, size + spare, 0, nil},
		{"beside the store there is room for the copy alone", dir, size + spare - 1, 0, store.ErrNoRoom},
		{"a disk of its own may be filled", other, 0, size, nil},
		{"a disk of its own is too small", other, 1 << 40, size - 1, store.ErrNoRoom},
	} {
		boltstore.Free(s, tt.here, other, tt.there)
		name := filepath.Join(tt.dir, "copy.db")
		if err := s.Snapshot(name); !errors.Is(err, tt.want) {
			t.Errorf("%s: Snapshot = %v; want %v", tt.name, err, tt.want)
		}
		if left, err := filepath.Glob(name + "*"); err != nil || len(left) != 0 && tt.want != nil {
			t.Errorf("%s: %q are left, %v", tt.name, left, err)
		}
		_ = os.Remove(name) // where there is one
	}
}
