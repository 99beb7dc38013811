// Package crash runs the real program as a process of its own against a
// sandbox, kills it, and counts what its chats saw: how many alerts were lost,
// and how many came more than once.
//
// A Program is the binary with its settings, and a Fleet several of them; a Load
// is what is asked of them and what must come of it. A Link is a way to a server
// on which things go wrong. A Row is what came of one kind of fault. All are used
// by tests only; `make crash` runs them at full numbers and prints the rows as a
// table, and `make trip` measures the way of an article through the whole
// program.
package crash

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"rasid/internal/pause"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Build compiles the program, with its crash points, into dir and returns the
// binary's path.
func Build(ctx context.Context, dir string) (string, error) {
	bin := filepath.Join(dir, "rasid")
	cmd := exec.CommandContext(ctx, "go", "build", "-tags", "crash", "-o", bin, "rasid/cmd/rasid")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, out)
	}
	return bin, nil
}

// A Program is the binary and its settings. Start may be called again after
// Kill or Stop.
type Program struct {
	Bin   string
	Env   []string // settings, RASID_NAME=value
	HTTP  string   // RASID_HTTP's address
	Token string   // RASID_HTTP_TOKEN
	Dir   string   // where it runs

	cmd  *exec.Cmd
	done chan struct{}
	log  safeBuffer
}

// Start starts the process and does not wait for it to be ready.
func (p *Program) Start() error {
	p.cmd = exec.Command(p.Bin, "run") //nolint:noctx // it is to be killed, not cancelled
	p.cmd.Dir = p.Dir
	p.cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + p.Dir,
		"RASID_HTTP=" + p.HTTP, "RASID_HTTP_TOKEN=" + p.Token,
	}, p.Env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.log, &p.log
	if err := p.cmd.Start(); err != nil {
		return fmt.Errorf("start the program: %w", err)
	}
	done := make(chan struct{})
	p.done = done
	cmd := p.cmd
	go func() {
		_ = cmd.Wait() // a kill is no news
		close(done)
	}()
	return nil
}

// Kill ends the process as a power cut would, and waits until it is gone.
func (p *Program) Kill() {
	_ = p.cmd.Process.Kill() // it may be gone already
	<-p.done
}

// Freeze stops the process where it is, for as long as d, and lets it go on.
func (p *Program) Freeze(d time.Duration) error {
	if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		return fmt.Errorf("freeze the program: %w", err)
	}
	time.Sleep(d)
	if err := p.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		return fmt.Errorf("unfreeze the program: %w", err)
	}
	return nil
}

// WaitCrash waits until the process has killed itself.
func (p *Program) WaitCrash(ctx context.Context) error {
	select {
	case <-p.done:
		if code := p.cmd.ProcessState.ExitCode(); code >= 0 {
			return fmt.Errorf("the program ended with code %d and was to crash:\n%s", code, p.Log())
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("the program did not end: %w", context.Cause(ctx))
	}
}

// Stop asks the process to end and reports how long that took and whether it
// ended well.
func (p *Program) Stop(limit time.Duration) (time.Duration, error) {
	begun := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return 0, fmt.Errorf("stop the program: %w", err)
	}
	select {
	case <-p.done:
	case <-time.After(limit):
		p.Kill()
		return time.Since(begun), fmt.Errorf("the program was still there %v after SIGTERM", limit)
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 && !p.hardlyBegun() {
		return time.Since(begun), fmt.Errorf("the program ended with code %d", code)
	}
	return time.Since(begun), nil
}

// hardlyBegun reports whether SIGTERM itself ended the process: it came before
// the program listened for it, and so before it did anything.
func (p *Program) hardlyBegun() bool {
	status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGTERM
}

// Ended reports whether the process is gone, and with what code.
func (p *Program) Ended() (int, bool) {
	select {
	case <-p.done:
		return p.cmd.ProcessState.ExitCode(), true
	default:
		return 0, false
	}
}

// Log is all that the program printed, over all its lives.
func (p *Program) Log() string { return p.log.String() }

// WaitReady polls /readyz until it answers 200.
func (p *Program) WaitReady(ctx context.Context) error {
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.HTTP+"/readyz", nil)
		if err != nil {
			return err
		}
		if resp, err := http.DefaultClient.Do(req); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		if code, ended := p.Ended(); ended {
			return fmt.Errorf("the program ended with code %d before it was ready:\n%s", code, p.Log())
		}
		if !pause.For(ctx, 5*time.Millisecond) {
			return fmt.Errorf("wait until the program is ready: %w\n%s", context.Cause(ctx), p.Log())
		}
	}
}

// Push sends articles (a JSON array) and reports whether the program said
// that it has them.
func (p *Program) Push(ctx context.Context, body []byte) (bool, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+p.HTTP+"/v1/articles", bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+p.Token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false, nil
	}
	defer resp.Body.Close() //nolint:errcheck // read only
	if resp.StatusCode/100 == 4 {
		return false, fmt.Errorf("push answered %s", resp.Status)
	}
	return resp.StatusCode == http.StatusAccepted, nil
}

// errStuck reports that nothing moved any more though something was missing.
var errStuck = errors.New("no alert came for long though some are missing")

// safeBuffer keeps the last megabyte of what is written to it.
type safeBuffer struct {
	mu  sync.Mutex
	buf []byte
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.buf = append(b.buf, p...)
	if over := len(b.buf) - 1<<20; over > 0 {
		b.buf = b.buf[over:]
	}
	return len(p), nil
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.ToValidUTF8(string(b.buf), "?")
}
