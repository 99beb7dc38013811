// Package browser opens web pages in tests.
package browser

import (
	"context"
	"os/exec"
	"rasid/internal/testenv"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// limit is how long a test may use its browser.
const limit = 2 * time.Minute

// Open starts a headless Chromium of the size of a phone, for chromedp, until the
// test ends. Where none is installed see testenv.Missing.
func Open(t testing.TB) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(installed(t)), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.WSURLReadTimeout(limit), // a machine that is busy starts it slowly
		chromedp.Flag("force-prefers-reduced-motion", true), chromedp.WindowSize(420, 900))
	ctx, stop := context.WithTimeout(t.Context(), limit)
	t.Cleanup(stop)
	ctx, stopAll := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stopAll)
	ctx, stopTab := chromedp.NewContext(ctx)
	t.Cleanup(stopTab)
	return ctx
}

func installed(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	testenv.Missing(t, "no chromium or google-chrome in PATH: the chat page was not tried")
	return ""
}

// Read evaluates a script in the page, and returns its text.
func Read(ctx context.Context, t testing.TB, script string) string {
	t.Helper()
	got, err := chromedp.Run(ctx, chromedp.Evaluate[string](script))
	if err != nil {
		t.Fatal(err)
	}
	return got
}
