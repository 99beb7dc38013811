package main

import (
	"errors"
	"fmt"
	"rasid/store/audit"
	"rasid/store/figures"
	"rasid/store/open"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func newStoreCheck() *cobra.Command {
	var r reading
	var format string
	cmd := &cobra.Command{
		Use:   "check STORE",
		Short: "Check whether all that a store holds agrees",
		Long: `Check that what a store holds agrees: that each counter is the sum of what it
counts, that nothing is owed to chats that are gone, that every chat is found
where it lives, that what is sent, forgotten or passed on is listed, and so on.
Each finding says where, what, and what to do; the exit code is then 1. A rasid
at work on the store is not disturbed.`,
		Example: `  rasid store check bolt:rasid.db
  rasid store check redis://redis:6379/0 --format json`,
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var found []audit.Finding
			err := r.read(cmd, args[0], func(s open.Whole, progress func(string, float64)) (err error) {
				found, err = audit.Check(cmd.Context(), s, audit.Options{Now: time.Now(), Progress: progress})
				return err
			})
			if err != nil && !errors.Is(err, audit.ErrMany) {
				return err
			}
			return printFindings(cmd, format, found, err)
		},
	}
	r.flags(cmd)
	formatFlag(cmd, &format, "text", "json")
	return cmd
}

func printFindings(cmd *cobra.Command, format string, found []audit.Finding, more error) error {
	p := newPrinter(cmd.OutOrStdout())
	for _, f := range found {
		if format == "json" {
			_ = p.json.Encode(f) // Flush tells
			continue
		}
		p.line(f.String())
	}
	if len(found) == 0 && format == "text" {
		p.line("nothing is wrong")
	}
	if err := p.Flush(); err != nil {
		return err
	}
	if len(found) > 0 {
		return &codeError{code: exitFailed, err: more}
	}
	return nil
}

func newStoreStats() *cobra.Command {
	var r reading
	var format string
	cmd := &cobra.Command{
		Use:   "stats STORE",
		Short: "Count what is in a store",
		Long: `Count what is in a store, and the bytes it takes. A rasid at work on it is not
disturbed.`,
		Example: `  rasid store stats bolt:rasid.db
  rasid store stats redis://redis:6379/0 --format json`,
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var f figures.Figures
			err := r.read(cmd, args[0], func(s open.Whole, progress func(string, float64)) (err error) {
				f, err = figures.Of(cmd.Context(), s, progress)
				return err
			})
			if err != nil {
				return err
			}
			p := newPrinter(cmd.OutOrStdout())
			if format == "json" {
				_ = p.json.Encode(f) // Flush tells
			} else {
				printFigures(p, f)
			}
			return p.Flush()
		},
	}
	r.flags(cmd)
	formatFlag(cmd, &format, "text", "json")
	return cmd
}

func printFigures(p printer, f figures.Figures) {
	since := func(t *time.Time) string {
		if t == nil {
			return "-"
		}
		return t.UTC().Format(time.RFC3339)
	}
	row := func(name string, n any, more string, args ...any) {
		p.line(strings.TrimSpace(fmt.Sprintf("%-28s %10v  ", name, n) + fmt.Sprintf(more, args...)))
	}
	row("destinations", f.Destinations, "%d private, %d paused, %d suspended; %d forgotten", f.Private, f.Paused, f.Suspended, f.Forgotten)
	row("rules", f.Rules, "and %d subscriptions to topics", f.Topics)
	row("articles", f.Articles, "%d of them broadcasts, oldest %s; %d ids", f.Broadcasts, since(f.Oldest), f.IDs)
	row("unmatched", f.Unmatched, "accepted and not yet matched")
	row("jobs", f.Jobs, "%d owed sets", f.Owed)
	w := f.Waiting
	row("waiting", w[0]+w[1]+w[2]+w[3], "urgent %d, normal %d, low %d, broadcast %d; oldest %s", w[0], w[1], w[2], w[3], since(f.OldestOwed))
	row("attempts", f.Attempts, "under way or cut short")
	row("sent", f.Sent, "messages remembered")
	row("dead letters", f.Dead, "")
	row("updates", f.Updates, "remembered")
	row("feeds", f.Feeds, "")
	row("rule file", f.RuleFile, "its version")
	row("processes", len(f.Processes), "at work on it")
	row("size", f.Size, "bytes of the file, or of the servers' memory; %d in records:", f.Bytes)
	for _, k := range f.ByKind {
		if k.Records > 0 {
			row("- "+k.Kind, k.Records, "%d bytes", k.Bytes)
		}
	}
}
