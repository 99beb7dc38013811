package redisstore

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"rasid/store"
	"rasid/store/record"
	"rasid/store/transfer"
	"slices"
	"strconv"

	"github.com/redis/go-redis/v9"
)

// Import implements transfer.Target.
func (s *Store) Import(ctx context.Context, p transfer.Part, records []transfer.Record) error {
	var intake uint64
	chats := false
	_, err := s.db.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, r := range records {
			if err := (importer{ctx, pipe, store.Shard(p)}).take(r); err != nil {
				return fmt.Errorf("write %s: %w", r.Kind, err)
			}
			chats = chats || r.Kind == transfer.Chat
			if r.Kind == transfer.Epoch && store.Role(binary.BigEndian.Uint16(r.Key)) == store.Intake {
				intake = binary.BigEndian.Uint64(r.Value)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if intake > 0 {
		if err := s.raise(ctx, intake, true); err != nil {
			return err
		}
	}
	if chats {
		return s.bound(ctx, store.Shard(p))
	}
	return nil
}

// An importer writes records.
type importer struct {
	ctx   context.Context //nolint:containedctx // it is one import's, and lives as long
	p     redis.Pipeliner
	shard store.Shard
}

// take writes one record, and what is kept beside it to find it.
func (x importer) take(r transfer.Record) error {
	if _, ok := transfer.Part(x.shard).Shard(); ok {
		return x.takeShard(r)
	}
	ctx, p := x.ctx, x.p
	switch r.Kind {
	case transfer.Cursor:
		p.Set(ctx, keyCursor, decimalOf(r.Value), 0)
	case transfer.Ahead:
		p.Set(ctx, keyAhead, r.Value, 0)
	case transfer.Epoch:
		p.Set(ctx, roleKeys(store.Role(binary.BigEndian.Uint16(r.Key)))[1], decimalOf(r.Value), 0)
	case transfer.RuleFile:
		p.HSet(ctx, keyRules, "v", decimalOf(r.Value[:8]), "d", r.Value[8:])
	case transfer.KnownFile:
		p.HSet(ctx, keyRules, "f"+string(r.Key), decimalOf(r.Value))
	case transfer.Feed:
		p.HSet(ctx, keyFeeds, r.Key, r.Value)
	case transfer.Moved:
		p.HSet(ctx, keyMoved, int64(binary.BigEndian.Uint64(r.Key)), binary.BigEndian.Uint16(r.Value))
	case transfer.Seq:
		p.Set(ctx, keySeq, decimalOf(r.Value), 0)
	case transfer.Item:
		seq := decimalOf(r.Key)
		p.HSet(ctx, keyItems, seq, r.Value)
		p.ZAdd(ctx, keyLog, redis.Z{Score: score(r.Key), Member: seq})
		p.ZAdd(ctx, keyAt, redis.Z{Score: score(r.Value[1:record.ItemHead]), Member: r.Key})
	case transfer.ID:
		p.HSet(ctx, keyIDs, r.Key, r.Value)
		p.ZAdd(ctx, keySeen, redis.Z{Score: score(r.Value[8:16]), Member: r.Key})
	default:
		return record.ErrDamaged
	}
	return nil
}

// decimalOf is a big-endian number as Redis writes it.
func decimalOf(b []byte) string { return strconv.FormatUint(binary.BigEndian.Uint64(b), 10) }

// score is a big-endian number as a sorted set has it.
func score(b []byte) float64 { return float64(binary.BigEndian.Uint64(b)) }

func (x importer) takeShard(r transfer.Record) error {
	ctx, p := x.ctx, x.p
	key := func(at int) string { return shardKey(x.shard, at) }
	ordinal := func(b []byte) string { return strconv.FormatUint(uint64(binary.BigEndian.Uint32(b)), 10) }
	switch r.Kind {
	case transfer.State:
		p.HSet(ctx, key(atState), "last", ordinal(r.Value), "version", decimalOf(r.Value[4:]))
	case transfer.Chat:
		p.HSet(ctx, key(atDests), ordinal(r.Key), r.Value)
		p.ZAdd(ctx, key(atChanges), redis.Z{Score: score(r.Value), Member: ordinal(r.Key)})
	case transfer.Index:
		p.HSet(ctx, key(atIndex), int64(binary.BigEndian.Uint64(r.Key)), r.Value)
	case transfer.Gone:
		p.ZAdd(ctx, key(atGone), redis.Z{Score: score(r.Value), Member: ordinal(r.Key)})
	case transfer.Job:
		p.HSet(ctx, key(atJobs), decimalOf(r.Key), r.Value)
	case transfer.Owed:
		item := decimalOf(r.Key)
		p.HSet(ctx, key(atOwed), item+":"+strconv.Itoa(int(r.Key[8])), r.Value)
		p.ZAdd(ctx, key(atOpen), redis.Z{Score: score(r.Key), Member: item})
	case transfer.Tries:
		p.HSet(ctx, key(atTries), decimalOf(r.Key)+":"+ordinal(r.Key[8:]), r.Value[0])
	case transfer.Mark:
		p.HSet(ctx, key(atMarks), r.Key, r.Value)
	case transfer.Update:
		p.HSet(ctx, key(atUpdates), r.Key, r.Value)
		p.ZAdd(ctx, key(atWhen), redis.Z{Score: score(r.Value), Member: r.Key})
	case transfer.Inbox:
		return x.takeInbox(r)
	case transfer.Expired:
		p.HSet(ctx, key(atExpired), decimalOf(r.Key)+":"+strconv.Itoa(int(r.Key[8])), r.Value)
	case transfer.Settled, transfer.Sent, transfer.Dead:
		return x.takeList(r)
	default:
		return record.ErrDamaged
	}
	return nil
}

// takeInbox writes an inbox, lists it by when it is due, and what is in it as
// still owed.
func (x importer) takeInbox(r transfer.Record) error {
	box, err := record.ReadInbox(store.Place{Shard: x.shard, Ordinal: binary.BigEndian.Uint32(r.Key)}, r.Value)
	if err != nil {
		return err
	}
	x.p.HSet(x.ctx, shardKey(x.shard, atInbox), box.Ordinal, r.Value)
	x.p.ZAdd(x.ctx, shardKey(x.shard, atDue), redis.Z{Score: score(r.Value), Member: box.Ordinal})
	for _, i := range box.Items {
		x.p.ZAdd(x.ctx, shardKey(x.shard, atOpen), redis.Z{Score: float64(i.Item), Member: i.Item})
	}
	return nil
}

// takeList writes all entries of a list, in place of those that are there.
func (x importer) takeList(r transfer.Record) error {
	entries, err := transfer.ReadList(r.Value)
	if err != nil || len(entries) == 0 {
		return err
	}
	if r.Kind == transfer.Settled {
		key := shardKey(x.shard, atTokens)
		x.p.Del(x.ctx, key)
		for i, e := range entries {
			x.p.ZAdd(x.ctx, key, redis.Z{Score: float64(i + 1), Member: e})
		}
		x.p.HSet(x.ctx, shardKey(x.shard, atState), "settled", len(entries))
		return nil
	}
	key := shardKey(x.shard, atDead)
	if r.Kind == transfer.Sent {
		key = ringKey(store.Place{Shard: x.shard, Ordinal: binary.BigEndian.Uint32(r.Key)})
	}
	x.p.Del(x.ctx, key)
	for _, e := range slices.Backward(entries) {
		x.p.RPush(x.ctx, key, e)
	}
	return nil
}

// bound keeps the newest of a shard's changes, as scripts do. Readers that were
// not so far read everything.
func (s *Store) bound(ctx context.Context, shard store.Shard) error {
	n, err := s.db.ZCard(ctx, shardKey(shard, atChanges)).Result()
	if err != nil || n <= changeKeep {
		return err
	}
	dropped, err := s.db.ZPopMin(ctx, shardKey(shard, atChanges), n-changeKeep).Result()
	if err != nil || len(dropped) == 0 {
		return err
	}
	state, err := s.db.HGet(ctx, shardKey(shard, atState), "floor").Uint64()
	if err != nil && !errors.Is(err, redis.Nil) {
		return err
	}
	floor := max(state, uint64(dropped[len(dropped)-1].Score))
	return s.db.HSet(ctx, shardKey(shard, atState), "floor", floor).Err()
}

// changeKeep is how many changes a shard's feed keeps; the scripts know it, too.
const changeKeep = 2000

// Clear implements transfer.Target. What finds the sent rings, the destinations,
// goes last.
func (s *Store) Clear(ctx context.Context, p transfer.Part) error {
	shard, ok := p.Shard()
	switch {
	case p == transfer.Notes:
		keys := []string{keyCursor, keyAhead, keyFeeds, keyRules}
		for role := range store.Roles {
			keys = append(keys, roleKeys(role)[1])
		}
		return s.unlink(ctx, keys)
	case p == transfer.Directory:
		return s.unlink(ctx, []string{keyMoved})
	case !ok:
		return s.unlink(ctx, []string{keySeq, keyItems, keyLog, keyAt, keyIDs, keySeen})
	}
	ordinals, err := s.db.HKeys(ctx, shardKey(shard, atDests)).Result()
	if err != nil {
		return err
	}
	var keys []string
	for _, o := range ordinals {
		keys = append(keys, ringOf(shard, o))
	}
	for at := shardKeys - 1; at >= 0; at-- {
		if at != atEpoch && at != atIntake { // which are notes
			keys = append(keys, shardKey(shard, at))
		}
	}
	return s.unlink(ctx, keys)
}

// unlink deletes keys in order.
func (s *Store) unlink(ctx context.Context, keys []string) error {
	for chunk := range slices.Chunk(keys, exportChunk) {
		_, err := s.db.Pipelined(ctx, func(p redis.Pipeliner) error {
			for _, key := range chunk {
				p.Unlink(ctx, key)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Complete implements transfer.Target. Every server's replicas have then what
// was written before.
func (s *Store) Complete(ctx context.Context) error {
	epoch, err := s.db.Get(ctx, keyEpoch).Uint64()
	if err != nil && !errors.Is(err, redis.Nil) {
		return err
	}
	if err := s.raise(ctx, epoch, true); err != nil {
		return err
	}
	return answer(s.run(ctx, call{"complete", []string{keyCopy}, nil}))
}
