package main

import (
	"bufio"
	"io"
	"rasid/text"
	"strings"

	"github.com/spf13/cobra"
)

// maxLine is the longest line that analyze and terminal chats read, in bytes.
const maxLine = 1 << 20

type analyzed struct {
	Tokens []analyzedToken `json:"tokens"`
}

type analyzedToken struct {
	Text  string   `json:"text"`
	Start int      `json:"start"` // byte offsets in the line
	End   int      `json:"end"`
	Terms []string `json:"terms"`
}

func newAnalyze() *cobra.Command {
	var lang, role string
	var protocol bool
	cmd := &cobra.Command{
		Use:   "analyze",
		Short: "Show how words are read",
		Long: `Read lines from standard input and print for each a line of JSON: its words,
where they stand in bytes, and their terms. Two words are the same for rasid when
a term of one as a keyword is among the terms of the other in an article.

With --protocol each line is LANG TAB ROLE TAB TEXT, where ROLE is k (a keyword)
or a (an article); the answer has a space between words and | between terms.`,
		Example: `  echo 'وبالجيش الوطنى' | rasid analyze --lang ar
  echo 'الوطني' | rasid analyze --lang ar --role k`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if role != "a" && role != "k" {
				return usage("--role is %q; want a (a word of an article) or k (a keyword)", role)
			}
			p := newPrinter(cmd.OutOrStdout())
			return eachLine(cmd.InOrStdin(), func(line string) error {
				if protocol {
					p.line(protocolLine(line))
				} else {
					_ = p.json.Encode(analyzed{analyzeLine(lang, role, line)}) // Flush tells
				}
				return p.Flush()
			})
		},
	}
	cmd.Flags().StringVar(&lang, "lang", "", "language of the lines, such as ar; empty: found out for each line")
	cmd.Flags().StringVar(&role, "role", "a", "a: words of an article; k: a keyword")
	cmd.Flags().BoolVar(&protocol, "protocol", false, "speak the line protocol of the measuring tools")
	return cmd
}

func analyzeLine(lang, role, line string) []analyzedToken {
	if lang == "" {
		lang = text.Detect(line)
	}
	a := text.For(lang)
	out := []analyzedToken{}
	tokens := text.Tokens(nil, line)
	if run, ok := runOf(line, tokens); ok && role == "k" {
		for i, terms := range text.KeywordRun(lang, run) {
			t := tokens[min(i, len(tokens)-1)]
			out = append(out, analyzedToken{line[t.Start:t.End], t.Start, t.End, terms})
		}
		return out
	}
	for _, t := range tokens {
		word, terms := line[t.Start:t.End], []string{}
		if role == "k" {
			terms = a.Keyword(terms, word)
		} else {
			terms = a.Article(terms, word)
		}
		out = append(out, analyzedToken{word, t.Start, t.End, terms})
	}
	return out
}

// runOf returns the characters of a line that is one word in a script without
// spaces.
func runOf(line string, tokens []text.Token) ([]string, bool) {
	var run []string
	for i, t := range tokens {
		if t.Kind != text.Rune || i > 0 && t.Start != tokens[i-1].End {
			return nil, false
		}
		run = append(run, line[t.Start:t.End])
	}
	return run, len(run) > 1
}

// protocolLine answers LANG TAB ROLE TAB TEXT.
func protocolLine(line string) string {
	lang, rest, _ := strings.Cut(line, "\t")
	role, words, _ := strings.Cut(rest, "\t")
	var b strings.Builder
	end := 0
	for i, t := range analyzeLine(lang, role, words) {
		if i > 0 {
			b.WriteByte(' ')
		}
		if i > 0 && role == "a" && t.Start > end && oneChar(t.Text) { // no run goes on across a sign
			b.WriteString("= ")
		}
		end = t.End
		b.WriteString(strings.Join(t.Terms, "|"))
	}
	return b.String()
}

// oneChar reports whether a token is a character of a script without spaces.
func oneChar(s string) bool {
	tokens := text.Tokens(nil, s)
	return len(tokens) == 1 && tokens[0].Kind == text.Rune
}

// eachLine calls f with each line of r, without its end.
func eachLine(r io.Reader, f func(string) error) error {
	s := bufio.NewScanner(r)
	s.Buffer(nil, maxLine)
	for s.Scan() {
		if err := f(s.Text()); err != nil {
			return err
		}
	}
	return s.Err()
}
