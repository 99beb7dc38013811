package main

import (
	"fmt"
	"io"
	"strings"
)

// progressOn returns what draws a bar, led by a name, where somebody looks at
// it.
func progressOn(w io.Writer, name string) func(what string, done float64) {
	if !terminal(w) {
		return func(string, float64) {}
	}
	drawn := ""
	return func(what string, done float64) {
		const width = 30
		full := min(max(int(done*width), 0), width)
		line := fmt.Sprintf("\r%s  [%s%s] %-16s", name, strings.Repeat("#", full), strings.Repeat(".", width-full), what)
		if line != drawn {
			_, _ = io.WriteString(w, line) // only to be looked at
			drawn = line
		}
	}
}

// progressEnd makes room below a bar.
func progressEnd(w io.Writer) {
	if terminal(w) {
		_, _ = fmt.Fprintln(w) // only to be looked at
	}
}
