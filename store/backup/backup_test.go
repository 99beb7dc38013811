package backup_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"rasid/store"
	"rasid/store/backup"
	"rasid/store/boltstore"
	"rasid/store/storetest"
	"strings"
	"sync"
	"testing"
	"time"
)

// running is a store at work and who gives it away.
func running(t *testing.T, token string) (*boltstore.Store, *httptest.Server) {
	t.Helper()
	s, err := boltstore.Open(filepath.Join(t.TempDir(), "rasid.db"), boltstore.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := storetest.Fill(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(backup.Handler(backup.Options{Store: s, Token: token}))
	t.Cleanup(server.Close)
	return s, server
}

// TestABackupHasWhatWasAnsweredBefore takes backups while the store is written
// to.
func TestABackupHasWhatWasAnsweredBefore(t *testing.T) {
	s, server := running(t, "secret")
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	var mu sync.Mutex
	done := int64(0)
	wg.Go(func() {
		for n := int64(1000); ctx.Err() == nil; n++ {
			if _, err := s.Change(ctx, store.Change{Dest: store.Dest{Chat: n}, Now: time.Unix(1, 0)}); err == nil {
				mu.Lock()
				done = n
				mu.Unlock()
			}
		}
	})
	for range 3 {
		mu.Lock()
		before := done
		mu.Unlock()
		name, far := filepath.Join(t.TempDir(), "backup.db"), 0.0
		c := backup.Client{URL: server.URL, Token: "secret", Store: s.Path(), Progress: func(x float64) { far = x }}
		if err := c.Fetch(ctx, name); err != nil {
			t.Fatal(err)
		}
		if far != 1 {
			t.Errorf("Progress told %v at last; want 1", far)
		}
		b, err := boltstore.Open(name, boltstore.Options{NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		storetest.Sound(t, b, time.Unix(1_700_000_100, 0))
		storetest.Filled(t, b)
		for n := int64(1000); n <= before; n++ {
			if _, err := b.Destination(ctx, store.Dest{Chat: n}); err != nil {
				t.Fatalf("chat %d had been answered before: %v", n, err)
			}
		}
		b.Close()
	}
	if left, _ := filepath.Glob(s.Path() + ".*"); len(left) > 0 {
		t.Errorf("beside the store %q stayed", left)
	}
}

func TestWhoGetsNoBackup(t *testing.T) {
	s, server := running(t, "secret")
	_, open := running(t, "")
	for _, tt := range []struct {
		name   string
		url    string
		header map[string]string
		method string
		status int
	}{
		{"without the token", server.URL, nil, "GET", 401},
		{"with another token", server.URL, map[string]string{"Authorization": "Bearer other"}, "GET", 401},
		{"by another method", server.URL, map[string]string{"Authorization": "Bearer secret"}, "POST", 405},
		{"for another store", server.URL, map[string]string{"Authorization": "Bearer secret", "Rasid-Store": s.Path() + ".none"}, "GET", 409},
		{"with the token", server.URL, map[string]string{"Authorization": "Bearer secret", "Rasid-Store": s.Path()}, "GET", 200},
		{"as a browser of this machine", open.URL, nil, "GET", 403},
		{"as the command through a proxy", open.URL, map[string]string{"Rasid-Backup": "1", "X-Forwarded-For": "192.0.2.7"}, "GET", 403},
		{"as a page whose name was pointed here", open.URL, map[string]string{"Rasid-Backup": "1", "Host": "evil.example"}, "GET", 403},
		{"with the token through a proxy", server.URL, map[string]string{"Authorization": "Bearer secret", "Via": "1.1 proxy", "Host": "news.example.org"}, "GET", 200},
		{"as the command of this machine", open.URL, map[string]string{"Rasid-Backup": "1"}, "GET", 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), tt.method, tt.url+"/v1/backup", nil)
			if err != nil {
				t.Fatal(err)
			}
			for k, v := range tt.header {
				req.Header.Set(k, v)
			}
			req.Host = tt.header["Host"] // empty: the address's
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil || resp.StatusCode != tt.status {
				t.Errorf("%s, %v; want %d", resp.Status, err, tt.status)
			}
			if tt.status != http.StatusOK && (len(body) > 300 || bytes.Contains(body, []byte("secret"))) {
				t.Errorf("refused with %q", body)
			}
		})
	}
}

// stuck is a store that cannot be copied, once it is let go.
type stuck struct{ begun, end chan struct{} }

func (s *stuck) Path() string { return "stuck" }

func (s *stuck) Snapshot(string) error {
	close(s.begun)
	<-s.end
	return errors.New("no space left")
}

func TestOneBackupAtATime(t *testing.T) {
	s := &stuck{make(chan struct{}), make(chan struct{})}
	server := httptest.NewServer(backup.Handler(backup.Options{Store: s, Token: "x"}))
	defer server.Close()
	c := backup.Client{URL: server.URL, Token: "x"}
	name := filepath.Join(t.TempDir(), "b.db")
	first := make(chan error)
	go func() { first <- c.Fetch(t.Context(), name) }()
	<-s.begun
	if err := c.Fetch(t.Context(), name); err == nil || !strings.Contains(err.Error(), "503 Service Unavailable: another backup is being made") {
		t.Errorf("a second backup = %v", err)
	}
	close(s.end)
	if err := <-first; err == nil || !strings.Contains(err.Error(), "the store cannot be copied") || strings.Contains(err.Error(), "no space") {
		t.Errorf("a backup that fails = %v", err)
	}
	if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a backup that failed left a file: %v", err)
	}
}

func TestABackupThatIsCutOffLeavesNothing(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte("half"))
	}))
	defer server.Close()
	name := filepath.Join(t.TempDir(), "b.db")
	if err := (backup.Client{URL: server.URL}).Fetch(t.Context(), name); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("Fetch of an answer that is cut off = %v; want io.ErrUnexpectedEOF", err)
	}
	if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it left a file: %v", err)
	}
}

// full is a store whose disk has no room for a copy.
type full struct{ *boltstore.Store }

func (full) Snapshot(string) error {
	return fmt.Errorf("%w: 12 MB are free", store.ErrNoRoom)
}

func TestABackupThatHasNoRoomIsRefusedWithTheReason(t *testing.T) {
	s, _ := running(t, "secret")
	server := httptest.NewServer(backup.Handler(backup.Options{Store: full{s}, Token: "secret"}))
	defer server.Close()
	err := backup.Client{URL: server.URL, Token: "secret"}.Fetch(t.Context(), filepath.Join(t.TempDir(), "b.db"))
	if err == nil || !strings.Contains(err.Error(), "507") || !strings.Contains(err.Error(), "12 MB are free") {
		t.Errorf("Fetch = %v; want 507 and what is free", err)
	}
}
