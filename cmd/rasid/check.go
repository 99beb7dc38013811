package main

import (
	"fmt"
	"rasid/cmd/rasid/rulefile"
	"rasid/cmd/rasid/settings"
	"rasid/rules"

	"github.com/spf13/cobra"
)

func newCheck() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "check [RULES]",
		Short: "Look for mistakes in the rule file",
		Long: `Look for mistakes in a rule file or folder, and run the topics' own tests.
Without an argument it is the one that RASID_RULES names. Each finding is a line

  FILE:LINE:COL: error|warning: reason; hint: what to do

and where there is none, how many topics and feeds there are. The exit code is 1
when there is an error; warnings alone leave it 0.`,
		Example: "  rasid check rules.yaml",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			path, err := rulesPath(args)
			if err != nil {
				return err
			}
			files, err := rulefile.Read(path)
			if err != nil {
				return err
			}
			p := newPrinter(cmd.OutOrStdout())
			file, problems := rulefile.Lint(files)
			if len(problems) == 0 && format == "text" {
				_, _ = fmt.Fprintf(p, "%s, %s: no mistakes\n", counted(len(file.Topics), "topic"), counted(len(file.Feeds), "feed")) // Flush tells
			}
			return printProblems(p, format, problems)
		},
	}
	formatFlag(cmd, &format, "text", "json")
	return cmd
}

// counted names n things, whose name only needs an s.
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

func rulesPath(args []string) (string, error) {
	if len(args) == 1 {
		return args[0], nil
	}
	set, err := settings.Load()
	if err != nil {
		return "", err
	}
	return set.Rules, nil
}

// printProblems prints them and returns an error that says nothing more when
// one of them is an error.
func printProblems(p printer, format string, problems []rules.Problem) error {
	broken := false
	for _, problem := range problems {
		broken = broken || problem.Severity == rules.SeverityError
		if format == "json" {
			_ = p.json.Encode(problem) // Flush tells
			continue
		}
		_, _ = fmt.Fprintln(p, problem) // Flush tells
	}
	if err := p.Flush(); err != nil {
		return err
	}
	if broken {
		return &codeError{code: exitFailed}
	}
	return nil
}
