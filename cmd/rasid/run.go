package main

import (
	"io"
	"log/slog"
	"os"
	"os/signal"
	"rasid/cmd/rasid/logs"
	"rasid/cmd/rasid/serve"
	"rasid/cmd/rasid/settings"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"
)

func newRun() *cobra.Command {
	return &cobra.Command{
		Use:   "run",
		Short: "Run the bot",
		Long: `Run the bot until it is stopped. SIGINT or SIGTERM let what is under way end,
within 15 seconds; a second one ends it at once. SIGHUP reads the rule file again.`,
		Example: `  RASID_TELEGRAM_TOKEN=123456:ABC-DEF rasid run
  RASID_TELEGRAM_TOKEN_FILE=/run/secrets/token RASID_STORE=redis://redis:6379/0 rasid run`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			set, err := settings.Load()
			if err != nil {
				return err
			}
			if err := set.RequireToken(); err != nil {
				return err
			}
			if os.Getenv("GOGC") == "" {
				debug.SetGCPercent(gcPercent)
			}
			hup, stop := onHangup()
			defer stop()
			return serve.Run(cmd.Context(), serve.Options{
				Settings: set, Logger: logger(cmd.ErrOrStderr(), set), Reload: hup, Version: release(),
			})
		},
	}
}

// gcPercent is how much garbage may lie beside what is in use, unless GOGC says
// otherwise. What the bot keeps, its rules, lives long, and it makes little
// garbage: so a small part costs next to nothing and saves half the memory.
const gcPercent = 50

// logger makes the program's logger; all rooms get it as an argument.
func logger(w io.Writer, set settings.Settings) *slog.Logger {
	return logs.New(w, logs.Options{Level: set.LogLevel, JSON: set.LogJSON, Secrets: set.Secrets()})
}

// onHangup tells of SIGHUP until stop is called.
func onHangup() (told <-chan struct{}, stop func()) {
	signals, out, done := make(chan os.Signal, 1), make(chan struct{}, 1), make(chan struct{})
	signal.Notify(signals, syscall.SIGHUP)
	go func() {
		for {
			select {
			case <-done:
				return
			case <-signals:
				select {
				case out <- struct{}{}:
				default: // asked already
				}
			}
		}
	}()
	return out, func() { signal.Stop(signals); close(done) }
}
