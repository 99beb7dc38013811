// Package e2e runs the program against servers that this project did not
// write.
package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"rasid/internal/crash"
	"rasid/internal/testenv"
	"strings"
	"testing"
	"time"
)

// secret is the token's secret part; it must appear nowhere.
const secret = "AAEhBOweik6ad9r-QXMENQjcrGbqCr4K-bc"

// A world is a telegram-test-api server. It lacks methods and answers 500 for
// them, answers getUpdates at once, and gives null as the result of a send.
type world struct {
	t     *testing.T
	url   string
	token string
}

// open starts the server with node. Without node or the server's package see
// testenv.Missing.
func open(t *testing.T) world {
	t.Helper()
	missing := ""
	if _, err := exec.LookPath("node"); err != nil {
		missing = "node is not installed (apt install nodejs npm)"
	} else if _, err := os.Stat("testapi/node_modules/telegram-test-api"); err != nil {
		missing = "telegram-test-api is not installed (npm ci --prefix internal/e2e/testapi)"
	}
	if missing != "" {
		testenv.Missing(t, missing)
	}
	addr, err := testenv.FreeAddr(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "server.js", port)
	cmd.Dir = "testapi"
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() }) // it ends with its input
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("the server says %q, %v; want ready", line, err)
	}
	return world{t, "http://" + addr, "123456789:" + secret}
}

// post asks the server's client side.
func (w world) post(path string, body map[string]any) []byte {
	w.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.url+path, bytes.NewReader(data))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		w.t.Fatalf("%s: %s %s %v", path, resp.Status, answer, err)
	}
	return answer
}

// person is who writes to the bot, and the private chat.
func (w world) person(more map[string]any) map[string]any {
	from := map[string]any{"id": 7, "first_name": "Ann", "username": "ann", "is_bot": false, "language_code": "en"}
	m := map[string]any{
		"botToken": w.token, "from": from, "date": time.Now().Unix(),
		"chat": map[string]any{"id": 7, "type": "private", "first_name": "Ann"},
	}
	maps.Copy(m, more)
	return m
}

func (w world) say(text string) { w.post("/sendMessage", w.person(map[string]any{"text": text})) }

// press presses a button of a message of the bot.
func (w world) press(data string, message int) {
	p := w.person(nil)
	w.post("/sendCallback", map[string]any{
		"botToken": w.token, "from": p["from"], "data": data,
		"message": map[string]any{"message_id": message, "chat": p["chat"], "from": p["from"], "date": p["date"], "text": "…"},
	})
}

// hears waits until the bot has written a text with what in it.
func (w world) hears(what string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	defer cancel()
	var last []byte
	for ctx.Err() == nil {
		last = w.post("/getUpdatesHistory", map[string]any{"token": w.token})
		var got struct {
			Result []struct {
				Message struct{ Text string }
			}
		}
		if err := json.Unmarshal(last, &got); err != nil {
			w.t.Fatal(err)
		}
		for _, u := range got.Result {
			if strings.Contains(u.Message.Text, what) {
				return
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
	w.t.Fatalf("%q was not written; history: %s", what, last)
}

func TestAServerNobodyHereWrote(t *testing.T) {
	w := open(t)
	bin, err := crash.Build(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	addr, err := testenv.FreeAddr(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p := &crash.Program{
		Bin: bin, HTTP: addr, Token: "push-token", Dir: t.TempDir(), Env: []string{
			"RASID_TELEGRAM_TOKEN=" + w.token, "RASID_TELEGRAM_API=" + w.url,
			"RASID_STORE=bolt:" + filepath.Join(t.TempDir(), "rasid.db"), "RASID_LOG_LEVEL=debug",
		},
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := p.WaitReady(ctx); err != nil {
		t.Fatal(err)
	}
	w.say("/start")
	w.hears("Welcome to")
	w.say(`/watch "ceasefire deal"`)
	w.hears("Watch 1 is on")
	article, err := json.Marshal([]map[string]string{{"id": "a", "title": "Ceasefire deals signed", "body": "Both sides signed."}})
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := p.Push(ctx, article); err != nil || !ok {
		t.Fatalf("push = %v, %v", ok, err)
	}
	w.hears("<b>Ceasefire deals</b> signed")
	w.press("undo:1", 4)
	w.say("/list")
	w.hears("Nothing is watched here yet")
	took, err := p.Stop(15 * time.Second)
	if err != nil {
		t.Error(err)
	}
	fmt.Printf("stopped in %v\n", took.Round(time.Millisecond))
	if strings.Contains(p.Log(), secret) {
		t.Errorf("the token is in the log:\n%s", p.Log())
	}
	if strings.Count(p.Log(), "level=WARN") > 5 || strings.Contains(p.Log(), "level=ERROR") {
		t.Errorf("what the server lacks is complained of too much:\n%s", p.Log())
	}
}
