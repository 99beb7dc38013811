package main

import (
	"fmt"
	"rasid/sandbox"

	"github.com/spf13/cobra"
)

func newSandbox() *cobra.Command {
	var o sandbox.Options
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "A local Telegram, alone: Bot API, control and chat page",
		Long: `Serve a strict emulator of the Bot API on this machine, with a page in which
people chat with the bot, and a control API for tests under /__ctl/. It prints
the addresses and serves until it is stopped. A webhook that the bot sets is told
updates as Telegram does it, and with --local may be on this machine.`,
		Example: `  rasid sandbox --listen 127.0.0.1:8081 --token 1:test
  RASID_TELEGRAM_API=http://127.0.0.1:8081 RASID_TELEGRAM_TOKEN=1:test rasid run`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := sandbox.New(o)
			if err != nil {
				return fmt.Errorf("start the sandbox: %w", err)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "API: %s\nControl: %s/__ctl/\nChat page: %s/\nToken: %s\n", s.URL(), s.URL(), s.URL(), s.Token())
			if err != nil {
				_ = s.Close() // the write's error tells more
				return err
			}
			return s.Run(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&o.Listen, "listen", "127.0.0.1:8081", "address to serve on; port 0: any free one")
	cmd.Flags().StringVar(&o.Token, "token", sandbox.DefaultToken, "the token that the bot calls with")
	cmd.Flags().BoolVar(&o.Local, "local", false, "webhooks may be http, on any port and of any address")
	cmd.Flags().Float64Var(&o.Scale, "scale", 1, "divides the waits before a webhook is told again")
	cmd.Flags().Uint64Var(&o.Seed, "seed", 0, "of ids and chance: the same seed gives the same")
	return cmd
}
