package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// newRoot builds the command tree. begun is set once a command's own work
// begins, so that what fails before is known to be misuse.
func newRoot(begun *bool) *cobra.Command {
	root := &cobra.Command{
		Use:   "rasid",
		Short: "News alerts in Telegram, in the words of one's own language",
		Long: `rasid watches the news for the words people ask for, in any of their forms,
and tells their Telegram chats once, with the reason.

Settings come from the environment; see: rasid config.`,
		Example: `  rasid demo                            try it, with no token and no server
  RASID_TELEGRAM_TOKEN=... rasid run    run it`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.PersistentPreRun = func(*cobra.Command, []string) { *begun = true }
	root.AddCommand(
		newRun(), newDemo(), newCheck(), newMatch(), newExplain(), newBench(), newAnalyze(), newParse(), newPush(),
		newStore(), newConfig(), newSandbox(), newHealthcheck(), newVersion(),
	)
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveDefault)
	return root
}

// formatFlag adds --format with the formats a command knows; the first is the
// default.
func formatFlag(cmd *cobra.Command, to *string, formats ...string) {
	cmd.Flags().StringVar(to, "format", formats[0], "how to print: "+strings.Join(formats, ", "))
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp)) // the flag is there
	cmd.PreRunE = func(*cobra.Command, []string) error {
		if !slices.Contains(formats, *to) {
			return usage("--format is %q; want %s", *to, strings.Join(formats, " or "))
		}
		return nil
	}
}

// usage returns an error that ends the program as used wrongly.
func usage(format string, args ...any) error {
	return &codeError{exitUsage, fmt.Errorf(format, args...)}
}

// exactly wants the n arguments that a command's line of usage names.
func exactly(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == n {
			return nil
		}
		_, names, _ := strings.Cut(cmd.Use, " ")
		example, _, _ := strings.Cut(strings.TrimSpace(cmd.Example), "\n")
		return fmt.Errorf("%s wants %s, as in: %s", cmd.CommandPath(), names, example)
	}
}

// isServer refuses what --url cannot be; empty it is not given.
func isServer(address string) error {
	u, err := url.Parse(address)
	if address != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
		return usage("--url is not an address such as http://127.0.0.1:8080 or https://news.example.org")
	}
	return nil
}

// A printer writes a command's lines.
type printer struct {
	*bufio.Writer
	json *json.Encoder
}

// newPrinter writes to w. The caller flushes.
func newPrinter(w io.Writer) printer {
	b := bufio.NewWriter(w)
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	return printer{b, e}
}

// line prints fields with tabs between.
func (p printer) line(fields ...string) { _, _ = p.WriteString(strings.Join(fields, "\t") + "\n") } // Flush tells
