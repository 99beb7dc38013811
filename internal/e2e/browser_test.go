package e2e

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"rasid/internal/crash"
	"rasid/internal/testenv/browser"
	"strings"
	"syscall"
	"testing"

	"github.com/chromedp/chromedp"
)

// demo starts `rasid demo` and returns the address of its chat page. When the
// test ends it is stopped as Ctrl-C stops it, and must end well.
func demo(t *testing.T, args ...string) string {
	t.Helper()
	bin, err := crash.Build(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, append([]string{"demo"}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("the demo ended with %v", err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "Chat page: ")
	if err != nil || !ok {
		t.Fatalf("the demo prints %q, %v; want its address", line, err)
	}
	return url
}

// shoot keeps a picture of the page in the folder SHOTS: `make pictures`.
func shoot(ctx context.Context, t *testing.T, name string) {
	t.Helper()
	dir := os.Getenv("SHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600); err != nil {
		t.Fatal(err)
	}
}

// press clicks the newest button of that label.
func press(label string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(fmt.Sprintf(`(//button[contains(@class,"key")][contains(normalize-space(.),%q)])[last()]`, label))
}

// appears waits for a message with what in it.
func appears(what string) chromedp.Action[chromedp.Void] {
	return chromedp.WaitVisible(fmt.Sprintf(`//*[contains(@class,"msg")][contains(.,%q)]`, what))
}

// TestAPersonTalksToTheRealBotInTheBrowser is the first minute of a newcomer.
func TestAPersonTalksToTheRealBotInTheBrowser(t *testing.T) {
	ctx := browser.Open(t)
	url := demo(t)
	if err := chromedp.Do(ctx,
		chromedp.Navigate(url),
		chromedp.Click("#big"),
		appears("أهلًا بك في راصد"),
	); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx,
		chromedp.SendKeys("#text", `تابع "وادي النخيل"`),
		chromedp.Click("#send"),
		appears("بدأت المتابعة رقم 1"),
		press("الملفات الجاهزة"),
		appears("اختر الملفات"),
		press("الطقس والمياه"),
		appears("✅"),
	); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, appears("متابعة: "), press("لماذا؟"), appears("لماذا وصلك هذا الخبر؟")); err != nil {
		t.Fatal(err)
	}
	shoot(ctx, t, "alert")
	const alert = `[...document.querySelectorAll(".msg")].find(m => m.textContent.includes("متابعة: "))`
	if got := browser.Read(ctx, t, `document.documentElement.dir`); got != "rtl" {
		t.Errorf("the page's direction is %q; want rtl", got)
	}
	if got := browser.Read(ctx, t, `getComputedStyle(`+alert+`.querySelector(".line")).direction`); got != "rtl" {
		t.Errorf("an Arabic alert's direction is %q; want rtl", got)
	}
	if got := browser.Read(ctx, t, `[...`+alert+`.querySelectorAll("b")].map(b => b.textContent).join(" ")`); !strings.Contains(got, "النخيل") {
		t.Errorf("in bold stands %q; want the words that hit", got)
	}
}
