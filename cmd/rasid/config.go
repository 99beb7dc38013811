package main

import (
	"cmp"
	"fmt"
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
Secrets are masked. What is wrong with the settings goes to standard error, and
the exit code is then 78. RASID_REPLICAS and RASID_VERSION are for
docker-compose.yml alone and are passed over.`,
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
			_, err = settings.Load()
			return err
		},
	}
	formatFlag(cmd, &format, "text", "json")
	return cmd
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
