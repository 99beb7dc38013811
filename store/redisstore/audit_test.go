package redisstore_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"rasid/store"
	"rasid/store/audit"
	"rasid/store/boltstore"
	"rasid/store/record"
	"rasid/store/redisstore"
	"rasid/store/storetest"
	"rasid/store/storetest/redistest"
	"testing"

	"github.com/redis/go-redis/v9"
)

// TestEveryInconsistencyIsFound plants one of each kind in a store that storetest
// filled, and sees it named with its place.
func TestEveryInconsistencyIsFound(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	db := redis.NewClient(&redis.Options{Addr: server.Addr})
	defer db.Close()
	home := store.HomeShard(7)
	key := func(name string) string { return fmt.Sprintf("rasid:{s%d}:%s", home, name) }
	ids := string(record.ItemKey("a1"))
	shard, paused := fmt.Sprintf("shard %d", home), fmt.Sprintf("shard %d", store.HomeShard(8))
	cmd := func(args ...any) func(context.Context) error {
		return func(ctx context.Context) error { return db.Do(ctx, args...).Err() }
	}
	edit := func(hash, field string, f func([]byte)) func(context.Context) error {
		return func(ctx context.Context) error {
			b, err := db.HGet(ctx, hash, field).Bytes()
			if err != nil {
				return err
			}
			f(b)
			return db.HSet(ctx, hash, field, b).Err()
		}
	}
	mark := record.Mark(store.Mark{Place: store.Place{Ordinal: 50}, Items: []uint64{2}, At: at(1)})
	eight := func(n uint64) string { return string(binary.BigEndian.AppendUint64(nil, n)) }
	for _, tt := range []struct {
		rule  audit.Rule
		place string
		plant func(context.Context) error
	}{
		{audit.Readable, shard + ", destinations", cmd("HSET", key("dests"), 1, eight(2)+"?")},
		{audit.Counter, shard + ", item 2", edit(key("jobs"), "2", func(b []byte) { b[3] = 9 })},
		{audit.HasJob, shard + ", item 2, class 1", cmd("HDEL", key("jobs"), 2)},
		{audit.OneClass, shard + ", item 2, class 2", cmd("HSET", key("owed"), "2:2", record.Owed([]uint32{1}))},
		{audit.Owner, shard + ", item 2, class 1", cmd("HSET", key("owed"), "2:1", record.Owed([]uint32{1, 44}))},
		{audit.Told, shard + ", item 2, class 1", cmd("HDEL", "rasid:{in}:items", 2)},
		{audit.Tried, shard + ", item 3", cmd("HSET", key("tries"), "3:9", 1)},
		{audit.Attempt, shard + `, attempt "t7"`, cmd("HSET", key("marks"), "t7", mark)},
		{audit.Ring, "destination 1", edit(key("dests"), "1", func(b []byte) { b[9] |= 2 })},
		{audit.Index, shard + ", destination 1", cmd("HDEL", key("index"), 7)},
		{audit.Index, shard + ", chat 70, thread 0", cmd("HSET", key("index"), 70, eight(0)+"\x00\x00\x00\x01")},
		{audit.Lost, shard + ", chat 7, thread 0", cmd("HDEL", key("dests"), 1)},
		{audit.Forgotten, shard + ", destination 1", cmd("ZADD", key("gone"), 5, 1)},
		{audit.Forgotten, shard + ", destination 8", cmd("ZADD", key("gone"), 5, 8)},
		{audit.Ordinal, shard + ", destination 1", cmd("HSET", key("state"), "last", 0)},
		{audit.Home, shard + ", destination 1", cmd("HSET", "rasid:{dir}:moved", 7, 3)},
		{audit.Number, "the cursor", cmd("SET", "rasid:{in}:cursor", 77)},
		{audit.Ahead, "what is ahead of the cursor", cmd("SET", "rasid:{in}:ahead", record.Ahead(store.Reach{To: 77, Unread: []uint64{4}}))},
		{audit.Ahead, "what is ahead of the cursor", cmd("SET", "rasid:{in}:ahead", "\x01\x04\x05")},
		{audit.Number, "article 4", cmd("SET", "rasid:{in}:seq", 3)},
		{audit.ID, "article 1", edit("rasid:{in}:ids", ids, func(b []byte) { b[7] = 3 })},
		{audit.ID, "article 1", edit("rasid:{in}:ids", ids, func(b []byte) { b[20]++ })},
		{audit.Epoch, shard, cmd("SET", key("intake"), 99)},
		{audit.Open, shard + ", item 2", cmd("ZREM", key("open"), 2)},
		{audit.Open, shard + ", item 1", cmd("ZADD", key("open"), 1, 1)},
		{audit.Changes, shard + ", destination 1", cmd("ZREM", key("changes"), 1)},
		{audit.Changes, shard + ", destination 9", cmd("ZADD", key("changes"), 1, 9)},
		{audit.Times, "article 1", cmd("ZREM", "rasid:{in}:log", 1)},
		{audit.Times, "article 1", cmd("ZREM", "rasid:{in}:at", eight(1))},
		{audit.Times, "id ", cmd("ZREM", "rasid:{in}:seen", ids)},
		{audit.Times, "ids", cmd("ZADD", "rasid:{in}:seen", 1, "nobody")},
		{audit.Times, shard + ", update", cmd("ZREM", key("when"), record.UpdateKey(2, store.Dest{Chat: 7}))},
		{audit.Counter, paused + ", item 3", cmd("HDEL", "rasid:{s"+storetest.Decimal(store.HomeShard(8))+"}:inbox", 1)},
		{audit.Times, paused + ", inbox of destination 1", cmd("ZREM", "rasid:{s"+storetest.Decimal(store.HomeShard(8))+"}:due", 1)},
		{audit.Times, shard + ", inbox of destination 9", cmd("ZADD", key("due"), 1, 9)},
		{audit.Owner, shard + ", item 3, class 2", cmd("HSET", key("expired"), "3:2", record.AddExpired(nil, record.Late{At: at(1), Owed: []uint32{44}}))},
		{audit.Tokens, shard, func(ctx context.Context) error {
			_, err := db.Pipelined(ctx, func(p redis.Pipeliner) error {
				for i := range store.TokenKeep {
					p.ZAdd(ctx, key("tokens"), redis.Z{Score: float64(100 + i), Member: fmt.Sprint("x", i)})
				}
				return nil
			})
			return err
		}},
	} {
		t.Run(string(tt.rule)+" "+tt.place, func(t *testing.T) {
			if err := server.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			s := openAt(t, server.URL, redisstore.Options{})
			if err := storetest.Fill(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			storetest.Sound(t, s, at(100))
			if err := tt.plant(t.Context()); err != nil {
				t.Fatal(err)
			}
			storetest.Finds(t, s, at(100), tt.rule, tt.place)
			if tt.rule == audit.Readable {
				return
			}
			name, err := s.Name(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			to, err := redisstore.OpenTarget(t.Context(), server.URL+"/1", name, redisstore.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer to.Close()
			report := storetest.Mends(t, s, to, at(100), tt.rule)
			if (tt.rule == audit.Index || tt.rule == audit.Lost) && len(report.Mended) != 1 {
				t.Errorf("Copy tells that it mended %q", report.Mended)
			}
			file, err := boltstore.OpenTarget(filepath.Join(t.TempDir(), "backup.db"), name, boltstore.Options{NoSync: true})
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			storetest.Mends(t, s, file, at(100), tt.rule)
		})
	}
}
