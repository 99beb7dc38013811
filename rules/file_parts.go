package rules

import (
	"errors"
	"rasid/text"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"golang.org/x/text/language"
)

func (r *fileReader) aliases(n ast.Node) {
	pairs, _ := r.pairs(n, "aliases")
	for _, pair := range pairs {
		name, at := pair.Key.GetToken().Value, r.at(pair.Key.GetToken())
		if before, ok := r.aliasAt[name]; ok {
			r.errorf(at, "alias "+name+" stands twice", "it stands in line "+strconv.Itoa(before.line)+" too; keep one")
			continue
		}
		if q, err := Parse("@" + name); err != nil || q.root.op != opAlias {
			r.errorf(at, "alias "+strconv.Quote(name)+": names are made of letters, digits, - and _", "")
			continue
		}
		r.aliasAt[name] = at
		for _, t := range r.texts(pair.Value, "an alias") {
			if slices.Contains(r.file.Aliases[name], t.value) {
				r.warn(t.at, "alias "+name+" lists "+t.value+" twice", "keep one of them")
			}
			r.file.Aliases[name] = append(r.file.Aliases[name], t.value)
		}
		if len(r.file.Aliases[name]) == 0 {
			r.errorf(at, "alias "+name+" stands for nothing", `list its words: ["one", "two words"]`)
		}
	}
}

// names reads lists of spellings that are one name each.
func (r *fileReader) names(n ast.Node) {
	for _, v := range r.list(n, "names") {
		var group []string
		at := r.at(v.GetToken())
		for _, t := range r.texts(v, "a name") {
			at = t.at
			fold := text.Fold(t.value)
			switch q, err := Parse(`"` + t.value + `"`); {
			case err != nil || q.root.op != opTerm:
				r.errorf(t.at, strconv.Quote(t.value)+" is no name", "list words: [Haftar, Hifter, حفتر]")
			case r.file.Names[fold] != nil:
				r.errorf(t.at, "the name "+t.value+" stands twice", "put all its spellings into one list")
			default:
				group = append(group, t.value)
			}
		}
		if len(group) == 1 {
			r.warn(at, "the name "+group[0]+" has one spelling only", "list the others beside it")
		}
		for _, name := range group {
			if r.file.Names == nil {
				r.file.Names = Names{}
			}
			r.file.Names[text.Fold(name)] = group
		}
	}
}

func (r *fileReader) topics(n ast.Node) {
	for _, v := range r.list(n, "topics") {
		r.topic(v)
	}
}

var topicID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func (r *fileReader) topic(n ast.Node) {
	t := Topic{Title: map[string]string{}, Priority: "normal"}
	at := r.at(n.GetToken())
	var id, priority, exclude fileText
	var match []fileText
	var tests [2][]fileText
	one := func(to *fileText, what string) func(ast.Node) {
		return func(n ast.Node) { *to, _ = r.scalar(n, what) }
	}
	ok := r.mapping(n, "a topic", map[string]func(ast.Node){
		"id":       one(&id, "id"),
		"title":    func(n ast.Node) { r.title(n, t.Title) },
		"match":    func(n ast.Node) { match = r.texts(n, "match") },
		"exclude":  one(&exclude, "exclude"),
		"priority": one(&priority, "priority"),
		"tests":    func(n ast.Node) { tests = r.topicTestTexts(n, &t.Tests) },
	})
	if !ok {
		return // said
	}
	if id.at.line != 0 {
		at = id.at
	}
	t.ID = id.value
	r.priority(&t, priority)
	if !r.named(t.ID, at, match) {
		r.parsed(match, exclude)
		return
	}
	r.topicAt[t.ID], r.tests[t.ID] = at, tests
	r.topicRules(&t, match, exclude)
	r.file.Topics = append(r.file.Topics, t)
}

// named checks the id of a topic, and that it has something to match.
func (r *fileReader) named(id string, at place, match []fileText) bool {
	before, twice := r.topicAt[id]
	switch {
	case !topicID.MatchString(id):
		r.errorf(at, "a topic needs an id of 1 to 64 letters a-z, digits, - and _", "")
	case twice:
		r.errorf(at, "topic "+id+" stands twice", "it stands in line "+strconv.Itoa(before.line)+" too; give one another id")
	case len(match) == 0:
		r.errorf(at, "topic "+id+" has no match", "match: 'what it is about'")
	default:
		return true
	}
	return false
}

// parsed tells what is wrong with the rules of a topic that is left out.
func (r *fileReader) parsed(match []fileText, exclude fileText) {
	for _, m := range match {
		r.rule(m)
	}
	if exclude.value != "" {
		r.rule(exclude)
	}
}

func (r *fileReader) priority(t *Topic, p fileText) {
	switch p.value {
	case "":
	case "urgent", "normal", "low":
		t.Priority = p.value
	default:
		r.errorf(p.at, "priority "+strconv.Quote(p.value)+" is not known", "urgent, normal or low")
	}
}

// topicRules parses what t matches and excludes. What aliases mean is checked
// when all are known.
func (r *fileReader) topicRules(t *Topic, match []fileText, exclude fileText) {
	var some, not []*Query
	for _, m := range match {
		t.Match = append(t.Match, m.value)
		if q, ok := r.rule(m); ok {
			some = append(some, q)
			r.repeated(t.ID, m, q)
		}
		r.rules[t.ID] = append(r.rules[t.ID], m)
	}
	if exclude.value != "" {
		t.Exclude = exclude.value
		if q, ok := r.rule(exclude); ok {
			not = append(not, q)
		}
		r.rules[t.ID] = append(r.rules[t.ID], exclude)
	}
	if len(some) > 0 {
		t.Query = Any(some...).Except(not...)
	}
}

func (r *fileReader) repeated(topic string, m fileText, q *Query) {
	if before, ok := r.matchAt[q.String()]; ok {
		r.warn(m.at, "topic "+topic+" matches by a rule that stands before", "see line "+strconv.Itoa(before.line))
		return
	}
	r.matchAt[q.String()] = m.at
}

// rule parses one rule and notes what is wrong at its place in the file.
func (r *fileReader) rule(t fileText) (*Query, bool) {
	r.comment(t)
	q, err := Parse(t.value)
	if err == nil {
		return q, true
	}
	r.ruleError(t, err)
	return nil, false
}

func (r *fileReader) ruleError(t fileText, err error) {
	var e *Error
	if !errors.As(err, &e) {
		r.errorf(t.at, err.Error(), "")
		return
	}
	hint := ""
	if e.Repair != "" {
		hint = "write " + e.Repair
	}
	r.errorf(t.place(e.Pos, r.lines), e.Error(), hint)
}

// comment warns of a # that was meant as part of the rule and is a comment for
// YAML. Comments begin with a space after the #.
func (r *fileReader) comment(t fileText) {
	rest, found := strings.CutPrefix(strings.TrimLeft(t.tail(r.lines), " \t"), "#")
	if !found || rest == "" || blank(rest) || strings.HasPrefix(rest, "#") {
		return
	}
	word := strings.Fields(rest)[0]
	hint := "put the whole rule in single quotes, or a space after the #"
	if level, ok := priorities()[word]; ok {
		hint = "write priority: " + level + ", or put the whole rule in single quotes"
	}
	r.warn(t.at, "#"+word+" is a comment for YAML and has no effect", hint)
}

// priorities tells which priority a level of a rule is.
func priorities() map[string]string {
	return map[string]string{"urgent": "urgent", "عاجل": "urgent", "low": "low", "هادئ": "low"}
}

func (r *fileReader) title(n ast.Node, title map[string]string) {
	if _, ok := n.(*ast.StringNode); ok {
		r.setTitle(title, "", n)
		return
	}
	pairs, _ := r.pairs(n, "title")
	for _, pair := range pairs {
		lang := pair.Key.GetToken()
		if _, err := language.Parse(lang.Value); err != nil {
			r.errorf(r.at(lang), "title has "+strconv.Quote(lang.Value)+" for a language", "languages are named like ar or en")
		}
		r.setTitle(title, lang.Value, pair.Value)
	}
}

func (r *fileReader) setTitle(title map[string]string, lang string, n ast.Node) {
	switch t, ok := r.scalar(n, "title"); {
	case !ok:
	case strings.TrimSpace(t.value) == "":
		r.errorf(t.at, "the title is empty", "leave it out, or write one")
	default:
		title[lang] = t.value
	}
}

// topicTestTexts reads tests and returns them with their places.
func (r *fileReader) topicTestTexts(n ast.Node, tests *TopicTests) (at [2][]fileText) {
	into := func(to *[]string, at *[]fileText) func(ast.Node) {
		return func(n ast.Node) {
			*at = r.texts(n, "tests")
			for _, t := range *at {
				*to = append(*to, t.value)
			}
		}
	}
	r.mapping(n, "tests", map[string]func(ast.Node){"match": into(&tests.Match, &at[0]), "not": into(&tests.Not, &at[1])})
	return at
}
