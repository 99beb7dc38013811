package redisstore

import (
	"context"
	"errors"
	"fmt"
	"rasid/store"
	"rasid/store/record"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Dispatch implements store.Jobs.
func (s *Store) Dispatch(ctx context.Context, d store.Dispatch, epoch uint64) (bool, error) {
	if err := d.Check(); err != nil {
		return false, err
	}
	j := record.Job{Created: d.Created, Expires: d.Expires, Matcher: d.Matcher}
	args := []any{epoch, d.Item, j.Tail()}
	for _, owed := range d.Owed {
		args = append(args, record.Owed(owed), len(owed))
	}
	c := s.run(ctx, call{"dispatch", shardScript(d.Shard), args})
	if err := answer(c); err != nil {
		return false, fmt.Errorf("dispatch item %d in shard %d: %w", d.Item, d.Shard, err)
	}
	n, err := c.Int()
	return n == 1, err
}

// Owed implements store.Jobs.
func (s *Store) Owed(ctx context.Context, shard store.Shard, after uint64) ([]store.Job, error) {
	if err := shard.Check(); err != nil {
		return nil, err
	}
	items, err := s.db.ZRangeByScore(ctx, shardKey(shard, atOpen), &redis.ZRangeBy{
		Min: "(" + strconv.FormatUint(after, 10), Max: "+inf",
	}).Result()
	if err != nil || len(items) == 0 {
		return nil, wrap("read what is owed", err)
	}
	got, err := s.jobs(ctx, shard, items)
	return got, wrap(fmt.Sprintf("read what is owed in shard %d", shard), err)
}

// jobs reads what a shard still owes of items.
func (s *Store) jobs(ctx context.Context, shard store.Shard, items []string) ([]store.Job, error) {
	sets := setFields(items)
	var jobs, owed *redis.SliceCmd
	var tries *redis.MapStringStringCmd
	_, err := s.db.Pipelined(ctx, func(p redis.Pipeliner) error {
		jobs = p.HMGet(ctx, shardKey(shard, atJobs), items...)
		owed = p.HMGet(ctx, shardKey(shard, atOwed), sets...)
		tries = p.HGetAll(ctx, shardKey(shard, atTries))
		return nil
	})
	if err != nil {
		return nil, err
	}
	var got []store.Job
	var bad []error
	for i, v := range owed.Val() {
		set, isOwed := v.(string)
		meta, isJob := jobs.Val()[i/store.Classes].(string)
		if !isOwed || !isJob {
			continue // settled between the two readings
		}
		j, err := readJob(items[i/store.Classes], meta, set)
		if err != nil {
			bad = append(bad, fmt.Errorf("job of item %s: %w", items[i/store.Classes], err))
			continue
		}
		j.Shard, j.Class = shard, store.Class(i%store.Classes)
		got = append(got, j)
	}
	return got, errors.Join(append(bad, addTries(got, tries.Val()))...)
}

func readJob(item, meta, set string) (store.Job, error) {
	n, err := strconv.ParseUint(item, 10, 64)
	if err != nil {
		return store.Job{}, err
	}
	r, err := record.ReadJob([]byte(meta))
	if err != nil {
		return store.Job{}, err
	}
	owed, err := record.ReadOwed([]byte(set))
	return store.Job{Item: n, Owed: owed, Created: r.Created, Expires: r.Expires, Matcher: r.Matcher}, err
}

// addTries enters the attempts without an answer into the jobs they are of.
func addTries(jobs []store.Job, tries map[string]string) (err error) {
	for field, value := range tries {
		item, ordinal, _ := strings.Cut(field, ":")
		i, err1 := strconv.ParseUint(item, 10, 64)
		o, err2 := strconv.ParseUint(ordinal, 10, 32)
		n, err3 := strconv.Atoi(value)
		if err1 != nil || err2 != nil || err3 != nil {
			err = fmt.Errorf("read attempts %q: %w", field, record.ErrDamaged)
			continue
		}
		for k := range jobs {
			if _, has := slices.BinarySearch(jobs[k].Owed, uint32(o)); !has || jobs[k].Item != i {
				continue
			}
			if jobs[k].Tries == nil {
				jobs[k].Tries = map[uint32]int{}
			}
			jobs[k].Tries[uint32(o)] = n
		}
	}
	return err
}

// Begin implements store.Jobs.
func (s *Store) Begin(ctx context.Context, m store.Mark) error {
	if err := m.Check(); err != nil {
		return err
	}
	args := withItems([]any{m.Epoch, m.Token, m.Ordinal, record.Mark(m)}, m.Items)
	return wrap("begin", answer(s.run(ctx, call{"begin", shardScript(m.Shard), args})))
}

// Finish implements store.Jobs.
func (s *Store) Finish(ctx context.Context, m store.Mark, o store.Outcome, now time.Time) error {
	if err := m.Check(); err != nil {
		return err
	}
	suspend, err := record.Suspended(o.Suspend)
	if err != nil {
		return err
	}
	var stop []byte
	if o.Suspend != "" {
		stop = []byte{suspend}
	}
	var sent []byte
	if told := m.Told(); len(told) > 0 {
		sent = record.Sent(store.Sent{MessageID: o.MessageID, Items: told, Rules: o.Rules, At: now})
	}
	letter := record.LetterHead(m.Ordinal, o.Reason, now)
	args := withItems([]any{m.Token, m.Ordinal, uint8(o.Fate), stop, sent, letter}, m.Items)
	return wrap("finish", answer(s.run(ctx, call{"finish", shardScript(m.Shard, m.Ordinal), args})))
}

// Release implements store.Jobs.
func (s *Store) Release(ctx context.Context, m store.Mark, until time.Time) error {
	if err := m.Check(); err != nil {
		return err
	}
	args := withItems([]any{m.Token, m.Ordinal, record.Hold(until)}, m.Items)
	return wrap("release", answer(s.run(ctx, call{"release", shardScript(m.Shard), args})))
}

// Marks implements store.Jobs.
func (s *Store) Marks(ctx context.Context, shard store.Shard) ([]store.Mark, error) {
	if err := shard.Check(); err != nil {
		return nil, err
	}
	raw, err := s.db.HGetAll(ctx, shardKey(shard, atMarks)).Result()
	if err != nil {
		return nil, fmt.Errorf("read attempts of shard %d: %w", shard, err)
	}
	var got []store.Mark
	var bad []error
	for token, b := range raw {
		m, err := record.ReadMark(shard, token, []byte(b))
		if err != nil {
			bad = append(bad, fmt.Errorf("read attempt of shard %d: %w", shard, err))
			continue
		}
		got = append(got, m)
	}
	slices.SortFunc(got, func(a, b store.Mark) int { return strings.Compare(a.Token, b.Token) })
	return got, errors.Join(bad...)
}

// Withdraw implements store.Jobs.
func (s *Store) Withdraw(ctx context.Context, p store.Place, items []uint64, epoch uint64) error {
	if err := p.Shard.Check(); err != nil {
		return err
	}
	args := withItems([]any{epoch, p.Ordinal}, items)
	return wrap("withdraw", answer(s.run(ctx, call{"withdraw", shardScript(p.Shard), args})))
}

// Cancel implements store.Jobs.
func (s *Store) Cancel(ctx context.Context, shard store.Shard, item uint64) error {
	if err := shard.Check(); err != nil {
		return err
	}
	args := []any{item, record.Job{Matcher: record.Cancelled}.Tail()}
	left, err := s.run(ctx, call{"cancel", shardScript(shard), args}).Int()
	if err == nil && left > 0 {
		err = s.unshelve(ctx, shard, item)
	}
	return wrap("cancel", err)
}

// unshelve takes an item that was cancelled out of the inboxes of a shard, a few at
// a time. Nobody puts it into one any more.
func (s *Store) unshelve(ctx context.Context, shard store.Shard, item uint64) error {
	for at := (spot{shard: shard}); at.shard == shard; {
		got, err := s.glance(ctx, at, func(box []byte) int {
			if record.Shelves(box, item) {
				return 1
			}
			return 0
		})
		if err != nil {
			return err
		}
		at = got.next
		for some := range slices.Chunk(got.found, boxChunk) {
			args := []any{item}
			for _, x := range some {
				args = append(args, x.ordinal)
			}
			if err := answer(s.run(ctx, call{"unshelve", shardScript(shard), args})); err != nil {
				return err
			}
		}
	}
	return nil
}

// Tally implements store.Jobs.
func (s *Store) Tally(ctx context.Context, item uint64) (store.Tally, error) {
	all, err := s.tallies(ctx, []uint64{item})
	if err == nil {
		err = all[0].err
	}
	if err != nil {
		return store.Tally{}, fmt.Errorf("sum item %d: %w", item, err)
	}
	sum := all[0].Tally
	if sum.Expired, err = s.tooLate(ctx, item); err != nil {
		return store.Tally{}, fmt.Errorf("sum item %d: %w", item, err)
	}
	return sum, nil
}

// Sent implements store.Jobs.
func (s *Store) Sent(ctx context.Context, d store.Dest) ([]store.Sent, error) {
	l, err := s.look(ctx, d, nil)
	if err != nil || !l.known {
		return nil, err
	}
	return s.ring(ctx, l.dest.Place)
}

// ring returns what was sent to a place, newest first.
func (s *Store) ring(ctx context.Context, p store.Place) ([]store.Sent, error) {
	raw, err := s.db.LRange(ctx, ringKey(p), 0, -1).Result()
	if err != nil {
		return nil, fmt.Errorf("read sent ring: %w", err)
	}
	var got []store.Sent
	for _, b := range raw {
		x, err := record.ReadSent([]byte(b))
		if err != nil {
			return nil, fmt.Errorf("read sent ring: %w", err)
		}
		got = append(got, x)
	}
	return got, nil
}

// Dead implements store.Jobs.
func (s *Store) Dead(ctx context.Context, shard store.Shard, limit int) ([]store.DeadLetter, error) {
	if err := shard.Check(); err != nil || limit <= 0 {
		return nil, err
	}
	raw, err := s.db.LRange(ctx, shardKey(shard, atDead), 0, int64(limit)-1).Result()
	if err != nil {
		return nil, fmt.Errorf("read dead letters of shard %d: %w", shard, err)
	}
	var got []store.DeadLetter
	for _, b := range raw {
		l, err := record.ReadLetter(shard, []byte(b))
		if err != nil {
			return nil, fmt.Errorf("read dead letter of shard %d: %w", shard, err)
		}
		got = append(got, l)
	}
	return got, nil
}
