package main

import (
	"log/slog"
	"os"
	"rasid/cmd/rasid/demo"
	"rasid/cmd/rasid/settings"

	"github.com/spf13/cobra"
)

func newDemo() *cobra.Command {
	var o demo.Options
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Try it: the bot against a local Telegram, with sample news",
		Long: `Run the bot with no token and no server: on a store that is gone afterwards,
against a local Telegram, with sample rules and articles that arrive over time.
It prints the address of a chat page to open in the browser.

With --text the chat is here in the terminal. When standard input is no terminal,
each line of it is a message, "> Label" presses the newest button of that label,
articles arrive after the last answer, and the demo ends when nothing is owed.`,
		Example: `  rasid demo
  printf '/start\n/watch "الجيش الوطني"\n' | rasid demo --text --articles article.txt`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			set, err := settings.Load()
			if err != nil {
				return err
			}
			if _, ok := os.LookupEnv(settings.Prefix + "_LOG_LEVEL"); !ok {
				set.LogLevel = slog.LevelWarn
			}
			o.Settings, o.Logger, o.Version = set, logger(cmd.ErrOrStderr(), set), release()
			o.In, o.Out, o.Interactive = cmd.InOrStdin(), cmd.OutOrStdout(), terminal(cmd.InOrStdin())
			return demo.Run(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.Listen, "listen", "127.0.0.1:0", "address of the chat page; port 0: any free one")
	cmd.Flags().StringVar(&o.Lang, "lang", "ar", "language of the person's Telegram")
	cmd.Flags().StringVar(&o.Articles, "articles", "", "a file or folder of articles in place of the samples")
	cmd.Flags().BoolVar(&o.Text, "text", false, "chat in the terminal")
	return cmd
}

// terminal reports whether a person types what r reads.
func terminal(stream any) bool {
	f, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
