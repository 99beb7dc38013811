package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"rasid/cmd/rasid/settings"
	"rasid/store"
	"rasid/store/backup"
	"rasid/store/open"
	"rasid/store/transfer"
	"time"

	"github.com/spf13/cobra"
)

func newStore() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "store",
		Short: "Copy, check, count and back up a store",
		Long: `Copy, check, count and back up what rasid remembers. A store is named as in
RASID_STORE: bolt:PATH, redis://HOST:PORT/DATABASE, and so on.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newStoreCopy(), newStoreCheck(), newStoreStats(), newStoreBackup())
	return cmd
}

// storeCopy is one run of `rasid store copy`.
type storeCopy struct{ from, to, format string }

func newStoreCopy() *cobra.Command {
	c := &storeCopy{}
	cmd := &cobra.Command{
		Use:   "copy --from STORE --to STORE",
		Short: "Copy a store to another place, of any kind",
		Long: `Copy everything a store remembers to a place where nothing is stored yet, and
compare both at the end. Stop rasid first. A copy that was cut short is refused
by rasid run; the same command again goes on with it. The source stays as it is;
do not run rasid on it any more once it runs on the copy.

This is also how a backup is brought back into Redis, and how one moves from a
file to Redis and from one Redis to another.`,
		Example: `  rasid store copy --from bolt:rasid.db --to redis://redis:6379/0
  rasid store copy --from bolt:rasid-2026-11-26.db --to redis+cluster://a:6379,b:6379,c:6379`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd) },
	}
	cmd.Flags().StringVar(&c.from, "from", "", "the store to copy")
	cmd.Flags().StringVar(&c.to, "to", "", "where to")
	formatFlag(cmd, &c.format, "text", "json")
	return cmd
}

// Copied is what a copy tells of itself as JSON.
type copied struct {
	From    string        `json:"from"`
	To      string        `json:"to"`
	Records uint64        `json:"records"`
	Bytes   uint64        `json:"bytes"`
	Reused  int           `json:"reused_parts"`
	Seconds float64       `json:"seconds"`
	Kinds   []copiedKinds `json:"kinds"`
	Mended  []string      `json:"mended,omitempty"`
}

type copiedKinds struct {
	Kind    string `json:"kind"`
	Records uint64 `json:"records"`
	Bytes   uint64 `json:"bytes"`
}

func (c *storeCopy) run(cmd *cobra.Command) (err error) {
	if c.from == "" || c.to == "" {
		return usage("--from and --to are both needed")
	}
	begun := time.Now()
	from, err := open.Read(cmd.Context(), c.from)
	if err != nil {
		return storeError("--from", err)
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	warn(cmd, from.Warnings())
	name, err := from.Name(cmd.Context())
	if err != nil {
		return err
	}
	to, err := open.Write(cmd.Context(), c.to, name)
	if err != nil {
		return storeError("--to", err)
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	warn(cmd, to.Warnings())
	report, err := transfer.Copy(cmd.Context(), from, to, transfer.Options{
		Now: begun, Progress: progressOn(cmd.ErrOrStderr(), "store copy"),
	})
	progressEnd(cmd.ErrOrStderr())
	if err != nil {
		return fmt.Errorf("copy %s to %s: %w; rasid run refuses the copy until the same command has completed it", open.Shown(c.from), open.Shown(c.to), err)
	}
	return printCopy(cmd, c.format, reported(c.from, c.to, report, begun))
}

func reported(from, to string, report transfer.Report, begun time.Time) copied {
	total := report.Total()
	x := copied{
		From: open.Shown(from), To: open.Shown(to), Records: total.Records, Bytes: total.Bytes,
		Reused: report.Reused, Seconds: time.Since(begun).Seconds(), Mended: report.Mended,
	}
	for k, n := range report.Kinds {
		if n.Records > 0 {
			x.Kinds = append(x.Kinds, copiedKinds{transfer.Kind(k).String(), n.Records, n.Bytes})
		}
	}
	return x
}

// printCopy tells what a copy holds.
func printCopy(cmd *cobra.Command, format string, x copied) error {
	p := newPrinter(cmd.OutOrStdout())
	if format == "json" {
		_ = p.json.Encode(x) // Flush tells
		return p.Flush()
	}
	for _, k := range x.Kinds {
		p.line(fmt.Sprintf("%-28s %12d %14d bytes", k.Kind, k.Records, k.Bytes))
	}
	p.line(fmt.Sprintf("%-28s %12d %14d bytes", "all", x.Records, x.Bytes))
	if x.Reused > 0 {
		p.line(fmt.Sprintf("%d parts were there from an earlier try", x.Reused))
	}
	for _, m := range x.Mended {
		p.line("mended: " + m)
	}
	equal := "both are equal"
	if len(x.Mended) > 0 {
		equal = "both are equal but for what was mended"
	}
	p.line(fmt.Sprintf("copied %s to %s, and %s", x.From, x.To, equal))
	return p.Flush()
}

// warn tells what an operator ought to know.
func warn(cmd *cobra.Command, sentences []string) {
	for _, w := range sentences {
		_, _ = fmt.Fprintln(cmd.ErrOrStderr(), "rasid: note: "+w) // what matters comes on standard output
	}
}

// storeError makes a wrong address a misuse of the command.
func storeError(what string, err error) error {
	if errors.Is(err, open.ErrAddress) {
		return usage("%s is %w", what, err)
	}
	return err
}

// reading is how a command gets at a store: itself or, where a running rasid has
// the file, by that one's help.
type reading struct{ url, token string }

func (r *reading) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&r.url, "url", "", "address of the running rasid that has the file; default: this machine's, by RASID_HTTP")
	cmd.Flags().StringVar(&r.token, "token", "", "its RASID_HTTP_TOKEN; better left to the environment")
}

// read calls f with a store, and what shows how far it is.
func (r *reading) read(cmd *cobra.Command, address string, f func(s open.Whole, progress func(string, float64)) error) (err error) {
	progress := progressOn(cmd.ErrOrStderr(), "store "+cmd.Name())
	s, done, err := r.open(cmd, address, progress)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	err = f(s, progress)
	progressEnd(cmd.ErrOrStderr())
	return err
}

// open opens a store to be read. For a file in use it is a copy of it as it is
// now, which is gone after done.
func (r *reading) open(cmd *cobra.Command, address string, progress func(string, float64)) (s open.Whole, done func() error, err error) {
	ctx := cmd.Context()
	s, err = open.Read(ctx, address)
	path, bolt := open.Bolt(address)
	if !errors.Is(err, store.ErrInUse) || !bolt {
		if err != nil {
			return nil, nil, storeError("STORE", err)
		}
		warn(cmd, s.Warnings())
		return s, s.Close, nil
	}
	dir, err := os.MkdirTemp("", "rasid-store-")
	if err != nil { // as in a container that has nothing but the store's folder
		dir, err = os.MkdirTemp(filepath.Dir(path), "rasid-store-")
	}
	if err != nil {
		return nil, nil, err
	}
	gone := func() error { return os.RemoveAll(dir) }
	copied := filepath.Join(dir, "rasid.db")
	if err = r.fetch(ctx, path, copied, progress); err == nil {
		s, err = open.Read(ctx, "bolt:"+copied)
	}
	if err != nil {
		return nil, nil, errors.Join(err, gone())
	}
	return s, func() error { return errors.Join(s.Close(), gone()) }, nil
}

// fetch has the running rasid write its store, which is in the file path, to a
// new file.
func (r *reading) fetch(ctx context.Context, path, name string, progress func(string, float64)) error {
	if err := isServer(r.url); err != nil {
		return err
	}
	set, err := settings.Load()
	if err != nil && (r.url == "" || r.token == "") {
		return err
	}
	c := backup.Client{
		URL: r.url, Token: cmp.Or(r.token, set.HTTPToken),
		Progress: func(done float64) { progress("receiving", done) },
	}
	if c.URL == "" {
		c.Store = path
		if c.URL, err = localURL(set.HTTP); err != nil {
			return fmt.Errorf("%s is in use, and the rasid that has it cannot be asked: %w", path, err)
		}
	}
	return c.Fetch(ctx, name)
}
