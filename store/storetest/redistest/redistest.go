// Package redistest runs real Redis servers for tests: each on a port of its
// own, with its data in a folder of its own, writing every change to disk
// before it answers.
package redistest

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"rasid/internal/testenv"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// startWait is how long a server may take to answer.
const startWait = 10 * time.Second

// A Server is a running redis-server.
type Server struct {
	URL  string // redis://127.0.0.1:PORT
	Addr string // 127.0.0.1:PORT
	dir  string
	port string
	args []string
	conf string // the settings of a Sentinel, which it changes itself
	cmd  *exec.Cmd
}

// Start starts a server that ends with the test. More settings are given as
// arguments: "--maxmemory-policy", "allkeys-lru". Where redis-server is not
// installed the test is skipped, but under CI=true it fails.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	needs(t)
	s := &Server{dir: t.TempDir(), port: FreePort(t), args: args}
	s.Addr = net.JoinHostPort("127.0.0.1", s.port)
	s.URL = "redis://" + s.Addr
	s.launch(t)
	return s
}

// launch launches a server that ends with the test.
func (s *Server) launch(t testing.TB) {
	t.Helper()
	t.Cleanup(func() {
		if err := s.Kill(); err != nil {
			t.Errorf("end redis-server: %v", err)
		}
	})
	if err := s.Launch(); err != nil {
		t.Fatal(err)
	}
}

func needs(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		testenv.Missing(t, "redis-server is not installed: install it (apt install redis-server) to run this test")
	}
}

// FreePort returns a loopback port that nobody listens on.
func FreePort(t testing.TB) string {
	t.Helper()
	addr, err := testenv.FreeAddr(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(addr) // it is one
	return port
}

// Launch starts the server, again after Kill with the data it had, and
// returns when it answers.
func (s *Server) Launch() error {
	args := append([]string{
		"--bind", "127.0.0.1", "--port", s.port, "--dir", s.dir, "--appendonly", "yes", "--appendfsync", "always",
		"--save", "", "--logfile", filepath.Join(s.dir, "redis.log"), "--daemonize", "no",
	}, s.args...)
	if s.conf != "" { // a Sentinel
		args = []string{s.conf, "--sentinel"}
	}
	s.cmd = exec.Command("redis-server", args...) //nolint:noctx // it outlives every context but the test's, which kills it
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("start redis-server: %w", err)
	}
	db := redis.NewClient(&redis.Options{Addr: s.Addr, MaxRetries: -1})
	defer func() { _ = db.Close() }() // it only asked whether the server is there
	ctx, cancel := context.WithTimeout(context.Background(), startWait)
	defer cancel()
	for {
		if err := db.Ping(ctx).Err(); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			log, err := os.ReadFile(filepath.Join(s.dir, "redis.log"))
			return fmt.Errorf("redis-server did not answer in %s: %w\n%s", startWait, cmp.Or(err, ctx.Err()), log)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// Kill ends the server at once, as kill -9 does. A server that has ended is
// left alone.
func (s *Server) Kill() error {
	if s.cmd == nil || s.cmd.Process == nil {
		return nil
	}
	if err := s.cmd.Process.Kill(); err != nil {
		return err
	}
	_ = s.cmd.Wait() // it was killed, which Wait reports as an error
	s.cmd = nil
	return nil
}

// Stop stops the server where it is, as if its machine were cut off, until
// Continue.
func (s *Server) Stop() error { return s.cmd.Process.Signal(syscall.SIGSTOP) }

// Continue ends what Stop began.
func (s *Server) Continue() error { return s.cmd.Process.Signal(syscall.SIGCONT) }

// Flush deletes everything, scripts too.
func (s *Server) Flush(ctx context.Context) error {
	db := redis.NewClient(&redis.Options{Addr: s.Addr})
	defer func() { _ = db.Close() }() // what matters is what FlushAll says
	if err := db.FlushAll(ctx).Err(); err != nil {
		return err
	}
	return db.ScriptFlush(ctx).Err()
}
