package crash

import (
	"context"
	"fmt"
	"os"
	"rasid/cmd/rasid/bench"
	"rasid/store"
	"rasid/store/open"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// TestStart measures how long the whole program takes from its start until it is
// ready, and how much memory it has then, with many rules of many chats in its
// store. RASID_START=full takes a million rules of 100,000 chats.
func TestStart(t *testing.T) {
	chats, each := 500, 10
	if os.Getenv("RASID_START") == "full" {
		chats = 100_000
	}
	bin := build(t)
	made := bench.NewGenerator(1, 200_000).Rules(chats * each)
	onBoth(t, func(t *testing.T, address string) {
		begun := time.Now()
		settle(t, address, made, chats)
		filled := time.Since(begun)
		p := aProgram(t, bin, aTown(t, 1), address)
		begun = time.Now()
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		ready(t, p)
		took := time.Since(begun)
		worked := processor(t, p)
		time.Sleep(rest)
		fmt.Printf("%s: %d rules of %d chats, filled in %v; ready after %v and %v of processor time; at most %d MB resident; at rest %d MB, of which %d MB are pages of files\n",
			t.Name(), len(made), chats, filled.Round(time.Millisecond), took.Round(time.Millisecond), worked, memory(t, p, "VmHWM"), memory(t, p, "VmRSS"), memory(t, p, "RssFile"))
		if _, err := p.Stop(15 * time.Second); err != nil {
			t.Error(err)
		}
	})
}

// rest is how long the program is left alone before its memory is looked at.
const rest = 3 * time.Second

// settle writes the rules into a store, as commands of chats.
func settle(t *testing.T, address string, made []bench.Rule, chats int) {
	t.Helper()
	s, _, err := open.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	g, ctx := errgroup.WithContext(t.Context())
	g.SetLimit(256)
	each := len(made) / chats
	for chat := range chats {
		g.Go(func() error { return watch(ctx, s, int64(chat+1), made[chat*each:(chat+1)*each]) })
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
}

func watch(ctx context.Context, s store.Store, chat int64, made []bench.Rule) error {
	c := store.Change{Dest: store.Dest{Chat: chat}, Now: time.Now()}
	for _, r := range made {
		c.Edits = append(c.Edits, store.Edit{Op: store.AddRule, Text: r.Text, Lang: "ar"})
	}
	_, err := s.Change(ctx, c)
	return err
}

// memory returns one of the program's figures of /proc in megabytes.
func memory(t *testing.T, p *Program, what string) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0 // this system has no /proc
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, what+":"); ok {
			kb, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				t.Fatal(err)
			}
			return kb >> 10
		}
	}
	t.Fatalf("/proc tells nothing of %s", what)
	return 0
}

// processor returns the time that the program's threads have had so far.
func processor(t *testing.T, p *Program) time.Duration {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0 // this system has no /proc
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	ticks := 0
	for _, i := range []int{11, 12} { // utime and stime, in hundredths of a second
		n, err := strconv.Atoi(fields[i])
		if err != nil {
			t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}
