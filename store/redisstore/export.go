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
	if errors.Is(err, redis.Nil) { // of the first version, read as it is
		return "unnamed, " + s.at, nil
	}
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

// Ready implements transfer.Source: it completes moves of chats, but for one that
// waits and of which nothing has changed yet. Who wanted it was told that it is not
// done, and asks again: then it is begun anew, also in a copy.
func (s *Store) Ready(ctx context.Context) error {
	begun, err := s.db.HGetAll(ctx, keyMoving).Result()
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	for _, text := range begun {
		m, err := readMove(text)
		if err != nil {
			return err
		}
		err = s.steps(ctx, m) // once, to see whether it waits
		if err != nil && !untouched(err) {
			err = s.resume(ctx, m)
		}
		switch {
		case err == nil || untouched(err):
		case errors.Is(err, store.ErrDispatching):
			return fmt.Errorf("complete the move of chat %s, which is half done: %w; where no rasid runs start rasid on this store, for a minute", m.field(), err)
		default:
			return fmt.Errorf("complete what was begun with chat %s: %w", m.field(), err)
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

// emitNumber hands on a number that may not be there.
func emitNumber(f func(transfer.Record) error, kind transfer.Kind, key []byte, c *redis.StringCmd) error {
	text, err := optional(c)
	if err != nil || text == "" {
		return err
	}
	v, err := number(text)
	return emit(f, transfer.Record{Kind: kind, Key: key, Value: v}, err)
}

func (s *Store) exportNotes(ctx context.Context, f func(transfer.Record) error) error {
	if err := emitNumber(f, transfer.Cursor, nil, s.db.Get(ctx, keyCursor)); err != nil {
		return fmt.Errorf("read cursor: %w", err)
	}
	ahead, err := optional(s.db.Get(ctx, keyAhead))
	if err == nil && ahead != "" {
		err = f(transfer.Record{Kind: transfer.Ahead, Value: []byte(ahead)})
	}
	if err != nil {
		return fmt.Errorf("read what is ahead of the cursor: %w", err)
	}
	files, err := s.db.HGetAll(ctx, keyRules).Result()
	if err != nil {
		return fmt.Errorf("read rule files: %w", err)
	}
	if files["v"] != "" {
		v, inner := number(files["v"])
		if inner = emit(f, transfer.Record{Kind: transfer.RuleFile, Value: append(v, files["d"]...)}, inner); inner != nil {
			return inner
		}
	}
	if err := s.exportEpochs(ctx, f); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !strings.HasPrefix(name, "f") {
			continue
		}
		v, err := number(files[name])
		if err = emit(f, transfer.Record{Kind: transfer.KnownFile, Key: []byte(name[1:]), Value: v}, err); err != nil {
			return err
		}
	}
	return s.exportHash(ctx, keyFeeds, transfer.Feed, f)
}

func (s *Store) exportEpochs(ctx context.Context, f func(transfer.Record) error) error {
	epochs := make([]*redis.StringCmd, store.Roles)
	_, err := s.db.Pipelined(ctx, func(p redis.Pipeliner) error {
		for role := range epochs {
			epochs[role] = p.Get(ctx, roleKeys(store.Role(role))[1])
		}
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return fmt.Errorf("read epochs: %w", err)
	}
	for role, c := range epochs {
		if err := emitNumber(f, transfer.Epoch, binary.BigEndian.AppendUint16(nil, uint16(role)), c); err != nil {
			return fmt.Errorf("read the epoch of %s: %w", store.Role(role), err)
		}
	}
	return nil
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
	err = s.eachField(ctx, keyItems, func(seq string, v []byte) error { // also what the log does not list
		key, inner := number(seq)
		if inner == nil && binary.BigEndian.Uint64(key) > last {
			return nil
		}
		return emit(f, transfer.Record{Kind: transfer.Item, Key: key, Value: v}, inner)
	})
	if err != nil {
		return fmt.Errorf("read articles: %w", err)
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
	if err = emit(f, transfer.Record{Kind: transfer.Seq, Value: seq}, err); err != nil {
		return 0, err
	}
	return max(last, binary.BigEndian.Uint64(seq)), nil
}

// exportIDs gives the ids of articles up to the newest number, each once: a scan
// may find one twice.
func (s *Store) exportIDs(ctx context.Context, last uint64, f func(transfer.Record) error) error {
	err := s.eachField(ctx, keyIDs, func(id string, v []byte) error {
		if len(v) >= 8 && binary.BigEndian.Uint64(v) > last {
			return nil
		}
		return f(transfer.Record{Kind: transfer.ID, Key: []byte(id), Value: v})
	})
	if err != nil {
		return fmt.Errorf("read ids: %w", err)
	}
	return nil
}

// eachField calls f once for each field that a large hash has all the while.
func (s *Store) eachField(ctx context.Context, key string, f func(field string, value []byte) error) error {
	found := map[string]struct{}{}
	for cursor, first := uint64(0), true; first || cursor != 0; first = false {
		rows, next, err := s.db.HScan(ctx, key, cursor, "", exportChunk).Result()
		if err != nil {
			return err
		}
		for i := 0; i+1 < len(rows); i += 2 {
			if _, again := found[rows[i]]; again {
				continue
			}
			found[rows[i]] = struct{}{}
			if err := f(rows[i], []byte(rows[i+1])); err != nil {
				return err
			}
		}
		cursor = next
	}
	return nil
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
