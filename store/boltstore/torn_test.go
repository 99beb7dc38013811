package boltstore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"rasid/internal/crash"
	"rasid/news"
	"rasid/store"
	"rasid/store/boltstore"
	"strings"
	"testing"
	"time"
)

// tornChats makes a file of about a hundred kilobytes.
const tornChats = 5

// step is how many bytes lie between those that are cut at or flipped. It is a
// prime, so that every place in a page has its turn; with RASID_CRASH=full it is
// one, which takes minutes.
func step() int {
	if os.Getenv("RASID_CRASH") == "full" {
		return 1
	}
	return 457
}

func at(s int64) time.Time { return time.Unix(1_700_000_000+s, 0).UTC() }

// filled writes a store with a few hundred records of every kind, closes it,
// and returns its bytes.
func filled(t *testing.T, dir string, n int) []byte {
	t.Helper()
	path := filepath.Join(dir, "filled.db")
	s, err := boltstore.Open(path, boltstore.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	fill(t, s, n)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func fill(t *testing.T, s store.Store, n int) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for i := range n {
		a := news.Article{ID: fmt.Sprint("a", i), Title: "خبر", Body: strings.Repeat("كلمة ", 40+i%5*500)}
		_, err := s.Accept(ctx, []store.Item{{Article: a}}, at(int64(i)))
		must(err)
		r, err := s.Change(ctx, store.Change{
			Dest: store.Dest{Chat: int64(i + 1)}, Kind: store.Private, UpdateID: int64(i + 1), Now: at(1),
			Edits: []store.Edit{{Op: store.AddRule, Text: "زلزال", Lang: "ar"}},
		})
		must(err)
		item := uint64(i + 1)
		d := store.Dispatch{Shard: r.After.Shard, Item: item, Created: at(1), Matcher: "m"}
		d.Owed[store.Normal] = []uint32{r.After.Ordinal}
		_, err = s.Dispatch(ctx, d, 0)
		must(err)
		m := store.Mark{Place: r.After.Place, Token: fmt.Sprint("t", i), Items: []uint64{item}, At: at(1)}
		must(s.Begin(ctx, m))
		if i%2 == 0 {
			must(s.Finish(ctx, m, store.Outcome{Fate: store.Delivered, MessageID: 7}, at(2)))
		}
	}
}

// holds fails unless a store has every record that fill wrote.
func holds(t *testing.T, s store.Store, n int, what string) {
	t.Helper()
	ctx := context.Background()
	log, err := s.Log(ctx, 0, n+1)
	if err != nil || len(log) != n {
		t.Fatalf("%s: opened, and has %d articles (%v); want %d or a refusal", what, len(log), err, n)
	}
	for i := range n {
		d, err := s.Destination(ctx, store.Dest{Chat: int64(i + 1)})
		if err != nil || len(d.Rules) != 1 || log[i].Article.ID != fmt.Sprint("a", i) {
			t.Fatalf("%s: opened, and chat %d has %+v, %v", what, i+1, d, err)
		}
		if tally, err := s.Tally(ctx, uint64(i+1)); err != nil || tally.Owed+tally.Delivered != 1 {
			t.Fatalf("%s: opened, and item %d sums to %+v, %v", what, i+1, tally, err)
		}
	}
}

// try opens a damaged copy and checks that it is refused, or whole.
func try(t *testing.T, path string, b []byte, n int, what string) (refused bool) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := boltstore.Open(path, boltstore.Options{NoSync: true})
	if err != nil {
		if !errors.Is(err, boltstore.ErrDamaged) || !strings.Contains(err.Error(), "put the last backup in its place") {
			t.Fatalf("%s: Open = %v; want ErrDamaged and how to restore", what, err)
		}
		return true
	}
	holds(t, s, n, what)
	if err := s.SaveFeed(context.Background(), store.Feed{URL: "https://example.org/"}); err != nil {
		t.Fatalf("%s: opened, and cannot be written: %v", what, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return false
}

func TestACutFileIsRefusedOrWhole(t *testing.T) {
	damage(t, "torn bolt file: cut short", func(good []byte, i int) []byte { return good[:i] })
}

func TestAFlippedByteIsRefusedOrHarmless(t *testing.T) {
	damage(t, "torn bolt file: a byte flipped", func(good []byte, i int) []byte {
		bad := bytes.Clone(good)
		bad[i] ^= byte(1 + i%255)
		return bad
	})
}

// damage opens a file that was damaged at each place in turn.
func damage(t *testing.T, what string, at func(good []byte, i int) []byte) {
	t.Helper()
	dir := t.TempDir()
	good := filled(t, dir, tornChats)
	refused, tries := 0, 0
	for i := 0; i < len(good); i += step() {
		tries++
		if try(t, filepath.Join(dir, "bad.db"), at(good, i), tornChats, fmt.Sprintf("%s at byte %d of %d", what, i, len(good))) {
			refused++
		}
	}
	row := crash.Row{
		Fault: what, Done: fmt.Sprintf("at %d of %d bytes", tries, len(good)), Allowed: -1,
		Note: fmt.Sprintf("%d refused, and told how to restore; %d with every record", refused, tries-refused),
	}
	if err := row.Report(); err != nil {
		t.Error(err)
	}
	if refused == 0 {
		t.Error("no damaged file was refused")
	}
}

func TestAnEmptyFileIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "empty.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := boltstore.Open(path, boltstore.Options{}); !errors.Is(err, boltstore.ErrDamaged) {
		t.Errorf("Open of an empty file = %v, %v; want ErrDamaged", s, err)
	}
}

func TestAnotherProcessHoldsTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "held.db")
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := boltstore.Open(path, boltstore.Options{LockWait: 100 * time.Millisecond}); !errors.Is(err, store.ErrInUse) {
		t.Errorf("second Open = %v; want ErrInUse", err)
	}
}
