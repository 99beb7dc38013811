package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"rasid/store"
	"rasid/store/boltstore"
	"rasid/store/open"
	"rasid/store/transfer"
	"time"

	"github.com/spf13/cobra"
)

// storeBackup is one run of `rasid store backup`.
type storeBackup struct {
	reading

	format string
	cmd    *cobra.Command
}

func newStoreBackup() *cobra.Command {
	b := &storeBackup{}
	cmd := &cobra.Command{
		Use:   "backup STORE FILE",
		Short: "Back a store up to a file, also while rasid runs on it",
		Long: `Write a store to a new file, also while rasid runs on it. The file has all that was
acknowledged before the command began, is checked before it gets its name, and
is a store itself: RASID_STORE=bolt:FILE runs on it.

A file that a running rasid has is asked of that one, by RASID_HTTP and
RASID_HTTP_TOKEN. Of Redis the file has some of what came in meanwhile, too.

To bring a backup back, stop rasid. Into a file: put it in the store's place. Into
Redis: empty the database, and rasid store copy --from bolt:FILE --to redis://...
What was sent after the backup is sent again.`,
		Example: `  rasid store backup bolt:rasid.db rasid-$(date +%F).db
  rasid store backup redis://redis:6379/0 /backups/rasid-$(date +%F).db`,
		Args: exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			b.cmd = cmd
			return b.run(args[0], args[1])
		},
	}
	b.flags(cmd)
	formatFlag(cmd, &b.format, "text", "json")
	return cmd
}

func (b *storeBackup) run(address, file string) (err error) {
	if _, err = os.Lstat(file); err == nil {
		return fmt.Errorf("back up to %s: it is there already; name a new file", file)
	}
	part := file + ".part"
	if err = gone(part); err != nil {
		return err
	}
	begun := time.Now()
	report, err := b.write(address, part)
	progressEnd(b.cmd.ErrOrStderr())
	if err == nil {
		report.From, report.To, report.Seconds = open.Shown(address), file, time.Since(begun).Seconds()
		err = boltstore.Sound(part)
	}
	if err == nil {
		err = os.Link(part, file) // unlike Rename, it never replaces a file
	}
	err = errors.Join(err, gone(part))
	if err != nil {
		return fmt.Errorf("back up %s: %w", open.Shown(address), err)
	}
	return b.print(report)
}

// gone deletes a file that may not be there.
func gone(name string) error {
	if err := os.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// write writes the store to a file.
func (b *storeBackup) write(address, part string) (copied, error) {
	ctx, progress := b.cmd.Context(), progressOn(b.cmd.ErrOrStderr(), "store backup")
	path, bolt := open.Bolt(address)
	s, err := open.Read(ctx, address)
	switch {
	case bolt && errors.Is(err, store.ErrInUse):
		return copied{}, b.fetch(ctx, path, part, progress)
	case err != nil:
		return copied{}, storeError("STORE", err)
	}
	warn(b.cmd, s.Warnings())
	x, err := snapshot(b.cmd, s, part, progress)
	return x, errors.Join(err, s.Close())
}

// snapshot writes a store that is open.
func snapshot(cmd *cobra.Command, s open.Whole, part string, progress func(string, float64)) (copied, error) {
	if file, ok := s.(interface{ Snapshot(name string) error }); ok {
		return copied{}, file.Snapshot(part)
	}
	ctx := cmd.Context()
	name, err := s.Name(ctx)
	if err != nil {
		return copied{}, err
	}
	to, err := open.Write(ctx, "bolt:"+part, name)
	if err != nil {
		return copied{}, err
	}
	report, err := transfer.Copy(ctx, s, to, transfer.Options{Live: true, Progress: progress})
	return reported("", "", report, time.Now()), errors.Join(err, to.Close())
}

func (b *storeBackup) print(x copied) error {
	info, err := os.Stat(x.To)
	if err != nil {
		return err
	}
	p := newPrinter(b.cmd.OutOrStdout())
	if b.format == "json" {
		out := map[string]any{"from": x.From, "to": x.To, "bytes": info.Size(), "seconds": x.Seconds}
		if len(x.Mended) > 0 {
			out["mended"] = x.Mended
		}
		_ = p.json.Encode(out) // Flush tells
	} else {
		for _, m := range x.Mended {
			p.line("mended: " + m)
		}
		p.line(fmt.Sprintf("backed %s up to %s, %d bytes, checked", x.From, x.To, info.Size()))
	}
	return p.Flush()
}
