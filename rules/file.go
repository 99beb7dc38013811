package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A File is the operator's rule file: aliases, topics, feeds and routes.
// Values are never changed after ParseFile; the zero File has none of them.
type File struct {
	Aliases map[string][]string // by name without @
	Names   Names
	Topics  []Topic
	Feeds   []FileFeed
	Routes  []Route
}

// Names tells which spellings are one name: by the folded spelling, all of
// them. A rule that looks for one looks for all, but for =exact ones.
type Names map[string][]string

// A Topic is a rule of the operator that readers subscribe to.
type Topic struct {
	ID       string            // [A-Za-z0-9_-], 1 to 64 bytes: it is a deep link's payload too
	Title    map[string]string // by language; the empty language is the fallback
	Match    []string          // any of them
	Exclude  string
	Priority string // "urgent", "normal" or "low"
	Tests    TopicTests
	Query    *Query // any of Match, and not Exclude
}

// TopicTests are titles that a topic must and must not match.
type TopicTests struct {
	Match, Not []string
}

// A FileFeed is a feed to poll.
type FileFeed struct {
	URL      string
	Source   string        // the outlet's name
	Lang     string        // of its articles, BCP 47; empty: as declared or detected
	Timezone string        // IANA, of dates without a zone; empty: UTC
	Every    time.Duration // 0: by the feed's own rate
	FullText bool
}

// A Route sends topics to a chat without anyone there subscribing.
type Route struct {
	Chat   int64
	Thread int64 // forum thread; 0: none
	Topics []string
}

// Topic returns the topic with an id.
func (f *File) Topic(id string) (Topic, bool) {
	if i := slices.IndexFunc(f.Topics, func(t Topic) bool { return t.ID == id }); i >= 0 {
		return f.Topics[i], true
	}
	return Topic{}, false
}

// Env is what rules of a writer in lang mean under f.
func (f *File) Env(lang string) Env { return Env{Lang: lang, Aliases: f.Aliases, Names: f.Names} }

// Name returns the topic's title in lang, or the nearest there is.
func (t Topic) Name(lang string) string {
	base, _, _ := strings.Cut(lang, "-")
	for _, l := range []string{lang, base, "", "en"} {
		if name, ok := t.Title[l]; ok {
			return name
		}
	}
	return t.ID
}

// A Severity says how bad a Problem is.
type Severity string

// The severities.
const (
	SeverityError   Severity = "error"   // the file is not accepted
	SeverityWarning Severity = "warning" // it is, and may not mean what was meant
)

// A Problem is something wrong in a rule file.
type Problem struct {
	File     string   `json:"file"`
	Line     int      `json:"line"` // from 1; 0: the file as a whole
	Col      int      `json:"col"`  // from 1, in characters; 0: the whole line
	Severity Severity `json:"severity"`
	Reason   string   `json:"reason"`
	Hint     string   `json:"hint"`   // what to do; may be empty
	Source   string   `json:"source"` // the line
}

// String gives "FILE:LINE:COL: error: reason; hint: ...".
func (p Problem) String() string {
	s := fmt.Sprintf("%s:%d:%d: %s: %s", p.File, p.Line, p.Col, p.Severity, p.Reason)
	if p.Hint != "" {
		s += "; hint: " + p.Hint
	}
	return s
}

// FileErrors is every error of a rule file, in the order of the lines.
type FileErrors []Problem

// Error lists them, one a line.
func (e FileErrors) Error() string {
	lines := make([]string, len(e))
	for i, p := range e {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// A NamedFile is one file of a rule folder.
type NamedFile struct {
	Name string `json:"name"`
	Data []byte `json:"data"`
}

// ParseFile reads a rule file. The error is FileErrors with every error found.
func ParseFile(name string, data []byte) (*File, error) {
	return ParseFiles([]NamedFile{{name, data}})
}

// ParseFiles reads a rule folder's files as one, in their order.
func ParseFiles(files []NamedFile) (*File, error) {
	f, problems := readFiles(files)
	var errs FileErrors
	for _, p := range problems {
		if p.Severity == SeverityError {
			errs = append(errs, p)
		}
	}
	if errs != nil {
		return nil, errs
	}
	return f, nil
}

// ReadFiles reads what is sound of a rule folder's files, and returns with it
// everything that is wrong or doubtful.
func ReadFiles(files []NamedFile) (*File, []Problem) { return readFiles(files) }

// Lint returns everything that is wrong or doubtful in a rule file, topics'
// own tests included, in the order of the lines.
func Lint(name string, data []byte) []Problem { return LintFiles([]NamedFile{{name, data}}) }

// LintFiles does for a rule folder what Lint does for one file.
func LintFiles(files []NamedFile) []Problem {
	_, problems := readFiles(files)
	return problems
}
