package transfer_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"rasid/store"
	"rasid/store/open"
	"rasid/store/storetest"
	"rasid/store/transfer"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// TestMain copies as a process of its own when it is asked to.
func TestMain(m *testing.M) {
	if from := os.Getenv("COPY_FROM"); from != "" {
		if err := copyAndDie(context.Background(), from, os.Getenv("COPY_TO"), os.Getenv("COPY_DIE")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given { // a copy is a thousand exchanges with a server
		if err := flag.Set("rapid.checks", "20"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// copyAndDie copies, and kills its own process after some writes; 0: it does
// not.
func copyAndDie(ctx context.Context, from, to, die string) error {
	n, err := strconv.Atoi(die)
	if err != nil {
		return err
	}
	a, err := open.Read(ctx, from)
	if err != nil {
		return err
	}
	defer a.Close()
	name, err := a.Name(ctx)
	if err != nil {
		return err
	}
	b, err := open.Write(ctx, to, name)
	if err != nil {
		return err
	}
	defer b.Close()
	m := &mortal{Target: b}
	m.left.Store(int64(n))
	_, err = transfer.Copy(ctx, a, m, transfer.Options{Batch: 2, Now: time.Unix(1_800_000_000, 0)})
	return err
}

// mortal kills its process after some writes.
type mortal struct {
	transfer.Target

	left atomic.Int64
}

func (m *mortal) Import(ctx context.Context, p transfer.Part, all []transfer.Record) error {
	err := m.Target.Import(ctx, p, all)
	if m.left.Add(-1) == 0 {
		if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
			return err
		}
		select {}
	}
	return err
}

// TestACopyThatIsKilledGoesOn kills a copy again and again, each time after a
// few writes more, until it is through: nobody runs on it before.
func TestACopyThatIsKilledGoesOn(t *testing.T) {
	url := databases(t)
	for _, x := range []struct{ name, from, to string }{
		{"bolt to redis", "bolt:" + filepath.Join(t.TempDir(), "a.db"), url()},
		{"redis to bolt", url(), "bolt:" + filepath.Join(t.TempDir(), "b.db")},
	} {
		t.Run(x.name, func(t *testing.T) {
			s, _, err := open.Open(t.Context(), x.from)
			if err != nil {
				t.Fatal(err)
			}
			if err := storetest.Fill(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			kills := 0
			for die := 1; ; die += 7 {
				cmd := exec.CommandContext(t.Context(), os.Args[0])
				cmd.Env = append(os.Environ(), "COPY_FROM="+x.from, "COPY_TO="+x.to, "COPY_DIE="+strconv.Itoa(die))
				out, err := cmd.CombinedOutput()
				if err == nil {
					break
				}
				if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.Exited() {
					t.Fatalf("the copy that is to be killed after %d writes: %v\n%s", die, err, out)
				}
				kills++
				if s, _, err := open.Open(t.Context(), x.to); !errors.Is(err, store.ErrUnfinished) {
					t.Fatalf("Open of half a copy = %v, %v; want ErrUnfinished", s, err)
				}
			}
			t.Logf("killed %d times", kills)
			if kills < 10 {
				t.Errorf("the copy was killed %d times; want it cut short more often", kills)
			}
			b, _, err := open.Open(t.Context(), x.to)
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			storetest.Filled(t, b)
		})
	}
}
