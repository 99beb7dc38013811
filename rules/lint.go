package rules

import (
	"maps"
	"rasid/news"
	"slices"
	"strings"
)

// finish checks what can only be known when every file was read.
func (r *fileReader) finish() {
	used := map[string]bool{}
	for i := range r.file.Topics {
		r.finishTopic(&r.file.Topics[i], used)
	}
	for name := range r.file.Aliases {
		for _, value := range r.file.Aliases[name] {
			if other, ok := strings.CutPrefix(value, "@"); ok {
				used[other] = true
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.file.Aliases)) {
		r.finishAlias(name, used[name])
	}
	for _, t := range r.routed {
		if _, ok := r.file.Topic(t.value); !ok {
			r.errorf(t.at, "there is no topic "+t.value, knownTopics(r.file))
		}
	}
}

func knownTopics(f *File) string {
	ids := make([]string, len(f.Topics))
	for i, t := range f.Topics {
		ids[i] = t.ID
	}
	if len(ids) == 0 {
		return "add it under topics"
	}
	return "known are " + strings.Join(ids, ", ")
}

func (r *fileReader) finishTopic(t *Topic, used map[string]bool) {
	if t.Query == nil {
		return // its rules did not parse, which was said
	}
	broken := false
	for _, src := range r.rules[t.ID] {
		q, err := Parse(src.value)
		if err != nil {
			return
		}
		for _, name := range q.Aliases() {
			used[name] = true
			if _, ok := r.file.Aliases[name]; !ok {
				r.warn(src.at, "there is no alias "+name+"; @"+name+" is searched for as a word", "add it under aliases, or write the word without @")
			}
		}
		if _, err := Compile(q, r.file.Env("")); err != nil {
			r.ruleError(src, err)
			broken = true
		}
	}
	if broken {
		return
	}
	rule, err := Compile(t.Query, r.file.Env(""))
	if err != nil {
		r.errorf(r.topicAt[t.ID], "topic "+t.ID+": "+err.Error(), "")
		return
	}
	r.never(t, rule)
	r.broad(t)
	r.topicTests(t.ID, rule)
}

// topicTests runs a topic's own tests.
func (r *fileReader) topicTests(id string, rule *Rule) {
	try := func(titles []fileText, want bool, reason string) {
		for _, title := range titles {
			if _, got := rule.Match(Read(&news.Article{Title: title.value})); got != want {
				r.errorf(title.at, "a test of topic "+id+" fails: it "+reason+" this", "mend the rule or the test")
			}
		}
	}
	try(r.tests[id][0], true, "does not match")
	try(r.tests[id][1], false, "matches")
}

func (r *fileReader) finishAlias(name string, used bool) {
	at := r.aliasAt[name]
	q, err := Parse("@" + name)
	if err != nil {
		return // said when it was read
	}
	if _, err := Compile(q, r.file.Env("")); err != nil {
		r.errorf(at, "alias "+name+": "+err.Error(), "")
		return
	}
	if !used {
		r.warn(at, "alias "+name+" is not used in this file", "readers can still write @"+name)
	}
	for _, value := range r.file.Aliases[name] {
		if _, err := Parse(value); err != nil {
			r.warn(at, "alias "+name+": "+value+" is a common word or no word", "it would match most articles")
		}
	}
}
