package main

import (
	"fmt"
	"io"
	"rasid/rules"
	"rasid/source"
	"strings"

	"github.com/spf13/cobra"
)

// explained is a part of a rule in --format json.
type explained struct {
	Op    string        `json:"op"`
	Text  string        `json:"text"`
	Pos   int           `json:"pos"` // byte offset in the rule
	True  bool          `json:"true"`
	Spans []matchedSpan `json:"spans,omitempty"`
	Args  []explained   `json:"args,omitempty"`
}

func newExplain() *cobra.Command {
	var rule, lang, format string
	cmd := &cobra.Command{
		Use:   "explain -e RULE [FILE...]",
		Short: "Tell which parts of a rule are true of an article, with the words",
		Long: `Read articles as match does, and print for each the rule as a tree: each part
with yes or no, and the words that it finds. Of a rule that is not true it also
says what is missing.

The exit code is 0 when the rule is true of every article, and 1 when it is not.`,
		Example: `  rasid explain -e 'ليبيا هدنة -كرة' article.txt
  rasid explain --format json -e 'oil NEAR/5 gas' news.jsonl`,
		RunE: func(cmd *cobra.Command, files []string) error {
			if rule == "" {
				return usage("name the rule: -e RULE")
			}
			q, err := rules.Parse(rule)
			if err != nil {
				return &codeError{exitUsage, fmt.Errorf("%s", complaint(rule, err, place{"-e", 1, 1}))}
			}
			x := explainer{query: q, lang: lang, json: format == "json", out: newPrinter(cmd.OutOrStdout()), all: true}
			err = eachFile(cmd.InOrStdin(), files, x.articles)
			if flushed := x.out.Flush(); err == nil {
				err = flushed
			}
			switch {
			case err != nil:
				return &codeError{exitUsage, err}
			case !x.all:
				return &codeError{code: exitFailed}
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&rule, "expression", "e", "", "the rule")
	cmd.Flags().StringVar(&lang, "lang", "", "language of the rule, such as ar; empty: by its script")
	formatFlag(cmd, &format, "text", "json")
	return cmd
}

// An explainer is one run of `rasid explain`.
type explainer struct {
	query *rules.Query
	lang  string
	json  bool
	out   printer
	all   bool // the rule was true of all articles so far
}

// articles explains the rule for what r holds.
func (x *explainer) articles(r io.Reader, name string) error {
	for a, err := range source.Articles(r, name) {
		if err != nil {
			return err
		}
		if err := x.article(&a); err != nil {
			return err
		}
	}
	return nil
}

func (x *explainer) article(a *source.Named) error {
	e, err := rules.Explain(x.query, rules.Env{Lang: x.lang}, rules.Read(&a.Article))
	if err != nil {
		return err
	}
	x.all = x.all && e.True
	if x.json {
		return x.out.json.Encode(toExplained(e))
	}
	x.out.line("# " + a.Name)
	x.tree(e, "")
	for _, m := range e.Missing() {
		x.out.line("missing: " + m.Text)
	}
	return nil
}

// tree prints a part and those below it.
func (x *explainer) tree(e *rules.Explanation, indent string) {
	var b strings.Builder
	b.WriteString(map[bool]string{true: "yes  ", false: "no   "}[e.True] + indent + e.Text)
	for _, s := range e.Spans {
		fmt.Fprintf(&b, "  %s %d-%d «%s»", fieldName(s.Field), s.Start, s.End, s.Term)
	}
	x.out.line(b.String())
	for _, arg := range e.Args {
		x.tree(arg, indent+"  ")
	}
}

func toExplained(e *rules.Explanation) explained {
	out := explained{Op: e.Op, Text: e.Text, Pos: e.Pos, True: e.True}
	for _, s := range e.Spans {
		out.Spans = append(out.Spans, matchedSpan{fieldName(s.Field), s.Start, s.End, s.Term})
	}
	for _, arg := range e.Args {
		out.Args = append(out.Args, toExplained(arg))
	}
	return out
}
