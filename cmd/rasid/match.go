package main

import (
	"fmt"
	"io"
	"rasid/news"
	"rasid/rules"
	"rasid/source"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// matcher is one run of `rasid match`.
type matcher struct {
	rulesPath   string
	expressions []string
	lang        string
	format      string

	named   []namedRule // rules.ID i+1 is named[i]
	set     *rules.Set
	ready   map[rules.ID]*rules.Rule // some of the rules, compiled
	out     printer
	err     io.Writer
	found   bool // something matched
	trouble bool // a rule or an article could not be read
}

// A namedRule is a rule as it was given. It is compiled again for those
// articles that it matches: so a million rules need little memory.
type namedRule struct {
	name, text string
	env        rules.Env
}

// maxReady bounds how many rules are kept compiled.
const maxReady = 100_000

func newMatch() *cobra.Command {
	m := &matcher{}
	cmd := &cobra.Command{
		Use:   "match --rules RULES|-e RULE [FILE...]",
		Short: "Tell which rules match which articles, with the words",
		Long: `Read articles from files or standard input and print a line for each article
and rule that match. Files are .txt (first line: title), .json and .jsonl, each
also .gz. RULES is a rule file or folder, or a .tsv of ID TAB RULE; rules of -e
are e1, e2 and so on.

The exit code is 0 when something matched, 1 when nothing did, and 2 when a rule
or an article was broken; the others are used all the same.`,
		Example: `  rasid match -e '"الجيش الوطني"' article.txt
  rasid match --rules rules.yaml --format json news.jsonl.gz`,
		RunE: func(cmd *cobra.Command, args []string) error {
			m.out, m.err = newPrinter(cmd.OutOrStdout()), cmd.ErrOrStderr()
			return m.run(cmd.InOrStdin(), args)
		},
	}
	cmd.Flags().StringVar(&m.rulesPath, "rules", "", "a rule file, a folder of them, or a .tsv of ID TAB RULE")
	cmd.Flags().StringArrayVarP(&m.expressions, "expression", "e", nil, "a rule; may be repeated")
	cmd.Flags().StringVar(&m.lang, "lang", "", "language of the rules, such as ar; empty: by their script")
	formatFlag(cmd, &m.format, "text", "json", "ids")
	return cmd
}

func (m *matcher) run(in io.Reader, files []string) error {
	if m.rulesPath == "" && len(m.expressions) == 0 {
		return usage("name the rules: --rules FILE or -e RULE")
	}
	m.set, m.ready = rules.NewSet(), map[rules.ID]*rules.Rule{}
	var err error
	m.set.Edit(func(e rules.Edit) { err = m.load(e) })
	if err != nil {
		return &codeError{exitUsage, err}
	}
	err = eachFile(in, files, m.articles)
	if flushed := m.out.Flush(); err == nil {
		err = flushed
	}
	switch {
	case err != nil:
		return &codeError{exitUsage, err}
	case m.trouble:
		return &codeError{code: exitUsage}
	case !m.found:
		return &codeError{code: exitFailed}
	}
	return nil
}

// matched is a line of --format json.
type matched struct {
	Article string        `json:"article"`
	Rule    string        `json:"rule"`
	Spans   []matchedSpan `json:"spans"`
}

type matchedSpan struct {
	Field string `json:"field"`
	Start int    `json:"start"` // byte offsets in the field's text
	End   int    `json:"end"`
	Term  string `json:"term"` // as it stands in the article
}

// articles matches what r holds.
func (m *matcher) articles(r io.Reader, name string) error {
	var doc *rules.Doc
	var ids []rules.ID
	for a, err := range source.Articles(r, name) {
		if err != nil {
			m.complain(err.Error())
			continue
		}
		if doc == nil {
			doc = rules.Read(&a.Article)
		} else {
			doc.Reset(&a.Article)
		}
		ids = m.set.Match(doc, ids[:0])
		slices.Sort(ids)
		for _, id := range ids {
			m.found = true
			m.print(a.Name, id, doc)
		}
	}
	return nil
}

func (m *matcher) complain(what string) {
	m.trouble = true
	_, _ = fmt.Fprintln(m.err, what) // there is nowhere else to say it
}

// rule returns a rule of the set.
func (m *matcher) rule(id rules.ID) *rules.Rule {
	if r, ok := m.ready[id]; ok {
		return r
	}
	n := m.named[id-1]
	q, err := rules.Parse(n.text)
	if err != nil {
		panic("a rule that was read before: " + err.Error())
	}
	r, err := rules.Compile(q, n.env)
	if err != nil {
		panic("a rule that was compiled before: " + err.Error())
	}
	if len(m.ready) >= maxReady {
		clear(m.ready)
	}
	m.ready[id] = r
	return r
}

func (m *matcher) print(article string, id rules.ID, doc *rules.Doc) {
	rule := m.named[id-1].name
	if m.format == "ids" {
		m.out.line(article, rule)
		return
	}
	h, _ := m.rule(id).Match(doc)
	switch m.format {
	case "json":
		line := matched{article, rule, []matchedSpan{}}
		for _, s := range h.Spans {
			line.Spans = append(line.Spans, matchedSpan{fieldName(s.Field), s.Start, s.End, s.Term})
		}
		_ = m.out.json.Encode(line) // Flush tells
	default:
		words := make([]string, len(h.Spans))
		for i, s := range h.Spans {
			words[i] = s.Term
		}
		m.out.line(article, rule, strings.Join(words, ", "))
	}
}

func fieldName(f news.Field) string {
	names := map[news.Field]string{
		news.FieldTitle: "title", news.FieldSummary: "summary", news.FieldBody: "body", news.FieldTags: "tags",
		news.FieldSource: "source", news.FieldAuthor: "author", news.FieldLang: "lang", news.FieldSite: "site",
	}
	return names[f]
}
