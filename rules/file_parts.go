package rules

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
)

func (r *fileReader) aliases(n ast.Node) {
	for _, pair := range r.pairs(n, "aliases") {
		name, at := pair.Key.GetToken().Value, r.at(pair.Key.GetToken())
		if before, ok := r.aliasAt[name]; ok {
			r.errorf(at, "alias "+name+" stands twice", "it stands in line "+strconv.Itoa(before.line)+" too; keep one")
			continue
		}
		if q, err := Parse("@" + name); err != nil || len(q.Aliases()) != 1 {
			r.errorf(at, "an alias is named by letters, digits, - and _", "")
			continue
		}
		r.aliasAt[name] = at
		for _, t := range r.texts(pair.Value, "an alias") {
			r.file.Aliases[name] = append(r.file.Aliases[name], t.value)
		}
		if len(r.file.Aliases[name]) == 0 {
			r.errorf(at, "alias "+name+" stands for nothing", `list its words: ["one", "two words"]`)
		}
	}
}

func (r *fileReader) topics(n ast.Node) {
	for _, v := range r.list(n, "topics") {
		r.topic(v)
	}
}

var topicID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`) //nolint:gochecknoglobals // compiled once, never changed

func (r *fileReader) topic(n ast.Node) {
	t := Topic{Title: map[string]string{}, Priority: "normal"}
	at := r.at(n.GetToken())
	var id, priority, exclude fileText
	var match []fileText
	one := func(to *fileText, what string) func(ast.Node) {
		return func(n ast.Node) { *to, _ = r.scalar(n, what) }
	}
	r.mapping(n, "a topic", map[string]func(ast.Node){
		"id":       one(&id, "id"),
		"title":    func(n ast.Node) { r.title(n, t.Title) },
		"match":    func(n ast.Node) { match = r.texts(n, "match") },
		"exclude":  one(&exclude, "exclude"),
		"priority": one(&priority, "priority"),
		"tests":    func(n ast.Node) { r.tests(n, &t.Tests) },
	})
	if id.at.line != 0 {
		at = id.at
	}
	t.ID = id.value
	before, twice := r.topicAt[t.ID]
	switch {
	case !topicID.MatchString(t.ID):
		r.errorf(at, "a topic needs an id of 1 to 64 letters a-z, digits, - and _", "")
		return
	case twice:
		r.errorf(at, "topic "+t.ID+" stands twice", "it stands in line "+strconv.Itoa(before.line)+" too; give one another id")
		return
	case len(match) == 0:
		r.errorf(at, "topic "+t.ID+" has no match", "match: 'what it is about'")
		return
	}
	switch priority.value {
	case "":
	case "urgent", "normal", "low":
		t.Priority = priority.value
	default:
		r.errorf(priority.at, "priority "+strconv.Quote(priority.value)+" is not known", "urgent, normal or low")
	}
	r.topicAt[t.ID] = at
	r.topicRules(&t, match, exclude)
	r.file.Topics = append(r.file.Topics, t)
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
	at := t.at
	if t.plain && e.Pos <= len(t.value) {
		at.col += utf8.RuneCountInString(t.value[:e.Pos])
	}
	hint := ""
	if e.Repair != "" {
		hint = "write " + e.Repair
	}
	r.errorf(at, e.Error(), hint)
}

// comment warns of a level that YAML reads as a comment.
func (r *fileReader) comment(t fileText) {
	_, rest, ok := strings.Cut(t.at.source, t.value)
	if !t.plain || !ok {
		return
	}
	rest, found := strings.CutPrefix(strings.TrimLeft(rest, `'"`), " #")
	word, _, _ := strings.Cut(rest, " ")
	if found && slices.Contains([]string{"urgent", "low", "digest", "عاجل", "هادئ", "موجز"}, word) && strings.HasSuffix(t.at.source, "#"+rest) && !strings.Contains(t.at.source, `' #`) {
		r.warn(t.at, "#"+word+" is a comment for YAML and has no effect", "use priority: "+word+", or put the whole rule in single quotes")
	}
}

func (r *fileReader) title(n ast.Node, title map[string]string) {
	if _, ok := n.(*ast.StringNode); ok {
		r.setTitle(title, "", n)
		return
	}
	for _, pair := range r.pairs(n, "title") {
		r.setTitle(title, pair.Key.GetToken().Value, pair.Value)
	}
}

func (r *fileReader) setTitle(title map[string]string, lang string, n ast.Node) {
	if t, ok := r.scalar(n, "title"); ok {
		title[lang] = t.value
	}
}

func (r *fileReader) tests(n ast.Node, tests *TopicTests) {
	into := func(to *[]string) func(ast.Node) {
		return func(n ast.Node) {
			for _, t := range r.texts(n, "tests") {
				*to = append(*to, t.value)
			}
		}
	}
	r.mapping(n, "tests", map[string]func(ast.Node){"match": into(&tests.Match), "not": into(&tests.Not)})
}

func (r *fileReader) feeds(n ast.Node) {
	for _, v := range r.list(n, "feeds") {
		r.feed(v)
	}
}

func (r *fileReader) feed(n ast.Node) {
	var f FileFeed
	var link, zone, every, full fileText
	one := func(to *fileText, what string) func(ast.Node) {
		return func(n ast.Node) { *to, _ = r.scalar(n, what) }
	}
	r.mapping(n, "a feed", map[string]func(ast.Node){
		"url": one(&link, "url"), "source": r.into(&f.Source, "source"), "lang": r.into(&f.Lang, "lang"),
		"timezone": one(&zone, "timezone"), "every": one(&every, "every"), "full_text": one(&full, "full_text"),
	})
	f.URL, f.Timezone, f.FullText = link.value, zone.value, full.value == "true"
	u, err := url.Parse(f.URL)
	before, twice := r.feedAt[f.URL]
	switch {
	case f.URL == "":
		r.errorf(r.at(n.GetToken()), "a feed needs a url", "")
		return
	case err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "":
		r.errorf(link.at, "a feed's url begins with http:// or https://", "")
		return
	case u.User != nil:
		r.errorf(link.at, "a feed's url must not carry a name and password", "")
		return
	case twice:
		r.errorf(link.at, "the feed stands twice", "it stands in line "+strconv.Itoa(before.line)+" too")
		return
	}
	r.feedAt[f.URL] = link.at
	if every.value != "" {
		f.Every, err = time.ParseDuration(every.value)
		if err != nil || f.Every < time.Minute || f.Every > 24*time.Hour {
			r.errorf(every.at, "every is a time between 1m and 24h", "every: 5m")
		}
	}
	r.file.Feeds = append(r.file.Feeds, f)
}

func (r *fileReader) routes(n ast.Node) {
	for _, v := range r.list(n, "routes") {
		r.route(v)
	}
}

func (r *fileReader) route(n ast.Node) {
	var to Route
	number := func(to *int64, what string) func(ast.Node) {
		return func(n ast.Node) {
			t, ok := r.scalar(n, what)
			if !ok {
				return
			}
			v, err := strconv.ParseInt(t.value, 10, 64)
			if err != nil || v == 0 {
				r.errorf(t.at, what+" must be Telegram's number, such as -1001234567890", "")
			}
			*to = v
		}
	}
	at := r.at(n.GetToken())
	r.mapping(n, "a route", map[string]func(ast.Node){
		"chat": number(&to.Chat, "chat"), "thread": number(&to.Thread, "thread"),
		"topics": func(n ast.Node) {
			for _, t := range r.texts(n, "topics") {
				to.Topics = append(to.Topics, t.value)
				r.routeAt, r.routed = append(r.routeAt, t.at), append(r.routed, t.value)
			}
		},
	})
	if to.Chat == 0 || len(to.Topics) == 0 {
		r.errorf(at, "a route needs a chat and topics", "{chat: -1001234567890, topics: [ID]}")
		return
	}
	r.file.Routes = append(r.file.Routes, to)
}
