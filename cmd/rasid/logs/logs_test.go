package logs

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

const token = "123456:AAsecretsecret-_x"

func TestNoLineShowsASecret(t *testing.T) {
	for _, json := range []bool{false, true} {
		var buf bytes.Buffer
		l := New(&buf, Options{JSON: json, Level: slog.LevelDebug, Secrets: []string{token, "web token"}})
		l.Info("say "+token, "err", errors.New(`Post "https://api.telegram.org/bot`+token+`/getMe": EOF`))
		l.With("k", "123456%3AAAsecretsecret-_x").WithGroup("g").Debug("x", "part", "AAsecretsecret-_x", "web", "web token", "esc", "web+token")
		for _, bad := range []string{"AAsecret", "web token", "web+token"} {
			if strings.Contains(buf.String(), bad) {
				t.Errorf("JSON %v: the log shows %q: %s", json, bad, &buf)
			}
		}
		if n := strings.Count(buf.String(), "[secret]"); n != 6 {
			t.Errorf("JSON %v: %d secrets replaced, want 6: %s", json, n, &buf)
		}
	}
}

func TestChatsAreCoded(t *testing.T) {
	line := func(level slog.Level, secret string, chat any) string {
		var buf bytes.Buffer
		New(&buf, Options{Level: level, Secrets: []string{secret}}).WithGroup("g").Warn("x", "chat", chat, "n", 4711)
		_, after, _ := strings.Cut(buf.String(), "msg=")
		return after
	}
	one, again := line(slog.LevelInfo, token, int64(4711)), line(slog.LevelInfo, token, 4711)
	if one != again || strings.Contains(one, "chat=4711") || !strings.Contains(one, "n=4711") {
		t.Errorf("lines of one chat: %q and %q, want the same code and no id", one, again)
	}
	if other := line(slog.LevelInfo, token, 4712); other == one {
		t.Errorf("two chats have the same line %q", one)
	}
	if other := line(slog.LevelInfo, "other", 4711); other == one {
		t.Errorf("two bots code a chat alike: %q", one)
	}
	if text := line(slog.LevelInfo, token, struct{ Chat int64 }{4711}); strings.Contains(text, "{4711}") {
		t.Errorf("a destination shows its chat: %q", text)
	}
	if debug := line(slog.LevelDebug, token, 4711); !strings.Contains(debug, "chat=4711") {
		t.Errorf("at debug the line is %q, want the id", debug)
	}
}
