package boltstore_test

import (
	"encoding/binary"
	"path/filepath"
	"rasid/store"
	"rasid/store/audit"
	"rasid/store/boltstore"
	"rasid/store/record"
	"rasid/store/storetest"
	"strings"
	"testing"
)

func be(parts ...any) (b []byte) {
	for _, p := range parts {
		switch p := p.(type) {
		case store.Shard:
			b = binary.BigEndian.AppendUint16(b, uint16(p))
		case []byte:
			b = append(b, p...)
		case string:
			b = append(b, p...)
		case byte:
			b = append(b, p)
		case uint32:
			b = binary.BigEndian.AppendUint32(b, p)
		case uint64:
			b = binary.BigEndian.AppendUint64(b, p)
		case int64:
			b = binary.BigEndian.AppendUint64(b, uint64(p))
		default:
			panic(p)
		}
	}
	return b
}

// TestEveryInconsistencyIsFound plants one of each kind in a store that storetest
// filled, and sees it named with its place.
func TestEveryInconsistencyIsFound(t *testing.T) {
	home := store.HomeShard(7)
	put := boltstore.Put
	first := be(home, uint32(1)) // chat 7
	for _, tt := range []struct {
		rule  audit.Rule
		place string
		plant func(*testing.T, *boltstore.Store)
	}{
		{audit.Readable, "shard 246, jobs", func(t *testing.T, s *boltstore.Store) { put(t, s, "jobs", be(uint64(2), home), []byte("?")) }},
		{audit.Counter, "shard 246, item 2", func(t *testing.T, s *boltstore.Store) {
			b := boltstore.Get(t, s, "jobs", be(uint64(2), home))
			b[3] = 9
			put(t, s, "jobs", be(uint64(2), home), b)
		}},
		{audit.HasJob, "shard 246, item 2, class 1", func(t *testing.T, s *boltstore.Store) { put(t, s, "jobs", be(uint64(2), home), nil) }},
		{audit.OneClass, "shard 246, item 2, class 2", func(t *testing.T, s *boltstore.Store) {
			put(t, s, "owed", be(home, uint64(2), byte(2)), record.Owed([]uint32{1}))
		}},
		{audit.Owner, "shard 246, item 2, class 1", func(t *testing.T, s *boltstore.Store) {
			put(t, s, "owed", be(home, uint64(2), byte(1)), record.Owed([]uint32{1, 44}))
		}},
		{audit.Owner, "shard 246, item 3, class 2, too late", func(t *testing.T, s *boltstore.Store) {
			put(t, s, "expired", be(home, uint64(3), byte(2)), record.AddExpired(nil, record.Late{At: at(1), Owed: []uint32{44}}))
		}},
		{audit.Owner, "shard 246, item 2, class 1, inbox", func(t *testing.T, s *boltstore.Store) {
			p := store.Place{Shard: home, Ordinal: 44}
			put(t, s, "inbox", be(home, uint32(44)), record.Inbox(store.Inbox{Place: p, Items: []store.Shelved{{Item: 2, Class: store.Normal}}}))
		}},
		{audit.OneClass, "shard 246, item 2, class 1, inbox", func(t *testing.T, s *boltstore.Store) {
			p := store.Place{Shard: home, Ordinal: 1}
			put(t, s, "inbox", be(home, uint32(1)), record.Inbox(store.Inbox{Place: p, Items: []store.Shelved{{Item: 2, Class: store.Normal}}}))
		}},
		{audit.Told, "shard 246, item 2, class 1", func(t *testing.T, s *boltstore.Store) { put(t, s, "items", be(uint64(2)), nil) }},
		{audit.Tried, "shard 246, item 3", func(t *testing.T, s *boltstore.Store) {
			put(t, s, "tries", be(home, uint64(3), uint32(9)), []byte{1})
		}},
		{audit.Attempt, `shard 246, attempt "t7"`, func(t *testing.T, s *boltstore.Store) {
			m := store.Mark{Place: store.Place{Shard: home, Ordinal: 50}, Token: "t7", Items: []uint64{2}, At: at(1)}
			put(t, s, "marks", be(home, "t7"), record.Mark(m))
		}},
		{audit.Ring, "destination 50", func(t *testing.T, s *boltstore.Store) {
			put(t, s, "rings", be(home, uint32(50), uint64(1)), record.Sent(store.Sent{MessageID: 1}))
		}},
		{audit.Index, "destination 1", func(t *testing.T, s *boltstore.Store) { put(t, s, "index", be(int64(7), int64(0)), nil) }},
		{audit.Index, "chat 70, thread 0", func(t *testing.T, s *boltstore.Store) { put(t, s, "index", be(int64(70), int64(0)), first) }},
		{audit.Lost, "chat 7, thread 0", func(t *testing.T, s *boltstore.Store) { put(t, s, "dests", first, nil) }},
		{audit.Twice, "shard 246, destination 9", func(t *testing.T, s *boltstore.Store) {
			b := boltstore.Get(t, s, "dests", first)
			put(t, s, "dests", be(home, uint32(9)), be(uint64(99), b[8:]))
			put(t, s, "changes", be(home, uint64(99)), be(uint32(9)))
		}},
		{audit.Forgotten, "shard 246, destination 1", func(t *testing.T, s *boltstore.Store) { put(t, s, "gone", first, be(uint64(5))) }},
		{audit.Ordinal, "shard 246, destination 1", func(t *testing.T, s *boltstore.Store) {
			put(t, s, "shards", be(home), be(uint32(0), uint64(2), uint64(0)))
		}},
		{audit.Home, "destination", func(t *testing.T, s *boltstore.Store) { put(t, s, "moved", be(int64(7)), be(store.Shard(3))) }},
		{audit.Number, "the cursor", func(t *testing.T, s *boltstore.Store) { put(t, s, "meta", []byte("cursor"), be(uint64(77))) }},
		{audit.Ahead, "what is ahead of the cursor", func(t *testing.T, s *boltstore.Store) {
			put(t, s, "meta", []byte("ahead"), record.Ahead(store.Reach{To: 77, Unread: []uint64{4}}))
		}},
		{audit.Ahead, "what is ahead of the cursor", func(t *testing.T, s *boltstore.Store) {
			put(t, s, "meta", []byte("ahead"), be(byte(1), byte(4), byte(5)))
		}},
		{audit.Number, "article 4", func(t *testing.T, s *boltstore.Store) { put(t, s, "meta", []byte("seq"), be(uint64(3))) }},
		{audit.ID, "article 1", func(t *testing.T, s *boltstore.Store) {
			key := record.ItemKey("a1")
			b := boltstore.Get(t, s, "ids", key)
			b[7] = 3
			put(t, s, "ids", key, b)
		}},
		{audit.Changes, "shard 246, destination 1", func(t *testing.T, s *boltstore.Store) { put(t, s, "changes", be(home, uint64(2)), nil) }},
		{audit.Changes, "shard 246, change 9", func(t *testing.T, s *boltstore.Store) {
			put(t, s, "changes", be(home, uint64(9)), be(uint32(1)))
		}},
		{audit.Times, "article 0000000000000001", func(t *testing.T, s *boltstore.Store) {
			put(t, s, "at", be(record.Hold(at(0)), uint64(1)), nil)
		}},
		{audit.Times, "id ", func(t *testing.T, s *boltstore.Store) {
			put(t, s, "seen", be(record.Hold(at(5)), record.ItemKey("a1")), []byte{})
		}},
		{audit.Times, "update ", func(t *testing.T, s *boltstore.Store) {
			put(t, s, "updates", be(home, record.UpdateKey(2, store.Dest{Chat: 7})), nil)
		}},
		{audit.Tokens, `shard 246, attempt "t1"`, func(t *testing.T, s *boltstore.Store) { put(t, s, "tokens", be(home, "t1"), nil) }},
		{audit.Tokens, "shard 246", func(t *testing.T, s *boltstore.Store) { put(t, s, "settled", be(home, uint64(2)), nil) }},
	} {
		t.Run(string(tt.rule)+" "+tt.place, func(t *testing.T) {
			s := open(t, filepath.Join(t.TempDir(), "rasid.db"), boltstore.Options{NoSync: true})
			defer closed(t, s)
			if err := storetest.Fill(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			storetest.Sound(t, s, at(100))
			tt.plant(t, s)
			storetest.Finds(t, s, at(100), tt.rule, strings.ReplaceAll(tt.place, "246", storetest.Decimal(home)))
			if tt.rule == audit.Readable {
				return
			}
			name, err := s.Name(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			to, err := boltstore.OpenTarget(filepath.Join(t.TempDir(), "copy.db"), name, boltstore.Options{NoSync: true})
			if err != nil {
				t.Fatal(err)
			}
			defer closed(t, to)
			storetest.Mends(t, s, to, at(100), tt.rule)
		})
	}
}
