//go:build linux

package crash

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"rasid/alert"
	"rasid/internal/pause"
	"strings"
	"testing"
	"time"
)

// TestTheDiskFails fills or breaks the disk under a program at random moments of
// its work. From then on nothing more is accepted, and people are told why;
// started again on a disk that is well it has all that it ever accepted.
func TestTheDiskFails(t *testing.T) {
	for _, fault := range []struct{ how, name, says string }{
		{"full", "full disk (ENOSPC) under a bolt file", "no space left on device"},
		{"sync", "fsync error (EIO) under a bolt file", "input/output error"},
	} {
		t.Run(fault.how, func(t *testing.T) {
			t.Parallel()
			atPaces(t, func(t *testing.T, p pace) {
				x := newTrial(t, p, fault.name)
				one := x.one("bolt:"+filepath.Join(t.TempDir(), "rasid.db"), x.slowly())
				begin(t, one, x.load, x.box)
				settings, n := one.Env, p.times(3, 50)
				for range n {
					_, err := one.Stop(15 * time.Second)
					x.must(err)
					one.Env = append(settings, "CRASH_DISK="+fault.how,
						fmt.Sprintf("CRASH_AT=%s:%d", []string{alert.CrashBeforeWrite, alert.CrashBeforeCursor}[x.chance.IntN(2)], 1+x.chance.IntN(20)))
					x.must(one.Start()) // it may find its disk broken before it is ready
					stop := x.feed(one)
					x.notReady(one, fault.says)
					one.Kill()
					one.Env = settings
					x.must(one.Start())
					x.over()
					x.ready()
					stop()
				}
				x.finish(fmt.Sprintf("%d times", n), n*atMost)
			})
		})
	}
}

// notReady waits until a program says that it cannot work, and why.
func (x *trial) notReady(p *Program, why string) {
	x.t.Helper()
	ctx, cancel := context.WithTimeout(x.t.Context(), time.Minute)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.HTTP+"/readyz", nil)
		x.must(err)
		if resp, err := http.DefaultClient.Do(req); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusServiceUnavailable && strings.Contains(p.Log(), "the store stopped after a failed write") {
				break
			}
		}
		if !pause.For(ctx, 10*time.Millisecond) {
			x.t.Fatalf("the program does not say that its disk failed: %v\n%s", context.Cause(ctx), tail(p.Log()))
		}
	}
	if log := p.Log(); !strings.Contains(log, why) {
		x.t.Errorf("the log does not say %q:\n%s", why, tail(log))
	}
}
