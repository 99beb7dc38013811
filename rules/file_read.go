package rules

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxFile is the largest rule file that is read, in bytes.
const maxFile = 4 << 20

// A fileReader reads rule files into one File and notes what is wrong.
type fileReader struct {
	file     *File
	problems []Problem

	name  string   // of the file being read
	lines []string // of it

	aliasAt map[string]place         // where each alias stands
	topicAt map[string]place         // where each topic stands
	feedAt  map[string]place         // where each feed stands
	matchAt map[string]place         // where each rule of a topic stands, by its canonical form
	rules   map[string][]fileText    // rules of each topic, to be checked with all aliases known
	tests   map[string][2][]fileText // tests of each topic: match, not
	routeAt map[[2]int64]place       // where each destination of a route stands
	routed  []fileText               // topics of routes
}

// A place is where something stands.
type place struct {
	file      string
	line, col int
	source    string
}

// A fileText is a scalar with its place.
type fileText struct {
	value string
	at    place
	style style
}

func readFiles(files []NamedFile) (*File, []Problem) {
	r := &fileReader{
		file:    &File{Aliases: map[string][]string{}},
		aliasAt: map[string]place{}, topicAt: map[string]place{}, feedAt: map[string]place{}, matchAt: map[string]place{},
		rules: map[string][]fileText{}, tests: map[string][2][]fileText{}, routeAt: map[[2]int64]place{},
	}
	for _, f := range files {
		r.read(f)
	}
	r.finish()
	order := map[string]int{}
	for i, f := range files {
		order[f.Name] = i
	}
	slices.SortStableFunc(r.problems, func(a, b Problem) int {
		return cmp.Or(order[a.File]-order[b.File], a.Line-b.Line, a.Col-b.Col)
	})
	return r.file, r.problems
}

func (r *fileReader) read(f NamedFile) {
	r.name, r.lines = f.Name, strings.Split(string(f.Data), "\n")
	whole := place{file: f.Name}
	switch {
	case len(f.Data) > maxFile:
		r.errorf(whole, "the file is larger than 4 MiB", "split it into several files of a folder")
		return
	case !utf8.Valid(f.Data):
		r.errorf(whole, "the file is not valid UTF-8", "save it as UTF-8")
		return
	}
	tree, err := parser.ParseBytes(f.Data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.syntax(err)
		return
	}
	for _, doc := range tree.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.NullType || doc.Body.Type() == ast.CommentType {
			continue
		}
		r.mapping(doc.Body, "the rule file", map[string]func(ast.Node){
			"aliases": r.aliases, "names": r.names, "topics": r.topics, "feeds": r.feeds, "routes": r.routes,
		})
	}
}

// syntax notes what the YAML parser refused.
func (r *fileReader) syntax(err error) {
	at, reason := place{file: r.name}, err.Error()
	if y, ok := errors.AsType[yaml.Error](err); ok {
		reason = y.GetMessage()
		if t := y.GetToken(); t != nil {
			at = r.at(t)
		}
	}
	r.errorf(at, "not valid YAML: "+reason, syntaxHint(at.source))
}

// syntaxHint guesses what is wrong with a line that YAML does not take.
func syntaxHint(line string) string {
	value := strings.TrimSpace(line)
	if item, ok := strings.CutPrefix(value, "- "); ok {
		value = strings.TrimSpace(item)
	}
	if key, v, ok := strings.Cut(value, ":"); ok && !strings.ContainsAny(key, `"'@ `) {
		value = strings.TrimSpace(v)
	}
	quoted := "'" + strings.ReplaceAll(value, "'", "''") + "'"
	switch {
	case strings.HasPrefix(value, "@"):
		return "a value that begins with @ needs quotes: " + quoted
	case strings.HasPrefix(value, `"`):
		return "a rule that begins with a quote needs single quotes around it: " + quoted
	case strings.Contains(line, "\t"):
		return "indent with spaces, not with tabs"
	}
	return "see that indents, quotes and brackets are even"
}

func (r *fileReader) at(t *token.Token) place {
	p := place{file: r.name}
	if t != nil && t.Position != nil {
		p.line, p.col = t.Position.Line, t.Position.Column
		if p.line >= 1 && p.line <= len(r.lines) {
			p.source = r.lines[p.line-1]
		}
	}
	return p
}

func (r *fileReader) errorf(p place, reason, hint string) { r.note(p, SeverityError, reason, hint) }
func (r *fileReader) warn(p place, reason, hint string)   { r.note(p, SeverityWarning, reason, hint) }

func (r *fileReader) note(p place, s Severity, reason, hint string) {
	r.problems = append(r.problems, Problem{p.file, p.line, p.col, s, reason, hint, p.source})
}

// mapping calls for each key of n the function of its name. Unknown and
// repeated keys are errors.
func (r *fileReader) mapping(n ast.Node, what string, fields map[string]func(ast.Node)) (ok bool) {
	seen := map[string]bool{}
	pairs, ok := r.pairs(n, what)
	for _, pair := range pairs {
		key, at := pair.Key.GetToken().Value, r.at(pair.Key.GetToken())
		read, known := fields[key]
		switch {
		case !known:
			r.errorf(at, "unknown field "+strconv.Quote(key)+" in "+what, nearest(key, fields))
		case seen[key]:
			r.errorf(at, "field "+strconv.Quote(key)+" stands twice in "+what, "keep one of them")
		default:
			seen[key] = true
			read(pair.Value)
		}
	}
	return ok
}

// pairs lists the pairs of a mapping, or notes that n is none.
func (r *fileReader) pairs(n ast.Node, what string) ([]*ast.MappingValueNode, bool) {
	switch m := n.(type) {
	case *ast.MappingNode:
		return m.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{m}, true
	case nil, *ast.NullNode:
		return nil, true
	}
	r.errorf(r.at(n.GetToken()), what+" must be a mapping (name: value)", "")
	return nil, false
}

// list lists the entries of a sequence, or notes that n is none.
func (r *fileReader) list(n ast.Node, what string) []ast.Node {
	switch s := n.(type) {
	case *ast.SequenceNode:
		return s.Values
	case nil, *ast.NullNode:
		return nil
	}
	r.errorf(r.at(n.GetToken()), what+" must be a list (lines that begin with -)", "")
	return nil
}

// scalar reads a value as text.
func (r *fileReader) scalar(n ast.Node, what string) (fileText, bool) {
	switch s := n.(type) {
	case *ast.StringNode:
		return r.text(s.Value, s.GetToken()), true
	case *ast.LiteralNode:
		t := fileText{value: strings.TrimSpace(s.Value.Value), at: r.at(s.GetToken())}
		return t.block(r.lines), true
	case *ast.NullNode, nil:
		return fileText{}, false
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return r.text(n.GetToken().Value, n.GetToken()), true
	}
	r.errorf(r.at(n.GetToken()), what+" must be text", "put it in single quotes")
	return fileText{}, false
}

// texts reads a value as one text or a list of them.
func (r *fileReader) texts(n ast.Node, what string) []fileText {
	if _, ok := n.(*ast.SequenceNode); !ok {
		if t, ok := r.scalar(n, what); ok {
			return []fileText{t}
		}
		return nil
	}
	var out []fileText
	for _, v := range r.list(n, what) {
		if t, ok := r.scalar(v, what); ok {
			out = append(out, t)
		}
	}
	return out
}

func (r *fileReader) into(s *string, what string) func(ast.Node) {
	return func(n ast.Node) {
		if t, ok := r.scalar(n, what); ok {
			*s = t.value
		}
	}
}
