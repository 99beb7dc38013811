package main

import (
	"fmt"
	"io"
	"rasid/cmd/rasid/settings"
	"rasid/news"
	"rasid/source"

	"github.com/spf13/cobra"
)

// A request carries at most batchCount articles of about batchSize bytes, well
// below what push takes.
const (
	batchCount = 500
	batchSize  = 4 << 20
)

// pusher is one run of `rasid push`.
type pusher struct {
	url, token, format string
	to                 source.Pusher
	cmd                *cobra.Command
	batch              []news.Article
	size               int
	sum                source.Receipt
}

func newPush() *cobra.Command {
	p := &pusher{}
	cmd := &cobra.Command{
		Use:   "push [FILE...]",
		Short: "Send articles to a running rasid",
		Long: `Send articles from files or standard input to a running rasid: .txt (first line:
title), .json, .jsonl, each also .gz. They are taken when the command has ended
well. Without --url and --token it is the rasid of this machine that RASID_HTTP
and RASID_HTTP_TOKEN name.`,
		Example: `  rasid push article.txt
  rasid push --url https://news.example.org --token SECRET news.jsonl.gz`,
		RunE: func(cmd *cobra.Command, args []string) error {
			p.cmd = cmd
			return p.run(args)
		},
	}
	cmd.Flags().StringVar(&p.url, "url", "", "address of the running rasid, without /v1/articles")
	cmd.Flags().StringVar(&p.token, "token", "", "its RASID_HTTP_TOKEN; better left to the environment")
	formatFlag(cmd, &p.format, "text", "json")
	return cmd
}

func (p *pusher) run(files []string) error {
	set, err := settings.Load()
	if err != nil && (p.url == "" || p.token == "") {
		return err
	}
	p.to = source.Pusher{URL: p.url, Token: p.token}
	if p.token == "" {
		p.to.Token = set.HTTPToken
	}
	if p.url == "" {
		if p.to.URL, err = localURL(set.HTTP); err != nil {
			return err
		}
	}
	if err := eachFile(p.cmd.InOrStdin(), files, p.read); err != nil {
		return err
	}
	if err := p.send(); err != nil {
		return err
	}
	out := newPrinter(p.cmd.OutOrStdout())
	if p.format == "json" {
		_ = out.json.Encode(p.sum) // Flush tells
	} else {
		_, _ = fmt.Fprintf(out, "accepted %d, seen %d\n", p.sum.Accepted, p.sum.Seen)
	}
	return out.Flush()
}

// read sends the articles of r, many in a request.
func (p *pusher) read(r io.Reader, name string) error {
	for a, err := range source.Articles(r, name) {
		if err != nil {
			return err
		}
		p.batch = append(p.batch, a.Article)
		p.size += len(a.Article.Title) + len(a.Article.Summary) + len(a.Article.Body)
		if len(p.batch) >= batchCount || p.size >= batchSize {
			if err := p.send(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *pusher) send() error {
	if len(p.batch) == 0 {
		return nil
	}
	got, err := p.to.Push(p.cmd.Context(), p.batch)
	if err != nil {
		return fmt.Errorf("push %s to %s: %w", articles(len(p.batch)), p.to.URL, err)
	}
	p.sum.Accepted += got.Accepted
	p.sum.Seen += got.Seen
	p.batch, p.size = p.batch[:0], 0
	return nil
}

func articles(n int) string {
	if n == 1 {
		return "one article"
	}
	return fmt.Sprintf("%d articles", n)
}
