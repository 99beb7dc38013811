package boltstore_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"rasid/internal/crash"
	"rasid/store"
	"rasid/store/boltstore"
	"rasid/store/storetest"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
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
	begun := time.Now()
	storetest.Model(t, func(rt *rapid.T) store.Store {
		n++
		s, err := boltstore.Open(filepath.Join(dir, fmt.Sprint(n, ".db")), boltstore.Options{NoSync: true})
		if err != nil {
			rt.Fatal(err)
		}
		rt.Cleanup(func() { s.Close() })
		return s
	})
	row := crash.Row{
		Fault: "model test: memory beside bolt", Done: flag.Lookup("rapid.checks").Value.String() + " random sequences of operations",
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
		s, err := boltstore.Open(filepath.Join(b.TempDir(), "rasid.db"), boltstore.Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { s.Close() })
		return s
	})
}

func TestAChangeThatGoesWrongSpoilsNoOther(t *testing.T) {
	s, err := boltstore.Open(filepath.Join(t.TempDir(), "rasid.db"), boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const n = 200
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			c := store.Change{Dest: store.Dest{Chat: 1, Thread: int64(i)}, Kind: store.Private, Now: at(1)}
			if i%4 == 0 {
				c.Kind = "telepathy" // found out only when the record is written
			}
			if _, err := s.Change(t.Context(), c); (err != nil) != (i%4 == 0) {
				t.Errorf("change %d = %v", i, err)
			}
		})
	}
	wg.Wait()
	got, err := s.Threads(t.Context(), 1)
	if err != nil || len(got) != n*3/4 {
		t.Fatalf("Threads = %d destinations, %v; want %d", len(got), err, n*3/4)
	}
	for i, d := range got {
		if d.Ordinal != uint32(i+1) {
			t.Fatalf("destination %d has ordinal %d; want no gaps", i+1, d.Ordinal)
		}
	}
}

// TestANewFileKeepsItsName also when the machine stops just after it was made.
func TestANewFileKeepsItsName(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "rasid.db")
	var synced []string
	o := boltstore.Syncing(boltstore.Options{}, func(folder string) error {
		if _, err := os.Stat(name); err != nil {
			t.Errorf("the folder is synced before the file has its name: %v", err)
		}
		synced = append(synced, folder)
		return nil
	})
	for range 2 {
		s, err := boltstore.Open(name, o)
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
	}
	if !slices.Equal(synced, []string{dir}) {
		t.Errorf("the folders %q were synced; want %q, once", synced, dir)
	}
}
