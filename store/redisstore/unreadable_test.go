package redisstore_test

import (
	"fmt"
	"rasid/store"
	"rasid/store/record"
	"rasid/store/redisstore"
	"rasid/store/storetest"
	"rasid/store/storetest/redistest"
	"strconv"
	"testing"

	"github.com/redis/go-redis/v9"
)

// TestWhatCannotBeReadHidesNoOther has a record that claims to be of a newer rasid:
// in a store that one has upgraded it waits, else it is damaged, for none wrote it.
func TestWhatCannotBeReadHidesNoOther(t *testing.T) {
	for name, tt := range map[string]struct {
		upgraded string
		claimed  error
	}{"no newer rasid has been": {"2", record.ErrDamaged}, "beside a newer rasid": {"3", record.ErrNewer}} {
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t, "--appendfsync", "no")
			db := redis.NewClient(&redis.Options{Addr: server.Addr})
			defer db.Close()
			s := openAt(t, server.URL, redisstore.Options{})
			if err := db.Set(t.Context(), "rasid:{dir}:schema", tt.upgraded, 0).Err(); err != nil {
				t.Fatal(err)
			}
			storetest.Unreadable(t, s, tt.claimed, func(seq uint64, record []byte) {
				if err := db.HSet(t.Context(), "rasid:{in}:items", seq, record).Err(); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

// spoiler overwrites records with what no encoder writes.
type spoiler struct {
	t  *testing.T
	db *redis.Client
}

func (x spoiler) put(p store.Place, hash, field string) {
	if err := x.db.HSet(x.t.Context(), fmt.Sprintf("rasid:{s%d}:%s", p.Shard, hash), field, "\x00\xff").Err(); err != nil {
		x.t.Fatal(err)
	}
}

func (x spoiler) Owed(p store.Place, item uint64) {
	x.put(p, "owed", fmt.Sprintf("%d:%d", item, store.Normal))
}
func (x spoiler) Mark(p store.Place, token string) { x.put(p, "marks", token) }
func (x spoiler) Expired(p store.Place, item uint64) {
	x.put(p, "expired", fmt.Sprintf("%d:%d", item, store.Normal))
}

func TestADamagedRecordHidesNoOtherOfItsShard(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	db := redis.NewClient(&redis.Options{Addr: server.Addr})
	defer db.Close()
	storetest.UnreadableInShard(t, openAt(t, server.URL, redisstore.Options{}), spoiler{t, db})
}

func TestWhatCannotBeReadKeepsNothingFromBeingTrimmed(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	db := redis.NewClient(&redis.Options{Addr: server.Addr})
	defer db.Close()
	storetest.UnreadableJob(t, openAt(t, server.URL, redisstore.Options{}), func(shard store.Shard, item uint64, as []byte) {
		key := "rasid:{s" + strconv.Itoa(int(shard)) + "}:jobs"
		if err := db.HSet(t.Context(), key, item, as).Err(); err != nil {
			t.Fatal(err)
		}
	})
}
