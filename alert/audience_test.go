package alert

import (
	"rasid/rules"
	"strconv"
	"strings"
	"testing"
)

// TestNamesOfMatchers are read as they were written; and an older rasid, which knew
// two parts, finds the rule file in them, and another version than its own, so that
// it withdraws nothing.
func TestNamesOfMatchers(t *testing.T) {
	for _, content := range []string{"", "Ab-_1234"} {
		name := matcherName(8)
		if content != "" {
			name = withContent(name, content)
		}
		if engineOf(name) != rules.Version() || fileOf(name) != 8 || contentOf(name) != content {
			t.Errorf("%s is read as version %q, file %d, content %q", name, engineOf(name), fileOf(name), contentOf(name))
		}
		engine, file, _ := strings.Cut(name, "/") // as the older one does
		if n, err := strconv.ParseUint(file, 10, 64); err != nil || n != 8 || (engine == rules.Version()) != (content == "") {
			t.Errorf("of %s an older rasid reads version %q and file %q", name, engine, file)
		}
	}
}
