package redisstore_test

import (
	"rasid/store/redisstore"
	"rasid/store/storetest"
	"rasid/store/storetest/redistest"
	"testing"

	"github.com/redis/go-redis/v9"
)

func TestWhatCannotBeReadHidesNoOther(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	db := redis.NewClient(&redis.Options{Addr: server.Addr})
	defer db.Close()
	storetest.Unreadable(t, openAt(t, server.URL, redisstore.Options{}), func(seq uint64, record []byte) {
		if err := db.HSet(t.Context(), "rasid:{in}:items", seq, record).Err(); err != nil {
			t.Fatal(err)
		}
	})
}
