package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"rasid/cmd/rasid/rulefile"
	"rasid/cmd/rasid/settings"
	"rasid/rules"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newConfig() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Print every setting: name, meaning, default, present value",
		Long: `Print every setting with its meaning, its default and its present value.
Secrets are masked. What rasid run would refuse of them goes to standard error;
the exit code is then 78. What the rule file says is for rasid check.
RASID_REPLICAS and RASID_VERSION are for docker-compose.yml alone and are passed
over.`,
		Example: "  RASID_HTTP=:8080 rasid config",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := settings.List()
			if err != nil {
				return err
			}
			p := newPrinter(cmd.OutOrStdout())
			for _, e := range all {
				if format == "json" {
					_ = p.json.Encode(e) // Flush tells
					continue
				}
				_, _ = fmt.Fprintf(p, "%s\n  %s\n  default %s\n  value   %s\n", e.Name, e.Meaning, cmp.Or(e.Default, "(none)"), cmp.Or(e.Value, "(none)"))
			}
			if err = p.Flush(); err != nil {
				return err
			}
			return accepted()
		},
	}
	formatFlag(cmd, &format, "text", "json")
	return cmd
}

// accepted reports what keeps rasid from running with these settings, as far as
// that can be seen without beginning. That there is no token yet is none of it.
func accepted() error {
	var wrong settings.Error
	set, err := settings.Load()
	if err != nil && !errors.As(err, &wrong) {
		return err
	}
	if _, err = rulefile.Read(set.Rules); err != nil && (set.RulesNamed || !errors.Is(err, fs.ErrNotExist)) && set.Rules != "" {
		wrong = append(wrong, "RASID_RULES: "+err.Error())
	}
	var token settings.Error
	if set.Token != "" && errors.As(set.RequireToken(), &token) {
		wrong = append(wrong, token...)
	}
	if len(wrong) > 0 {
		return wrong
	}
	return nil
}

func newVersion() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Print the version of the program and of its matcher",
		Long:    "Print the version of the program, of its matcher (rules may match other\narticles when it changes) and of Go.",
		Example: "  rasid version --format json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p := newPrinter(cmd.OutOrStdout())
			v := release()
			if format == "json" {
				_ = p.json.Encode(map[string]string{"version": v, "matcher": rules.Version(), "go": runtime.Version()}) // Flush tells
			} else {
				_, _ = fmt.Fprintf(p, "rasid %s, matcher %s, %s %s/%s\n", v, rules.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			}
			return p.Flush()
		},
	}
	formatFlag(cmd, &format, "text", "json")
	return cmd
}

// release is the version the linker was told, else that of the module.
func release() string {
	if version != "dev" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return version
}
