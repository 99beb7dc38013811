package main

import (
	"bufio"
	"fmt"
	"os"
	"rasid/cmd/rasid/bench"
	"rasid/source"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
)

func newBench() *cobra.Command {
	cmd := &cobra.Command{Use: "bench", Short: "Measure rasid on this machine", Args: cobra.NoArgs}
	cmd.AddCommand(newBenchMatch(), newBenchDeliver())
	return cmd
}

// benchMatch is one run of `rasid bench match`.
type benchMatch struct {
	sizes              []int
	seed               uint64
	articles           int
	rulesFile, artFile string
	format             string
	profile            string
}

func newBenchMatch() *cobra.Command {
	b := &benchMatch{}
	cmd := &cobra.Command{
		Use:   "match",
		Short: "Measure matching: time an article, memory a rule, time until a rule counts",
		Long: `Make rules and articles, always the same for a seed, or read them, and measure on
one thread what reading an article costs and what matching it against all rules
costs. The files are a .tsv of ID TAB RULE, and articles as match reads them.`,
		Example: `  rasid bench match --rules 10000,100000
  rasid bench match --rules-file rules.tsv --articles-file news.jsonl.gz --format json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return b.run(cmd) },
	}
	cmd.Flags().IntSliceVar(&b.sizes, "rules", []int{10_000, 100_000}, "how many rules to make; several sizes are measured one after the other")
	cmd.Flags().IntVar(&b.articles, "articles", 500, "how many articles to make")
	cmd.Flags().Uint64Var(&b.seed, "seed", 1, "what is made depends on it alone")
	cmd.Flags().StringVar(&b.rulesFile, "rules-file", "", "rules to read")
	cmd.Flags().StringVar(&b.artFile, "articles-file", "", "articles to read")
	cmd.Flags().StringVar(&b.profile, "cpuprofile", "", "write a profile of reading and matching to this file, for go tool pprof")
	formatFlag(cmd, &b.format, "text", "json")
	return cmd
}

// benchVocabulary is how many words are made.
const benchVocabulary = 200_000

func (b *benchMatch) run(cmd *cobra.Command) error {
	for _, n := range b.sizes {
		if n < 1 || n > 20_000_000 {
			return usage("--rules is %d; want 1 to 20000000", n)
		}
	}
	if b.articles < 1 {
		return usage("--articles is %d; want 1 or more", b.articles)
	}
	out := newPrinter(cmd.OutOrStdout())
	if b.format == "text" {
		out.line(bench.ThisMachine().String())
		out.line(fmt.Sprintf("%10s %10s %10s %9s %8s %9s %8s %8s %7s %8s %7s %8s %12s %10s", "rules", "distinct", "analysis", "match us", "T", "art./s", "p50 us", "p99 us", "allocs", "bytes", "build s", "hits", "visible p99", fmt.Sprintf("%d threads", runtime.GOMAXPROCS(0))))
	}
	for _, n := range b.sizes {
		sources, texts, err := b.material(n)
		if err != nil {
			return err
		}
		result, err := b.measure(sources, texts, progressOn(cmd.ErrOrStderr(), fmt.Sprintf("%10d rules", n)))
		if err != nil {
			return err
		}
		b.print(out, result)
		if err := out.Flush(); err != nil {
			return err
		}
		if b.rulesFile != "" {
			break
		}
	}
	return nil
}

func (b *benchMatch) measure(sources []bench.Rule, texts []bench.Text, progress func(string, float64)) (bench.MatchResult, error) {
	o := bench.Options{Progress: progress}
	if b.profile != "" {
		f, err := os.Create(b.profile)
		if err != nil {
			return bench.MatchResult{}, err
		}
		defer f.Close() //nolint:errcheck // what is missing of a profile shows when it is read
		o.Profile = f
	}
	return bench.Match(sources, texts, o)
}

func (b *benchMatch) print(out printer, r bench.MatchResult) {
	if b.format == "json" {
		_ = out.json.Encode(r) // Flush tells
		return
	}
	out.line(fmt.Sprintf("%10d %10d %10.1f %9.1f %8.2f %9.0f %8.1f %8.1f %7.2f %8.0f %7.2f %8.1f %9.1f us %9.2fx",
		r.Rules, r.Distinct, r.AnalysisUS, r.MatchUS, r.MatchUS/r.AnalysisUS, r.ArticlesPerS, r.P50US, r.P99US, r.AllocsPerArticle, r.BytesPerRule, r.BuildS, r.HitsPerArticle, r.VisibleP99US, r.Speedup))
	if h := r.Hyperscan; h != nil {
		out.line(fmt.Sprintf("%31s %9.1f us, of which scan %.1f us, build %.1f s; matching is %.1f times faster", "Hyperscan", h.WholeUS, h.ScanUS, h.BuildS, h.Ratio))
	}
}

// material makes or reads the rules and the articles.
func (b *benchMatch) material(n int) (sources []bench.Rule, texts []bench.Text, err error) {
	g := bench.NewGenerator(b.seed, benchVocabulary)
	if b.artFile == "" {
		for range b.articles {
			texts = append(texts, g.Text())
		}
	} else if texts, err = readArticles(b.artFile); err != nil {
		return nil, nil, err
	}
	if b.rulesFile == "" {
		return g.Rules(n), texts, nil
	}
	sources, err = readRules(b.rulesFile)
	return sources, texts, err
}

func readArticles(name string) ([]bench.Text, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	var all []bench.Text
	for a, err := range source.Articles(f, name) {
		if err != nil {
			return nil, err
		}
		all = append(all, bench.Text{Article: &a.Article})
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s holds no article", name)
	}
	return all, nil
}

func readRules(name string) ([]bench.Rule, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	var all []bench.Rule
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if _, rule, ok := strings.Cut(lines.Text(), "\t"); ok {
			all = append(all, bench.Rule{Text: rule})
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s holds no line of ID TAB RULE", name)
	}
	return all, lines.Err()
}
