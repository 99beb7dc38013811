package boltstore_test

import (
	"path/filepath"
	"rasid/store"
	"rasid/store/boltstore"
	"rasid/store/storetest"
	"testing"
)

func TestADamagedDestinationHidesNoOther(t *testing.T) {
	for name, spoil := range map[string]func(*testing.T, *boltstore.Store, []byte){
		"a record that means nothing": func(t *testing.T, s *boltstore.Store, key []byte) { boltstore.Put(t, s, "dests", key, []byte("?")) },
		"one that claims to be of a newer rasid": func(t *testing.T, s *boltstore.Store, key []byte) {
			boltstore.Put(t, s, "dests", key, []byte("12345678\x02?"))
		},
		"a wrong checksum": func(t *testing.T, s *boltstore.Store, key []byte) { boltstore.Flip(t, s, "dests", key) },
	} {
		t.Run(name, func(t *testing.T) {
			s, err := boltstore.Open(filepath.Join(t.TempDir(), "rasid.db"), boltstore.Options{NoSync: true})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			storetest.UnreadableDestination(t, s, func(p store.Place) { spoil(t, s, be(p.Shard, p.Ordinal)) })
		})
	}
}
