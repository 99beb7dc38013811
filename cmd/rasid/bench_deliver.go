package main

import (
	"context"
	"errors"
	"fmt"
	"rasid/cmd/rasid/bench"
	"rasid/store/open"
	"strings"

	"github.com/spf13/cobra"
)

// benchDeliver is one run of `rasid bench deliver`.
type benchDeliver struct {
	bench.DeliverOptions
	format string
}

func newBenchDeliver() *cobra.Command {
	b := &benchDeliver{}
	cmd := &cobra.Command{
		Use:   "deliver",
		Short: "Measure delivery: chats and rules in a store, and articles on their way to them",
		Long: `Fill an empty store with chats and rules, always the same for a seed, and measure
what they take, how long loading them takes, and the way of articles to them:
one article for every chat, and others for a few chats each and for one group
that wants them all; every fifth is urgent. Nothing is sent: each message counts
as delivered at once.

Then the same articles come again, one a second, and are told as fast as
Telegram's limits allow. That takes hours of a virtual clock, which jumps while
everything waits, so minutes here. On it the processor, the disk and the network
take no time, a bolt file is not synced, and Redis is not asked for the moments
that processes share.

The store is emptied in the end, also when the run is stopped.`,
		Example: `  rasid bench deliver --chats 1000000 --articles 1000
  rasid bench deliver --store redis://127.0.0.1:6379/5 --format json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return b.run(cmd) },
	}
	cmd.Flags().IntVar(&b.Chats, "chats", 100_000, "how many chats to make")
	cmd.Flags().IntVar(&b.Rules, "rules", 1, "how many rules each chat has")
	cmd.Flags().IntVar(&b.Articles, "articles", 1000, "how many articles to make besides the one for every chat")
	cmd.Flags().IntVar(&b.Hits, "hits", 3, "how many chats such an article is for, besides the group that wants all")
	cmd.Flags().Uint64Var(&b.Seed, "seed", 1, "what is made depends on it alone")
	cmd.Flags().StringVar(&b.Store, "store", "", "an empty store, as RASID_STORE names it; default: a temporary bolt file")
	cmd.Flags().BoolVar(&b.Paced, "paced", true, "measure under Telegram's limits, too")
	formatFlag(cmd, &b.format, "text", "json")
	return cmd
}

func (b *benchDeliver) run(cmd *cobra.Command) error {
	for _, f := range []struct {
		name            string
		is, least, most int
	}{
		{"chats", b.Chats, 100, 20_000_000},
		{"articles", b.Articles, 1, 1_000_000},
		{"rules", b.Rules, 1, 100},
		{"hits", b.Hits, 1, b.Chats / 20},
	} {
		if f.is < f.least || f.is > f.most {
			return usage("--%s is %d; want %d to %d", f.name, f.is, f.least, f.most)
		}
	}
	b.Progress = progressOn(cmd.ErrOrStderr(), fmt.Sprintf("%10d chats", b.Chats))
	r, err := bench.Deliver(cmd.Context(), b.DeliverOptions)
	if errors.Is(err, context.Canceled) {
		return errors.New("stopped before the end; the store is empty again")
	}
	if errors.Is(err, open.ErrAddress) {
		return usage("--store is %s", strings.TrimPrefix(err.Error(), "open the store: "))
	}
	if err != nil {
		return err
	}
	out := newPrinter(cmd.OutOrStdout())
	if b.format == "json" {
		_ = out.json.Encode(r) // Flush tells
	} else {
		b.print(out, &r)
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if bad := r.Wrong(); bad > 0 {
		return fmt.Errorf("%d alerts were lost, repeated or strange", bad)
	}
	return nil
}

// print prints a line a figure.
func (b *benchDeliver) print(out printer, r *bench.DeliverResult) {
	line := func(name, format string, args ...any) {
		out.line(fmt.Sprintf("%-24s "+format, append([]any{name}, args...)...))
	}
	line("machine", "%s", bench.ThisMachine())
	line("store", "%s", r.Store)
	for _, w := range r.Warnings {
		line("", "%s", w)
	}
	line("made", "%11d chats, %d rules, in %.1f s", r.Chats, r.Rules, r.FillS)
	line("loaded", "%11.2f s, %d MB of the heap", r.LoadS, r.IndexBytes>>20)
	line("accepted", "%11.2f s, %d articles", r.AcceptS, r.Articles)
	line("dispatched", "%11.2f s, %.0f articles/s from accepting to dispatched", r.DispatchS, r.ArticlesPerS)
	line("told", "%11.2f s, %d alerts, %.0f/s, nothing held back", r.DrainS, r.Alerts, r.AlertsPerS)
	line("lost, repeated, strange", "%11d, %d, %d", r.Lost, r.Repeated, r.Strange)
	line("a chat", "%11.0f bytes of the store, without rules", r.ChatBytes)
	line("a rule", "%11.0f bytes", r.RuleBytes)
	line("an article", "%11.0f bytes", r.ArticleBytes)
	line("a job", "%11.0f bytes", r.JobBytes)
	line("the article for all", "%11d bytes, with whom it is owed to", r.BigArticleBytes)
	line("all, with what is owed", "%11d bytes", r.StoreBytes)
	line("memory", "%11d MB of the process at the end", r.MemoryBytes>>20)
	p := r.Paced
	if p == nil {
		return
	}
	line("under Telegram's limits", "%11.0f s of a virtual clock (%.1f h), %d messages, in %.0f s of ours", p.DrainS, p.DrainS/3600, p.Messages, p.RealS)
	line("at most", "%11d messages in a second, %d in a minute to the busiest group", p.MostPerS, p.MostPerMinute)
	line("urgent alerts", "%11.2f s from accepted to sent (p50), %.2f s (p99)", p.UrgentP50S, p.UrgentP99S)
	line("normal alerts", "%11.2f s (p50), %.2f s (p99)", p.NormalP50S, p.NormalP99S)
	line("lost, repeated, strange", "%11d, %d, %d", p.Lost, p.Repeated, p.Strange)
}
