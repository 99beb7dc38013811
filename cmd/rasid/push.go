package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"rasid/cmd/rasid/settings"
	"rasid/news"
	"rasid/source"
	"strings"

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
	cmd.Flags().StringVar(&p.url, "url", "", "address of the running rasid")
	cmd.Flags().StringVar(&p.token, "token", "", "its RASID_HTTP_TOKEN; better left to the environment")
	formatFlag(cmd, &p.format, "text", "json")
	return cmd
}

func (p *pusher) run(files []string) error {
	set, err := settings.Load()
	if err != nil && (p.url == "" || p.token == "") {
		return err
	}
	if err = isServer(p.url); err != nil {
		return err
	}
	p.to = source.Pusher{URL: strings.TrimSuffix(strings.TrimRight(p.url, "/"), "/v1/articles"), Token: p.token}
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

// lookAhead is how much is looked at to see whether there is anything, in bytes.
const lookAhead = 4096

// read sends the articles of r, many in a request. Where nothing is, there is none.
func (p *pusher) read(r io.Reader, name string) error {
	b := bufio.NewReaderSize(r, lookAhead)
	if head, err := b.Peek(lookAhead); errors.Is(err, io.EOF) && len(bytes.TrimSpace(head)) == 0 {
		return nil
	}
	for a, err := range source.Articles(b, name) {
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
	if errors.Is(err, source.ErrToken) {
		err = fmt.Errorf("%w: give by --token, or in RASID_HTTP_TOKEN, the RASID_HTTP_TOKEN of that rasid", err)
	}
	if err != nil {
		return fmt.Errorf("push %s to %s: %w", counted(len(p.batch), "article"), p.to.URL, err)
	}
	p.sum.Accepted += got.Accepted
	p.sum.Seen += got.Seen
	p.batch, p.size = p.batch[:0], 0
	return nil
}
