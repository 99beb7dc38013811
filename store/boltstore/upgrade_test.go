package boltstore_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"rasid/store"
	"rasid/store/boltstore"
	"rasid/store/storetest"
	"rasid/store/transfer"
	"strings"
	"syscall"
	"testing"
)

// first writes the file that the first version made of what storetest.Fill does.
func first(t *testing.T) (path string, was []byte) {
	t.Helper()
	f, err := os.Open("testdata/v1.db.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	if was, err = io.ReadAll(z); err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "rasid.db")
	if err := os.WriteFile(path, was, 0o600); err != nil {
		t.Fatal(err)
	}
	return path, was
}

func open(t *testing.T, path string, o boltstore.Options) *boltstore.Store {
	t.Helper()
	s, err := boltstore.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func closed(t *testing.T, s *boltstore.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestAFileOfTheFirstVersionIsUpgraded(t *testing.T) {
	path, _ := first(t)
	s := open(t, path, boltstore.Options{})
	if w := s.Warnings(); len(w) != 1 || !strings.Contains(w[0], "from version 1 to 2") || !strings.Contains(w[0], path+".v1") {
		t.Errorf("Warnings = %q; want what was done and how to go back", w)
	}
	name, err := s.Name(t.Context())
	if err != nil || name == "" {
		t.Errorf("Name = %q, %v; want one", name, err)
	}
	storetest.Filled(t, s)
	closed(t, s)
	s = open(t, path, boltstore.Options{})
	if again, _ := s.Name(t.Context()); again != name || len(s.Warnings()) != 0 {
		t.Errorf("opened again it is %q with %q; want %q and nothing to tell", again, s.Warnings(), name)
	}
	closed(t, s)
	kept := open(t, path+".v1", boltstore.Options{}) // going back is moving it to its place
	defer closed(t, kept)
	storetest.Filled(t, kept)
}

func TestAFileOfTheFirstVersionIsReadAsItIs(t *testing.T) {
	path, was := first(t)
	s := open(t, path, boltstore.Options{Reading: true})
	name := storetest.LeftAsItIs(t, s, at(100))
	dir := t.TempDir()
	to, err := boltstore.OpenTarget(filepath.Join(dir, "copy.db"), name, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := transfer.Copy(t.Context(), s, to, transfer.Options{}); err != nil {
		t.Errorf("Copy = %v", err)
	}
	storetest.Filled(t, to)
	closed(t, to)
	backup := filepath.Join(dir, "backup.db")
	if err := s.Snapshot(backup); err != nil {
		t.Fatal(err)
	}
	closed(t, s)
	if err := boltstore.Sound(backup); err != nil {
		t.Errorf("Sound of the backup = %v", err)
	}
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(was, now) {
		t.Errorf("the file changed (%v)", err)
	}
	for _, at := range []string{path, backup} {
		if _, err := os.Stat(at + ".v1"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s was upgraded (%v)", filepath.Base(at), err)
		}
	}
	s = open(t, backup, boltstore.Options{}) // it is of the first version, too
	defer closed(t, s)
	if w := s.Warnings(); len(w) != 1 || !strings.Contains(w[0], "from version 1") {
		t.Errorf("Warnings of the backup = %q; want it upgraded from version 1", w)
	}
	storetest.Filled(t, s)
}

func TestAFileIsUpgradedWholeOrNotAtAll(t *testing.T) {
	path, _ := first(t)
	broken := errors.New("the step broke")
	_, err := boltstore.Open(path, boltstore.Upgrading(boltstore.Options{}, 3, broken))
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "the file is as it was") {
		t.Fatalf("Open with a step that breaks = %v", err)
	}
	s := open(t, path, boltstore.Options{})
	if w := s.Warnings(); len(w) != 1 || !strings.Contains(w[0], "from version 1") {
		t.Errorf("after an upgrade that broke: Warnings = %q; want it upgraded from version 1", w)
	}
	closed(t, s)
	s = open(t, path, boltstore.Upgrading(boltstore.Options{}, 3, nil))
	if w := s.Warnings(); len(w) != 1 || !strings.Contains(w[0], "from version 2 to 3") {
		t.Errorf("Warnings = %q; want it upgraded from version 2 to 3", w)
	}
	closed(t, s)
	_, err = boltstore.Open(path, boltstore.Options{})
	if err == nil || errors.Is(err, boltstore.ErrDamaged) || !strings.Contains(err.Error(), "version 3") || !strings.Contains(err.Error(), "run the newer rasid") {
		t.Errorf("Open of a newer version = %v; want what to do", err)
	}
}

func TestAFileThatCannotBeKeptIsNotUpgraded(t *testing.T) {
	path, was := first(t)
	if err := os.Mkdir(path+".v1.new", 0o700); err != nil { // in the way of the copy
		t.Fatal(err)
	}
	if _, err := boltstore.Open(path, boltstore.Options{}); !errors.Is(err, syscall.EISDIR) || !strings.Contains(err.Error(), "nothing was changed") {
		t.Errorf("Open = %v; want it refused", err)
	}
	now, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(was, now) {
		t.Errorf("the file changed (%v)", err)
	}
}

func TestAnUnfinishedCopyIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rasid.db")
	s, err := boltstore.OpenTarget(path, "source", boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	closed(t, s)
	if _, err := boltstore.Open(path, boltstore.Options{}); !errors.Is(err, store.ErrUnfinished) || !strings.Contains(err.Error(), "rasid store copy") {
		t.Errorf("Open of an unfinished copy = %v; want ErrUnfinished and what to do", err)
	}
	if _, err := boltstore.OpenTarget(path, "other", boltstore.Options{}); !errors.Is(err, transfer.ErrNotEmpty) {
		t.Errorf("OpenTarget for another source = %v; want ErrNotEmpty", err)
	}
	if s, err = boltstore.OpenTarget(path, "source", boltstore.Options{}); err != nil {
		t.Fatalf("OpenTarget again = %v", err)
	}
	if err := s.Complete(t.Context()); err != nil {
		t.Fatal(err)
	}
	closed(t, s)
	if _, err := boltstore.OpenTarget(path, "source", boltstore.Options{}); !errors.Is(err, transfer.ErrNotEmpty) {
		t.Errorf("OpenTarget of a complete store = %v; want ErrNotEmpty", err)
	}
	closed(t, open(t, path, boltstore.Options{Reading: true}))
	if _, err := boltstore.Open(path+".none", boltstore.Options{Reading: true}); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("Open of a file that is not there = %v", err)
	}
}
