// Package rulefile finds the rule file on disk, or the files of a rule
// folder, and notices when they change.
package rulefile

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"rasid/rules"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// The most that is read: bytes of one file, and files of a folder.
const (
	maxFile  = 4<<20 + 1 // one more than rules takes, so that it says so
	maxFiles = 1000
)

// Read reads the rule file at path, or the .yaml and .yml files of the folder
// at path in the order of their names.
func Read(path string) ([]rules.NamedFile, error) {
	names, err := list(path)
	if err != nil {
		return nil, fmt.Errorf("read the rule file: %w", err)
	}
	files := make([]rules.NamedFile, 0, len(names))
	for _, name := range names {
		data, err := readFile(name)
		if err != nil {
			return nil, fmt.Errorf("read the rule file: %w", err)
		}
		files = append(files, rules.NamedFile{Name: name, Data: data})
	}
	return files, nil
}

func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	return io.ReadAll(io.LimitReader(f, maxFile))
}

// list names the files that make up the rule file at path.
func list(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path) // in the order of names
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		ext := strings.ToLower(filepath.Ext(e.Name()))
		if strings.HasPrefix(e.Name(), ".") || ext != ".yaml" && ext != ".yml" || e.IsDir() {
			continue
		}
		names = append(names, filepath.Join(path, e.Name()))
	}
	switch {
	case len(names) == 0:
		return nil, fmt.Errorf("no .yaml file in folder %s: %w", path, fs.ErrNotExist)
	case len(names) > maxFiles:
		return nil, fmt.Errorf("folder %s has %d files; %d are the most", path, len(names), maxFiles)
	}
	return names, nil
}

// A Watcher notices changes of the rule file. The zero Every is 2 s.
type Watcher struct {
	Path  string
	Every time.Duration
	Now   <-chan struct{} // asks to read it at once, changed or not; may be nil
	// Changed is called with what was read, or with why it could not be, from
	// one goroutine. It reports whether the matter is settled; if not it is called
	// again at the next look.
	Changed func(ctx context.Context, files []rules.NamedFile, err error) (settled bool)

	stamp string
	sum   [sha256.Size]byte
}

// Seen tells the watcher what is in force already.
func (w *Watcher) Seen(files []rules.NamedFile) {
	w.stamp, w.sum = stamp(w.Path), digest(files)
}

// Run watches until ctx ends.
func (w *Watcher) Run(ctx context.Context) error {
	tick := time.NewTicker(cmp.Or(w.Every, 2*time.Second))
	defer tick.Stop()
	for {
		asked := false
		select {
		case <-ctx.Done():
			return nil
		case <-w.Now:
			asked = true
		case <-tick.C:
		}
		w.look(ctx, asked)
	}
}

// look reads the file when its times or sizes changed, and calls Changed when
// its content did, too.
func (w *Watcher) look(ctx context.Context, asked bool) {
	now := stamp(w.Path)
	if now == w.stamp && !asked {
		return
	}
	files, err := Read(w.Path)
	sum := digest(files)
	w.stamp = now
	if sum == w.sum && err == nil && !asked {
		return
	}
	w.sum = sum
	if !w.Changed(ctx, files, err) {
		w.stamp, w.sum = "", [sha256.Size]byte{}
	}
}

// stamp tells names, times and sizes of the files at path.
func stamp(path string) string {
	names, err := list(path)
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	for _, name := range names {
		if info, err := os.Stat(name); err == nil {
			fmt.Fprintln(&b, name, info.ModTime().UnixNano(), info.Size())
		}
	}
	return b.String()
}

func digest(files []rules.NamedFile) (sum [sha256.Size]byte) {
	h := sha256.New()
	for _, f := range files {
		for _, part := range [][]byte{[]byte(f.Name), f.Data} {
			h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part)))) // a hash never fails
			h.Write(part)
		}
	}
	return [sha256.Size]byte(slices.Clone(h.Sum(nil)))
}

// Parse reads a rule file and checks what package rules cannot: that the time
// zones are known here. The error is rules.FileErrors.
func Parse(files []rules.NamedFile) (*rules.File, error) {
	f, err := rules.ParseFiles(files)
	if err != nil {
		return nil, err
	}
	if problems := zones(f, files); len(problems) > 0 {
		return nil, rules.FileErrors(problems)
	}
	return f, nil
}

// Lint returns what is sound of a rule file, and everything that is wrong or
// doubtful in it.
func Lint(files []rules.NamedFile) (*rules.File, []rules.Problem) {
	f, problems := rules.ReadFiles(files)
	return f, append(problems, zones(f, files)...)
}

// zones finds time zones that nobody knows.
func zones(f *rules.File, files []rules.NamedFile) []rules.Problem {
	var problems []rules.Problem
	told := map[string]int{}
	for _, feed := range f.Feeds {
		if _, err := time.LoadLocation(feed.Timezone); err == nil {
			continue
		}
		p := rules.Problem{Severity: rules.SeverityError, Reason: "there is no time zone " + feed.Timezone, Hint: "zones are named like Africa/Cairo or UTC"}
		problems = append(problems, located(p, feed.Timezone, told[feed.Timezone], files))
		told[feed.Timezone]++
	}
	return problems
}

// located puts p where word stands, but for so many lines with it that are
// skipped.
func located(p rules.Problem, word string, skip int, files []rules.NamedFile) rules.Problem {
	for _, f := range files {
		for i, line := range strings.Split(string(f.Data), "\n") {
			if before, _, ok := strings.Cut(line, word); ok {
				if skip--; skip >= 0 {
					continue
				}
				p.File, p.Line, p.Col, p.Source = f.Name, i+1, utf8.RuneCountInString(before)+1, line
				return p
			}
		}
	}
	return p
}
