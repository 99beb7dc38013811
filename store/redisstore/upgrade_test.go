package redisstore_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"rasid/store"
	"rasid/store/boltstore"
	"rasid/store/redisstore"
	"rasid/store/storetest"
	"rasid/store/storetest/redistest"
	"rasid/store/transfer"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// first starts a server with what the first version made of what storetest.Fill
// does.
func first(t *testing.T) (*redistest.Server, *redis.Client) {
	t.Helper()
	f, err := os.Open("testdata/v1.txt.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	server := redistest.Start(t)
	db := redis.NewClient(&redis.Options{Addr: server.Addr})
	t.Cleanup(func() { db.Close() })
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if err := db.Do(t.Context(), words(t, lines.Text())...).Err(); err != nil {
			t.Fatalf("%.80s: %v", lines.Text(), err)
		}
	}
	if lines.Err() != nil {
		t.Fatal(lines.Err())
	}
	return server, db
}

// words takes a line of quoted words apart.
func words(t *testing.T, line string) (all []any) {
	t.Helper()
	for line != "" {
		quoted, err := strconv.QuotedPrefix(line)
		if err != nil {
			t.Fatalf("%.80s: %v", line, err)
		}
		word, err := strconv.Unquote(quoted)
		if err != nil {
			t.Fatal(err)
		}
		all, line = append(all, word), strings.TrimPrefix(line[len(quoted):], " ")
	}
	return all
}

func TestAStoreOfTheFirstVersionIsUpgraded(t *testing.T) {
	server, db := first(t)
	s := openAt(t, server.URL, redisstore.Options{})
	if w := s.Warnings(); len(w) != 1 || !strings.Contains(w[0], "from version 1 to 2") || !strings.Contains(w[0], "a backup from before") {
		t.Errorf("Warnings = %q; want what was done and how to go back", w)
	}
	name, err := s.Name(t.Context())
	if err != nil || name == "" {
		t.Errorf("Name = %q, %v; want one", name, err)
	}
	storetest.Filled(t, s)
	if v := db.Get(t.Context(), "rasid:{dir}:schema").Val(); v != "2" {
		t.Errorf("it has version %s; want 2", v)
	}
	if n := db.Exists(t.Context(), "rasid:{dir}:upgrade").Val(); n != 0 {
		t.Error("others would think that it is still upgraded")
	}
	// An older process that is still there says 1 again; nothing comes of it.
	if err := db.Set(t.Context(), "rasid:{dir}:schema", "1", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if again, err := openAt(t, server.URL, redisstore.Options{}).Name(t.Context()); err != nil || again != name {
		t.Errorf("upgraded again it is %q, %v; want %q", again, err, name)
	}
}

func TestAStoreOfTheFirstVersionIsReadAsItIs(t *testing.T) {
	server, db := first(t)
	s := openAt(t, server.URL, redisstore.Options{Reading: true})
	name := storetest.LeftAsItIs(t, s, at(100))
	backup, err := boltstore.OpenTarget(filepath.Join(t.TempDir(), "backup.db"), name, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer backup.Close()
	if _, err := transfer.Copy(t.Context(), s, backup, transfer.Options{Live: true}); err != nil {
		t.Errorf("Copy = %v", err)
	}
	storetest.Filled(t, backup)
	if v, n := db.Get(t.Context(), "rasid:{dir}:schema").Val(), db.Exists(t.Context(), "rasid:{dir}:name").Val(); v != "1" || n != 0 {
		t.Errorf("it has version %s and %d names; want it as it was", v, n)
	}
}

func TestOneOfManyProcessesUpgrades(t *testing.T) {
	server, db := first(t)
	var began, ran, under atomic.Int32
	o := redisstore.Upgrading(redisstore.Options{}, 3, false, func(context.Context) error {
		if under.Add(1) != 1 {
			t.Error("two processes upgrade at the same time")
		}
		defer under.Add(-1)
		ran.Add(1)
		for deadline := time.Now().Add(10 * time.Second); began.Load() < 4 && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond) // until the others are there
		}
		return nil
	})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			began.Add(1)
			s, err := redisstore.Open(t.Context(), server.URL, o)
			if err != nil {
				t.Errorf("Open = %v", err)
				return
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if v := db.Get(t.Context(), "rasid:{dir}:schema").Val(); v != "3" || ran.Load() != 1 {
		t.Errorf("it has version %s and was upgraded %d times; want 3, once", v, ran.Load())
	}
	_, err := redisstore.Open(t.Context(), server.URL, redisstore.Options{})
	if err == nil || !strings.Contains(err.Error(), "version 3") || !strings.Contains(err.Error(), "run the newer rasid") {
		t.Errorf("Open of a newer version = %v; want what to do", err)
	}
}

func TestAnUpgradeThatIsCutShortIsTakenUpAgain(t *testing.T) {
	server, db := first(t)
	broken := errors.New("the step broke")
	_, err := redisstore.Open(t.Context(), server.URL, redisstore.Upgrading(redisstore.Options{}, 3, false, func(context.Context) error { return broken }))
	if !errors.Is(err, broken) {
		t.Fatalf("Open = %v; want that the step broke", err)
	}
	// Somebody who was killed meanwhile: the upgrade is his until it runs out.
	if err := db.Set(t.Context(), "rasid:{dir}:upgrade", "killed", 300*time.Millisecond).Err(); err != nil {
		t.Fatal(err)
	}
	ran := false
	s := openAt(t, server.URL, redisstore.Upgrading(redisstore.Options{}, 3, false, func(context.Context) error {
		ran = true
		return nil
	}))
	if v := db.Get(t.Context(), "rasid:{dir}:schema").Val(); v != "3" || !ran {
		t.Errorf("it has version %s, upgraded %v; want 3", v, ran)
	}
	storetest.Filled(t, s)
}

func TestAnUpgradeThatNeedsQuietWaitsForNobodyAtWork(t *testing.T) {
	server, _ := first(t)
	old := openAt(t, server.URL, redisstore.Options{})
	if _, err := old.Join(t.Context(), "older", time.Minute, at(0)); err != nil {
		t.Fatal(err)
	}
	o := redisstore.Upgrading(redisstore.Options{}, 3, true, func(context.Context) error { return nil })
	if _, err := redisstore.Open(t.Context(), server.URL, o); err == nil || !strings.Contains(err.Error(), "(older): stop all of them") {
		t.Errorf("Open = %v; want it refused while an older process is at work", err)
	}
	if _, err := old.Join(t.Context(), "older", 0, at(0)); err != nil {
		t.Fatal(err)
	}
	openAt(t, server.URL, o)
}

func TestAnUnfinishedCopyIsRefused(t *testing.T) {
	server := redistest.Start(t)
	ctx := t.Context()
	if _, err := redisstore.Open(ctx, server.URL, redisstore.Options{Reading: true}); err == nil || !strings.Contains(err.Error(), "no rasid has stored anything there") {
		t.Errorf("Open of an empty server = %v", err)
	}
	s, err := redisstore.OpenTarget(ctx, server.URL, "source", redisstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := redisstore.Open(ctx, server.URL, redisstore.Options{}); !errors.Is(err, store.ErrUnfinished) || !strings.Contains(err.Error(), "rasid store copy") {
		t.Errorf("Open of an unfinished copy = %v; want ErrUnfinished and what to do", err)
	}
	if _, err := redisstore.OpenTarget(ctx, server.URL, "other", redisstore.Options{}); !errors.Is(err, transfer.ErrNotEmpty) {
		t.Errorf("OpenTarget for another source = %v; want ErrNotEmpty", err)
	}
	again, err := redisstore.OpenTarget(ctx, server.URL, "source", redisstore.Options{})
	if err != nil {
		t.Fatalf("OpenTarget again = %v", err)
	}
	defer again.Close()
	if err := s.Complete(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := redisstore.OpenTarget(ctx, server.URL, "source", redisstore.Options{}); !errors.Is(err, transfer.ErrNotEmpty) {
		t.Errorf("OpenTarget of a complete store = %v; want ErrNotEmpty", err)
	}
	openAt(t, server.URL, redisstore.Options{Reading: true})
}

func TestAStoreAtWorkIsNotCopied(t *testing.T) {
	server := redistest.Start(t)
	s := openAt(t, server.URL, redisstore.Options{})
	if _, err := s.Join(t.Context(), "bot-1", time.Minute, at(0)); err != nil {
		t.Fatal(err)
	}
	target, err := redisstore.OpenTarget(t.Context(), server.URL+"/1", "source", redisstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	if _, err := transfer.Copy(t.Context(), s, target, transfer.Options{}); !errors.Is(err, transfer.ErrBusy) || !strings.Contains(err.Error(), "bot-1") {
		t.Errorf("Copy = %v; want ErrBusy and who works on it", err)
	}
}
