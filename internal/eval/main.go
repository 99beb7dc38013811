// Command eval is what `make eval` compares rasid with: systems that many
// search engines use, behind the line protocol of `rasid analyze --protocol`.
//
//	eval fold      words are compared without regard to case
//	eval snowball  words are compared by their Snowball stems
//	eval detect LANG   not a system: prints the share of lines that are
//	                   detected as LANG
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"rasid/text"
	"strings"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/arabic"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/french"
	"github.com/blevesearch/snowballstem/german"
	"github.com/blevesearch/snowballstem/russian"
	"github.com/blevesearch/snowballstem/spanish"
	"github.com/blevesearch/snowballstem/turkish"
)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "eval:", err)
		os.Exit(1)
	}
}

// run answers each line of in, LANG TAB ROLE TAB TEXT, by the system that args
// name.
func run(args []string, in io.Reader, out io.Writer) error {
	if len(args) == 2 && args[0] == "detect" {
		return detect(args[1], in, out)
	}
	system := strings.Join(args, " ")
	if system != "fold" && system != "snowball" {
		return fmt.Errorf("no system %q; want fold, snowball or detect LANG", system)
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	w := bufio.NewWriter(out)
	for lines.Scan() {
		lang, rest, _ := strings.Cut(lines.Text(), "\t")
		_, words, _ := strings.Cut(rest, "\t")
		var terms []string
		for _, t := range text.Tokens(nil, words) {
			word := strings.ToLower(words[t.Start:t.End])
			if system == "snowball" {
				word = stem(lang, word)
			}
			terms = append(terms, word)
		}
		if _, err := fmt.Fprintln(w, strings.Join(terms, " ")); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read the words: %w", err)
	}
	return w.Flush()
}

// stem returns the Snowball stem of word, or word where there is no stemmer.
func stem(lang, word string) string {
	stemmers := map[string]func(*snowballstem.Env) bool{
		"ar": arabic.Stem, "en": english.Stem, "fr": french.Stem, "de": german.Stem, "ru": russian.Stem, "es": spanish.Stem, "tr": turkish.Stem,
	}
	f, ok := stemmers[lang]
	if !ok {
		return word
	}
	env := snowballstem.NewEnv(word)
	f(env)
	return env.Current()
}

// detect prints how many lines of in are detected as lang.
func detect(lang string, in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	all, right := 0, 0
	for lines.Scan() {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		all++
		if text.Base(text.Detect(lines.Text())) == lang {
			right++
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read the texts: %w", err)
	}
	_, err := fmt.Fprintf(out, "%s %d of %d %.3f\n", lang, right, all, float64(right)/float64(max(all, 1)))
	return err
}
