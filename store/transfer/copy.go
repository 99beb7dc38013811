package transfer

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"rasid/store"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Options tunes a Copy. The zero value is ready to use.
type Options struct {
	// Live says that the source is at work meanwhile. The copy then has everything
	// that was acknowledged before it began, and some of what came after.
	Live     bool
	Now      time.Time                         // no epoch of the copy is below its Unix time; default: they stay
	Batch    int                               // records written at a time; default 2000
	Parallel int                               // shards under way at a time; default 8
	Progress func(what string, done float64)   // is told how far it is, 0 to 1; default: nobody
	Copied   func(ctx context.Context, p Part) // is called after each part, of several at a time, for tests; default: nobody
}

func (o Options) withDefaults() Options {
	o.Batch, o.Parallel = cmp.Or(o.Batch, 2000), cmp.Or(o.Parallel, 8)
	if o.Progress == nil {
		o.Progress = func(string, float64) {}
	}
	if o.Copied == nil {
		o.Copied = func(context.Context, Part) {}
	}
	return o
}

// batchBytes is how much is written at a time at most.
const batchBytes = 4 << 20

// A Report tells what a copy holds.
type Report struct {
	Kinds  [Kinds]Count // by kind
	Reused int          // parts that an earlier try had copied already
	Mended []string     // a sentence each, where the copy is right and the source was not; 101 at most
}

// A Count is how many records there are, and their bytes.
type Count struct{ Records, Bytes uint64 }

// Total adds up all kinds.
func (r Report) Total() (sum Count) {
	for _, c := range r.Kinds {
		sum.Records += c.Records
		sum.Bytes += c.Bytes
	}
	return sum
}

// Copy copies a store into another and compares both at the end. What follows
// from the rest, such as where a chat is found, is made anew, and where that was
// wrong in the source the copy differs, which the Report tells. When it is cut
// short, the same again goes on from there: parts that are equal already are
// kept, others are copied anew. A source in use is refused with ErrBusy unless
// it is Live.
func Copy(ctx context.Context, from Source, to Target, o Options) (Report, error) {
	m := &mender{Source: from}
	c := &copier{from: m, to: to, o: o.withDefaults()}
	if err := c.run(ctx); err != nil {
		return Report{}, err
	}
	for p := range c.seen {
		for k, d := range c.seen[p] {
			c.report.Kinds[k].Records += d.Count
			c.report.Kinds[k].Bytes += d.Bytes
		}
	}
	c.report.Mended = m.all()
	return c.report, nil
}

// A copier is one copy.
type copier struct {
	from   Source
	to     Target
	o      Options
	report Report
	seen   [Parts]Digests // of the source, as it was copied

	mu    sync.Mutex // of report and steps
	steps int
}

func (c *copier) run(ctx context.Context) error {
	if err := c.quiet(ctx); err != nil {
		return err
	}
	before, err := c.directory(ctx)
	if err != nil {
		return err
	}
	if err := c.part(ctx, Notes); err != nil {
		return err
	}
	if err := c.each(ctx, store.Shards, c.part); err != nil {
		return err
	}
	if err := c.settle(ctx, before); err != nil {
		return err
	}
	if err := c.part(ctx, Log); err != nil {
		return err
	}
	if err := c.quiet(ctx); err != nil {
		return err
	}
	if err := c.each(ctx, Parts, c.verify); err != nil {
		return err
	}
	if err := c.raise(ctx); err != nil {
		return err
	}
	return c.to.Complete(ctx)
}

// quiet refuses a source that somebody works on.
func (c *copier) quiet(ctx context.Context) error {
	if c.o.Live {
		return nil
	}
	users, err := c.from.Users(ctx)
	if err == nil && len(users) > 0 {
		err = fmt.Errorf("%w (%s): stop it first; one that was killed is forgotten within a minute", ErrBusy, strings.Join(users, ", "))
	}
	return err
}

// each calls f for the first n parts, several at a time.
func (c *copier) each(ctx context.Context, n Part, f func(context.Context, Part) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(c.o.Parallel)
	for p := range n {
		g.Go(func() error { return f(ctx, p) })
	}
	return g.Wait()
}

func (c *copier) step(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.steps++
	c.o.Progress(what, float64(c.steps)/float64(2*Parts))
}

// part copies one part, unless it is there.
func (c *copier) part(ctx context.Context, p Part) error {
	has, err := DigestOf(ctx, c.to, p)
	if err != nil {
		return fmt.Errorf("read %s of the target: %w", p, err)
	}
	if !has.empty() {
		if c.seen[p], err = DigestOf(ctx, c.from, p); err != nil {
			return fmt.Errorf("read %s of the source: %w", p, err)
		}
		if c.seen[p] == has {
			c.step("comparing")
			c.mu.Lock()
			defer c.mu.Unlock()
			c.report.Reused++
			return nil
		}
		if err = c.to.Clear(ctx, p); err != nil {
			return fmt.Errorf("clear %s of the target: %w", p, err)
		}
	}
	if err := c.move(ctx, p); err != nil {
		return err
	}
	c.step("copying")
	c.o.Copied(ctx, p)
	return nil
}

// move writes the records of a part.
func (c *copier) move(ctx context.Context, p Part) error {
	c.seen[p] = Digests{}
	var batch []Record
	size := 0
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		err := c.to.Import(ctx, p, batch)
		batch, size = batch[:0], 0
		if err != nil {
			return fmt.Errorf("write %s: %w", p, err)
		}
		return nil
	}
	err := c.from.Export(ctx, p, func(r Record) error {
		c.seen[p][r.Kind].add(r)
		batch = append(batch, Record{r.Kind, bytes.Clone(r.Key), bytes.Clone(r.Value)})
		size += len(r.Key) + len(r.Value)
		if len(batch) >= c.o.Batch || size >= batchBytes {
			return flush()
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("copy %s: %w", p, err)
	}
	return flush()
}

// directory reads where chats live that are not at home.
func (c *copier) directory(ctx context.Context) (map[int64]store.Shard, error) {
	all := map[int64]store.Shard{}
	if err := c.from.Ready(ctx); err != nil {
		return nil, fmt.Errorf("complete what the source has begun: %w", err)
	}
	err := c.from.Export(ctx, Directory, func(r Record) error {
		all[int64(binary.BigEndian.Uint64(r.Key))] = store.Shard(binary.BigEndian.Uint16(r.Value))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", Directory, err)
	}
	return all, nil
}

// settleTries is how often chats may move to other shards while a source at
// work is copied.
const settleTries = 20

// settle copies the directory. A chat that moved from one shard to another
// since before may be in both copies of them, or in none: they are copied again.
func (c *copier) settle(ctx context.Context, before map[int64]store.Shard) error {
	for range settleTries {
		now, err := c.directory(ctx) // has every move that the copied shards show
		if err != nil {
			return err
		}
		again := differ(before, now)
		if len(again) == 0 {
			if err = c.part(ctx, Directory); err != nil {
				return err
			}
			if now, err = c.directory(ctx); err != nil {
				return err
			}
			if again = differ(before, now); len(again) == 0 {
				return nil // so it was the same in between
			}
		}
		for _, s := range again {
			if err := c.part(ctx, Part(s)); err != nil {
				return err
			}
		}
		before = now
	}
	return fmt.Errorf("copy %s: chats move all the time, %d times: %w", Directory, settleTries, ErrDiffers)
}

// differ returns the shards in which chats live, or lived, whose place changed.
func differ(before, now map[int64]store.Shard) []store.Shard {
	found := map[store.Shard]bool{}
	at := func(all map[int64]store.Shard, chat int64) store.Shard {
		if s, moved := all[chat]; moved {
			return s
		}
		return store.HomeShard(chat)
	}
	for _, all := range []map[int64]store.Shard{before, now} {
		for chat := range all {
			if a, b := at(before, chat), at(now, chat); a != b {
				found[a], found[b] = true, true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// verify compares a part of the target with the source, as it is now or, where
// that is at work, as it was copied.
func (c *copier) verify(ctx context.Context, p Part) error {
	want := c.seen[p]
	var err error
	if !c.o.Live {
		if want, err = DigestOf(ctx, c.from, p); err != nil {
			return fmt.Errorf("read %s of the source again: %w", p, err)
		}
	}
	got, err := DigestOf(ctx, c.to, p)
	if err != nil {
		return fmt.Errorf("read %s of the target again: %w", p, err)
	}
	if k, differs := want.Differing(&got); differs {
		return fmt.Errorf("%w: %s of %s: %d there, %d copied; make sure that nothing works on either and run the same command again",
			ErrDiffers, k, p, want[k].Count, got[k].Count)
	}
	c.step("comparing")
	return nil
}

// raise makes every epoch one that no owner had before: the store may have been
// further than this copy of it, and an owner from then may still be there.
func (c *copier) raise(ctx context.Context) error {
	if c.o.Now.IsZero() {
		return nil
	}
	least := uint64(max(c.o.Now.Unix(), 0))
	records := make([]Record, store.Roles)
	for role := range records {
		records[role] = Record{Epoch, binary.BigEndian.AppendUint16(nil, uint16(role)), binary.BigEndian.AppendUint64(nil, least)}
	}
	err := c.to.Export(ctx, Notes, func(r Record) error {
		if r.Kind == Epoch {
			if role := binary.BigEndian.Uint16(r.Key); binary.BigEndian.Uint64(r.Value) > least {
				records[role].Value = bytes.Clone(r.Value)
			}
		}
		return nil
	})
	if err == nil {
		err = c.to.Import(ctx, Notes, records)
	}
	if err != nil {
		return fmt.Errorf("raise epochs: %w", err)
	}
	return nil
}
