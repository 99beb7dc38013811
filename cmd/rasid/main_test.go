package main

import (
	"compress/gzip"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"rasid/internal/testenv"
	"rasid/store/boltstore"
	"rasid/store/storetest"
	"rasid/store/storetest/redistest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the golden output inside the scripts")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"rasid": program})
}

// program is what a script runs as rasid: main, but for the signals that a
// script's own ending sends.
func program() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if code := execute(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}); code != 0 {
		os.Exit(code)
	}
}

// TestCommands runs testdata/cli: what commands print, and their exit codes.
func TestCommands(t *testing.T) { scripts(t, "testdata/cli") }

// TestRuns runs testdata/run: the whole program against a sandbox that is a
// program of its own.
func TestRuns(t *testing.T) { scripts(t, "testdata/run") }

// TestStores runs testdata/store: copying, checking, counting and backing up,
// with a Redis beside.
func TestStores(t *testing.T) {
	scripts(t, "testdata/store", "REDIS="+redistest.Start(t).URL)
}

func scripts(t *testing.T, dir string, vars ...string) {
	testscript.Run(t, testscript.Params{
		Dir: dir, UpdateScripts: *update, RequireExplicitExec: true, RequireUniqueNames: true,
		Deadline: time.Now().Add(5 * time.Minute),
		Setup: func(env *testscript.Env) error {
			for _, name := range []string{"HTTP_ADDR", "API_ADDR", "FEED_ADDR"} {
				addr, err := testenv.FreeAddr(t.Context())
				if err != nil {
					return err
				}
				env.Setenv(name, addr)
			}
			env.Vars = append(env.Vars, vars...)
			env.Setenv("NOW", time.Now().UTC().Format(time.RFC1123Z))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code": code, "ready": ready, "ctl": ctl, "sees": sees, "tells": tells, "serve": serveFiles, "write": write, "signal": sendSignal,
			"filled": filled, "first": first, "hold": hold, "spoil": spoil,
		},
	})
}

// code N COMMAND...: runs a command of ours that must end with code N.
func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N command [args...]")
	}
	want := "0"
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		want = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if want != args[0] {
		ts.Fatalf("%s ended with %s; want %s", strings.Join(args[1:], " "), want, args[0])
	}
}

// until asks again and again until f is content, for ten seconds.
func until(ts *testscript.TestScript, what string, f func() error) {
	var err error
	for begun := time.Now(); time.Since(begun) < 10*time.Second; time.Sleep(20 * time.Millisecond) {
		if err = f(); err == nil {
			return
		}
	}
	ts.Fatalf("%s: %v", what, err)
}

// ready URL: waits until it answers 200; "! ready" until it does not answer.
func ready(ts *testscript.TestScript, neg bool, args []string) {
	until(ts, "ready "+args[0], func() error {
		resp, err := http.Get(args[0])
		if err == nil {
			defer resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				err = fmt.Errorf("it answers %s", resp.Status)
			}
		}
		if neg && err == nil {
			return errors.New("it still answers")
		}
		if neg {
			return nil
		}
		return err
	})
}

// ctl NAME JSON: asks the sandbox's control API.
func ctl(ts *testscript.TestScript, _ bool, args []string) {
	url := "http://" + ts.Getenv("API_ADDR") + "/__ctl/" + args[0]
	resp, err := http.Post(url, "application/json", strings.NewReader(strings.Join(args[1:], " ")))
	ts.Check(err)
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		ts.Fatalf("ctl %s: %s", args[0], resp.Status)
	}
}

// sees CHAT TEXT: waits until TEXT stands in a chat's messages.
func sees(ts *testscript.TestScript, neg bool, args []string) {
	look := func() error {
		resp, err := http.Get("http://" + ts.Getenv("API_ADDR") + "/__ctl/messages?chat=" + args[0])
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		data, err := io.ReadAll(resp.Body)
		if err != nil {
			return err
		}
		text := string(data)
		if !strings.Contains(text, args[1]) {
			return fmt.Errorf("%q is not in %s", args[1], text)
		}
		return nil
	}
	if neg {
		if look() == nil {
			ts.Fatalf("%q is in the chat", args[1])
		}
		return
	}
	until(ts, "sees "+args[0], look)
}

// tells PATH TEXT: waits until TEXT stands in what the sandbox's control API
// says at PATH; "! tells": it does not.
func tells(ts *testscript.TestScript, neg bool, args []string) {
	until(ts, "tells "+args[0], func() error {
		resp, err := http.Get("http://" + ts.Getenv("API_ADDR") + "/__ctl/" + args[0])
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		data, err := io.ReadAll(resp.Body)
		if err == nil && strings.Contains(string(data), args[1]) == neg {
			err = fmt.Errorf("it is %s", data)
		}
		return err
	})
}

// serve DIR ADDR: serves files over HTTP until the script ends.
func serveFiles(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp", args[1])
	ts.Check(err)
	srv := &http.Server{Handler: http.FileServer(http.Dir(ts.MkAbs(args[0]))), ReadHeaderTimeout: time.Second}
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(l) }() // Close ends it
	ts.Defer(func() { _ = srv.Close(); <-done })
}

// write FILE FROM: puts FROM in FILE's place at once, with a new time.
func write(ts *testscript.TestScript, _ bool, args []string) {
	text := os.Expand(ts.ReadFile(args[1]), ts.Getenv)
	ts.Check(os.WriteFile(ts.MkAbs(args[0])+".new", []byte(text), 0o600))
	ts.Check(os.Rename(ts.MkAbs(args[0])+".new", ts.MkAbs(args[0])))
}

// filled FILE: makes a store with something of every kind.
func filled(ts *testscript.TestScript, _ bool, args []string) {
	s, err := boltstore.Open(ts.MkAbs(args[0]), boltstore.Options{})
	ts.Check(err)
	ts.Check(storetest.Fill(context.Background(), s))
	ts.Check(s.Close())
}

// first FILE: has what the first version made of what filled does.
func first(ts *testscript.TestScript, _ bool, args []string) {
	f, err := os.Open("../../store/boltstore/testdata/v1.db.gz")
	ts.Check(err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	ts.Check(err)
	data, err := io.ReadAll(z)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o600))
}

// hold FILE: has a store open until the script ends.
func hold(ts *testscript.TestScript, _ bool, args []string) {
	s, err := boltstore.Open(ts.MkAbs(args[0]), boltstore.Options{})
	ts.Check(err)
	ts.Defer(func() { _ = s.Close() })
}

// spoil URL COMMAND...: sends a command to Redis.
func spoil(ts *testscript.TestScript, _ bool, args []string) {
	o, err := redis.ParseURL(args[0])
	ts.Check(err)
	db := redis.NewClient(o)
	defer db.Close()
	words := make([]any, len(args)-1)
	for i, w := range args[1:] {
		words[i] = w
	}
	ts.Check(db.Do(context.Background(), words...).Err())
}

// signal NAME: sends a signal to the newest rasid in the background.
func sendSignal(ts *testscript.TestScript, _ bool, args []string) {
	named := map[string]os.Signal{"HUP": syscall.SIGHUP, "TERM": syscall.SIGTERM}
	all := ts.BackgroundCmds()
	ts.Check(all[len(all)-1].Process.Signal(named[args[0]]))
}
