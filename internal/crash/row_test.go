package crash

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestRowsAreATable(t *testing.T) {
	name := filepath.Join(t.TempDir(), "table.md")
	t.Setenv("RASID_CRASH_TABLE", name)
	for _, r := range []Row{
		{Fault: "a kill", Done: "500 times", Repeated: 1234, Allowed: 8000, Worst: 2, Recovered: 1500 * time.Millisecond, Seed: 7},
		{Fault: "a torn file", Done: "everywhere", Lost: 1, Allowed: -1, Note: "it is refused"},
	} {
		if err := r.Report(); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(name)
	want := rowHead +
		"| a kill | 500 times | 0 | 1,234 (8,000) | 2 | 1.5s | 7 |  |\n" +
		"| a torn file | everywhere | 1 | – | – | – | – | it is refused |\n"
	if err != nil || string(got) != want {
		t.Errorf("the table is, %v:\n%swant:\n%s", err, got, want)
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567", -123: "-123"} {
		if got := thousands(n); got != want {
			t.Errorf("thousands(%d) = %q, want %q", n, got, want)
		}
	}
}
