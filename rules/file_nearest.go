package rules

import (
	"rasid/text"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// nearest words a hint with the field that key may be meant for.
func nearest(key string, fields map[string]func(ast.Node)) string {
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	best, least := "", 3
	for _, name := range names {
		if d := text.Distance(strings.ToLower(key), name); d < least {
			best, least = name, d
		}
	}
	if best != "" {
		return "did you mean " + best + "?"
	}
	return "known are " + strings.Join(names, ", ")
}
