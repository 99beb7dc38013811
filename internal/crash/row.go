package crash

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// A Row is a line of the table of faults that the program is to survive: what
// was done how often, and what came of it.
type Row struct {
	Fault     string        // as people know it
	Done      string        // what was done, how often, to how much
	Lost      int           // alerts that did not come, or records that are gone
	Repeated  int           // copies beyond the first
	Allowed   int           // of these; below 0: none are counted here
	Worst     int           // most copies of one alert
	Recovered time.Duration // from the end of the last fault until nothing was missing; 0: not measured
	Seed      uint64        // of chance; 0: nothing is left to it
	Note      string        // what else was measured
}

// rowHead begins the table.
const rowHead = "| fault | done | lost (0) | repeated (at most) | most copies | all told after | seed | also |\n" +
	"|---|---|---|---|---|---|---|---|\n"

// String is the row as a line of a Markdown table.
func (r Row) String() string {
	repeated, worst, recovered, seed := "–", "–", "–", "–"
	if r.Allowed >= 0 {
		repeated, worst = fmt.Sprintf("%s (%s)", thousands(r.Repeated), thousands(r.Allowed)), strconv.Itoa(r.Worst)
	}
	if r.Recovered > 0 {
		recovered = short(r.Recovered)
	}
	if r.Seed > 0 {
		seed = strconv.FormatUint(r.Seed, 10)
	}
	cells := []string{r.Fault, r.Done, thousands(r.Lost), repeated, worst, recovered, seed, r.Note}
	return "| " + strings.Join(cells, " | ") + " |"
}

// Report prints the row, and appends it to the file that RASID_CRASH_TABLE
// names, where one is named: a table in Markdown, with what is promised in the
// heads and in brackets.
func (r Row) Report() (err error) {
	fmt.Println(r)
	name := os.Getenv("RASID_CRASH_TABLE")
	if name == "" {
		return nil
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("report a row: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	head := ""
	if info, failed := f.Stat(); failed == nil && info.Size() == 0 {
		head = rowHead
	}
	if _, err = fmt.Fprintln(f, head+r.String()); err != nil {
		return fmt.Errorf("report a row: %w", err)
	}
	return nil
}

// thousands writes 12345 as 12,345.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// short writes a time to three digits or so.
func short(d time.Duration) string {
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < 100*time.Second:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}
