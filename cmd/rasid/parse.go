package main

import (
	"fmt"
	"io"
	"rasid/cmd/rasid/settings"
	"rasid/source"
	"rasid/source/feed"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// parser is one run of `rasid parse`.
type parser struct {
	zone        string
	contentType string
	base        string
	protocol    bool
	cmd         *cobra.Command
	out         printer
}

func newParse() *cobra.Command {
	p := &parser{}
	cmd := &cobra.Command{
		Use:   "parse [FILE|URL...]",
		Short: "Turn a feed into articles, as JSON Lines",
		Long: `Read feeds (RSS, Atom, RDF, JSON Feed) from files, addresses or standard input
and print their articles as JSON Lines. Addresses are fetched with the same
guards as when rasid polls: private ones only when RASID_FEED_ALLOW says so.`,
		Example: `  rasid parse https://example.org/rss.xml
  rasid parse --timezone Africa/Cairo feed.xml | rasid push`,
		RunE: func(cmd *cobra.Command, args []string) error {
			p.cmd, p.out = cmd, newPrinter(cmd.OutOrStdout())
			if p.protocol {
				return source.Protocol(cmd.InOrStdin(), cmd.OutOrStdout())
			}
			return p.run(args)
		},
	}
	cmd.Flags().StringVar(&p.zone, "timezone", "UTC", "zone of dates that have none")
	cmd.Flags().StringVar(&p.contentType, "content-type", "", "what the server said of a file")
	cmd.Flags().StringVar(&p.base, "base", "", "address of the feed in a file, for its relative links and ids")
	cmd.Flags().BoolVar(&p.protocol, "protocol", false, "speak the line protocol of the measuring tools")
	return cmd
}

func (p *parser) run(names []string) error {
	zone, err := time.LoadLocation(p.zone)
	if err != nil {
		return usage("--timezone is %q; zones are named like Africa/Cairo", p.zone)
	}
	if len(names) == 0 {
		names = []string{"-"}
	}
	for _, name := range names {
		if strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://") {
			err = p.fetch(name, zone)
		} else {
			err = eachFile(p.cmd.InOrStdin(), []string{name}, func(r io.Reader, name string) error {
				data, readErr := io.ReadAll(io.LimitReader(r, feed.MaxBytes+1))
				if readErr != nil {
					return readErr
				}
				return p.print(data, name, feed.Options{ContentType: p.contentType, URL: p.base, Zone: zone})
			})
		}
		if err != nil {
			return err
		}
	}
	return p.out.Flush()
}

func (p *parser) fetch(url string, zone *time.Location) error {
	set, err := settings.Load()
	if err != nil {
		return err
	}
	got, err := source.NewFetcher(set.FeedAllow)(p.cmd.Context(), source.Request{URL: url})
	if err != nil {
		return fmt.Errorf("fetch %s: %w", url, err)
	}
	return p.print(got.Body, url, feed.Options{ContentType: got.ContentType, URL: url, Zone: zone})
}

func (p *parser) print(data []byte, name string, o feed.Options) error {
	doc, err := feed.Parse(data, o)
	if err != nil {
		return fmt.Errorf("parse %s: %w", name, err)
	}
	for _, e := range doc.Entries {
		a := doc.Article(e, o.URL)
		if source.Ready(&a) == nil { // without title and text it is no article
			_ = p.out.json.Encode(a) // Flush tells
		}
	}
	return nil
}
