package settings

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// TestComposePassesEverySetting: what stands in .env and is not passed on would
// have no effect, in silence.
func TestComposePassesEverySetting(t *testing.T) {
	fixed := map[string]string{
		"RASID_HTTP":                "the ports and the health check are the file's own",
		"RASID_STORE":               "the Redis is the file's own",
		"RASID_RULES":               "the mounted file is",
		"RASID_TELEGRAM_TOKEN_FILE": "the file would be looked for in the container",
	}
	others := map[string]string{"RASID_LOG_FORMAT": "json"} // where the file's default is another
	text, err := os.ReadFile("../../../docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Services map[string]struct{ Environment map[string]string }
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	passed := file.Services["rasid"].Environment
	clear(t, nil)
	all, err := List()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		got, want := passed[e.Name], "${"+e.Name+":-"+e.Default+"}"
		if other, ok := others[e.Name]; ok {
			want = "${" + e.Name + ":-" + other + "}"
		}
		needed := strings.HasPrefix(got, "${"+e.Name+":?")
		switch reason := fixed[e.Name]; {
		case reason != "" && strings.Contains(got, "${"):
			t.Errorf("%s is passed on as %q, though %s", e.Name, got, reason)
		case reason == "" && got != want && !needed:
			t.Errorf("%s is %q in the file; want %q", e.Name, got, want)
		}
	}
	for _, name := range composes() { // what is passed over is read there indeed
		if !regexp.MustCompile(`\$\{` + name + `\b`).Match(text) {
			t.Errorf("%s is passed over, but the file does not read it", name)
		}
	}
}
