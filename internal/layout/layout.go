// Package layout holds the import table: which room may see which. Its test
// fails when an arrow turns, so that a newcomer can trust the map in
// docs/trip.md.
package layout

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// Module is the path under which rooms import each other.
const Module = "rasid"

// Table returns, for each room, the rooms its code (not its tests) may
// import. A folder below a room belongs to it unless it has a row of its own.
func Table() map[string][]string {
	return map[string][]string{
		"text":               {},
		"news":               {"text"},
		"locale":             {},
		"bot/telegram":       {},
		"sandbox":            {},
		"rules":              {"text", "news", "internal/hashtable"},
		"store":              {"news", "internal/door", "internal/pause", "internal/testenv"},
		"lease":              {"store"},
		"source/feed":        {"text", "news"},
		"source":             {"text", "news", "rules", "store", "source/feed", "internal/door"},
		"alert":              {"text", "news", "rules", "store", "internal/pause", "internal/hashtable"},
		"web":                {"news", "rules", "store", "locale"},
		"bot":                {"text", "news", "rules", "store", "source", "alert", "locale", "bot/telegram", "internal/pause"},
		"cmd":                {"text", "news", "rules", "store", "source/feed", "source", "alert", "lease", "bot", "bot/telegram", "locale", "web", "sandbox", "internal/hyperscan", "internal/pause"},
		"internal/layout":    {},
		"internal/door":      {},
		"internal/pause":     {},
		"internal/hashtable": {},
		"internal/hyperscan": {},
		"internal/e2e":       {"sandbox"},
		"internal/crash":     {"sandbox", "internal/pause"},
		"internal/docs":      {},
		"internal/eval":      {"text"},
		"internal/testenv":   {},
	}
}

// Pure returns the rooms that touch no network, disk or clock, and the
// standard packages that would let them.
func Pure() (rooms, forbidden []string) {
	return []string{"text", "news", "rules", "source/feed"},
		[]string{"net", "net/http", "os", "os/exec", "syscall", "log/slog", "database/sql"}
}

// An Import is one import statement found in the tree.
type Import struct {
	File string // path of the importing file, from the root
	Room string // the room it belongs to; empty when the table has no row for it
	Path string // what it imports
	Test bool   // in a _test.go file
}

// Imports reads every Go file below root.
func Imports(root fs.FS) ([]Import, error) {
	var all []Import
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := d.Name(); name != "." && (strings.HasPrefix(base, ".") || base == "testdata" || base == "tools") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		found, err := fileImports(root, name)
		all = append(all, found...)
		return err
	})
	return all, err
}

func fileImports(root fs.FS, name string) ([]Import, error) {
	src, err := fs.ReadFile(root, name)
	if err != nil {
		return nil, err
	}
	f, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	var found []Import
	for _, spec := range f.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		found = append(found, Import{File: name, Room: Room(path.Dir(name)), Path: p, Test: strings.HasSuffix(name, "_test.go")})
	}
	return found, nil
}

// Room returns the room a folder belongs to: the longest row of the table
// that it is or lies in. It is empty when there is none.
func Room(dir string) string {
	best := ""
	for room := range Table() {
		if (dir == room || strings.HasPrefix(dir, room+"/")) && len(room) > len(best) {
			best = room
		}
	}
	return best
}
