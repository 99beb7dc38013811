package redisstore

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"rasid/store"
	"rasid/store/record"
	"rasid/store/transfer"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// A shardReading is a shard as it was at one moment, but for its sent rings.
type shardReading struct {
	shard   store.Shard
	hashes  [shardKeys]*redis.MapStringStringCmd // those that are hashes
	tokens  *redis.StringSliceCmd
	gone    *redis.ZSliceCmd
	letters *redis.StringSliceCmd
	derived [shardKeys]*redis.ZSliceCmd // what is kept to find things: changes, open, when, due
	intake  *redis.StringCmd
}

// readShard reads a shard in one transaction.
func (s *Store) readShard(ctx context.Context, shard store.Shard) (*shardReading, error) {
	r := &shardReading{shard: shard}
	_, err := s.db.TxPipelined(ctx, func(p redis.Pipeliner) error {
		for _, at := range []int{atDests, atIndex, atState, atJobs, atOwed, atTries, atMarks, atUpdates, atExpired, atInbox} {
			r.hashes[at] = p.HGetAll(ctx, shardKey(shard, at))
		}
		r.tokens = p.ZRange(ctx, shardKey(shard, atTokens), 0, -1)
		r.gone = p.ZRangeWithScores(ctx, shardKey(shard, atGone), 0, -1)
		r.letters = p.LRange(ctx, shardKey(shard, atDead), 0, -1)
		for _, at := range []int{atChanges, atOpen, atWhen, atDue} {
			r.derived[at] = p.ZRangeWithScores(ctx, shardKey(shard, at), 0, -1)
		}
		r.intake = p.Get(ctx, shardKey(shard, atIntake))
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return nil, fmt.Errorf("read shard %d: %w", shard, err)
	}
	return r, nil
}

func (s *Store) exportShard(ctx context.Context, shard store.Shard, f func(transfer.Record) error) error {
	r, err := s.readShard(ctx, shard)
	if err != nil {
		return err
	}
	for _, give := range []func(func(transfer.Record) error) error{
		r.state, r.chats, r.index, r.forgotten, r.jobs, r.owed, r.tries, r.marks, r.settled,
		func(f func(transfer.Record) error) error { return s.exportRings(ctx, r, f) },
		r.dead, r.updates, r.expired, r.inboxes,
	} {
		if err := give(f); err != nil {
			return fmt.Errorf("shard %d: %w", shard, err)
		}
	}
	return nil
}

// each calls f for each field of a hash, with a key of numbers made of it.
func (r *shardReading) each(at int, kind transfer.Kind, key func(string) ([]byte, error), f func(transfer.Record) error) error {
	for k, v := range r.hashes[at].Val() {
		b, err := key(k)
		if err = emit(f, transfer.Record{Kind: kind, Key: b, Value: []byte(v)}, err); err != nil {
			return err
		}
	}
	return nil
}

// numbers reads a field of numbers with colons between, as bytes of the given
// widths.
func numbers(widths ...int) func(string) ([]byte, error) {
	return func(text string) ([]byte, error) {
		var key []byte
		parts := strings.Split(text, ":")
		for i, width := range widths {
			if len(parts) != len(widths) {
				break
			}
			n, err := strconv.ParseUint(parts[i], 10, 8*width)
			if err != nil {
				break
			}
			key = append(key, binary.BigEndian.AppendUint64(nil, n)[8-width:]...)
		}
		if want := sum(widths); len(key) != want {
			return nil, fmt.Errorf("read field %q: %w", text, record.ErrDamaged)
		}
		return key, nil
	}
}

func sum(all []int) (n int) {
	for _, x := range all {
		n += x
	}
	return n
}

func (r *shardReading) state(f func(transfer.Record) error) error {
	last, err := r.count("last")
	if err != nil {
		return err
	}
	version, err := r.count("version")
	if err != nil || last == 0 && version == 0 {
		return err
	}
	v := binary.BigEndian.AppendUint32(nil, uint32(last))
	return f(transfer.Record{Kind: transfer.State, Value: binary.BigEndian.AppendUint64(v, version)})
}

// count returns a number of the shard's state; a missing one is 0.
func (r *shardReading) count(name string) (uint64, error) {
	if text, has := r.hashes[atState].Val()[name]; has {
		return strconv.ParseUint(text, 10, 64)
	}
	return 0, nil
}

func (r *shardReading) chats(f func(transfer.Record) error) error {
	return r.each(atDests, transfer.Chat, numbers(4), f)
}

func (r *shardReading) index(f func(transfer.Record) error) error {
	for chat, v := range r.hashes[atIndex].Val() {
		c, err := strconv.ParseInt(chat, 10, 64)
		if err != nil || len(v)%12 != 0 {
			return fmt.Errorf("read the index of chat %q: %w", chat, record.ErrDamaged)
		}
		if v == "" {
			continue
		}
		if err := f(transfer.Record{Kind: transfer.Index, Key: []byte(u64(uint64(c))), Value: byOrdinal([]byte(v))}); err != nil {
			return err
		}
	}
	return nil
}

// byOrdinal sorts the entries of an index by ordinal.
func byOrdinal(b []byte) []byte {
	entries := slices.Collect(slices.Chunk(b, 12))
	slices.SortFunc(entries, func(x, y []byte) int { return slices.Compare(x[8:], y[8:]) })
	return slices.Concat(entries...)
}

func (r *shardReading) forgotten(f func(transfer.Record) error) error {
	for _, z := range r.gone.Val() {
		ordinal, _ := z.Member.(string)
		key, err := numbers(4)(ordinal)
		when := binary.BigEndian.AppendUint64(nil, uint64(max(z.Score, 0)))
		if err = emit(f, transfer.Record{Kind: transfer.Gone, Key: key, Value: when}, err); err != nil {
			return err
		}
	}
	return nil
}

func (r *shardReading) jobs(f func(transfer.Record) error) error {
	return r.each(atJobs, transfer.Job, numbers(8), f)
}

func (r *shardReading) owed(f func(transfer.Record) error) error {
	return r.each(atOwed, transfer.Owed, numbers(8, 1), func(x transfer.Record) error {
		x.Value = transfer.PlainOwed(x.Value)
		return f(x)
	})
}

func (r *shardReading) tries(f func(transfer.Record) error) error {
	return r.each(atTries, transfer.Tries, numbers(8, 4), func(x transfer.Record) error {
		n, err := strconv.ParseUint(string(x.Value), 10, 8)
		x.Value = []byte{byte(n)}
		return emit(f, x, err)
	})
}

func (r *shardReading) marks(f func(transfer.Record) error) error {
	return r.each(atMarks, transfer.Mark, func(k string) ([]byte, error) { return []byte(k), nil }, f)
}

func (r *shardReading) settled(f func(transfer.Record) error) error {
	if len(r.tokens.Val()) == 0 {
		return nil
	}
	return f(transfer.Record{Kind: transfer.Settled, Value: transfer.List(r.tokens.Val())})
}

func (r *shardReading) dead(f func(transfer.Record) error) error {
	all := slices.Clone(r.letters.Val())
	if len(all) == 0 {
		return nil
	}
	slices.Reverse(all)
	return f(transfer.Record{Kind: transfer.Dead, Value: transfer.List(all)})
}

func (r *shardReading) updates(f func(transfer.Record) error) error {
	return r.each(atUpdates, transfer.Update, func(k string) ([]byte, error) { return []byte(k), nil }, func(x transfer.Record) error {
		x.Value = transfer.PlainUpdate(x.Value)
		return f(x)
	})
}

func (r *shardReading) expired(f func(transfer.Record) error) error {
	return r.each(atExpired, transfer.Expired, numbers(8, 1), func(x transfer.Record) error {
		x.Value = transfer.PlainExpired(x.Value)
		return f(x)
	})
}

func (r *shardReading) inboxes(f func(transfer.Record) error) error {
	return r.each(atInbox, transfer.Inbox, numbers(4), f)
}

// exportRings gives what was sent to the destinations of a shard.
func (s *Store) exportRings(ctx context.Context, r *shardReading, f func(transfer.Record) error) error {
	all := slices.Sorted(maps.Keys(r.hashes[atDests].Val()))
	for chunk := range slices.Chunk(all, exportChunk) {
		rings := make([]*redis.StringSliceCmd, len(chunk))
		_, err := s.db.Pipelined(ctx, func(p redis.Pipeliner) error {
			for i, o := range chunk {
				rings[i] = p.LRange(ctx, ringOf(r.shard, o), 0, -1)
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("read sent rings: %w", err)
		}
		for i, ring := range rings {
			entries := ring.Val()
			if len(entries) == 0 {
				continue
			}
			slices.Reverse(entries)
			key, err := numbers(4)(chunk[i])
			if err = emit(f, transfer.Record{Kind: transfer.Sent, Key: key, Value: transfer.List(entries)}, err); err != nil {
				return err
			}
		}
	}
	return nil
}

// ringOf names the ring of an ordinal as Redis writes it.
func ringOf(s store.Shard, ordinal string) string {
	return fmt.Sprintf("%s{s%d}:ring:%s", prefix, s, ordinal)
}
