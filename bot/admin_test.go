package bot_test

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
)

// An operator learns the number for a route from the log, as docs/operations.md
// says.
func TestTheDebugLogNamesTheChatWhereTheBotIsAdded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, end := begin(t, nil)
		k.level = slog.LevelDebug
		for _, line := range []string{"@restart", "@person ann en", "@group room ann", "@in room", "@kick", "@join"} {
			_, err := k.play(line)
			k.must(err)
		}
		room := k.chat
		end()
		want := fmt.Sprintf("chat=%d kind=group in=true", room)
		if !slices.ContainsFunc(k.logs, func(line string) bool { return strings.HasSuffix(line, want) }) {
			t.Errorf("the log has %q; want a line that ends with %q", k.logs, want)
		}
	})
}

// An operator learns the number for RASID_ADMINS from the log, as the README
// says.
func TestTheDebugLogNamesWhoAsksForWhatAdminsMayDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, end := begin(t, nil)
		k.level = slog.LevelDebug
		for _, line := range []string{"@restart", "@person admin en", "> /stats", "@person ann en", "> /stats", "> /nothing"} {
			_, err := k.play(line)
			k.must(err)
		}
		ann := k.me
		end()
		k.logs = slices.DeleteFunc(k.logs, func(line string) bool { return !strings.Contains(line, "who is no admin") })
		if want := fmt.Sprintf("person=%d command=stats", ann); len(k.logs) != 1 || !strings.HasSuffix(k.logs[0], want) {
			t.Errorf("the log has %q of admins' commands; want one line that ends with %q", k.logs, want)
		}
	})
}
