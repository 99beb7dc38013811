package logs

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"rasid/store"
	"rasid/store/boltstore"
	"strings"
	"testing"
	"time"
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

// TestWordsAreNotTakenApart: what is too short for a secret stands in the midst of
// words, and to hide it there would tell it.
func TestWordsAreNotTakenApart(t *testing.T) {
	var buf bytes.Buffer
	if _, err := Redact(&buf, []string{"a b", "sevenXX"}).Write([]byte("is not a base, sevenXX")); err != nil || buf.String() != "is not a base, sevenXX" {
		t.Errorf("it is written %q, %v", &buf, err)
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

// TestChatsInErrorsAreCoded: what the store says of a chat names it.
func TestChatsInErrorsAreCoded(t *testing.T) {
	s, err := boltstore.Open(filepath.Join(t.TempDir(), "rasid.db"), boltstore.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, unknown := s.Destination(t.Context(), store.Dest{Chat: 471147})
	_, refused := s.Change(t.Context(), store.Change{Dest: store.Dest{Chat: 471147}, Kind: "bazaar", Now: time.Unix(1, 0)})
	for _, err := range []error{
		unknown, refused, errors.New("migrate chat 471147 to -100471147: x"), errors.New("move chat 471147: find chat 471147: x"),
		fmt.Errorf("strike: %w", errors.New("change -471147/3: x")),
	} {
		var buf bytes.Buffer
		New(&buf, Options{Secrets: []string{token}}).Error("a message cannot be acted on", "err", err, "n", 471147)
		if got := buf.String(); strings.Count(got, "471147") != 1 || !strings.Contains(got, "n=471147") {
			t.Errorf("the log of %q shows its chat: %s", err, got)
		}
	}
	var buf bytes.Buffer
	New(&buf, Options{Level: slog.LevelDebug, Secrets: []string{token}}).Error("x", "err", unknown)
	if !strings.Contains(buf.String(), "471147") {
		t.Errorf("at debug the line is %q, want the id", &buf)
	}
}

// broken is an error that cannot be asked for its text when it is nil.
type broken struct{ text string }

func (b *broken) Error() string { return b.text }

func TestAnErrorThatIsANilPointerBreaksNothing(t *testing.T) {
	for _, json := range []bool{false, true} {
		var buf bytes.Buffer
		New(&buf, Options{JSON: json, Secrets: []string{token}}).Error("x", "err", (*broken)(nil))
		if !strings.Contains(buf.String(), "<nil>") {
			t.Errorf("the line is %q, want one that says <nil>", &buf)
		}
	}
}
