package redisstore

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"rasid/store"
	"rasid/store/record"
	"rasid/store/transfer"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

var (
	_ transfer.Source = (*Store)(nil)
	_ transfer.Target = (*Store)(nil)
)

// exportChunk is how many records one exchange reads of what is read in pieces.
const exportChunk = 500

// Name implements transfer.Source.
func (s *Store) Name(ctx context.Context) (string, error) {
	name, err := s.db.Get(ctx, keyName).Result()
	return name, wrap("read the store's name", err)
}

// Users implements transfer.Source.
func (s *Store) Users(ctx context.Context) ([]string, error) {
	var now *redis.TimeCmd
	var joined *redis.ZSliceCmd
	_, err := s.db.Pipelined(ctx, func(p redis.Pipeliner) error {
		now = p.Time(ctx)
		joined = p.ZRangeWithScores(ctx, keyJoined, 0, -1)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("ask who is there: %w", err)
	}
	var names []string
	for _, z := range joined.Val() {
		if name, ok := z.Member.(string); ok && time.UnixMilli(int64(z.Score)).After(now.Val()) {
			names = append(names, name)
		}
	}
	return names, nil
}

// Ready implements transfer.Source: it completes moves of chats.
func (s *Store) Ready(ctx context.Context) error {
	begun, err := s.db.HGetAll(ctx, keyMoving).Result()
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	for _, b := range begun {
		var m move
		if err := json.Unmarshal([]byte(b), &m); err != nil {
			return fmt.Errorf("read migration: %w", err)
		}
		if err := s.resume(ctx, m); err != nil {
			return fmt.Errorf("complete the migration of chat %d to %d: %w", m.From, m.To, err)
		}
	}
	return nil
}

// Export implements transfer.Source. All of a shard but its sent rings is of one
// moment; articles are those there were when it began.
func (s *Store) Export(ctx context.Context, p transfer.Part, f func(transfer.Record) error) error {
	var err error
	switch p {
	case transfer.Notes:
		err = s.exportNotes(ctx, f)
	case transfer.Directory:
		err = s.exportDirectory(ctx, f)
	case transfer.Log:
		err = s.exportLog(ctx, f)
	default:
		err = s.exportShard(ctx, store.Shard(p), f)
	}
	return err
}

// emit gives a record, unless it could not be read.
func emit(f func(transfer.Record) error, r transfer.Record, err error) error {
	if err != nil {
		return err
	}
	return f(r)
}

// number is a number in eight bytes, from how Redis writes it.
func number(text string) ([]byte, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("read number %q: %w", text, record.ErrDamaged)
	}
	return binary.BigEndian.AppendUint64(nil, n), nil
}

// optional returns the value of a key, empty when there is none.
func optional(c *redis.StringCmd) (string, error) {
	v, err := c.Result()
	if errors.Is(err, redis.Nil) {
		return "", nil
	}
	return v, err
}

func (s *Store) exportNotes(ctx context.Context, f func(transfer.Record) error) error {
	give := func(kind transfer.Kind, key []byte, c *redis.StringCmd) error {
		text, err := optional(c)
		if err != nil || text == "" {
			return err
		}
		v, err := number(text)
		return emit(f, transfer.Record{Kind: kind, Key: key, Value: v}, err)
	}
	if err := give(transfer.Cursor, nil, s.db.Get(ctx, keyCursor)); err != nil {
		return fmt.Errorf("read cursor: %w", err)
	}
	files, err := s.db.HGetAll(ctx, keyRules).Result()
	if err != nil {
		return fmt.Errorf("read rule files: %w", err)
	}
	if files["v"] != "" {
		v, err := number(files["v"])
		if err := emit(f, transfer.Record{Kind: transfer.RuleFile, Value: append(v, files["d"]...)}, err); err != nil {
			return err
		}
	}
	epochs := make([]*redis.StringCmd, store.Roles)
	_, err = s.db.Pipelined(ctx, func(p redis.Pipeliner) error {
		for role := range epochs {
			epochs[role] = p.Get(ctx, roleKeys(store.Role(role))[1])
		}
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return fmt.Errorf("read epochs: %w", err)
	}
	for role, c := range epochs {
		if err := give(transfer.Epoch, binary.BigEndian.AppendUint16(nil, uint16(role)), c); err != nil {
			return fmt.Errorf("read the epoch of %s: %w", store.Role(role), err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !strings.HasPrefix(name, "f") {
			continue
		}
		v, err := number(files[name])
		if err := emit(f, transfer.Record{Kind: transfer.KnownFile, Key: []byte(name[1:]), Value: v}, err); err != nil {
			return err
		}
	}
	return s.exportHash(ctx, keyFeeds, transfer.Feed, f)
}

// exportHash gives the fields of a hash that is read at once.
func (s *Store) exportHash(ctx context.Context, key string, kind transfer.Kind, f func(transfer.Record) error) error {
	all, err := s.db.HGetAll(ctx, key).Result()
	if err != nil {
		return fmt.Errorf("read %s: %w", kind, err)
	}
	for k, v := range all {
		if err := f(transfer.Record{Kind: kind, Key: []byte(k), Value: []byte(v)}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) exportDirectory(ctx context.Context, f func(transfer.Record) error) error {
	all, err := s.db.HGetAll(ctx, keyMoved).Result()
	if err != nil {
		return fmt.Errorf("read the directory: %w", err)
	}
	for chat, shard := range all {
		c, err1 := strconv.ParseInt(chat, 10, 64)
		n, err2 := strconv.ParseUint(shard, 10, 16)
		if err1 != nil || err2 != nil {
			return fmt.Errorf("read where chat %q lives: %w", chat, record.ErrDamaged)
		}
		v := binary.BigEndian.AppendUint16(nil, uint16(n))
		if err := f(transfer.Record{Kind: transfer.Moved, Key: []byte(u64(uint64(c))), Value: v}); err != nil {
			return err
		}
	}
	return nil
}

// exportLog gives the articles up to the newest there is now: what comes in
// meanwhile is not there, nor anything that belongs to it.
func (s *Store) exportLog(ctx context.Context, f func(transfer.Record) error) error {
	last, err := s.newest(ctx, f)
	if err != nil || last == 0 {
		return err
	}
	text := strconv.FormatUint(last, 10)
	for after := uint64(0); after < last; {
		items, err := s.db.ZRangeByScore(ctx, keyLog, &redis.ZRangeBy{
			Min: "(" + strconv.FormatUint(after, 10), Max: text, Count: exportChunk,
		}).Result()
		if err != nil {
			return fmt.Errorf("read the log: %w", err)
		}
		if len(items) == 0 {
			break
		}
		rows, err := s.db.HMGet(ctx, keyItems, items...).Result()
		if err != nil {
			return fmt.Errorf("read articles: %w", err)
		}
		for i, row := range rows {
			key, err := number(items[i])
			if err != nil {
				return err
			}
			after = binary.BigEndian.Uint64(key)
			v, has := row.(string)
			if !has {
				continue // trimmed between the two readings
			}
			if err := f(transfer.Record{Kind: transfer.Item, Key: key, Value: []byte(v)}); err != nil {
				return err
			}
		}
	}
	return s.exportIDs(ctx, last, f)
}

// newest gives the newest number and returns it, or that of an article that is
// above it though none should be.
func (s *Store) newest(ctx context.Context, f func(transfer.Record) error) (uint64, error) {
	top, err := s.db.ZRevRangeWithScores(ctx, keyLog, 0, 0).Result() // before the number, which only grows
	if err != nil {
		return 0, fmt.Errorf("read the newest article: %w", err)
	}
	last := uint64(0)
	if len(top) > 0 {
		last = uint64(top[0].Score)
	}
	text, err := optional(s.db.Get(ctx, keySeq))
	if err != nil || text == "" {
		return last, wrap("read the newest number", err)
	}
	seq, err := number(text)
	if err := emit(f, transfer.Record{Kind: transfer.Seq, Value: seq}, err); err != nil {
		return 0, err
	}
	return max(last, binary.BigEndian.Uint64(seq)), nil
}

// exportIDs gives the ids of articles up to the newest number, each once: a scan
// may find one twice.
func (s *Store) exportIDs(ctx context.Context, last uint64, f func(transfer.Record) error) error {
	found := map[string]struct{}{}
	for cursor, first := uint64(0), true; first || cursor != 0; first = false {
		rows, next, err := s.db.HScan(ctx, keyIDs, cursor, "", exportChunk).Result()
		if err != nil {
			return fmt.Errorf("read ids: %w", err)
		}
		for i := 0; i+1 < len(rows); i += 2 {
			if _, again := found[rows[i]]; again {
				continue
			}
			found[rows[i]] = struct{}{}
			if v := []byte(rows[i+1]); len(v) < 8 || binary.BigEndian.Uint64(v) <= last {
				if err := f(transfer.Record{Kind: transfer.ID, Key: []byte(rows[i]), Value: v}); err != nil {
					return err
				}
			}
		}
		cursor = next
	}
	return nil
}

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
		if err := emit(f, transfer.Record{Kind: kind, Key: b, Value: []byte(v)}, err); err != nil {
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
		return field(text)
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
		if err := emit(f, transfer.Record{Kind: transfer.Gone, Key: key, Value: when}, err); err != nil {
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
			if err := emit(f, transfer.Record{Kind: transfer.Sent, Key: key, Value: transfer.List(entries)}, err); err != nil {
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

// Size returns the memory that the servers use, in bytes, for whatever they keep.
func (s *Store) Size(ctx context.Context) (int64, error) {
	var mu sync.Mutex
	total := int64(0)
	err := s.masters(ctx, func(ctx context.Context, db redis.Cmdable) error {
		info, err := db.InfoMap(ctx, "memory").Result()
		if err != nil {
			return err
		}
		n, err := strconv.ParseInt(info["Memory"]["used_memory"], 10, 64)
		mu.Lock()
		defer mu.Unlock()
		total += n
		return err
	})
	return total, wrap("ask for the memory used", err)
}
