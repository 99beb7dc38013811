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

	aliasAt map[string]place      // where each alias stands
	topicAt map[string]place      // where each topic stands
	feedAt  map[string]place      // where each feed stands
	matchAt map[string]place      // where each rule of a topic stands, by its canonical form
	rules   map[string][]fileText // rules of each topic, to be checked with all aliases known
	routeAt []place               // where each topic of a route stands
	routed  []string
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
	plain bool // on one line, without escapes: columns can be counted
}

func readFiles(files []NamedFile) (*File, []Problem) {
	r := &fileReader{
		file:    &File{Aliases: map[string][]string{}},
		aliasAt: map[string]place{}, topicAt: map[string]place{}, feedAt: map[string]place{}, matchAt: map[string]place{},
		rules: map[string][]fileText{},
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
	tree, err := parser.ParseBytes(f.Data, 0)
	if err != nil {
		r.syntax(err)
		return
	}
	for _, doc := range tree.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.NullType || doc.Body.Type() == ast.CommentType {
			continue
		}
		r.mapping(doc.Body, "the rule file", map[string]func(ast.Node){
			"aliases": r.aliases, "topics": r.topics, "feeds": r.feeds, "routes": r.routes,
		})
	}
}

// syntax notes what the YAML parser refused.
func (r *fileReader) syntax(err error) {
	at, reason := place{file: r.name}, err.Error()
	var y yaml.Error
	if errors.As(err, &y) {
		reason = y.GetMessage()
		if t := y.GetToken(); t != nil {
			at = r.at(t)
		}
	}
	hint := "see that indents and quotes are even"
	trimmed := strings.TrimSpace(at.source)
	if _, value, ok := strings.Cut(trimmed, ":"); ok && strings.HasPrefix(strings.TrimSpace(value), "@") {
		hint = "a value that begins with @ needs quotes: '" + strings.TrimSpace(value) + "'"
	} else if ok && strings.HasPrefix(strings.TrimSpace(value), `"`) {
		hint = "a rule that begins with a quote needs single quotes around it: '" + strings.TrimSpace(value) + "'"
	}
	r.errorf(at, "not valid YAML: "+reason, hint)
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
func (r *fileReader) mapping(n ast.Node, what string, fields map[string]func(ast.Node)) {
	seen := map[string]bool{}
	for _, pair := range r.pairs(n, what) {
		key, at := pair.Key.GetToken().Value, r.at(pair.Key.GetToken())
		read, ok := fields[key]
		switch {
		case !ok:
			r.errorf(at, "unknown field "+strconv.Quote(key)+" in "+what, nearest(key, fields))
		case seen[key]:
			r.errorf(at, "field "+strconv.Quote(key)+" stands twice in "+what, "keep one of them")
		default:
			seen[key] = true
			read(pair.Value)
		}
	}
}

// pairs lists the pairs of a mapping, or notes that n is none.
func (r *fileReader) pairs(n ast.Node, what string) []*ast.MappingValueNode {
	switch m := n.(type) {
	case *ast.MappingNode:
		return m.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{m}
	case nil, *ast.NullNode:
		return nil
	}
	r.errorf(r.at(n.GetToken()), what+" must be a mapping (name: value)", "")
	return nil
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
		t := fileText{value: s.Value, at: r.at(s.GetToken())}
		quoted := s.Token.Type == token.SingleQuoteType || s.Token.Type == token.DoubleQuoteType
		t.plain = strings.Contains(t.at.source, s.Value)
		if quoted {
			t.at.col++
		}
		return t, true
	case *ast.LiteralNode:
		at := r.at(s.GetToken())
		return fileText{value: strings.TrimSpace(s.Value.Value), at: at}, true
	case *ast.NullNode, nil:
		return fileText{}, false
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return fileText{value: n.GetToken().Value, at: r.at(n.GetToken())}, true
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

// nearest words a hint with the field that key may be meant for.
func nearest(key string, fields map[string]func(ast.Node)) string {
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	best, least := "", 3
	for _, name := range names {
		if d := distance(strings.ToLower(key), name); d < least {
			best, least = name, d
		}
	}
	if best != "" {
		return "did you mean " + best + "?"
	}
	return "known are " + strings.Join(names, ", ")
}

// distance is the edit distance of two short words.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := last
			if a[i] != b[j] {
				change++
			}
			last = row[j+1]
			row[j+1] = min(change, row[j]+1, last+1)
		}
	}
	return row[len(b)]
}
