package redisstore

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"rasid/store"
	"rasid/store/audit"
	"rasid/store/record"
	"rasid/store/transfer"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

var _ audit.Store = (*Store)(nil)

type teller func(r audit.Rule, place, what string)

// Derived implements audit.Store.
func (s *Store) Derived(ctx context.Context, p transfer.Part, tell func(r audit.Rule, place, what string)) error {
	switch p {
	case transfer.Notes:
		return s.checkEpochs(ctx, tell)
	case transfer.Directory:
		return nil
	case transfer.Log:
		if err := s.checkLog(ctx, tell); err != nil {
			return err
		}
		return s.checkSeen(ctx, tell)
	}
	r, err := s.readShard(ctx, store.Shard(p))
	if err != nil {
		return err
	}
	r.checkOpen(tell)
	r.checkTimes(tell)
	r.checkDue(tell)
	return r.checkChanges(tell)
}

// checkEpochs checks that no shard knows of a newer leader of intake than the
// role has had.
func (s *Store) checkEpochs(ctx context.Context, tell teller) error {
	told := make([]*redis.StringCmd, store.Shards)
	_, err := s.db.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := range told {
			told[i] = p.Get(ctx, shardKey(store.Shard(i), atIntake))
		}
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return err
	}
	text, err := optional(s.db.Get(ctx, keyEpoch)) // after those
	if err != nil {
		return err
	}
	newest, _ := strconv.ParseUint(text, 10, 64) // what cannot be read is told where it lies
	for i, c := range told {
		if n, err := c.Uint64(); err == nil && n > newest {
			tell(audit.Epoch, fmt.Sprintf("shard %d", i), fmt.Sprintf("it was told of epoch %d of intake and the newest is %d, so it takes nothing from who has it", n, newest))
		}
	}
	return nil
}

// checkLog checks that the articles are listed by number and time.
func (s *Store) checkLog(ctx context.Context, tell teller) error {
	var items, numbers, times *redis.StringSliceCmd
	_, err := s.db.TxPipelined(ctx, func(p redis.Pipeliner) error {
		items = p.HKeys(ctx, keyItems)
		numbers = p.ZRange(ctx, keyLog, 0, -1)
		times = p.ZRange(ctx, keyAt, 0, -1)
		return nil
	})
	if err != nil {
		return err
	}
	at := make([]string, len(times.Val()))
	for i, b := range times.Val() {
		at[i] = fmt.Sprintf("%x", b)
		if len(b) == 8 {
			at[i] = strconv.FormatUint(binary.BigEndian.Uint64([]byte(b)), 10)
		}
	}
	for _, x := range []struct {
		list []string
		name string
	}{{numbers.Val(), "by its number, so it would reach nobody"}, {at, "by its time, so it would never be forgotten"}} {
		lost, extra := compare(items.Val(), x.list)
		for _, seq := range lost {
			tell(audit.Times, "article "+seq, "it is not listed "+x.name)
		}
		for _, seq := range extra {
			tell(audit.Times, "article "+seq, "it is listed and not there")
		}
	}
	return nil
}

// compare returns what is only in the first list, and what only in the second.
func compare(first, second []string) (lost, extra []string) {
	only := func(a, b []string) (got []string) {
		has := make(map[string]bool, len(b))
		for _, x := range b {
			has[x] = true
		}
		for _, x := range a {
			if !has[x] {
				got = append(got, x)
			}
		}
		slices.Sort(got)
		return got
	}
	return only(first, second), only(second, first)
}

// checkSeen checks that ids are listed by when they were last accepted.
func (s *Store) checkSeen(ctx context.Context, tell teller) error {
	for cursor, first := uint64(0), true; first || cursor != 0; first = false {
		rows, next, err := s.db.HScan(ctx, keyIDs, cursor, "", exportChunk).Result()
		if err != nil {
			return err
		}
		if err := s.checkScores(ctx, rows, tell); err != nil {
			return err
		}
		cursor = next
	}
	var ids, seen *redis.IntCmd
	_, err := s.db.TxPipelined(ctx, func(p redis.Pipeliner) error {
		ids, seen = p.HLen(ctx, keyIDs), p.ZCard(ctx, keySeen)
		return nil
	})
	if err == nil && seen.Val() > ids.Val() {
		tell(audit.Times, "ids", fmt.Sprintf("%d are listed by their time and %d are there", seen.Val(), ids.Val()))
	}
	return err
}

// checkScores checks that some ids, with their values between, are listed.
func (s *Store) checkScores(ctx context.Context, rows []string, tell teller) error {
	scores := map[string]*redis.FloatCmd{}
	_, err := s.db.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := 0; i+1 < len(rows); i += 2 {
			scores[rows[i]] = p.ZScore(ctx, keySeen, rows[i])
		}
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return err
	}
	for key, c := range scores {
		if errors.Is(c.Err(), redis.Nil) {
			tell(audit.Times, fmt.Sprintf("id %x", key), "it is not listed by its time, so it would never be forgotten")
		}
	}
	return nil
}

// members are those of one of the lists by which things are found.
func (r *shardReading) members(at int) []string {
	var all []string
	for _, z := range r.derived[at].Val() {
		if m, ok := z.Member.(string); ok {
			all = append(all, m)
		}
	}
	return all
}

// checkOpen checks that what still owes something is listed.
func (r *shardReading) checkOpen(tell teller) {
	owes := map[string]bool{}
	for field := range r.hashes[atOwed].Val() {
		item, _, _ := strings.Cut(field, ":")
		owes[item] = true
	}
	for o, b := range r.hashes[atInbox].Val() {
		x, err := record.ReadInbox(store.Place{Shard: r.shard}, []byte(b))
		if err != nil {
			tell(audit.Readable, fmt.Sprintf("shard %d, inbox of destination %s", r.shard, o), err.Error())
		}
		for _, i := range x.Items {
			owes[strconv.FormatUint(i.Item, 10)] = true
		}
	}
	lost, extra := compare(slices.Collect(maps.Keys(owes)), r.members(atOpen))
	for _, item := range lost {
		tell(audit.Open, fmt.Sprintf("shard %d, item %s", r.shard, item), "it is owed and not listed, so it would never be sent")
	}
	for _, item := range extra {
		tell(audit.Open, fmt.Sprintf("shard %d, item %s", r.shard, item), "it is listed and owed to nobody")
	}
}

// checkTimes checks that updates are listed by time.
func (r *shardReading) checkTimes(tell teller) {
	lost, extra := compare(slices.Collect(maps.Keys(r.hashes[atUpdates].Val())), r.members(atWhen))
	for _, key := range lost {
		tell(audit.Times, fmt.Sprintf("shard %d, update %x", r.shard, key), "it is not listed by its time, so it would never be forgotten")
	}
	for _, key := range extra {
		tell(audit.Times, fmt.Sprintf("shard %d, update %x", r.shard, key), "it is listed and not there")
	}
}

// checkDue checks that inboxes are listed by when they are due.
func (r *shardReading) checkDue(tell teller) {
	due := map[string]uint64{}
	for _, z := range r.derived[atDue].Val() {
		if o, ok := z.Member.(string); ok {
			due[o] = uint64(z.Score)
		}
	}
	for o, b := range r.hashes[atInbox].Val() {
		if len(b) < 8 {
			continue // it cannot be read, which is told where it lies
		}
		if at, listed := due[o]; !listed || at != binary.BigEndian.Uint64([]byte(b)) {
			tell(audit.Times, fmt.Sprintf("shard %d, inbox of destination %s", r.shard, o), "it is not listed by when it is due, so it would never be sent")
		}
		delete(due, o)
	}
	for o := range due {
		tell(audit.Times, fmt.Sprintf("shard %d, inbox of destination %s", r.shard, o), "it is listed and not there")
	}
}

// checkChanges checks that the change feed has each destination under its
// version, down to where it begins.
func (r *shardReading) checkChanges(tell teller) error {
	floor, err := r.count("floor")
	if err != nil {
		return nil //nolint:nilerr // it cannot be read, which is told where it lies
	}
	feed := map[string]uint64{}
	for _, z := range r.derived[atChanges].Val() {
		if o, ok := z.Member.(string); ok {
			feed[o] = uint64(z.Score)
		}
	}
	for o, b := range r.hashes[atDests].Val() {
		if len(b) < 8 {
			continue // it cannot be read, which is told where it lies
		}
		version := binary.BigEndian.Uint64([]byte(b))
		at, known := feed[o]
		if version > floor && !known || known && at != version {
			tell(audit.Changes, fmt.Sprintf("shard %d, destination %s", r.shard, o), "the change feed does not tell of its newest change")
		}
		delete(feed, o)
	}
	for o := range feed {
		tell(audit.Changes, fmt.Sprintf("shard %d, destination %s", r.shard, o), "it is in the change feed and not there")
	}
	return nil
}
